"""D16 in formulas: the loss of a correlated pair that has collapsed."""

from __future__ import annotations

import sympy as sp

from theory.conventions import p
from theory.loss.exact import expected_loss


def collapsed_pair_loss() -> sp.Eq:
    """Loss of a correlated pair on its principal component, W_1 = W_2 = 1/√2 [D16]."""
    together = expected_loss([[1 / sp.sqrt(2), 1 / sp.sqrt(2)]], density=1)
    return sp.Eq(sp.Symbol("L_pair"), p * together, evaluate=False)
