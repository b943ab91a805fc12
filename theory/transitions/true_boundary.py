r"""The phase boundary of the optimum of (2, 1), put together from all lines of transitions [D09].

With bias the diagram for r < 1 holds three kinds of best solution, I, T and S (see
:mod:`theory.transitions.branches`).  I and S exchange at small p, by a first-order line; it ends
in a triple point, from which two lines go on: T and S exchange (first order, up to r = 1), and T
grows out of I, continuously between two tricritical points.  On r = 1 the symmetric S is best up
to a second triple point; denser, two mirror images of T exchange there.  Without bias there are
two kinds, S and A, and one line of first order.

Features may be exchanged: (p, r, L) ↔ (p, 1/r, L/r).
"""

from __future__ import annotations

from typing import Any

import numpy as np
import xarray as xr
from scipy.interpolate import PchipInterpolator

from ground.checks import FloatArray, as_density_axis, as_importance_axis, check_flag
from theory.transitions.first_order import first_order_line
from theory.transitions.onset import SUPERPOSED, onset_importance, tricritical_densities
from theory.transitions.special_points import confused_density


def boundary_importance(densities: Any, *, bias: bool = True) -> xr.Dataset:
    """Phase boundary of the optimum for r ≤ 1: importance and order at each density [D09].

    Superposition (S or T, or without bias S: :func:`theory.transitions.branches.spinodals` has
    the letters) lies at larger r.  Order 3 where T grows continuously out of I: the loss and its
    first two derivatives are continuous; else 1.

    Parameters
    ----------
    densities : array_like (P,)
        p in (0, 1].
    bias : bool
        False holds b at zero.

    Returns
    -------
    xarray.Dataset
        By `density`: `importance` and `order`.

    Raises
    ------
    ValueError
        A density outside (0, 1], or a bias that is no flag.
    """
    check_flag("bias", bias)
    p = as_density_axis(densities)
    order = np.ones(len(p), dtype=int)
    if not bias:
        line = first_order_line(p, "AS").importance.values
        return _boundary(p, line, order)
    line = first_order_line(p, "IS").importance.values
    low, high = tricritical_densities()
    tilt = first_order_line(p, "IT").importance.values
    smooth = (p >= low) & (p <= high)
    tilt[smooth] = onset_importance(p[smooth], SUPERPOSED)
    order[smooth] = 3
    # Next to a tricritical point the jump is too small to see, and the line is the onset.
    unseen = np.isnan(tilt) & ~(line < onset_importance(p, SUPERPOSED))
    tilt[unseen] = onset_importance(p[unseen], SUPERPOSED)
    earlier = np.isfinite(tilt) & ~(line < tilt)
    order[~earlier] = 1
    return _boundary(p, np.where(earlier, tilt, line), order)


def _boundary(p: FloatArray, line: FloatArray, order: FloatArray) -> xr.Dataset:
    return xr.Dataset(
        {"importance": ("density", line), "order": ("density", order)}, coords={"density": p}
    )


def true_boundary(importances: Any, *, bias: bool = True) -> xr.Dataset:
    """How far the diagram of fixed candidates is off, in decades of density [D09].

    Parameters
    ----------
    importances : array_like (R,)
        r > 0.
    bias : bool
        False holds b at zero.

    Returns
    -------
    xarray.Dataset
        By `importance`: `density`, below which superposition is best of all;
        `density_candidates`, the same among [1, −1] and [1, 0]: 4r/(5r + 2), or 2r/(1 + r)
        without bias, for r < 1 and mirrored; `decades`, log10 of their ratio; `order` of the
        transition; 0 where superposition stays best up to p = 1, or at r = 1.

    Raises
    ------
    ValueError
        An importance that is not positive, or a bias that is no flag.
    """
    check_flag("bias", bias)
    r = as_importance_axis(importances)
    small = np.minimum(r, 1.0 / r)
    grid = np.unique(np.concatenate([np.geomspace(0.01, 0.2, 12), np.linspace(0.2, 1.0, 33)]))
    if not bias:  # the line meets its mirror image at r = 1
        last = confused_density()
        grid = np.unique(np.append(grid[grid < last], last - np.geomspace(1e-6, 0.02, 8)))
    line = boundary_importance(grid, bias=bias)
    known = line.importance.values
    if not bias:
        grid, known = np.append(grid, last), np.append(known, 1.0)
    on = np.isfinite(known) & (np.diff(np.fmax.accumulate(known), prepend=-1.0) > 1e-12)
    inverse = PchipInterpolator(known[on], grid[on], extrapolate=False)
    density = inverse(small)
    order = np.zeros(len(r), dtype=int)
    inside = np.flatnonzero(np.isfinite(density) & (small < 1.0))
    for _ in range(2):  # secant steps with the interpolant's slope
        if not len(inside):
            break
        again = boundary_importance(density[inside], bias=bias)
        error = small[inside] - again.importance.values
        error = np.where(np.isfinite(error), error, 0.0)
        density[inside] += inverse.derivative()(small[inside]) * error
        density = np.clip(density, 1e-6, 1.0)
        order[inside] = again.order.values
    density[small > known[on][-1]] = 1.0  # superposition up to p = 1
    fixed = 4 * small / (5 * small + 2) if bias else 2 * small / (1 + small)
    return xr.Dataset(
        {
            "density": ("importance", density),
            "density_candidates": ("importance", fixed),
            "decades": ("importance", np.log10(density / fixed)),
            "order": ("importance", order),
        },
        coords={"importance": r},
    )
