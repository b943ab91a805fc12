"""D05 in formulas: what a feature costs in the natural shapes."""

from __future__ import annotations

import sympy as sp

from theory.conventions import p
from theory.phases.shapes import polygon, simplex


def simplex_costs() -> sp.Matrix:
    """Return the costs of a feature in the simplices of one to four features, as a row."""
    return sp.Matrix([[sp.factor(simplex(k).cost()) for k in range(1, 5)]])


def pentagon_cost() -> sp.Expr:
    """Return the cost of a feature in a pentagon, in powers of p."""
    return sp.collect(polygon(5).cost(), p)
