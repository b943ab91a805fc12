"""Checked two-layer nets in exact numbers, their patterns, and what these cost [D26]."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import combinations
from math import comb, factorial
from typing import Any

import numpy as np
import sympy as sp

from ground.checks import check_choice, check_positive_int, check_whole
from theory.computation.exact_pattern import Net, count_simplices
from theory.numbers.arguments import exact_matrix, exact_number, exact_vector
from theory.numbers.arithmetic import Arithmetic, arithmetic_of

TARGETS = ("absolute", "relu", "identity")
OUTPUTS = ("relu", "linear")
MOST_SIMPLICES = 20_000
_A_SECOND = {True: 3000, False: 200}  # simplices: with rational numbers, with algebraic ones


def exact_net(
    W1: Any,
    W2: Any,
    b: Any,
    target: Any,
    output: Any,
    low: Any,
    high: Any,
    others: Sequence[sp.Expr] = (),
) -> tuple[Net, Arithmetic]:
    """Check a net; `others` are numbers that its field should hold as well [D26]."""
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

    net = Net(
        listed(first),
        listed(second),
        [arithmetic.number(entry) for entry in biases],
        arithmetic.number(ends[0]),
        arithmetic.number(ends[1]),
        target,
        output,
        arithmetic.sign,
    )
    return net, arithmetic


def exact_patterns(
    net: Net,
    arithmetic: Arithmetic,
    densities: list[sp.Expr],
    most_active: Any,
    most_simplices: Any,
) -> list[tuple[tuple[int, ...], sp.Expr]]:
    """Patterns that happen, with their chances, if they do not cost too much [D26].

    Raises
    ------
    ValueError
        More simplices than `most_simplices`, counted on the same net in floats.
    """
    n = len(net.b)
    most = n if most_active is None else min(check_whole("most_active", most_active), n)
    limit = check_positive_int("most_simplices", most_simplices)
    speed = _A_SECOND[bool(arithmetic.domain.is_QQ)]
    why = (
        f"more than {limit}, and some {speed} take a second: lower most_active, raise "
        "most_simplices, or take theory.two_layer_loss"
    )
    always = [j for j in range(n) if densities[j] == 1]
    free = [j for j in range(n) if densities[j] not in (0, 1)]
    sizes = range(min(len(free), most - len(always)) + 1)
    least = sum(comb(len(free), k) * factorial(k + len(always)) for k in sizes)
    if least > limit:
        raise ValueError(f"W1 makes at least {least} simplices, {why}")
    chosen = [tuple(sorted((*always, *more))) for k in sizes for more in combinations(free, k)]
    rough, count = _in_floats(net, arithmetic), 0
    for active in reversed(chosen):
        count += count_simplices(rough, active)
        if count > limit:
            raise ValueError(f"W1 and W2 make at least {count} simplices, {why}")
    return [
        (active, sp.Mul(*(densities[j] if j in active else 1 - densities[j] for j in range(n))))
        for active in chosen
    ]


def _in_floats(net: Net, arithmetic: Arithmetic) -> Net:
    """The same net in floats, where geometry is cheap."""

    def number(value: Any) -> float:
        return float(arithmetic.expression(value))

    W1, W2 = ([[number(u) for u in row] for row in table] for table in (net.W1, net.W2))
    ends = number(net.low), number(net.high)
    return Net(W1, W2, [number(u) for u in net.b], *ends, net.target, net.output, _sign)


def _sign(value: float) -> int:
    return int(np.sign(value))
