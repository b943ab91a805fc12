"""D41 in formulas: the loss of quantising, and that of a linear encoder with its best decoder."""

from __future__ import annotations

import sympy as sp

from theory.ways_out.compression import compression_polynomial, w, z

t = sp.Symbol("t", positive=True)
"""Ratio of the two weights of a linear encoder, between 0 and 1."""


def error_of_the_quantised() -> sp.Eq:
    """E(Zx − Zx')² by Z and w = Zε/2 [D41]."""
    return sp.Eq(sp.Symbol("A"), sp.collect(sp.expand(compression_polynomial()[0]), w))


def error_of_the_stored() -> sp.Eq:
    """E(y − y')² by Z and w = Zε/2 [D41]."""
    return sp.Eq(sp.Symbol("B"), sp.collect(sp.expand(compression_polynomial()[1]), w))


def loss_of_full_ramps() -> sp.Eq:
    """The loss where ramps fill the levels, ε = 1/Z [D41]."""
    first, second = compression_polynomial()
    loss = sp.expand((first / z**2 + second).subs(w, sp.Rational(1, 2)))
    return sp.Eq(sp.Symbol("L"), loss, evaluate=False)


def linear_encoder() -> sp.Eq:
    """The loss of h = c x + s y with its best decoder, from the lengths of chords [D41]."""
    # In units of 1/c: chords of length v/t on the way up to t, then of length 1 up to 1.
    v = sp.Symbol("v", positive=True)
    stretch = sp.sqrt(1 + t**2)  # 1/c
    cubes = 2 * sp.integrate((stretch * v / t) ** 3, (v, 0, t)) + stretch**3 * (1 - t)
    return sp.Eq(sp.Symbol("L"), sp.factor(sp.simplify(cubes / stretch) / 12), evaluate=False)
