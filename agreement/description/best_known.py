"""The best solution known for a problem, to measure a given model against."""

from __future__ import annotations

import numpy as np

from agreement.description.record import Best
from theory.loss.problem import Problem
from theory.minima.composition import composition_of
from theory.minima.descent import descend
from theory.minima.optimum import optimum_of

OPTIMUM_UP_TO = 5  # features for which the optimum over all weights is sought
DESCENT_UP_TO = 10  # features for which the descent has its exact Hessian


def best_known(problem: Problem, loss: float) -> Best:
    """The least loss among what is known for this problem.

    For up to 5 features the optimum over all weights, the given model among its starts.  For
    more, the best composition of polytopes, and for up to 10 what exact descent makes of it
    and of the given model.  The model itself counts too, so no gap is negative.

    Parameters
    ----------
    problem : Problem
        One model in its world, on [0, 1].
    loss : float
        Of that model.
    """
    W, b, n = problem.W[0], problem.b[0], problem.W.shape[2]
    parts = composition_of(problem)
    known = [
        Best(parts.loss, parts.W, parts.b, "best composition of polytopes"),
        Best(loss, W, b, "the model itself"),
    ]
    starts = np.stack([parts.W, W]), np.stack([parts.b, b])
    if n <= OPTIMUM_UP_TO:
        best = optimum_of(problem, also=starts)
        known.append(Best(best.loss, best.W, best.b, "optimum over all weights"))
    elif n <= DESCENT_UP_TO:
        ended = descend(problem.at(*starts, [0, 0]))
        source = "descent from the best composition", "descent from the model"
        known += [Best(float(ended.loss[k]), ended.W[k], ended.b[k], source[k]) for k in range(2)]
    least = min(found.loss for found in known)
    # Equal to rounding: the last is the most telling.
    return next(found for found in reversed(known) if found.loss <= least * (1 + 1e-9))
