"""D44 in formulas: what a response of some slope costs at least, and the pair of the pentagon."""

from __future__ import annotations

import sympy as sp

from theory.one_hot.kgons import kgon

_r, _k = sp.symbols("r k", positive=True)


def steep_cost() -> sp.Expr:
    """Least cost of a response of slope 1 + 2r, over where it begins [D44]."""
    cost = _k**3 / 3 + (2 * _r) ** 2 * (1 - _k) ** 3 / 12
    (best,) = (
        root
        for root in sp.solve(sp.diff(cost, _k), _k)
        if root.subs(_r, 1).is_positive and root.subs(_r, 1) < 1
    )
    return sp.factor(cost.subs(_k, best))


def pentagon_pair() -> sp.Matrix:
    """Squared length, bias and energy of a pair of the pentagon, 5 e* [D44]."""
    found = kgon(5)
    numbers = (found.radius**2, found.bias, found.loss / 5, found.loss)
    return sp.Matrix([[sp.Float(f"{x:.9f}", 10).round(9) for x in numbers]])
