"""D18 in formulas: the best attack on one unit digon, and the mean length of two features."""

from __future__ import annotations

from functools import cache

import sympy as sp

from theory.conventions import p
from theory.derivations.D17_attacked_loss import GROWTH, h


@cache
def digon_best_increase() -> sp.Expr:
    """E max of the two attacks on one unit digon without bias that move by h, 0 < h < 1 [D18]."""
    d, y = sp.symbols("d y", positive=True)  # x_1 − x_2 > 0, and x_2
    far = h**2 + 2 * h * y
    lowering = 4 * y * d + 2 * d**2 + h**2 - 2 * y * h - 2 * d * h
    raising = h**2 - 2 * h * y
    both = (
        sp.integrate(far, (y, 0, 1 - d), (d, h, 1))
        + sp.integrate(lowering, (y, (h - d) / 2, 1 - d), (d, 0, h))
        + sp.integrate(raising, (y, 0, (h - d) / 2), (d, 0, h))
    )
    # Either feature may be the larger, each with the density 1 on half of the square.
    return sp.expand(h**2 * (1 - p**2) + 2 * p**2 * sp.expand(both))


def digon_best() -> sp.Eq:
    """The same, as an equation."""
    return sp.Eq(GROWTH, sp.collect(digon_best_increase(), p), evaluate=False)


def mean_norm_of_two() -> sp.Eq:
    """E‖x‖ of two features, from lengths in a square [D18]."""
    x = sp.Symbol("x", positive=True)
    # Half of the square is a triangle of apex 0: (1/3) ∫_0^1 √(1 + t²) dt over its far side.
    corner = sp.Rational(2, 3) * sp.integrate(sp.sqrt(1 + x**2), (x, 0, 1))
    mean = p * (1 - p) + p**2 * sp.simplify(corner)
    return sp.Eq(sp.Function("E")(sp.Abs(sp.Symbol("x"))), mean, evaluate=False)
