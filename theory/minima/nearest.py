"""Where the best model takes another structure, going from one point of a diagram either way.

A line of the diagram through the point is searched like a whole one, and between two neighbours
that differ both minima are followed and the better one kept (:mod:`theory.minima.along`), until the
interval is small.  What is found is as good as the search: an exchange that is narrower than the
grid is missed.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
import xarray as xr

from ground.checks import FloatArray, as_number, as_positive_density, check_at_most, check_sizes
from theory.loss.problem import as_problem
from theory.minima.descent import descend
from theory.minima.diagram import optimum_phase_diagram
from theory.minima.orbits import canonical_name, groups, structure

__all__ = ["Exchange", "nearest_exchanges"]

REACH = 100.0  # how far one looks, as a factor
MOST_FEATURES = 5
_POINTS = 16  # of the line on each side
_STARTS, _COARSE = 4, 4
_ACCURACY = 1e-7
_BESIDE = 1e-6


@dataclass(frozen=True)
class Exchange:
    """A change of the best model's structure, going one way from a point [D03].

    Attributes
    ----------
    axis : "density" or "importance"
    at : float
        p or r of the change.
    inside, beyond : str
        The structures before and after it, features of one importance exchanged as is canonical.
    jump : float
        How far WᵀW moves there (Frobenius): about zero where the change is continuous, and the
        place then depends on which norm, or angle, counts as none (`ground.structure`).
    """

    axis: str
    at: float
    inside: str
    beyond: str
    jump: float


def nearest_exchanges(
    n_features: int,
    n_hidden: int,
    density: float,
    importance: float = 1.0,
    *,
    told: Callable[[], object] | None = None,
) -> tuple[Exchange, ...]:
    """The nearest changes of the optimum's structure below and above, in p and in r [D03].

    Parameters
    ----------
    n_features, n_hidden : int
        n ≤ 5 and m ≤ n.
    density : float
        p in (0, 1].
    importance : float
        r > 0, of the last feature; the others have importance one.
    told : callable, optional
        Called after each of the four ways.

    Returns
    -------
    tuple of Exchange
        Up to four, within a factor of 100 of the point.

    Raises
    ------
    ValueError
        Naming the argument that is out of range.

    Examples
    --------
    >>> [up] = [x for x in nearest_exchanges(3, 2, 0.3) if x.axis == "density"]
    >>> up.inside, up.beyond
    ('[1] [2 3]', '[1 2 3]')
    """
    n, m = check_sizes(n_features, n_hidden)
    check_at_most("n_features", n, MOST_FEATURES, "a minute beyond")
    p = as_positive_density("density", density)
    r = as_number("importance", importance, "a number above 0", lambda value: 0 < value < np.inf)
    found = []
    # At r = 1 all features are alike and names more canonical than beside it.
    side = _BESIDE if r == 1.0 else 0.0
    ways = (
        ("density", p, p / REACH, r),
        ("density", p, min(1.0, p * REACH), r),
        ("importance", r * (1 - side), r / REACH, p),
        ("importance", r * (1 + side), r * REACH, p),
    )
    for axis, start, end, held in ways:
        if start != end:
            places = np.sort(np.geomspace(start, end, _POINTS))
            line = (places, [held]) if axis == "density" else ([held], places)
            known = optimum_phase_diagram(n, m, *line, starts=_STARTS, coarse=_COARSE)
            row = known.isel({"importance" if axis == "density" else "density": 0})
            change = _first_change(axis, row, held, backwards=end < start)
            if change is not None:
                found.append(change)
        if told is not None:
            told()
    return tuple(found)


def _first_change(axis: str, row: xr.Dataset, held: float, *, backwards: bool) -> Exchange | None:
    """The first place of another structure, and where before it that takes over."""
    row = row.isel({axis: slice(None, None, -1)}) if backwards else row
    names, places = row.structure.values, row[axis].values
    changed = np.flatnonzero(names != names[0])
    if not len(changed):
        return None
    k = int(changed[0])
    ends = [(float(places[j]), row.W.values[j], row.b.values[j]) for j in (k - 1, k)]
    inside = str(names[0])
    while abs(np.log(ends[1][0] / ends[0][0])) > _ACCURACY:
        place = float(np.sqrt(ends[0][0] * ends[1][0]))
        W, b = _better(axis, place, held, ends)
        same = _name(axis, place, held, W) == inside
        ends[0 if same else 1] = (place, W, b)
    beyond = _name(axis, ends[1][0], held, ends[1][1])
    jump = np.linalg.norm(ends[0][1].T @ ends[0][1] - ends[1][1].T @ ends[1][1])
    return Exchange(axis, ends[0][0], inside, beyond, float(jump))


def _world(axis: str, place: float, held: float, n: int) -> tuple[float, FloatArray]:
    density, ratio = (place, held) if axis == "density" else (held, place)
    return density, np.array([1.0] * (n - 1) + [ratio])


def _better(
    axis: str, place: float, held: float, ends: list[tuple[float, FloatArray, FloatArray]]
) -> tuple[FloatArray, FloatArray]:
    """The better of the two minima that are followed from both ends."""
    W, b = (np.stack([end[k] for end in ends]) for k in (1, 2))
    density, weights = _world(axis, place, held, W.shape[-1])
    ended = descend(as_problem(W, b, density, weights, 0.0, 1.0))
    k = int(np.argmin(ended.loss))
    return ended.W[k], ended.b[k]


def _name(axis: str, place: float, held: float, W: FloatArray) -> str:
    """The structure's canonical name where features of one importance are alike."""
    density, weights = _world(axis, place, held, W.shape[1])
    label = groups(np.full(len(weights), density), weights)
    return str(canonical_name(structure(W), tuple(label.tolist())))
