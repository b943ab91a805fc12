"""D23 in formulas: what the first moments of a small start do to its direction."""

from __future__ import annotations

import sympy as sp

from theory.conventions import p


def growth_of_the_ratio() -> sp.Eq:
    """Growth of (w₁ + w₂)/(w₁ − w₂) until the bias has settled, for equal features [D23]."""
    t = sp.Symbol("t", nonnegative=True)
    mean, square = p / 2, p / 3
    bias = mean * (1 - sp.exp(-2 * t))
    # −∂L/∂G_ij = 2 E[x_j (x_i − b)], for j = i and j ≠ i; Ẇ = W (g + gᵀ).
    own = 2 * (square - bias * mean)
    other = 2 * (mean**2 - bias * mean)
    difference = sp.expand((2 * own + 2 * other) - (2 * own - 2 * other))
    growth = sp.exp(sp.integrate(difference, (t, 0, sp.oo)))
    return sp.Eq(sp.Symbol("q"), sp.simplify(growth), evaluate=False)
