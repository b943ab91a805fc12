r"""Which kind of solution of (2, 1) is best around a point, and how far its boundaries are [D09].

The best kinds are I, T and S (:mod:`theory.transitions.branches`).  Going one way from a point, the
first place at which another kind is better is looked for on grids, each finer than the last, and
then found as a root: of the difference of two exact losses, or, where T grows out of I, of the
onset in closed form.  Only r ≤ 1 has to be known: exchanging the features maps (p, r) to (p, 1/r).
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from scipy.optimize import brentq

from ground.checks import FloatArray, as_number
from theory.data_law import feature_variance
from theory.loss.problem import as_problem
from theory.minima.descent import descend
from theory.transitions.branches import importance_of
from theory.transitions.kinds import kind_of
from theory.transitions.onset import onset_importance, tricritical_densities

__all__ = ["Edge", "best_kinds", "nearest_edges"]

KINDS = "ITS"
# Second weights from which T and S are descended to; I is a closed form.
_STARTS = (-0.08, -0.3, -0.7, -1.0)
_GRIDS = (32, 16, 16)
# The boundary of I lies at r > 0.4 p (0.43 p where p is small), and below p = 2.4 r.
_LOWEST = 0.4
LEAST = 1e-6  # of densities and importances: below, losses differ by less than rounding


@dataclass(frozen=True)
class Edge:
    """Where the best kind of solution changes, going one way from a point [D09].

    Attributes
    ----------
    axis : "density" or "importance"
        Along which one goes.
    at : float
        p or r of the change.
    inside, beyond : str
        The kinds before and after it, as letters of `first_order_line`; a prime marks the mirror
        image, in which the first feature is the weak one.
    order : int
        3 where the weight of a feature grows continuously from zero, else 1.
    """

    axis: str
    at: float
    inside: str
    beyond: str
    order: int


Place = Callable[[FloatArray], tuple[FloatArray, FloatArray]]
"""From places along a way to their densities and importances."""


def nearest_edges(density: float, importance: float = 1.0) -> tuple[Edge, ...]:
    """The nearest boundaries of the optimum of (2, 1) below and above, in p and in r [D09].

    Parameters
    ----------
    density : float
        p in [1e-6, 1].
    importance : float
        r in [1e-6, 1e6], of the second feature; the first has importance one.

    Returns
    -------
    tuple of Edge
        Up to four; a way on which nothing changes has none.  On r = 1, where mirror images are
        equally good, the ways in importance begin at either side of it.

    Raises
    ------
    ValueError
        Naming the argument that is out of range.

    Examples
    --------
    >>> for edge in nearest_edges(0.1, 0.5):
    ...     print(edge.axis, round(edge.at, 4), edge.inside, edge.beyond)
    density 0.4846 S I
    importance 0.0487 S I
    importance 20.5247 S I'
    """
    p = as_number("density", density, f"a number in [{LEAST:g}, 1]", lambda v: LEAST <= v <= 1)
    r = as_number(
        "importance",
        importance,
        f"a number in [{LEAST:g}, {1 / LEAST:g}]",
        lambda v: LEAST <= v <= 1 / LEAST,
    )

    def by_density(places: FloatArray) -> tuple[FloatArray, FloatArray]:
        return places, np.full(len(places), r)

    def by_importance(places: FloatArray) -> tuple[FloatArray, FloatArray]:
        return np.full(len(places), p), places

    side = 1e-9 if r == 1.0 else 0.0
    sparsest = 0.5 * _LOWEST * min(r, 1.0 / r)
    ways = (
        ("density", p, min(p, sparsest), by_density),
        ("density", p, 1.0, by_density),
        ("importance", r * (1.0 - side), min(r, _LOWEST * p), by_importance),
        ("importance", r * (1.0 + side), max(r, 1.0 / (_LOWEST * p)), by_importance),
    )
    found = (_first_change(*way) for way in ways)
    return tuple(edge for edge in found if edge is not None)


def best_kinds(densities: FloatArray, importances: FloatArray) -> list[str]:
    """The best kind at each of some points, a prime where the first feature is the weak one [D09].

    >>> best_kinds(np.array([0.1, 0.9]), np.array([0.5, 2.0]))
    ['S', "I'"]
    """
    best = np.nanargmin(_losses(densities, np.minimum(importances, 1.0 / importances)), axis=0)
    return [
        KINDS[k] + ("'" if r > 1.0 and KINDS[k] != "S" else "")
        for k, r in zip(best, importances, strict=True)
    ]


def _losses(p: FloatArray, s: FloatArray) -> FloatArray:
    """Losses of I, T and S at points with s ≤ 1, (3, K); NaN where there is none of a kind."""
    found = np.full((3, len(p)), np.nan)
    found[0] = s * feature_variance(p)
    count = len(_STARTS)
    where = np.repeat(np.arange(len(p)), count)
    weights = np.tile(_STARTS, len(p))
    W = np.stack([np.ones(len(where)), weights], axis=1)[:, None, :]
    rest = p[where, None] / 2 * (1.0 - np.abs(W[:, 0]))
    ended = descend(as_problem(W, rest, p[where, None], importance_of(s[where]), 0.0, 1.0))
    for k, at in enumerate(where):
        kind = KINDS.find(kind_of(ended.W[k], p[at])) if ended.converged[k] else 0
        if kind > 0:
            found[kind, at] = np.fmin(found[kind, at], ended.loss[k])
    return found


def _first_change(axis: str, start: float, end: float, place: Place) -> Edge | None:
    """The first change of the best kind between two places; None where there is none."""
    if start == end:
        return None
    low, high, inside, beyond = start, end, "", ""
    for count in _GRIDS:
        grid = np.geomspace(low, high, count)
        kinds = best_kinds(*place(grid))
        inside = inside or kinds[0]
        changed = [k for k, kind in enumerate(kinds) if kind != inside]
        if not changed:
            if not beyond:
                return None
            changed = [count - 1]
        first = max(changed[0], 1)
        low, high, beyond = grid[first - 1], grid[first], kinds[first]
    at, order = _polished(axis, sorted((low, high)), inside, beyond, place)
    return Edge(axis, at, inside, beyond, order)


def _polished(
    axis: str, between: list[float], inside: str, beyond: str, place: Place
) -> tuple[float, int]:
    """The place of a change to rounding, and its order."""
    pair = {inside.removesuffix("'"), beyond.removesuffix("'")}
    if len(pair) == 1:  # mirror images exchange where both features are alike
        return 1.0, 1

    def gap(where: float, of: str = "".join(sorted(pair))) -> float:
        p, r = place(np.array([where]))
        losses = _losses(p, np.minimum(r, 1.0 / r))[:, 0]
        return float(losses[KINDS.index(of[0])] - losses[KINDS.index(of[1])])

    def above_onset(where: float) -> float:
        p, r = place(np.array([where]))
        return float(np.minimum(r, 1.0 / r)[0] - onset_importance(p)[0])

    if pair == {"I", "T"}:
        low, high = tricritical_densities()
        p = float(place(np.array([between[0]]))[0][0])
        if low <= p <= high or not gap(between[0]) * gap(between[1]) < 0:
            # Next to a tricritical point the jump is too small to see.
            return _root(above_onset, between), 3 if low <= p <= high else 1
    return _root(gap, between), 1


def _root(function: Callable[[float], float], between: list[float]) -> float:
    """A root; the middle where rounding hides the change of sign."""
    ends = [function(where) for where in between]
    if not ends[0] * ends[1] < 0:
        return float(np.sqrt(between[0] * between[1]))
    return float(brentq(function, between[0], between[1], xtol=1e-12, rtol=1e-11))
