"""D45 in formulas: three features on one neuron, and why a digon is not at unit length."""

from __future__ import annotations

import sympy as sp

from theory.conventions import p
from theory.loss.exact import expected_loss

THREE = ((sp.Rational(26, 25), sp.Rational(-51, 50), sp.Rational(7, 20)),)
BIASES = (sp.Rational(-13, 100), sp.Integer(0), sp.Rational(3, 100))
DENSITY = sp.Rational(1, 10)


def witness_loss() -> sp.Expr:
    """Three features on one neuron at p = 1/10 [D45]."""
    return expected_loss([list(row) for row in THREE], list(BIASES), density=DENSITY)


def slope_at_one() -> sp.Eq:
    """Slope of the antipodal pair's loss in w² at w = 1, without bias [D45]."""
    a = sp.Symbol("a", positive=True)
    loss = expected_loss([[sp.sqrt(a), -sp.sqrt(a)]], [0, 0], density=p)
    slope = sp.factor(sp.diff(loss, a).subs(a, 1))
    return sp.Eq(sp.Symbol("L'(1)"), slope, evaluate=False)
