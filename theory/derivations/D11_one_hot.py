"""D11 in formulas: conditions on the k-gons, and their table."""

from __future__ import annotations

import sympy as sp

from theory.one_hot.kgon_algebra import kgon_polynomial
from theory.one_hot.kgons import kgon


def hexagon_condition() -> sp.Eq:
    """The quartic in s that fixes the hexagon: the simplest case beyond the square [D11]."""
    return sp.Eq(kgon_polynomial(6).as_expr(), 0)


def pentagon_condition() -> sp.Eq:
    """The polynomial in s that fixes the pentagon [D11]."""
    return sp.Eq(kgon_polynomial(5).as_expr(), 0)


def kgon_table() -> sp.Matrix:
    """Rows k, l, β, loss of one feature, for n = k, from 4 to 12, to six digits [D11]."""
    rows = []
    for k in range(4, 13):
        polygon = kgon(k)
        numbers = (polygon.radius, polygon.bias, polygon.loss / k)
        rows.append([sp.Integer(k), *(sp.Float(f"{x:.6f}", 7).round(6) for x in numbers)])
    return sp.Matrix(rows)
