"""D06 in formulas: the boundaries of the smallest diagrams."""

from __future__ import annotations

import sympy as sp

from theory.phases.boundary import boundary
from theory.phases.candidates import candidates
from theory.phases.lines import distinct


def smallest_boundaries() -> sp.Matrix:
    """Return r(p) on the three boundaries of (2, 1): with the digon, and between its rivals."""
    one, other, digon = candidates(2, 1)
    pairs = [(one, digon), (other, digon), (one, other)]
    return sp.Matrix([[boundary(*pair).importance for pair in pairs]])


def triangle_boundaries() -> sp.Matrix:
    """Return r(p) on the ties of the triangle of (3, 2) with each other solution."""
    catalogue = distinct(3, 2)
    triangle = catalogue[-1]
    return sp.Matrix([[boundary(other, triangle).importance for other in catalogue[:-1]]])
