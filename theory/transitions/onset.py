r"""Where ignoring a feature stops being a minimum of (2, 1), in closed form [D09].

At W = (1, 0), b = (0, p/2) the loss is only piecewise smooth to second order, so the two
directions w₂ = −ε and w₂ = +ε are two problems.  With w₁ = 1 + δε, b₁ = βε and b₂ relaxed,

.. math:: L = r v + ε² (Q_±(δ, β) − r v) + ε³ C_±(δ, β) + …,  \qquad v = p/3 − p²/4,

so the solution is stable on that side for r below the onset min Q_±/v.  Where C_± > 0 the
weight grows from zero, w₂ ∝ r − onset, and the loss falls below r v by the cube of that: the
transition is continuous, of third order in Ehrenfest's sense.  Where C_± < 0 it is of first
order, and has happened before.  The sign changes at the tricritical points.
"""

from __future__ import annotations

from functools import lru_cache
from typing import Any

import numpy as np
import sympy as sp
from scipy.optimize import brentq

from ground.checks import FloatArray, as_density, check_choice
from theory.conventions import feature_variance, p

δ, β, x, y = sp.symbols("delta beta x y", real=True)
SUPERPOSED, ALIGNED = -1, +1
"""Sides: w₂ < 0, towards the digon, and w₂ > 0."""


def _mixed(expression: sp.Expr, low: sp.Expr, high: sp.Expr) -> sp.Expr:
    """Expectation over x₂ = y of a function that is zero outside low < y < high when active.

    The inactive case y = 0 belongs to the interval that starts at 0, or else counts by itself.
    """
    return p * sp.integrate(sp.expand(expression), (y, low, high))


def _pieces(side: int) -> tuple[sp.Expr, sp.Expr, sp.Expr]:
    """Perturbation s y + β of z₁ over ε, and the y between which it is positive."""
    _check(side)
    line = side * y + β
    return (line, sp.Integer(0), β) if side < 0 else (line, -β, sp.Integer(1))


@lru_cache(maxsize=2)
def second_order(side: int) -> sp.Expr:
    """Q(δ, β), the second-order loss of feature 1 on one side, 0 < side·(−β) or so [D09].

    x₁ active: E[(2δx₁ + s x₂ + β)²]; x₁ inactive: only what is positive is seen.  Valid for
    0 < β < 1 where w₂ < 0, and for −1 < β < 0 where w₂ > 0.
    """
    line, low, high = _pieces(side)
    shift = 2 * δ * x
    active = sp.integrate(
        sp.expand((1 - p) * (shift + β) ** 2 + _mixed((shift + line) ** 2, 0, 1)), (x, 0, 1)
    )
    empty = (1 - p) * β**2 if side < 0 else sp.Integer(0)
    return sp.expand(p * active + (1 - p) * (empty + _mixed(line**2, low, high)))


@lru_cache(maxsize=2)
def direction(side: int) -> tuple[sp.Expr, sp.Expr]:
    """Softest direction (δ, β) on one side, where Q is least [D09].

    The quadratic for β is solved as −2c/(b + √(b² − 4ac)), which stays good at p = 1, where
    a = 0.
    """
    q = second_order(side)
    best_shift = sp.solve(sp.diff(q, δ), δ)[0]
    slope = sp.expand(sp.diff(q.subs(δ, best_shift), β))
    terms = sp.Poly(slope, β).all_coeffs()
    shared = sp.gcd_list(terms)
    two, one, none = (sp.cancel(term / shared) for term in terms)
    middle = sp.Rational(1, 2)
    for root in sp.solve(slope, β):
        if 0 < -side * root.subs(p, middle) < 1:
            if root.is_rational_function(p):
                return sp.expand(best_shift.subs(β, root)), root
            square = sp.sqrt(sp.expand(one**2 - 4 * two * none))
            for sign in (1, -1):
                offset = -2 * none / (one + sign * square)
                if abs((offset - root).subs(p, middle).evalf()) < 1e-12:
                    return sp.expand(best_shift.subs(β, offset)), offset
    raise RuntimeError("no direction found; this is a bug")


