r"""The loss of a two-layer net in exact numbers, from the regions in which the net is linear [D26].

.. math:: L = \sum_A P(A) \sum_i I_i\, E\big[(y_i - f(W_2 (W_1 x)_+ + b)_i)^2 \,\big|\, A\big]

Each pattern A of active features is a cube, cut into simplices on which an output's error is
linear.
This is the slow, exact side; floats belong to `theory.two_layer_loss`.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Sequence
from itertools import combinations
from math import comb, factorial
from typing import Any

import numpy as np
import sympy as sp

from ground.checks import FloatArray, check_choice, check_positive_int, check_whole
from theory.computation.exact_pattern import ExactNet, pattern_costs
from theory.computation.patterns import count_pieces
from theory.conventions import weighted_sum
from theory.numbers.arguments import (
    exact_density,
    exact_importance,
    exact_matrix,
    exact_number,
    exact_vector,
)
from theory.numbers.arithmetic import arithmetic_of

TARGETS = ("absolute", "relu", "identity")
OUTPUTS = ("relu", "linear")
MOST_PIECES = 50_000
_PER_SECOND = {True: 5000, False: 100}  # pieces: of rational numbers, of algebraic ones


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
    most_pieces: int = MOST_PIECES,
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
    most_pieces : int
        Linear pieces that may be summed, some thousands a second.  They are counted beforehand.

    Returns
    -------
    sympy.Expr
        Σ_i I_i c_i(p), each c_i an expanded polynomial in the densities.

    Raises
    ------
    ValueError
        Floats, shapes that do not fit, values out of range, a target that the output cannot reach,
        or more work than `most_pieces`, with the number.

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
    net = _net(W1, W2, b, target, output, low, high)
    n = len(net.b)
    densities, weights = exact_density(density, n), exact_importance(importance, n)
    costs: dict[sp.Expr, list[Any]] = defaultdict(lambda: [net.arithmetic.domain.zero] * n)
    for active, chance in _patterns(net, densities, most_active, most_pieces):
        found, _ = pattern_costs(net, active)
        costs[chance] = [u + v for u, v in zip(costs[chance], found, strict=True)]
    totals = [
        sp.expand(sp.Add(*(chance * _expression(net, cost[i]) for chance, cost in costs.items())))
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
    most_pieces: int = MOST_PIECES,
) -> dict[str, sp.Matrix]:
    r"""Exact gradient of the loss of a two-layer net, by W1, W2 and b [D26].

    .. math:: \frac{\partial L}{\partial \theta} =
       -2 \sum_A P(A) \sum_i I_i\, E\big[(y_i - y'_i)\, f'(z_i)\,
       \partial z_i / \partial \theta \,\big|\, A\big]

    Parameters
    ----------
    W1, W2, b, density, importance, target, output, low, high, most_active, most_pieces
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
    net = _net(W1, W2, b, target, output, low, high, weights)
    m, n = len(net.W1), len(net.b)
    densities = exact_density(density, n)
    factors = [net.arithmetic.number(weight) for weight in weights]
    shapes = ((m, n), (n, m), (n, 1))
    totals: dict[sp.Expr, list[Any]] = {}
    for active, chance in _patterns(net, densities, most_active, most_pieces):
        _, found = pattern_costs(net, active, factors)
        assert found is not None
        flat = [u for row in (*found.W1, *found.W2, found.b) for u in row]
        known = totals.get(chance, [net.arithmetic.domain.zero] * len(flat))
        totals[chance] = [u + v for u, v in zip(known, flat, strict=True)]
    summed = [
        sp.expand(sp.Add(*(chance * _expression(net, flat[i]) for chance, flat in totals.items())))
        for i in range(2 * m * n + n)
    ]
    parts = summed[: m * n], summed[m * n : 2 * m * n], summed[2 * m * n :]
    names = ("W1", "W2", "b")
    return {
        name: sp.Matrix(*shape, part)
        for name, shape, part in zip(names, shapes, parts, strict=True)
    }


def _patterns(
    net: ExactNet, densities: list[sp.Expr], most_active: Any, most_pieces: Any
) -> Iterator[tuple[tuple[int, ...], sp.Expr]]:
    """Patterns that happen, with their probabilities, once their number of pieces is known."""
    n = len(net.b)
    most = n if most_active is None else min(check_whole("most_active", most_active), n)
    limit = check_positive_int("most_pieces", most_pieces)
    rational = net.arithmetic.domain.is_QQ
    why = f"of which {_PER_SECOND[rational]} take a second or so; see most_active, most_pieces"
    possible = [j for j in range(n) if densities[j] != 0]
    sides = 1 if net.low == 0 else 2
    least = n * sum(
        comb(len(possible), k) * (sides if k else 1) * factorial(k)
        for k in range(min(most, len(possible)) + 1)
    )
    if least > limit:
        raise ValueError(f"W1 and W2 make at least {least} linear pieces, more than {limit}, {why}")
    chosen = [
        active
        for k in range(most + 1)
        for active in combinations(possible, k)
        if all(densities[j] != 1 or j in active for j in range(n))
    ]
    W1, W2, biases = _floats(net)
    low, high = _float(net, net.low), _float(net, net.high)
    count = 0
    for active in chosen:
        count += count_pieces(
            W1, W2, biases, active, low=low, high=high, target=net.target, output=net.output,
            most=limit,
        )  # fmt: skip
        if count > limit:
            raise ValueError(f"W1 and W2 make more than {limit} linear pieces, {why}")
    for active in chosen:
        chance = sp.Mul(*(densities[j] if j in active else 1 - densities[j] for j in range(n)))
        yield active, chance


def _net(
    W1: Any,
    W2: Any,
    b: Any,
    target: Any,
    output: Any,
    low: Any,
    high: Any,
    others: Sequence[sp.Expr] = (),
) -> ExactNet:
    """Check a net; `others` are numbers that its field should hold as well."""
    check_choice("target", target, TARGETS)
    check_choice("output", output, OUTPUTS)
    first, second = exact_matrix("W1", W1), exact_matrix("W2", W2)
    m, n = first.shape
    if second.shape != (n, m):
        raise ValueError(f"W2 must have shape {(n, m)} to fit W1, got {second.shape}")
    biases = exact_vector("b", [0] * n if b is None else b, n)
    ends = [
        exact_number("low", (0 if target == "identity" else -1) if low is None else low),
        exact_number("high", high),
    ]
    named = {"W1": [*first], "W2": [*second], "b": biases, "low": ends[:1], "high": ends[1:]}
    for name, entries in named.items():
        for entry in entries:
            if entry.free_symbols:
                raise ValueError(f"{name} must be numbers, as signs are to be known, got {entry}")
            if not abs(entry) < sp.Integer(10) ** 100:
                raise ValueError(f"{name} must be below 1e100, got {entry}")
    if not ends[0] <= 0 < ends[1]:
        raise ValueError(f"low and high must satisfy low <= 0 < high, got {low!r} and {high!r}")
    if ends[1] < sp.Rational(1, 10**100):
        raise ValueError(f"high must be at least 1e-100, got {high!r}")
    if target == "identity" and output == "relu" and ends[0] < 0:
        raise ValueError(
            f"target 'identity' is negative where low < 0, which output 'relu' cannot reach: "
            f"low must be 0 or output 'linear', got low = {low!r}"
        )
    arithmetic = arithmetic_of([*first, *second, *biases, *ends, *others])

    def listed(matrix: sp.Matrix) -> list[list[Any]]:
        return [[arithmetic.number(entry) for entry in row] for row in matrix.tolist()]

    return ExactNet(
        listed(first),
        listed(second),
        [arithmetic.number(entry) for entry in biases],
        arithmetic.number(ends[0]),
        arithmetic.number(ends[1]),
        target,
        output,
        arithmetic,
    )


def _float(net: ExactNet, number: Any) -> float:
    return float(net.arithmetic.expression(number))


def _floats(net: ExactNet) -> tuple[FloatArray, FloatArray, FloatArray]:
    """The net in floats, to count its pieces."""
    tables = net.W1, net.W2, [net.b]
    W1, W2, (b,) = (np.array([[_float(net, u) for u in row] for row in rows]) for rows in tables)
    return W1, W2, b


def _expression(net: ExactNet, number: Any) -> sp.Expr:
    return net.arithmetic.expression(number)
