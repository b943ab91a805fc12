"""D29 in formulas: what half of an absolute value costs, and a pair that leans."""

from __future__ import annotations

import sympy as sp

from theory.computation.absolute_value import expected_naive_loss
from theory.conventions import p


def half_feature_loss() -> sp.Eq:
    """Loss of |x| with one neuron, slope and bias at their best [D29]."""
    loss = expected_naive_loss(1, 1, density=p)
    return sp.Eq(sp.Symbol("L_half"), loss, evaluate=False)


def leaning_loss() -> sp.Eq:
    """Loss of a circuit of which one pair leans, integrated over both patterns [D29]."""
    e, t, x = sp.symbols("e t x", positive=True)
    alone = sp.integrate((e * x) ** 2, (x, 0, 1))
    both = sp.integrate(sp.integrate((e * x - t) ** 2, (t, 0, e * x)), (x, 0, 1))
    loss = p * (1 - p) * alone + p**2 * both
    return sp.Eq(sp.Symbol("L_lean"), loss, evaluate=False)
