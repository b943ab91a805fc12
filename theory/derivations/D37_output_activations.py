"""D37 in formulas: GELU's antiderivatives, and the sparse limits of an absolute value."""

from __future__ import annotations

import sympy as sp

from theory.conventions import r

z = sp.Symbol("z", real=True)
k = sp.Symbol("k", positive=True)
"""|w₂|/w₁, or that over p."""

DENSITY = sp.exp(-(z**2) / 2) / sp.sqrt(2 * sp.pi)
DISTRIBUTION = (1 + sp.erf(z / sp.sqrt(2))) / 2
NARROW = (1 + sp.erf(z)) / 2
"""Φ(√2 z)."""


def gelu_antiderivatives() -> tuple[sp.Expr, sp.Expr, sp.Expr]:
    """Antiderivatives of f, z f and f², f = zΦ(z) [D37]."""
    first = ((z**2 - 1) * DISTRIBUTION + z * DENSITY) / 2
    moment = (z**3 * DISTRIBUTION + (z**2 + 2) * DENSITY) / 3
    return first, moment, _square(DENSITY, DISTRIBUTION, NARROW)


def _square(phi: sp.Expr, big: sp.Expr, narrow: sp.Expr) -> sp.Expr:
    tail = (z**2 + 2) * phi * big + z * phi**2 / 2
    third = sp.Rational(1, 3)
    return z**3 * big**2 * third + 2 * third * tail - sp.Rational(5, 6) * narrow / sp.sqrt(sp.pi)


def gelu_square_equation() -> sp.Eq:
    """∫ z²Φ² dz in terms of φ, Φ and Φ₂ = Φ(√2 z) [D37]."""
    return sp.Eq(sp.Symbol("G_2"), _square(*sp.symbols("varphi Phi Phi_2")), evaluate=False)


def absolute_gain() -> sp.Expr:
    """What |z| saves of the linear loss over p²: r = 1, sparse, on the circle, κ ≤ 1 [D37]."""
    x, y = sp.symbols("x y", positive=True)
    own = sp.integrate(sp.integrate(x * (k * y - x), (x, 0, k * y)), (y, 0, 1))
    other = sp.integrate(sp.integrate(y * (x - k * y), (x, k * y, 1)), (y, 0, 1))
    return sp.factor(4 * (own + k * other) / (1 + k**2))


def absolute_gain_equation() -> sp.Eq:
    """That gain as an equation [D37]."""
    return sp.Eq(sp.Function("g")(k), absolute_gain(), evaluate=False)


def faint_cost() -> sp.Expr:
    """Loss beyond the dedicated model's in units of p³ of a faint pair, w₂ = −kp, k ≥ ½ [D37]."""
    x = sp.Symbol("x", positive=True)
    half = sp.Rational(1, 2)
    kink = half / k
    heard = sp.integrate(half - k * x, (x, 0, kink)) + sp.integrate(k * x - half, (x, kink, 1))
    return sp.factor((1 - r) * k**2 / 3 + r * (half - k / 2 - heard))


def faint_pair() -> tuple[sp.Expr, sp.Expr]:
    """Least r at which an absolute value shares in the sparse limit, and k there [D37]."""
    cost = sp.numer(sp.together(faint_cost()))
    for solution in sp.solve([cost, sp.diff(cost, k)], [r, k], dict=True):
        if solution.get(k, 0) > sp.Rational(1, 2) and solution.get(r, 0) > 0:
            return solution[r], solution[k]
    raise ArithmeticError("no double root")


def faint_pair_equation() -> sp.Eq:
    """The least importance with superposition behind |z| as p → 0 [D37]."""
    return sp.Eq(sp.Symbol("r_0"), faint_pair()[0], evaluate=False)
