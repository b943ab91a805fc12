"""D42 in formulas: rays of digons, costs of codes, and the exchange with mixtures."""

from __future__ import annotations

import sympy as sp

n, p, L, ell, s = sp.symbols("n p L ell s", positive=True)


def digon_ray() -> sp.Equality:
    """Probability of the ray of one of an antipodal pair, among n features [D42]."""
    u, v = sp.symbols("u v", positive=True)
    both = sp.integrate(sp.integrate(1, (v, 0, u)), (u, 0, 1))
    line = sp.factor(p * (1 - p) + p**2 * both) / p  # 1 − p/2, the others being silent
    silent = (1 - p) ** (n - 2)
    return sp.Eq(sp.Symbol("rho"), p * sp.expand(line) * silent)


def lone_cost() -> sp.Equality:
    """Cost of an activation of a lone feature, s = λ/2ℓ [D42]."""
    x = sp.Symbol("x", positive=True)
    small = sp.integrate(x**2, (x, 0, s))
    large = sp.integrate(2 * s * x - s**2, (x, s, 1))
    return sp.Eq(sp.Symbol("E"), ell**2 * sp.expand(small + large))


def digon_cost() -> sp.Equality:
    """Cost of a unit digon by its own axis [D42]."""
    a = sp.Symbol("a", positive=True)

    def cost(density: sp.Expr) -> sp.Expr:
        inside = sp.integrate(a**2 * density, (a, 0, L))
        return sp.expand(inside + sp.integrate((2 * L * a - L**2) * density, (a, L, 1)))

    alone, both = cost(sp.Integer(1)), cost(2 * (1 - a))
    return sp.Eq(sp.Symbol("C"), 2 * p * (1 - p) * alone + p**2 * both)


def mixing_equation() -> sp.Equality:
    """Where a Gaussian's mean size is a digon's, λ → 0 [D42]."""
    size = sp.limit(digon_cost().rhs / (2 * L), L, 0)
    variance = 2 * p * sp.Rational(1, 3) - 2 * (p / 2) ** 2
    left = p * (sp.expand(sp.expand(size) / p)) ** 2
    return sp.Eq(left, sp.expand(2 * variance / p) / sp.pi)
