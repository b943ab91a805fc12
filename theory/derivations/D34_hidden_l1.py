"""D34 in formulas: what an L1 penalty on h sees of two features in one dimension."""

from __future__ import annotations

import sympy as sp

from theory.ways_out.penalty import expected_hidden_l1

w = sp.Symbol("w", positive=True)


def pair_size_equation() -> sp.Eq:
    """E|h| of an antipodal pair, W = (w, −w) [D34]."""
    (size,) = expected_hidden_l1([[1, -1]], density=sp.Symbol("p"))
    return sp.Eq(sp.Symbol("E_h"), w * sp.factor(size), evaluate=False)
