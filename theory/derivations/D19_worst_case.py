"""D19 in formulas: the unit digon under its worst and under a fixed attack."""

from __future__ import annotations

import sympy as sp

from theory.adversary.unit_digon import fixed_polynomial, worst_polynomial
from theory.conventions import p

a = sp.Symbol("a", positive=True)


def worst_digon_equation() -> sp.Eq:
    """Loss of the unit digon under each input's worst attack, derived."""
    return sp.Eq(sp.Symbol("L_w"), sp.collect(sp.expand(worst_polynomial(a, p)), p), evaluate=False)


def fixed_digon_equation() -> sp.Eq:
    """Loss of the unit digon under one attack along a row of G, derived."""
    return sp.Eq(sp.Symbol("L_f"), sp.collect(sp.expand(fixed_polynomial(a, p)), p), evaluate=False)
