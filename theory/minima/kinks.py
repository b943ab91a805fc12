"""Stationary points at a kink of the loss: push them off it, and see whether they come back [D09].

Where an output vanishes on inputs of positive probability (b_i = 0, or W_i = 0 without bias) the
loss is only piecewise smooth to second order, and one Hessian does not tell a minimum.  Such
points are displaced along every parameter, both ways, and must be fallen back to.
"""

from __future__ import annotations

from dataclasses import replace

import numpy as np
from numpy.typing import NDArray

from theory.loss.floats import hessian_of
from theory.loss.problem import Problem
from theory.minima.descent import Value, descend
from theory.minima.orbits import Minimum

DISPLACED = 1e-3  # by how much


def displaced(problem: Problem, *, bias: bool = True) -> tuple[Problem, NDArray[np.intp]]:
    """Starts next to the models at a kink, and which instance each of them is next to.

    Parameters
    ----------
    problem : Problem
        Models at stationary points.
    bias : bool
        Whether b is free, and so displaced too.

    Returns
    -------
    Problem, (K,)
        2(mn + n) starts for each model at a kink, 2mn without bias.

    Examples
    --------
    >>> from theory.loss.problem import as_problem
    >>> starts, source = displaced(as_problem([[[1.0, 0.0]]] * 2, [[0.0, 0.1], [0.2, 0.1]], 0.5, 1))
    >>> len(starts.W), source.tolist()
    (8, [0, 0, 0, 0, 0, 0, 0, 0])
    """
    _, m, n = problem.W.shape
    at_kink = np.abs(problem.b) < 1e-7 if bias else np.linalg.norm(problem.W, axis=1) < 1e-3
    at_kink &= problem.importance * problem.density > 0
    found = np.flatnonzero(at_kink.any(-1))
    theta = np.concatenate([problem.W[found].reshape(-1, m * n), problem.b[found]], axis=1)
    unit = np.eye(m * n + n)[: m * n + n * bias]
    moved = theta[:, None] + DISPLACED * np.concatenate([unit, -unit])
    source = np.repeat(found, moved.shape[1])
    moved = moved.reshape(-1, m * n + n)
    return problem.at(moved[:, : m * n].reshape(-1, m, n), moved[:, m * n :], source), source


def without_kinks(
    minima: tuple[Minimum, ...],
    problem: Problem,
    *,
    bias: bool = True,
    value: Value = hessian_of,
) -> tuple[Minimum, ...]:
    """Drop stationary points that are no minima on the far side of a kink.

    One that is not fallen back to hands its starts over to the minimum that is reached instead.

    Parameters
    ----------
    minima : tuple of Minimum
        Best first.
    problem : Problem
        Whose first instance is the world of all of them.
    bias, value
        As in :func:`theory.minima.descent.descend`.
    """
    if not minima:
        return minima
    W, b = (np.stack([getattr(minimum, name) for minimum in minima]) for name in ("W", "b"))
    starts, source = displaced(problem.at(W, b, np.zeros(len(W), dtype=int)), bias=bias)
    if not len(source):
        return minima
    ended = descend(starts, bias=bias, value=value)
    counts = [minimum.count for minimum in minima]
    kept = [True] * len(minima)
    scale = float((problem.importance[0] * problem.density[0]).sum())
    for k, minimum in enumerate(minima):
        reached = ended.loss[source == k]
        lower = reached[reached < minimum.loss - 1e-9 * scale]
        if len(lower):
            kept[k] = False
            heirs = [at for at, is_kept in enumerate(kept) if is_kept]
            if heirs:
                heir = min(heirs, key=lambda at: abs(minima[at].loss - lower[0]))
                counts[heir] += counts[k]
    return tuple(
        replace(minimum, count=count)
        for minimum, count, is_kept in zip(minima, counts, kept, strict=True)
        if is_kept
    )