@lru_cache(maxsize=2)
def onset(side: int = SUPERPOSED) -> sp.Expr:
    r"""Importance r(p) beyond which ignoring feature 2 is unstable to w₂ of one sign [D09].

    .. math:: r_±(p) = \min_{δ, β} Q_±(δ, β) / (p/3 − p²/4)

    Parameters
    ----------
    side : −1 or +1
        Towards superposition (w₂ < 0), or alignment (w₂ > 0).

    Examples
    --------
    >>> onset(+1)
    (9*p**2 - 8*p - 5)/(4*(3*p - 4))
    >>> sp.simplify(onset(-1).subs(p, 1))
    1
    """
    shift, offset = direction(side)
    value = second_order(side).subs(δ, shift).subs(β, offset) / feature_variance()
    return sp.factor(value) if side > 0 else value


@lru_cache(maxsize=2)
def third_order(side: int = SUPERPOSED) -> sp.Expr:
    r"""Cubic coefficient C(p) of the loss along the softest direction, at the onset [D09].

    Positive: the weight grows continuously from zero.  Negative: it has jumped before.
    """
    shift, offset = direction(side)
    line, low, high = _pieces(side)
    step = δ**2 * x + δ * side * y
    inner = 2 * (2 * δ * x + line) * step
    active = sp.integrate(sp.expand((1 - p) * inner.subs(y, 0) + _mixed(inner, 0, 1)), (x, 0, 1))
    # z₁ < 0 for x₁ < −line: x₁² is lost there, in place of line².
    negative = sp.Rational(-2, 3) * (
        _mixed((-line) ** 3, high, 1)
        if side < 0
        else (1 - p) * (-β) ** 3 + _mixed((-line) ** 3, 0, low)
    )
    inactive = (1 - p) * _mixed(2 * line * δ * side * y, low, high)
    other = 2 * onset(side) * feature_variance() * δ
    return (p * (active + negative) + inactive + other).subs(δ, shift).subs(β, offset)


def onset_importance(density: Any, side: int = SUPERPOSED) -> FloatArray:
    """Importance r at which W = (1, 0) gives way, `theory.transitions.onset.onset` in floats [D09].

    Parameters
    ----------
    density : array_like (...)
        p in (0, 1].
    side : {-1, 1}
        Whether w₂ < 0 grows, superposed, or w₂ > 0, aligned.

    Returns
    -------
    ndarray (...)

    Raises
    ------
    ValueError
        A density outside (0, 1], or another side.

    Examples
    --------
    >>> onset_importance([0.1, 0.5]).round(4).tolist()
    [0.102, 0.5504]
    """
    check_choice("side", side, (SUPERPOSED, ALIGNED))
    return _evaluate(onset, density, side)


def cubic_coefficient(density: Any, side: int = SUPERPOSED) -> FloatArray:
    """`third_order` in floats, at densities in (0, 1] [D09]."""
    return _evaluate(third_order, density, side)


def tricritical_densities(side: int = SUPERPOSED) -> tuple[float, ...]:
    """Densities where the transition turns from first order to continuous, or back [D09].

    Parameters
    ----------
    side : {-1, 1}
        Whether w₂ < 0 grows, superposed, or w₂ > 0, aligned.

    Returns
    -------
    tuple of float
        Rising.

    Raises
    ------
    ValueError
        Another side.

    Examples
    --------
    >>> [round(density, 4) for density in tricritical_densities()]
    [0.5202, 0.8373]
    """

    check_choice("side", side, (SUPERPOSED, ALIGNED))

    return _tricritical(side)


@lru_cache(maxsize=2)
def _tricritical(side: int) -> tuple[float, ...]:
    def cubic(density: float) -> float:
        return float(cubic_coefficient(density, side))

    grid = np.linspace(0.005, 0.995, 199)
    values = cubic_coefficient(grid, side)
    turns = np.flatnonzero(np.sign(values[:-1]) != np.sign(values[1:]))
    return tuple(float(brentq(cubic, grid[k], grid[k + 1], xtol=1e-14)) for k in turns)


def _evaluate(formula: Any, density: Any, side: int) -> FloatArray:
    values = as_density(density)
    if np.any(values == 0.0):
        raise ValueError(f"density must lie in (0, 1], got {density!r}")
    _check(side)
    return np.asarray(_compiled(formula, side)(values), dtype=np.float64)


@lru_cache(maxsize=8)
def _compiled(formula: Any, side: int) -> Any:
    return sp.lambdify(p, formula(side), "numpy")


def _check(side: int) -> None:
    if side not in (SUPERPOSED, ALIGNED):
        raise ValueError(f"side must be -1 (w2 < 0) or +1 (w2 > 0), got {side!r}")
