"""What is this W?  Each feature's role, the orthogonal factors and the polytope each one is."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from agreement.description.arguments import as_one_model, as_threshold, as_tied, check_options
from agreement.description.arrays import plain
from agreement.description.cloud import Cloud, cloud
from agreement.description.hierarchy import factors_of
from agreement.description.parts import Part
from agreement.description.recognise import NAMED_WITHIN, recognise
from agreement.description.record import Description, Factor, Thresholds
from agreement.description.untied import Untied
from ground.checks import FloatArray
from ground.structure import IGNORED_BELOW, ORTHOGONAL_BELOW
from numeric.measure.geometry import feature_dimensionality, leverage, superposition

if TYPE_CHECKING:
    from agreement.description.gap import Worth
    from agreement.description.own_loss import OwnLoss
    from theory.loss.problem import Problem

__all__ = ["describe"]

# Features without structure from which on statistics say something.
_CLOUD_FROM = 6


def describe(
    W: Any,
    b: Any = None,
    *,
    density: Any = None,
    importance: Any = None,
    ignored_below: float = IGNORED_BELOW,
    orthogonal_below: float = ORTHOGONAL_BELOW,
    named_within: float = NAMED_WITHIN,
    against_best: bool = True,
    decoder: Any = None,
    law: Any = None,
    low: float = 0.0,
    high: float = 1.0,
    model: Any = None,
    samples: int = 2**17,
    seed: int = 0,
) -> Description:
    """Say what a weight matrix is: roles of the features, factors, polytopes, loss.

    Parameters
    ----------
    W : array_like (m, n), or Dataset of one model
        Weights, one column a feature; one model, without leading axes (`describe_each` takes
        several).  Tensors that require grad and Datasets of `numeric.train` are read as they are.
    b : array_like (n,), optional
        Biases; zero when left out, and then the description says so.
    density : float or array_like (n,), optional
        With it, the expected loss is reported: exact for few features, a Fourier sum for many.
    importance : array_like (n,), optional
        Of use only with a density or a law.
    ignored_below, orthogonal_below, named_within : float
        See `Thresholds`.  Noise of up to 4 % of each column's norm leaves directions within
        2 · 0.042 + √d · 0.042² of the ideal Gram matrix.
    against_best : bool
        Whether to look for the best known solution too, which can take seconds.
    decoder : array_like (n, m), optional
        Of an untied model, whose encoder is then W.  Its own loss is reported, and the tied
        model whose WᵀW is nearest to D E is what is described.
    law : theory.Sets or a law of numeric, optional
        Instead of a density.  The loss of independent features and of small sets is exact; any
        other is estimated, with its standard error, and the description says which.
    low, high : float
        Range of an active feature, with a density.
    model : model of numeric, optional
        What is computed where it is not ReLU(D W x + b): the loss is then estimated.
    samples, seed : int
        Of the estimate.

    Returns
    -------
    Description

    Raises
    ------
    ValueError
        Shapes that do not fit, values that are not finite, thresholds out of range, several
        models at once, importance without density or law.

    Examples
    --------
    >>> describe([[1, 0, 0, 0], [0, 1, -1, 0]]).summary
    '1 point, 1 digon, 1 feature ignored'
    """
    if hasattr(W, "data_vars"):
        return _of_dataset(
            W,
            b,
            decoder=decoder,
            density=density,
            importance=importance,
            ignored_below=ignored_below,
            orthogonal_below=orthogonal_below,
            named_within=named_within,
            against_best=against_best,
            law=law,
            low=low,
            high=high,
            samples=samples,
            seed=seed,
        )
    if importance is not None and density is None and law is None:
        raise ValueError("importance is of use only with a density or a law, for the loss")
    check_options(against_best, low, high, model, samples, seed)
    if density is not None and law is not None:
        raise ValueError("law and density cannot both be given: a law has its own densities")
    notes = () if b is not None else ("no bias given: taken as 0",)
    thresholds = Thresholds(
        as_threshold("ignored_below", ignored_below, np.inf),
        as_threshold("orthogonal_below", orthogonal_below, 1.0),
        as_threshold("named_within", named_within, 1.0),
    )
    W, untied = as_tied(plain("W", W), plain("decoder", decoder), model)
    W, b, problem = as_one_model(W, plain("b", b), density, importance, low, high)
    hierarchy = factors_of(W, **vars(thresholds))
    factors = tuple(_factor(W, part, thresholds) for part in hierarchy.parts)
    own, best, ended, limit = None, None, None, None
    worth: tuple[Worth, ...] = ()
    if problem is not None or law is not None:
        # Without a density nobody waits for the kernels of the loss.
        own = _own_loss(W, b, untied, problem, law, importance, model, samples, seed)
    if problem is not None and own is not None and against_best and _has_rivals(problem, model):
        from agreement.description.gap import limit_of, worth_of
        from agreement.description.rivals import OPTIMUM_UP_TO, best_known, bottom

        tied = own if untied is None else _own_loss(W, b, None, problem, None, None, None, 0, 0)
        ended = bottom(problem, tied.value)
        best = best_known(problem, tied.value, own=ended)
        limit = limit_of(problem) if W.shape[1] > OPTIMUM_UP_TO else None
        worth = worth_of(problem, [(each.features, each.dimensions) for each in factors])
    return Description(
        structure=hierarchy.structure,
        factors=factors,
        norms=np.linalg.norm(W, axis=0),
        biases=b,
        dimensionality=feature_dimensionality(W),
        leverage=leverage(W),
        superposition=superposition(W),
        n_hidden=len(W),
        loss=None if own is None else own.value,
        best=best,
        thresholds=thresholds,
        hierarchy=hierarchy,
        clouds=tuple(
            _cloud(W, part, density)
            for part in hierarchy.parts
            if part.match is None and len(part.features) >= _CLOUD_FROM
        ),
        bottom=ended,
        limit=limit,
        worth=worth,
        untied=untied,
        loss_error=None if own is None else own.error,
        loss_method=None if own is None else own.method,
        notes=notes,
    )


def _own_loss(
    W: FloatArray,
    b: FloatArray,
    untied: Untied | None,
    problem: Problem | None,
    law: Any,
    importance: Any,
    model: Any,
    samples: int,
    seed: int,
) -> OwnLoss:
    """The loss of the model itself; of the encoder and decoder where it has both."""
    from agreement.description.own_loss import independent_loss, loss_under_law, sampled_loss

    W, decoder = (W, None) if untied is None else (untied.encoder, untied.decoder)
    if problem is None:
        return loss_under_law(
            W,
            b,
            law,
            importance=importance,
            decoder=decoder,
            model=model,
            samples=samples,
            seed=seed,
        )
    p, weight, low, high = problem.density[0], problem.importance[0], problem.low, problem.high
    if model is None:
        return independent_loss(problem, None if decoder is None else decoder @ W)
    from numeric.features.independent import IndependentFeatures

    features = IndependentFeatures(p, weight, None, low, high)  # type: ignore[arg-type]
    return sampled_loss(W, b, features, weight, decoder, model, samples, seed)


def _has_rivals(problem: Problem, model: Any) -> bool:
    """Whether anything is known of the problem: ReLU outputs, features on [0, 1]."""
    return model is None and problem.low == 0.0 and problem.high == 1.0


def _of_dataset(dataset: Any, b: Any, decoder: Any, **options: Any) -> Description:
    from agreement.description.models import models_of
    from agreement.description.several import describe_model

    if b is not None or decoder is not None:
        raise ValueError("b and decoder are read from the Dataset: leave them out")
    models = models_of(dataset)
    if len(models) != 1:
        raise ValueError(
            f"W must be one model, got a Dataset of {len(models)}: choose one of them with "
            "isel, or describe_each(dataset)"
        )
    return describe_model(models[0], **options)


def _factor(W: FloatArray, part: Part, thresholds: Thresholds) -> Factor:
    columns = W[:, part.features]
    norms = np.linalg.norm(columns, axis=0)
    match = part.match
    nearest = match or recognise(columns / norms, named_within=thresholds.named_within)
    return Factor(
        features=part.features,
        name=match.name if match else None,
        nearest=nearest.name if nearest else None,
        distance=nearest.distance if nearest else None,
        dimensions=part.dimensions,
        norm=float(norms.mean()),
        spread=float(norms.std() / norms.mean()),
        confidence=part.confidence,
        noise=part.noise,
        leakage=part.leakage,
        shape=match.free if match else None,
    )


def _cloud(W: FloatArray, part: Part, density: Any) -> Cloud:
    members = tuple(sorted(part.features))
    return cloud(W, members, dimensions=part.dimensions, density=density)
