"""D17 in formulas: the unit digon and the dedicated feature under a fixed attack."""

from __future__ import annotations

from functools import cache

import sympy as sp

from theory.adversary.exact import exact_attack, expected_attacked_loss
from theory.conventions import p
from theory.loss.exact import expected_loss

h = sp.Symbol("h", positive=True)
"""How far the attack moves each output of the unit digon, h = √2 ε ≤ 1."""

epsilon = sp.Symbol("epsilon", positive=True)

GROWTH = sp.Symbol("V") * epsilon**2
"""L' − L."""


@cache
def digon_increase() -> sp.Expr:
    """L' − L of the unit digon without bias whose outputs move by h and −h, 0 < h < 1 [D17]."""
    W, b = [[1, -1]], [0, 0]
    inside = {h: sp.Rational(1, 3)}
    attacked = expected_attacked_loss(W, b, [h / 2, -h / 2], density=p, at=inside)
    return sp.expand(attacked - expected_loss(W, b, density=p))


def digon_under_attack() -> sp.Eq:
    """The same, sorted by powers of p."""
    return sp.Eq(GROWTH, sp.collect(digon_increase(), p), evaluate=False)


def digon_vulnerability() -> sp.Eq:
    """V of the unit digon in the limit of weak attacks, by p [D17]."""
    weak = sp.limit(sp.expand(digon_increase() / (h**2 / 2)), h, 0)
    return sp.Eq(sp.Symbol("V_digon"), sp.expand(weak), evaluate=False)


def dedicated_increase() -> sp.Eq:
    """L' − L of a dedicated unit feature beside an ignored one, at any p and ε [D17]."""
    W, b = [[1, 0]], [0, p / 2]
    attacked = expected_attacked_loss(W, b, exact_attack(W, 1, epsilon), density=p)
    increase = sp.expand(attacked - expected_loss(W, b, density=p))
    return sp.Eq(GROWTH, increase, evaluate=False)
