r"""Lines on the interference penalty's surface at (2, 1), and points on them [D35].

Along the surface the pair is left by a jump at small densities, continuously at medium ones, and
again by a small jump near p = 1.  At r = 1 the jump is from an uneven pair, then from an even one.
"""

from __future__ import annotations

from functools import lru_cache
from typing import Any

import numpy as np
import sympy as sp
import xarray as xr
from scipy.optimize import bisect, brentq, minimize_scalar

from ground.checks import FloatArray, as_importance_axis, as_positive_density
from theory.conventions import p as density_symbol
from theory.data_law import feature_variance
from theory.phases.antipodal import t
from theory.transitions.special_points import SpecialPoint
from theory.ways_out.interference import interference_threshold
from theory.ways_out.interference_onset import (
    onset_interference,
    symmetric_tie,
    tricritical_density,
)
from theory.ways_out.pair_minima import lowest, near_one_feature, settle, starts

__all__ = ["even_pair_threshold", "interference_lines", "interference_points"]

STRONG = 0.3  # second weight from which on a pair is no faint one
JUMPS, CONTINUOUS = 0.45, 0.5125  # densities between which the order changes, at any r
REAL = 1e-9  # imaginary part of a root that is real


def even_pair_threshold(density: Any) -> float:
    r"""λ at which the best even pair W = (w, −w) ties with one feature, at r = 1 [D35].

    .. math:: λ = \max_t \left[\frac{3 β(t)^2}{2 p (4 + 3 p)} - \frac{α(t)}2\right], \qquad
              6 β β' = p (4 + 3 p) α'

    over the roots t in (0, 1] of a polynomial of degree seven, α and β being those of D07.  It is
    the whole surface at r = 1 between the densities 0.2366 and 0.4983.

    Parameters
    ----------
    density : float
        p in (0, 1].

    Returns
    -------
    float

    Raises
    ------
    ValueError
        The density is not one number in (0, 1].

    Examples
    --------
    >>> round(even_pair_threshold(0.3), 12)
    0.03912482715

    References
    ----------
    theory/derivations/D35_interference_and_decay.md
    """
    value = as_positive_density("density", density)
    tie, coefficients = _compiled()
    roots = np.roots([float(c(value)) for c in coefficients])
    inside = roots[(np.abs(roots.imag) < REAL) & (roots.real > 0) & (roots.real <= 1)].real
    return float(np.max(tie(value, np.append(inside, 1.0))))


@lru_cache(maxsize=1)
def _compiled() -> tuple[Any, list[Any]]:
    tie, polynomial = symmetric_tie()
    coefficients = sp.Poly(sp.expand(polynomial), t).all_coeffs()
    return (
        sp.lambdify((density_symbol, t), tie, "numpy"),
        [sp.lambdify(density_symbol, c, "math") for c in coefficients],
    )


def strong_pair_threshold(p: float, r: float) -> float:
    """Largest λ at which a pair that is not faint ties with one feature, r ≤ 1; −∞ if none."""
    grid = near_one_feature()
    table = grid.table(p)
    alone = r * float(feature_variance(p))
    gain = (alone - table[0] - r * table[1]) / (2 * (grid.w * grid.u) ** 2)
    places = lowest(np.where(grid.u >= STRONG, -gain, np.inf), grid.shape)[:4]

    def tie(at: FloatArray, loss: FloatArray, _: Any) -> FloatArray:
        return (alone - loss) / (2 * at[:, 0] ** 2 * at[:, 1] ** 2)

    count = np.ones(len(places))
    ends = settle(starts(grid, table, places), p * count, r * count, interference=tie)
    strong = ends.converged & (np.abs(ends.theta[:, :2]).min(1) >= STRONG)
    return float(ends.interference[strong].max(initial=-np.inf))


def interference_lines(importances: Any) -> xr.Dataset:
    """Densities at which the transition of `interference_threshold` changes its order [D35].

    Parameters
    ----------
    importances : array_like (R,)
        r > 0; the importance is (1, r).

    Returns
    -------
    xarray.Dataset
        By `importance`: `jump_below`, the density below which the pair is left by the large jump;
        `jump_above`, the tricritical density, above which it is left by a small one; between them
        it fades continuously; NaN where λ_c is zero there already.

    Raises
    ------
    ValueError
        An importance that is not positive.

    Examples
    --------
    >>> lines = interference_lines([1.0])
    >>> round(float(lines.jump_below[0]), 4), round(float(lines.jump_above[0]), 4)
    (0.4983, 0.8664)
    """
    r = as_importance_axis(importances)
    small = np.minimum(r, 1.0 / r)
    below = np.array([_jump_below(float(ratio)) for ratio in small])
    above = np.array([tricritical_density(float(ratio)) for ratio in small])
    return xr.Dataset(
        {"jump_below": ("importance", below), "jump_above": ("importance", above)},
        coords={"importance": r},
    )


def _jump_below(r: float) -> float:
    def lead(p: float) -> float:
        return strong_pair_threshold(p, r) - float(onset_interference(p, r))

    if not lead(JUMPS) > 0 > lead(CONTINUOUS):
        return float("nan")
    p = float(brentq(lead, JUMPS, CONTINUOUS, xtol=1e-12))
    return p if onset_interference(p, r) > 0 else float("nan")


@lru_cache(maxsize=1)
def interference_points() -> tuple[SpecialPoint, ...]:
    """Points of the interference penalty's surface at equal importance [D35].

    The first two are where three best models tie, uneven pair, even pair and one feature, and even
    pair, one feature and the onset of a faint pair; then the tricritical point, and the top of
    the whole surface, above whose λ nothing is in superposition, at any density and importance.

    Returns
    -------
    tuple of SpecialPoint
        With `kind`, `density`, `importance` and `between`.

    Examples
    --------
    >>> [(point.kind, round(point.density, 4)) for point in interference_points()]
    [('triple', 0.2366), ('triple', 0.4983), ('tricritical', 0.8664), ('top', 0.2673)]
    """

    def uneven(p: float) -> float:
        lead = float(interference_threshold([p], [1.0]).threshold.item()) - even_pair_threshold(p)
        return 1.0 if lead > 1e-12 else -1.0

    def faint(p: float) -> float:
        return even_pair_threshold(p) - float(onset_interference(p, 1.0))

    def depth(p: float) -> float:
        return -even_pair_threshold(p)

    top = minimize_scalar(depth, bounds=(0.24, 0.4), method="bounded", options={"xatol": 1e-12})
    return (
        SpecialPoint("triple", float(bisect(uneven, 0.2, 0.3, xtol=1e-10)), 1.0, "U E I"),
        SpecialPoint("triple", float(brentq(faint, 0.45, 0.55, xtol=1e-13)), 1.0, "E T I"),
        SpecialPoint("tricritical", tricritical_density(1.0), 1.0, "T I"),
        SpecialPoint("top", float(top.x), 1.0, "E I"),
    )
