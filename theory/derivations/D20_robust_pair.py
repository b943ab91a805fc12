"""D20 in formulas: the attack at which a faint digon dies."""

from __future__ import annotations

import sympy as sp

from theory.conventions import feature_moment, feature_variance, p


def faint_digon_equation() -> sp.Eq:
    """The largest ε that a faint digon survives, from the variance and E|x₁ − x₂|."""
    x, y = sp.symbols("x y", positive=True)
    both = 2 * sp.integrate(sp.integrate(x - y, (y, 0, x)), (x, 0, 1))
    apart = 2 * (1 - p) * feature_moment(1) + p**2 * both
    return sp.Eq(
        sp.Symbol("epsilon"), sp.factor(sp.sqrt(2) * feature_variance(p) / apart), evaluate=False
    )
