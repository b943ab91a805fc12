"""D22 in formulas: the ratio of importances above which a pair leads down both ways."""

from __future__ import annotations

import sympy as sp

from theory.derivations.D09_order_of_the_transitions import aligned_onset


def both_ways() -> sp.Eq:
    """r_+ of D09, where an unlearnt feature may grow along a learnt one too [D22]."""
    return sp.Eq(sp.Symbol("r_+"), aligned_onset().rhs, evaluate=False)
