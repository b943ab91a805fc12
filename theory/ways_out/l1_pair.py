r"""Two features in one dimension under L1 on h: what dies where, in closed form [D34].

A lone feature of importance I, W = (w, 0), has z ≥ 0 always and costs I v (1 − w²)² + λ p w/2,
v = p/3 − p²/4.  It is stationary where w (1 − w²) = λp / 8vI, and ties with nothing at w² = 2/3:

$$ λ^* = \frac{8\sqrt6}{27} (1 − \tfrac34 p) I ,   λ_s = \sqrt2 λ^* ,   w_s² = \tfrac13 . $$

An even pair, W = (w, −w), b = w²t for both, importances one, costs ⅔p + β(t)s + α(t)s² + λ e w
with s = w², e = p − ⅔p², and the polynomials of D07.  Its stationary points are a curve in t,

$$ s = −β'/α' ,   λ = −\frac{2 \sqrt s}{e} (β + 2 α s) , $$

on which it ties with nothing where a polynomial vanishes:

$$ 3αβ'^2 − ββ'α' − \tfrac12 p²α'^2 = 0 . $$

From p = ⅔ on the dying pair is linear: t ≥ 1, s = ⅓, b = p/2.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache
from typing import Any

import numpy as np
import sympy as sp

from ground.checks import FloatArray, as_density_axis, as_number
from theory.conventions import p
from theory.data_law import feature_variance
from theory.phases.antipodal import biased_antipodal_loss, s, t

__all__ = [
    "SPARSEST",
    "L1Death",
    "even_pair_curve",
    "l1_lone_death",
    "l1_pair_death",
    "lone_weight",
    "pair_size",
]

LINEAR_FROM = 2.0 / 3.0  # density from which on the dying even pair has no kink
SPARSEST = 1e-6  # density; below, the limits p → 0 say the same
_LARGEST = 1e6


@dataclass(frozen=True, eq=False)
class L1Death:
    """Where a solution is given up as the penalty grows: arrays by density.

    Attributes
    ----------
    threshold : (P,)
        λ* at which nothing costs as little: the best solution jumps there.
    weight, bias : (P,)
        w and b at λ*, before the jump to zero.
    spinodal : (P,)
        λ_s ≥ λ* at which it stops to be a minimum.
    spinodal_weight : (P,)
    """

    threshold: FloatArray
    weight: FloatArray
    bias: FloatArray
    spinodal: FloatArray
    spinodal_weight: FloatArray


def pair_size(density: Any) -> Any:
    """E|x₁ − x₂| = p − ⅔p², what L1 charges for an even pair of weight one [D34].

    >>> round(pair_size(0.3), 12)
    0.24
    """
    return density * (1.0 - 2.0 / 3.0 * density)


def lone_weight(density: Any, l1: Any, importance: Any = 1.0) -> Any:
    r"""Weight of the best lone feature, NaN past its spinodal [D34].

    $$ w = \tfrac2{\sqrt3} \cos(\tfrac13 \arccos(−\tfrac{3\sqrt3}2 c)) ,   c = λp / 8vI $$

    >>> float(lone_weight(0.2, 0.0).round(12))
    1.0
    """
    c = np.asarray(l1 * density / (8.0 * feature_variance(density) * importance))
    inside = 1.5 * np.sqrt(3.0) * c
    angle = np.arccos(-np.where(inside <= 1.0, inside, np.nan)) / 3.0
    return 2.0 / np.sqrt(3.0) * np.cos(angle)


def l1_lone_death(densities: Any, *, importance: Any = 1.0) -> L1Death:
    r"""Where L1 on h ends a lone feature, at (2, 1) [D34].

    $$ λ^* = \frac{8\sqrt6}{27} (1 − \tfrac34 p) I ,   λ_s = \sqrt2 λ^* $$

    Parameters
    ----------
    densities : array_like (P,)
        p in (0, 1].
    importance : float
        I of the feature, positive.

    Returns
    -------
    L1Death
        Among lone features; from p = ½ on they have become pairs before.

    Raises
    ------
    ValueError
        Naming the argument, its value and what is allowed.

    Examples
    --------
    >>> death = l1_lone_death([0.4])
    >>> [round(float(x[0]), 6) for x in (death.threshold, death.spinodal, death.weight)]
    [0.508042, 0.71848, 0.816497]
    """
    q = as_density_axis(densities)
    size = as_number("importance", importance, _POSITIVE, lambda value: 0 < value <= _LARGEST)
    threshold = 8.0 * np.sqrt(6.0) / 27.0 * (1.0 - 0.75 * q) * size
    weight = np.full(len(q), np.sqrt(2.0 / 3.0))
    return L1Death(
        threshold, weight, q / 6.0, np.sqrt(2.0) * threshold, np.full(len(q), np.sqrt(1.0 / 3.0))
    )


_POSITIVE = f"a number in (0, {_LARGEST:g}]"


@cache
def _polynomials() -> tuple[sp.Expr, sp.Expr]:
    """α and β of D07: the even pair costs ⅔p + βs + αs²."""
    loss = sp.expand(biased_antipodal_loss())
    return loss.coeff(s, 2), loss.coeff(s, 1)


@cache
def even_pair_curve() -> tuple[sp.Expr, sp.Expr]:
    """Return s and λ on the curve of stationary even pairs, by t and p [D34].

    >>> scale, penalty = even_pair_curve()
    >>> [round(float(x.subs({p: 0.1, t: 0.028016})), 4) for x in (scale, penalty)]
    [0.6726, 0.6769]
    """
    alpha, beta = _polynomials()
    scale = sp.cancel(-sp.diff(beta, t) / sp.diff(alpha, t))
    size = p - sp.Rational(2, 3) * p**2
    return scale, -2 * sp.sqrt(scale) * sp.factor(beta + 2 * alpha * scale) / size


@cache
def tie_polynomial() -> sp.Expr:
    """Return the polynomial in t and p that vanishes where the even pair ties with nothing [D34].

    >>> sp.Poly(tie_polynomial(), t).degree()
    10
    """
    alpha, beta = _polynomials()
    slope, curve = sp.diff(beta, t), sp.diff(alpha, t)
    tie = 3 * alpha * slope**2 - beta * slope * curve - p**2 * curve**2 / 2
    return sp.primitive(sp.expand(sp.cancel(tie / p**2)))[1]


@cache
def fold_polynomial() -> sp.Expr:
    """Return the polynomial in t and p that vanishes at the even pair's spinodal [D34].

    λ² s⁻¹ is a square of a rational function on the curve; its logarithm is stationary in t.
    """
    alpha, beta = _polynomials()
    scale, _ = even_pair_curve()
    reach = sp.cancel(beta + 2 * alpha * scale)
    fold = sp.together(sp.diff(scale, t) * reach + 2 * scale * sp.diff(reach, t))
    return sp.primitive(sp.expand(sp.numer(sp.cancel(fold))))[1]


def l1_pair_death(densities: Any) -> L1Death:
    r"""Where L1 on h ends the antipodal pair of two equal features, at (2, 1) [D34].

    It outlives the lone feature, so that after it there is nothing:

    $$ 3αβ'^2 − ββ'α' − \tfrac12 p²α'^2 = 0 ,   λ^* = −\frac{2\sqrt s}{e}(β + 2αs) $$

    for p < ⅔; from there on λ* = 8√3/27 · (1 − ¾p) / (1 − ⅔p).

    Parameters
    ----------
    densities : array_like (P,)
        p in [1e-6, 1].

    Returns
    -------
    L1Death

    Raises
    ------
    ValueError
        Naming the argument, its value and what is allowed.

    Examples
    --------
    >>> float(l1_pair_death([0.1]).threshold[0].round(6))
    0.676946
    """
    axis = as_density_axis(densities)
    if axis.min() < SPARSEST:
        raise ValueError(f"densities must lie in [{SPARSEST:g}, 1], got {densities!r}")
    rows = [_even_death(float(q)) for q in axis]
    return L1Death(*np.array(rows).T)


def _even_death(q: float) -> list[float]:
    tie = fold = None
    if q < LINEAR_FROM:
        tie = _on_curve(tie_polynomial(), q)
    if tie is None:
        threshold = 8.0 * np.sqrt(3.0) / 27.0 * (1.0 - 0.75 * q) / (1.0 - 2.0 / 3.0 * q)
        tie = np.sqrt(1.0 / 3.0), threshold, 0.5 * q
    fold = _on_curve(fold_polynomial(), q, above=tie[1])
    # On the linear branch, w² = 1/6 at its own spinodal, √2 λ* of the linear pair.
    linear = 8.0 * np.sqrt(6.0) / 27.0 * (1.0 - 0.75 * q) / (1.0 - 2.0 / 3.0 * q)
    if q >= 1.0 / 3.0 and (fold is None or linear > fold[1]):
        fold = np.sqrt(1.0 / 6.0), linear, 0.5 * q
    if fold is None:
        raise RuntimeError(f"the even pair has no spinodal at density {q}")
    return [tie[1], tie[0], tie[2], fold[1], fold[0]]


def _on_curve(
    polynomial: sp.Expr, q: float, above: float = 0.0
) -> tuple[float, float, float] | None:
    """Weight, penalty and bias at the largest λ among the roots t in (0, 1)."""
    scale, penalty = even_pair_curve()
    coefficients = [float(c) for c in sp.Poly(polynomial.subs(p, q), t).all_coeffs()]
    best = None
    for root in np.roots(coefficients):
        at = float(root.real)
        if abs(root.imag) < 1e-9 and 0.0 < at < 1.0:
            size = float(scale.subs({p: q, t: at}))
            if size > 0.0:
                level = float(penalty.subs({p: q, t: at}))
                if level > above and (best is None or level > best[1]):
                    best = np.sqrt(size), level, size * at
    return best
