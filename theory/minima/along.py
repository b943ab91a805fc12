"""Minima along a line: all of them at each point, or the better of two followed between them.

Minima move smoothly with density and importance between the lines where they exchange, so that
a descent from a minimum close by ends at the same one.
"""

from __future__ import annotations

from typing import Any

import numpy as np
import xarray as xr

from ground.checks import (
    FloatArray,
    as_density_axis,
    as_importance_axis,
    as_list,
    check_flag,
    check_positive_int,
)
from ground.structure import structure_of
from theory.loss.problem import as_problem
from theory.minima.cost import check_cost
from theory.minima.descent import descend
from theory.minima.optimum import optimum


def minima_along(
    densities: Any, importances: Any, *, bias: bool = True, starts: int = 16
) -> xr.Dataset:
    """All minima of (2, 1) at each point of a line in the diagram, best first [D09].

    Parameters
    ----------
    densities, importances : array_like (K,)
        Points of the line, or one number for all.
    bias : bool
        False holds b at zero.
    starts : int
        Spread ones, at each point.

    Returns
    -------
    xarray.Dataset
        By (`point`, `rank`): `loss`, `curvature`, and by `feature` also `W` and `b`; NaN where
        there are fewer minima.

    Raises
    ------
    ValueError
        Densities and importances of other lengths, values out of range, or starts that cost too
        much.

    Examples
    --------
    At p = 0.1 the two digons are the only minima of equal features, one the mirror of the other:

    >>> found = minima_along([0.1], [1.0], starts=4)
    >>> np.sign(found.W.values[0, 0]).prod()  # of opposite signs
    np.float64(-1.0)
    """
    check_flag("bias", bias)
    densities = as_density_axis(as_list("densities", densities))
    importances = as_importance_axis(as_list("importances", importances))
    try:
        p, r = np.broadcast_arrays(densities, importances)
    except ValueError as error:
        raise ValueError(
            f"densities and importances must be as many, got {len(densities)} and "
            f"{len(importances)}"
        ) from error
    check_cost(2, 1, check_positive_int("starts", starts) * len(p))
    found = [
        optimum(2, 1, density=float(d), importance=[1.0, float(i)], bias=bias, starts=starts).minima
        for d, i in zip(p, r, strict=True)
    ]
    most = max(map(len, found))
    loss, curvature = np.full((2, len(p), most), np.nan)
    W, b = np.full((2, len(p), most, 2), np.nan)
    for k, minima in enumerate(found):
        for rank, minimum in enumerate(minima):
            loss[k, rank], curvature[k, rank] = minimum.loss, minimum.curvature
            W[k, rank], b[k, rank] = minimum.W[0], minimum.b
    return xr.Dataset(
        {
            "loss": (("point", "rank"), loss),
            "curvature": (("point", "rank"), curvature),
            "W": (("point", "rank", "feature"), W),
            "b": (("point", "rank", "feature"), b),
        },
        coords={"density": ("point", p), "importance": ("point", r)},
    )


State = tuple[float, FloatArray, FloatArray]
"""A density, and W (m, n) and b (n,) of a minimum there."""


def crossings(
    dense: State, sparse: State, *, importance: FloatArray, accuracy: float = 1e-7
) -> list[tuple[float, str, str, float]]:
    """Where the better of two branches changes its structure: density, before, after, jump.

    Both branches are followed by exact descent from their ends, the better one kept, and the
    interval halved; a third structure in between is found on the way.

    Parameters
    ----------
    dense, sparse : State
        Minima at the ends of the interval, the greater density first.
    importance : (n,)
    accuracy : float
        Relative, of each density.

    Returns
    -------
    list of (float, str, str, float)
        From dense to sparse; `jump` is how far WᵀW moves there (Frobenius), 0 for a continuous
        change.
    """
    changes = []
    while (before := structure_of(dense[1])) != structure_of(sparse[1]):
        low, high = sparse, dense
        while high[0] / low[0] - 1 > accuracy:
            middle = better(high, low, float(np.sqrt(high[0] * low[0])), importance)
            if structure_of(middle[1]) == before:
                high = middle
            else:
                low = middle
        jump = float(np.linalg.norm(high[1].T @ high[1] - low[1].T @ low[1]))
        changes.append((low[0], str(before), str(structure_of(low[1])), jump))
        dense = low
    return changes


def better(first: State, second: State, density: float, importance: FloatArray) -> State:
    """The better local minimum at another density, from either end."""
    W, b = np.stack([first[1], second[1]]), np.stack([first[2], second[2]])
    ended = descend(as_problem(W, b, density, importance, 0.0, 1.0))
    k = int(np.argmin(ended.loss))
    return density, ended.W[k], ended.b[k]
