"""The loss under a fixed attack in exact arithmetic, with symbols where one wants them [D17]."""

from __future__ import annotations

from typing import Any

import sympy as sp

from ground.checks import check_positive_int
from theory.loss.exact import expected_loss_of_gram, gram
from theory.numbers.arguments import exact_matrix, exact_model, exact_number, exact_vector
from theory.numbers.arithmetic import Point

__all__ = ["exact_attack", "expected_attacked_loss"]


def expected_attacked_loss(
    W: Any,
    b: Any,
    delta: Any,
    *,
    density: Any,
    importance: Any = None,
    at: Point | None = None,
) -> sp.Expr:
    r"""Exact expected loss when δ is added to every input and x is still asked for [D17].

    .. math:: L' = \sum_i I_i E[(x_i - ReLU(G_i \cdot (x + \delta) + b_i))^2] = L(W, b + G \delta)

    Parameters
    ----------
    W : SymPy Matrix or nested lists, (m, n)
    b : sequence of n exact numbers
        An attack acts through the biases, so that they have to be named.
    delta : sequence of n exact numbers
    density, importance, at
        As in :func:`theory.expected_loss`: symbols are allowed where all signs follow from their
        assumptions or from `at`.

    Returns
    -------
    sympy.Expr

    Raises
    ------
    ValueError
        Floats (use theory.attacked_loss), shapes that do not fit, values out of range.

    Examples
    --------
    A dedicated unit feature loses ε², whatever the density:

    >>> epsilon = sp.Symbol("epsilon", positive=True)
    >>> expected_attacked_loss([[1]], [0], [epsilon], density=sp.Symbol("p"))
    epsilon**2
    """
    if b is None:
        raise ValueError(
            "b must be given, as an attack acts through the biases: zeros where the model has none"
        )
    weights, biases = exact_model(W, b)
    attack = sp.Matrix(exact_vector("delta", delta, weights.cols))
    G = gram(weights)
    moved = [sp.expand(bias + shift) for bias, shift in zip(biases, G * attack, strict=True)]
    return expected_loss_of_gram(G, moved, density=density, importance=importance, at=at)


def exact_attack(W: Any, feature: int, size: Any = 1) -> list[sp.Expr]:
    r"""The attack along one row of G = WᵀW, exactly [D17].

    .. math:: \delta_k = \varepsilon\, G_k / \|G_k\|

    Parameters
    ----------
    W : SymPy Matrix or nested lists, (m, n)
    feature : int
        k, counted from 1.
    size : exact number or symbol
        ε.

    Returns
    -------
    list of n expressions

    Raises
    ------
    ValueError
        A feature that there is not, or one whose column is zero: 0/0.

    Examples
    --------
    >>> exact_attack([[3, -4]], 2)
    [-3/5, 4/5]
    """
    weights = exact_matrix("W", W)
    k = check_positive_int("feature", feature)
    if k > weights.cols:
        raise ValueError(f"feature must be 1 to {weights.cols}, got {feature}")
    epsilon = exact_number("size", size)
    if epsilon.is_negative:
        raise ValueError(f"size (ε of the attack) must not be negative, got {size!r}")
    row = list(gram(weights).row(k - 1))
    squared = sp.expand(sp.Add(*(entry**2 for entry in row)))
    if squared == 0:
        raise ValueError(
            f"W must not be zero in the column of feature {k}, as G_k/‖G_k‖ is 0/0 there"
        )
    length = sp.sqrt(squared)
    return [epsilon * sp.radsimp(entry / length) for entry in row]
