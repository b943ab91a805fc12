"""D01 in formulas: the generating moment where one feature is active."""

from __future__ import annotations

import sympy as sp

from theory.loss.moments import cube_moment_formula


def one_active_feature() -> sp.Eq:
    """Return E[(b + a_1 x)₊²] for x uniform on [0, 1], as an equation."""
    x = sp.Symbol("x")
    b, a = sp.symbols("b a_1", real=True)
    ramp = sp.Integral(sp.Max(0, b + a * x) ** 2, (x, 0, 1))
    return sp.Eq(ramp, cube_moment_formula(1), evaluate=False)
