"""D29 in formulas: what half of an absolute value costs."""

from __future__ import annotations

import sympy as sp

from theory.computation.absolute_value import expected_naive_loss
from theory.conventions import p


def half_feature_loss() -> sp.Eq:
    """Loss of |x| with one neuron, slope and bias at their best [D29]."""
    loss = expected_naive_loss(1, 1, density=p)
    return sp.Eq(sp.Symbol("L_half"), loss, evaluate=False)
