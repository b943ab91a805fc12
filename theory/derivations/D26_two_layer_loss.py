"""D26 in formulas: a square over a triangle, and small nets for absolute values."""

from __future__ import annotations

import sympy as sp

from theory.computation.linear_regions import exact_two_layer_loss
from theory.conventions import p


def triangle() -> sp.Eq:
    """∫e² over a triangle of unit weight, integrated over barycentric coordinates [D26]."""
    errors, (u, v) = sp.symbols("e_0:3"), sp.symbols("u v")
    e = errors[0] * (1 - u - v) + errors[1] * u + errors[2] * v
    inner = sp.integrate(sp.expand(e**2), (v, 0, 1 - u))
    whole = 2 * sp.integrate(sp.expand(inner), (u, 0, 1))
    form = (sum(x**2 for x in errors) + sum(errors) ** 2) / 12
    if sp.expand(whole - form) != 0:
        raise ArithmeticError("a square over a triangle is not what D26 says")
    return sp.Eq(sp.Symbol("E e^2"), form, evaluate=False)


def half_absolute_value() -> sp.Eq:
    """Loss of one neuron that computes one side of |x| [D26]."""
    return sp.Eq(sp.Symbol("L"), exact_two_layer_loss([[1]], [[1]], None, p), evaluate=False)


def shared_pair() -> sp.Eq:
    """Loss of two features that share |x_1 + x_2| from two neurons [D26]."""
    loss = exact_two_layer_loss([[1, 1], [-1, -1]], [[1, 1], [1, 1]], None, p)
    return sp.Eq(sp.Symbol("L"), loss, evaluate=False)
