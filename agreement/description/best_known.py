"""The best solution known for a problem, to measure a given model against."""

from __future__ import annotations

import numpy as np

from agreement.description.record import Best
from ground.checks import FloatArray
from theory.loss.floats import loss_and_gradient
from theory.loss.problem import as_problem
from theory.minima.composition import best_composition
from theory.minima.descent import descend
from theory.minima.optimum import optimum

OPTIMUM_UP_TO = 5  # features for which the optimum over all weights is sought
DESCENT_UP_TO = 10  # features for which the descent has its exact Hessian


def best_known(
    W: FloatArray, b: FloatArray, *, density: FloatArray, importance: FloatArray
) -> Best:
    """The least loss among what is known for this problem.

    For up to 5 features the optimum over all weights, the given model among its starts.  For
    more, the best composition of polytopes, and for up to 10 what exact descent makes of it
    and of the given model.  The model itself counts too, so no gap is negative.

    Parameters
    ----------
    W : array (m, n)
    b : array (n,)
    density, importance : array (n,)
    """
    m, n = W.shape
    own = float(loss_and_gradient(W, b, density=density, importance=importance)[0])
    parts = best_composition(n, m, density=density, importance=importance)
    known = [
        Best(parts.loss, parts.W, parts.b, "best composition of polytopes"),
        Best(own, W, b, "the model itself"),
    ]
    starts = np.stack([parts.W, W]), np.stack([parts.b, b])
    if n <= OPTIMUM_UP_TO:
        best = optimum(n, m, density=density, importance=importance, also=starts)
        known.append(Best(best.loss, best.W, best.b, "optimum over all weights"))
    elif n <= DESCENT_UP_TO:
        ended = descend(as_problem(*starts, density, importance, 0.0, 1.0))
        source = "descent from the best composition", "descent from the model"
        known += [Best(float(ended.loss[k]), ended.W[k], ended.b[k], source[k]) for k in range(2)]
    least = min(found.loss for found in known)
    # Equal to rounding: the last is the most telling.
    return next(found for found in reversed(known) if found.loss <= least * (1 + 1e-9))
