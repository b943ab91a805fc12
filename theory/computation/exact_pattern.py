"""One pattern of active features in exact numbers: costs of a two-layer net, derivatives [D26]."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any, NamedTuple

from theory.computation.simplices import Simplex, cones, product_integral, split
from theory.numbers.arithmetic import Arithmetic


class ExactNet(NamedTuple):
    """A checked net: numbers of one field, as rows of lists.

    Attributes
    ----------
    W1 : (m, n), W2 : (n, m), b : (n,)
    low, high : numbers
    target, output : str
    arithmetic : Arithmetic
    """

    W1: list[list[Any]]
    W2: list[list[Any]]
    b: list[Any]
    low: Any
    high: Any
    target: str
    output: str
    arithmetic: Arithmetic


class Derivatives(NamedTuple):
    """Derivatives for one pattern, as rows of lists: (m, n), (n, m), (n,)."""

    W1: list[list[Any]]
    W2: list[list[Any]]
    b: list[Any]


def hidden_cells(net: ExactNet, active: Sequence[int]) -> Iterator[Simplex]:
    """Cells of the cube on which every hidden pre-activation keeps its sign [D26].

    Their rows are the coordinates and the pre-activations, at the vertices beside the origin.
    """
    V = [[row[j] for j in active] for row in net.W1]
    k, zero, sign = len(active), net.arithmetic.domain.zero, net.arithmetic.sign
    for cone in cones(k, net.low, net.high):
        rows = tuple(
            (*x, *(sum((v * u for v, u in zip(row, x, strict=True)), zero) for row in V))
            for x in cone.rows
        )
        cells = [Simplex(rows, cone.weight)]
        for a in range(len(V)):
            cells = [part for cell in cells for part in split(cell, k + a, sign)]
        yield from cells


def pattern_costs(
    net: ExactNet, active: Sequence[int], factors: Sequence[Any] | None = None
) -> tuple[list[Any], Derivatives | None]:
    """Each output's E[(y_i − y'_i)²] given which features are active, and derivatives [D26].

    Parameters
    ----------
    active : sequence of int
    factors : n numbers, optional
        Importances by which derivatives of the outputs are added up; None for no derivatives.
    """
    m, n, k = len(net.W1), len(net.b), len(active)
    zero, sign = net.arithmetic.domain.zero, net.arithmetic.sign
    costs = [zero] * n
    found = Derivatives([[zero] * n for _ in range(m)], [[zero] * m for _ in range(n)], [zero] * n)
    for cell in hidden_cells(net, active):
        h = [[max((zero, u), key=sign) for u in row[k:]] for row in cell.rows]
        on = [any(sign(row[a]) > 0 for row in h) for a in range(m)]
        back = [[zero] * m for _ in range(k)]
        for i in range(n):
            x = [row[active.index(i)] if i in active else zero for row in cell.rows]
            z = [sum((w * u for w, u in zip(net.W2[i], row, strict=True)), net.b[i]) for row in h]
            cost, slopes = _output(net, [zero, *x], [net.b[i], *z], cell.weight, factors is None)
            costs[i] += cost
            if factors is None:
                continue
            slopes = [factors[i] * slope for slope in slopes]
            found.b[i] += sum(slopes, zero)
            for hidden, slope, behind in zip(h, slopes[1:], back, strict=True):
                for a in range(m):
                    found.W2[i][a] += slope * hidden[a]
                    behind[a] += slope * net.W2[i][a]
        for row, behind in zip(cell.rows, back, strict=True):
            for a in range(m):
                for place, j in enumerate(active):
                    if on[a]:
                        found.W1[a][j] += behind[a] * row[place]
    return costs, None if factors is None else found


def _output(
    net: ExactNet, x: list[Any], z: list[Any], weight: Any, only_cost: bool
) -> tuple[Any, list[Any]]:
    """One output on one cell, from its feature and pre-activation at the vertices: cost, slopes."""
    size, zero, sign = len(x), net.arithmetic.domain.zero, net.arithmetic.sign
    one = net.arithmetic.domain.one
    # Beside x and z come the barycentric coordinates, which share out the slopes.
    shares = [
        [one if u == v else zero for u in range(0 if only_cost else size)] for v in range(size)
    ]
    rows = tuple((u, v, *share) for u, v, share in zip(x, z, shares, strict=True))
    parts = [Simplex(rows, weight)]
    if net.target != "identity":
        parts = split(parts[0], 0, sign)
    if net.output == "relu":
        parts = [piece for part in parts for piece in split(part, 1, sign)]
    cost, slopes = zero, [zero] * size
    for pieces, share in parts:
        positive = any(sign(row[0]) > 0 for row in pieces)
        y = [row[0] for row in pieces]
        if net.target != "identity" and not positive:
            y = [-u if net.target == "absolute" else zero for u in y]
        alive = net.output == "linear" or any(sign(row[1]) > 0 for row in pieces)
        error = tuple(u - row[1] for u, row in zip(y, pieces, strict=True)) if alive else tuple(y)
        cost += product_integral(error, error, share)
        if alive and not only_cost:
            for u in range(size):
                weights = tuple(row[2 + u] for row in pieces)
                slopes[u] -= 2 * product_integral(error, weights, share)
    return cost, slopes
