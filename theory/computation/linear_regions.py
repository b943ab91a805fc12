r"""The loss of a two-layer net in exact numbers, from the regions in which the net is linear [D26].

.. math:: L = \sum_A P(A) \sum_i I_i\, E\big[(y_i - f(W_2 (W_1 x)_+ + b)_i)^2 \,\big|\, A\big]

Each pattern A of active features is a cube, cut into convex cells on which an output's error
is linear.
This is the slow, exact side; floats belong to `theory.two_layer_loss`.
"""

from __future__ import annotations

from collections import defaultdict
from typing import Any

import sympy as sp

from theory.computation.exact_net import MOST_SIMPLICES, exact_net, exact_patterns
from theory.computation.exact_pattern import pattern_costs
from theory.conventions import weighted_sum
from theory.numbers.arguments import exact_density, exact_importance, exact_matrix


def exact_two_layer_loss(
    W1: Any,
    W2: Any,
    b: Any,
    density: Any,
    importance: Any = None,
    *,
    target: str = "absolute",
    output: str = "relu",
    low: Any = None,
    high: Any = 1,
    most_active: int | None = None,
    most_simplices: int = MOST_SIMPLICES,
) -> sp.Expr:
    r"""Exact expected loss of y' = f(W2 ReLU(W1 x) + b) [D26].

    .. math:: L = \sum_A P(A) \sum_i I_i\, E[(y_i - y'_i)^2 \mid A]

    Parameters
    ----------
    W1 : exact numbers (m, n)
        Hidden × features; rational or algebraic.
    W2 : exact numbers (n, m)
    b : sequence of n exact numbers, or None
        None means zero.
    density : exact number or symbol, one or n of them
        Probability p = 1 − S that a feature is active.
    importance : exact numbers or symbols, one or n of them, optional
        Weights I_i ≥ 0; None means all one.
    target : {"absolute", "relu", "identity"}
        y_i = |x_i|, ReLU(x_i) or x_i.
    output : {"relu", "linear"}
        f.
    low, high : exact numbers, optional
        Range of an active feature, low ≤ 0 < high; None for low is 0 for the identity, else −1.
    most_active : int, optional
        Leaves out the patterns with more features active; None keeps all 2ⁿ.
    most_simplices : int
        Simplices that may be summed, some thousands a second.  They are counted beforehand.

    Returns
    -------
    sympy.Expr
        Σ_i I_i c_i(p), each c_i an expanded polynomial in the densities.

    Raises
    ------
    ValueError
        Floats, shapes that do not fit, values out of range, a target that the output cannot reach,
        or more work than `most_simplices`, with the number.

    Examples
    --------
    Two neurons compute |x| of one feature, one of them half of it:

    >>> p = sp.Symbol("p", positive=True)
    >>> exact_two_layer_loss([[1], [-1]], [[1, 1]], None, p)
    0
    >>> exact_two_layer_loss([[1]], [[1]], None, p)
    p/6

    References
    ----------
    theory/derivations/D26_two_layer_loss.md
    """
    net, arithmetic = exact_net(W1, W2, b, target, output, low, high)
    n = len(net.b)
    densities, weights = exact_density(density, n), exact_importance(importance, n)
    costs: dict[sp.Expr, list[Any]] = defaultdict(lambda: [arithmetic.domain.zero] * n)
    for active, chance in exact_patterns(net, arithmetic, densities, most_active, most_simplices):
        found, _ = pattern_costs(net, active)
        costs[chance] = [u + v for u, v in zip(costs[chance], found, strict=True)]
    totals = [
        sp.expand(
            sp.Add(*(chance * arithmetic.expression(cost[i]) for chance, cost in costs.items()))
        )
        for i in range(n)
    ]
    total = weighted_sum(totals, weights)
    return sp.expand(total) if all(weight.is_number for weight in weights) else total


def exact_two_layer_gradient(
    W1: Any,
    W2: Any,
    b: Any,
    density: Any,
    importance: Any = None,
    *,
    target: str = "absolute",
    output: str = "relu",
    low: Any = None,
    high: Any = 1,
    most_active: int | None = None,
    most_simplices: int = MOST_SIMPLICES,
) -> dict[str, sp.Matrix]:
    r"""Exact gradient of the loss of a two-layer net, by W1, W2 and b [D26].

    .. math:: \frac{\partial L}{\partial \theta} =
       -2 \sum_A P(A) \sum_i I_i\, E\big[(y_i - y'_i)\, f'(z_i)\,
       \partial z_i / \partial \theta \,\big|\, A\big]

    Parameters
    ----------
    W1, W2, b, density, importance, target, output, low, high, most_active, most_simplices
        As in :func:`exact_two_layer_loss`, importances being numbers.

    Returns
    -------
    dict of sympy.Matrix
        "W1" (m, n), "W2" (n, m) and "b" (n, 1), with ReLU'(0) = 0.

    Raises
    ------
    ValueError
        As `exact_two_layer_loss`.

    Examples
    --------
    What half of |x| gains from a neuron of either sign:

    >>> p = sp.Symbol("p", positive=True)
    >>> gradient = exact_two_layer_gradient([[1]], [[sp.Rational(1, 2)]], None, p)
    >>> gradient["W2"], gradient["W1"], gradient["b"]
    (Matrix([[-p/6]]), Matrix([[-p/12]]), Matrix([[-p/4]]))

    References
    ----------
    theory/derivations/D26_two_layer_loss.md
    """
    weights = exact_importance(importance, exact_matrix("W1", W1).cols)
    if any(weight.free_symbols for weight in weights):
        raise ValueError(f"importance must be numbers for a gradient, got {importance!r}")
    net, arithmetic = exact_net(W1, W2, b, target, output, low, high, weights)
    m, n = len(net.W1), len(net.b)
    densities = exact_density(density, n)
    factors = [arithmetic.number(weight) for weight in weights]
    shapes = ((m, n), (n, m), (n, 1))
    totals: dict[sp.Expr, list[Any]] = {}
    for active, chance in exact_patterns(net, arithmetic, densities, most_active, most_simplices):
        _, found = pattern_costs(net, active, factors)
        flat = [u for row in (*found.W1, *found.W2, found.b) for u in row]
        known = totals.get(chance, [arithmetic.domain.zero] * len(flat))
        totals[chance] = [u + v for u, v in zip(known, flat, strict=True)]
    summed = [
        sp.expand(
            sp.Add(*(chance * arithmetic.expression(flat[i]) for chance, flat in totals.items()))
        )
        for i in range(2 * m * n + n)
    ]
    parts = summed[: m * n], summed[m * n : 2 * m * n], summed[2 * m * n :]
    names = ("W1", "W2", "b")
    return {
        name: sp.Matrix(*shape, part)
        for name, shape, part in zip(names, shapes, parts, strict=True)
    }
