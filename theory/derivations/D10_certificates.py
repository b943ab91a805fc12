"""D10 in formulas: the least price of a steep slope, the root box of every certificate."""

from __future__ import annotations

import sympy as sp

from theory.derivations.letters import a, x


def price_of_a_steep_slope() -> sp.Eq:
    """κ(a), the least loss of an active feature whose output has a slope a ≥ 1 [D10]."""
    length = sp.Symbol("ell", positive=True)
    start = 1 - length
    output = a * (x - start)
    loss = sp.integrate(x**2, (x, 0, start)) + sp.integrate((x - output) ** 2, (x, start, 1))
    best = next(root for root in sp.solve(sp.diff(loss, length), length) if root != 0)
    price = sp.factor(loss.subs(length, best))
    return sp.Eq(sp.Function("kappa")(a), price, evaluate=False)
