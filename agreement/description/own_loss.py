"""The loss of one model under one law of the data: exact where theory can, else estimated.

Sums of E[(x_i − ReLU(z_i))²] are known for independent features of any density, for few features
in sets that come together or exclude each other, and for linear outputs.  Everything else is
drawn: a seeded sample, with the standard error of its mean.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from ground.checks import FloatArray, as_importance, check_positive_int

if TYPE_CHECKING:
    from theory.loss.problem import Problem

__all__ = ["BATCH", "OwnLoss", "loss_under_law", "sampled_loss"]

SAMPLES = 2**17
# Faces of all patterns that the exact loss of sets visits, once a feature: some five seconds.
MOST_FACES = 2e7
BATCH = 2**12


@dataclass(frozen=True)
class OwnLoss:
    """A loss and how it is known.

    Attributes
    ----------
    value : float
    error : float or None
        Standard error of an estimate; None where nothing was drawn.
    method : str
        In words.
    """

    value: float
    error: float | None
    method: str


def loss_under_law(
    W: FloatArray,
    b: FloatArray,
    law: Any,
    *,
    importance: Any = None,
    decoder: FloatArray | None = None,
    model: Any = None,
    samples: int = SAMPLES,
    seed: int = 0,
) -> OwnLoss:
    """Loss of one checked model (m, n), (n,) under a law of the data.

    Parameters
    ----------
    W, b : array (m, n), (n,)
    law : theory's Sets, or a law of numeric.features
    importance : array_like (n,), optional
        None takes the law's own.
    decoder : array (n, m), optional
    model : model of numeric, optional
        What is computed, where it is not ReLU(D W x + b).
    samples, seed : int
        Of the estimate, where there is one.

    Raises
    ------
    ValueError
        Something that is no law, or not of as many features.
    """
    n = W.shape[1]
    features, sets = _law(law, n)
    weights = as_importance(importance if importance is not None else _own(features), n)
    if model is None:
        if sets is not None and decoder is None and sets.faces <= MOST_FACES:
            from theory.loss.sets import sets_loss_and_gradient

            exact = sets_loss_and_gradient(W, b, weights, sets.patterns())[0]
            return OwnLoss(float(exact), None, f"exact sum over patterns of {sets.kind} sets")
        independent = type(features).__name__ == "IndependentFeatures"
        if independent and features.low <= 0 < features.high:
            from theory.loss.problem import as_problem

            problem = as_problem(W, b, features.density, weights, features.low, features.high)
            return independent_loss(problem, None if decoder is None else decoder @ W)
    return sampled_loss(W, b, features, weights, decoder, model, samples, seed)


def independent_loss(problem: Problem, product: FloatArray | None = None) -> OwnLoss:
    """Loss under independent features: exact for few, a Fourier sum for many.

    Parameters
    ----------
    problem : Problem
        One model in its world.
    product : array (n, n), optional
        D E of an untied model; then the problem's W is left out of it.
    """
    from theory.loss.floats import EXACT_UP_TO, gradient_of
    from theory.loss.untied import untied_loss_of

    _, b, density, importance, low, high, _ = problem
    if product is None:
        value = float(gradient_of(problem)[0][0])
    else:
        value = untied_loss_of(product, b[0], density[0], importance[0], low, high)
    few = b.shape[1] <= EXACT_UP_TO[problem.base]
    return OwnLoss(value, None, "exact" if few else "Fourier sum")


def sampled_loss(
    W: FloatArray,
    b: FloatArray,
    features: Any,
    importance: FloatArray,
    decoder: FloatArray | None = None,
    model: Any = None,
    samples: int = SAMPLES,
    seed: int = 0,
    told: Callable[[], object] | None = None,
) -> OwnLoss:
    """Mean loss of a seeded sample, and its standard error; `told` is called after each batch."""
    check_positive_int("samples", samples)
    if samples < 2:
        raise ValueError(f"samples must be at least 2, got {samples}")
    rng = np.random.default_rng(seed)
    D = W.T if decoder is None else decoder
    count, mean, spread = 0, 0.0, 0.0
    while count < samples:
        size = min(BATCH, samples - count)
        x = features.sample(rng, size)
        if model is None:
            errors = np.maximum(x @ W.T @ D.T + b, 0.0) - x
        else:
            names = ("W",) if set(model.shapes(1, 1)) == {"W", "b"} else ("W1", "W2")
            parameters = {**dict(zip(names, (W, D), strict=False)), "b": b}
            errors = model.forward(parameters, x) - model.target(x)
        loss = errors**2 @ importance
        # Chan's update of mean and sum of squared deviations.
        shift, ahead = float(loss.mean()) - mean, size / (count + size)
        spread += float(((loss - loss.mean()) ** 2).sum()) + shift**2 * count * ahead
        mean += shift * ahead
        count += size
        if told is not None:
            told()
    error = math.sqrt(spread / (count - 1) / count)
    return OwnLoss(mean, error, f"estimate from {count} samples, seed {seed}")


def _own(features: Any) -> Any:
    return None if features is None else features.importance


def _law(law: Any, n: int) -> tuple[Any, Any]:
    """The law as one that can be sampled, and as theory's Sets where it is one."""
    from numeric.features.independent import AnticorrelatedSets, CorrelatedSets
    from numeric.features.law import Features
    from theory.loss.sets import Sets

    kinds = {"correlated": CorrelatedSets, "anticorrelated": AnticorrelatedSets}
    sets = None
    if isinstance(law, Sets):
        sets, features = law, kinds[law.kind](law.sizes, law.density)
    elif isinstance(law, Features):
        features = law
        kind = next((kind for kind, known in kinds.items() if type(law) is known), None)
        unit = float(law.low) == 0.0 and float(law.high) == 1.0
        if kind is not None and unit and not law.instances and np.ptp(law.density) == 0:
            sizes = tuple(law.configuration()["sizes"])
            sets = Sets(kind, sizes, float(law.density.flat[0]))  # type: ignore[arg-type]
    else:
        raise ValueError(
            "law must be theory.Sets, or a law of numeric such as IndependentFeatures, OneHot or "
            f"CorrelatedSets, got {law!r}"
        )
    if features.n_features != n:
        raise ValueError(f"law must be of {n} features, as W is, got one of {features.n_features}")
    if features.instances:
        raise ValueError(f"law must be that of one model, got instances {features.instances}")
    return features, sets
