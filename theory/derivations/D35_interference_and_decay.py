"""D35 in formulas: ties, onsets and sparse limits of two features under two penalties."""

from __future__ import annotations

from functools import lru_cache

import sympy as sp

from theory.conventions import p
from theory.ways_out.interference_onset import symmetric_tie

k = sp.Symbol("kappa", positive=True)
"""|w₂|/w₁."""


def even_pair_equation() -> sp.Eq:
    """The polynomial in t, the bias over the squared weight, of the even pair that ties [D35]."""
    return sp.Eq(symmetric_tie()[1], 0)


@lru_cache(maxsize=1)
def sparse_cost() -> sp.Expr:
    """f(κ): the loss over p on w₁² + w₂² = 1, r = 1, beyond its leading part, over p [D35]."""
    x, y = sp.symbols("x y", positive=True)
    # Slopes are a (1, −κ) and a (−κ, κ²), a = w₁²; biases do not matter where both are active.
    strong, weak = x - k * y, k * y - x

    def over_strong(function: sp.Expr) -> sp.Expr:
        return sp.integrate(sp.integrate(function, (x, k * y, 1)), (y, 0, 1))

    def over_weak(function: sp.Expr) -> sp.Expr:
        return sp.integrate(sp.integrate(function, (x, 0, k * y)), (y, 0, 1))

    a = 1 / (1 + k**2)
    own = over_strong(x * strong) + k * over_weak(y * weak)
    square = over_strong(strong**2) + k**2 * over_weak(weak**2)
    both = sp.Rational(2, 3) - 2 * a * own + a**2 * square
    alone = (1 - a) ** 2 + (1 - a * k**2) ** 2
    return sp.factor(both - sp.Rational(7, 12) * alone)


def sparse_cost_equation() -> sp.Eq:
    """f(κ) as an equation [D35]."""
    return sp.Eq(sp.Function("f")(k), sparse_cost(), evaluate=False)


def breaking_share() -> sp.Expr:
    """η at which the even sparse pair becomes uneven: that of κ → 1 [D35]."""
    share = k**2 / (1 + k**2)
    at = {k: 1}
    # d²f/dy² = 4η at y = ½, where df/dk and d²y/dk² do not matter, since df/dk = 0.
    second = sp.diff(sparse_cost(), k, 2).subs(at) / sp.diff(share, k).subs(at) ** 2
    return sp.simplify(-second / 4)


def breaking_equation() -> sp.Eq:
    """λ at which the sparse even pair becomes uneven, r = 1, to first order in p [D35]."""
    return sp.Eq(sp.Symbol("lambda_b"), p / 3 * (1 - 3 * breaking_share() * p), evaluate=False)
