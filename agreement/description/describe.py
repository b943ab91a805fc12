"""What is this W?  Each feature's role, the orthogonal factors and the polytope each one is."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from agreement.description.cloud import Cloud, cloud
from agreement.description.hierarchy import Part, factors_of
from agreement.description.recognise import NAMED_WITHIN, recognise
from agreement.description.record import Description, Factor, Thresholds
from ground.checks import FloatArray, as_floats, as_model
from ground.structure import IGNORED_BELOW, ORTHOGONAL_BELOW
from numeric.measure.geometry import feature_dimensionality, leverage, superposition

if TYPE_CHECKING:
    from agreement.description.gap import Worth
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
) -> Description:
    """Say what a weight matrix is: roles of the features, factors, polytopes, loss.

    Parameters
    ----------
    W : array_like (m, n)
        Weights, one column a feature; one model, without leading axes.
    b : array_like (n,), optional
        Biases; zero when left out.
    density : float or array_like (n,), optional
        With it, the expected loss is reported: exact for few features, a Fourier sum for many.
    importance : array_like (n,), optional
    ignored_below, orthogonal_below, named_within : float
        See `Thresholds`.  Noise of up to 4 % of each column's norm leaves directions within
        2 · 0.042 + √d · 0.042² of the ideal Gram matrix.
    against_best : bool
        Whether to look for the best known solution too, which can take seconds.

    Raises
    ------
    ValueError
        Shapes that do not fit, values that are not finite, several models at once.

    Examples
    --------
    >>> describe([[1, 0, 0, 0], [0, 1, -1, 0]]).summary
    '1 point, 1 digon, 1 feature ignored'
    """
    W, b, problem = _checked(W, b, density, importance)
    thresholds = Thresholds(
        *(
            _threshold(name, value)
            for name, value in (
                ("ignored_below", ignored_below),
                ("orthogonal_below", orthogonal_below),
                ("named_within", named_within),
            )
        )
    )
    hierarchy = factors_of(W, **vars(thresholds))
    factors = tuple(_factor(W, part, thresholds) for part in hierarchy.parts)
    loss, best, own, limit = None, None, None, None
    worth: tuple[Worth, ...] = ()
    if problem is not None:
        # Without a density nobody waits for the kernels of the loss.
        from theory.loss.floats import gradient_of

        loss = float(gradient_of(problem)[0][0])
        if against_best:
            from agreement.description.gap import limit_of, worth_of
            from agreement.description.rivals import OPTIMUM_UP_TO, best_known, bottom

            own = bottom(problem, loss)
            best = best_known(problem, loss, own=own)
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
        loss=loss,
        best=best,
        thresholds=thresholds,
        hierarchy=hierarchy,
        clouds=tuple(
            _cloud(W, part, density)
            for part in hierarchy.parts
            if part.match is None and len(part.features) >= _CLOUD_FROM
        ),
        bottom=own,
        limit=limit,
        worth=worth,
    )


def _checked(
    W: Any, b: Any, density: Any, importance: Any
) -> tuple[FloatArray, FloatArray, Problem | None]:
    """One model, and where the density is known the problem that it is an answer to."""
    if density is None:
        problem = None
        weights, biases = as_model(W, b)
    else:
        from theory.loss.problem import as_problem

        problem = as_problem(W, b, density, importance)
        weights, biases = problem.W[0], problem.b[0]
    if np.ndim(W) != 2:
        raise ValueError(
            f"W must be one model (n_hidden, n_features), got {np.shape(W)}: choose one of them"
        )
    if problem is not None and problem.shape:
        raise ValueError(
            f"density and importance must be those of one model, got shapes "
            f"{np.shape(density)} and {np.shape(importance)}"
        )
    return weights, biases, problem


def _threshold(name: str, value: Any) -> float:
    number = as_floats(name, value)
    if number.ndim or not 0 < number < np.inf:
        raise ValueError(f"{name} must be a positive number, got {value!r}")
    return float(number)


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
