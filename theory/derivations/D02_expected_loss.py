"""D02 in formulas: loss and gradient of two opposite features."""

from __future__ import annotations

import sympy as sp

from theory.conventions import importance_symbols, p
from theory.loss.exact import expected_loss
from theory.loss.exact_gradient import expected_gradient


def loss_of_the_unit_digon() -> sp.Eq:
    """Return the loss of two opposite features of unit norm, as an equation."""
    value = expected_loss([[1, -1]], density=p, importance=importance_symbols(2))
    return sp.Eq(sp.Symbol("L"), sp.factor(sp.expand(value)), evaluate=False)


def gradient_of_the_digon() -> sp.Eq:
    """Return dL/dw of two opposite features w and −w without bias, as an equation."""
    w = sp.Symbol("w", positive=True)
    dW, _ = expected_gradient([[w, -w]], density=p)
    slope = sp.factor(dW[0] - dW[1])  # both ends move
    return sp.Eq(sp.Derivative(sp.Function("L")(w), w), slope, evaluate=False)


def loss_of_the_digon() -> sp.Eq:
    """Return the loss of two opposite features w and −w without bias, as an equation."""
    w = sp.Symbol("w", positive=True)
    loss = sp.collect(expected_loss([[w, -w]], density=p), w)
    return sp.Eq(sp.Function("L")(w), loss, evaluate=False)
