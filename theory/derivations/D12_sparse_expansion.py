"""D12 in formulas: the density of the first pair."""

from __future__ import annotations

import sympy as sp

from theory.conventions import p
from theory.transitions.first_pair import first_pair_formula


def first_pair_equation() -> sp.Eq:
    """Return the density of the first pair, derived."""
    return sp.Eq(p, first_pair_formula(), evaluate=False)
