r"""One pattern of active features in exact numbers: costs of a two-layer net, derivatives [D26].

On a convex cell where no neuron, target or output changes sides, the error of output
i is e·(1, x).  With Q the second moments of the cell it costs eᵀQe, and any derivative of what the
output is given, w·(1, x), takes −2 wᵀQe.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any, NamedTuple

from theory.computation.cells import Cell, cube, cut, second_moments, simplices, values


class Net(NamedTuple):
    """A checked net, of numbers of one field.

    Attributes
    ----------
    W1 : (m, n)
    W2 : (n, m)
    b : (n,)
        Rows of lists.
    low, high : numbers
    target, output : str
    sign : function of a number
        −1, 0 or 1.
    """

    W1: list[list[Any]]
    W2: list[list[Any]]
    b: list[Any]
    low: Any
    high: Any
    target: str
    output: str
    sign: Callable[[Any], int]


class Piece(NamedTuple):
    """Where an output is linear: the cell, its error e, whether it passes its input on."""

    cell: Cell
    error: list[Any]
    alive: bool


class Derivatives(NamedTuple):
    """Derivatives for one pattern, as rows of lists: (m, n), (n, m), (n,)."""

    W1: list[list[Any]]
    W2: list[list[Any]]
    b: list[Any]


def hidden_cells(net: Net, active: Sequence[int]) -> list[tuple[Cell, list[list[Any]]]]:
    """Cells where no neuron switches, and what each neuron is there, (m, k + 1) [D26]."""
    k, zero = len(active), net.high - net.high
    neurons = [[zero, *(row[j] for j in active)] for row in net.W1]
    cells = [cube(k, net.low, net.high)]
    for a, neuron in enumerate(neurons):
        cells = [part for cell in cells for part in cut(cell, neuron, 2 * k + a, net.sign)]
    off = [zero] * (k + 1)
    return [
        (
            cell,
            [
                neuron if any(net.sign(u) > 0 for u in values(cell, neuron)) else off
                for neuron in neurons
            ],
        )
        for cell in cells
    ]


def output_pieces(
    net: Net, i: int, active: Sequence[int], cell: Cell, hidden: list[list[Any]]
) -> list[Piece]:
    """One output on one cell, cut where its target bends and where it is clipped [D26]."""
    m, k, sign = len(net.W1), len(active), net.sign
    zero = net.high - net.high
    one = net.high / net.high
    given = [
        sum((w * h[j] for w, h in zip(net.W2[i], hidden, strict=True)), zero) for j in range(k + 1)
    ]
    given[0] = given[0] + net.b[i]
    own = [one if j and active[j - 1] == i else zero for j in range(k + 1)]
    parts = [cell]
    if net.target != "identity" and i in active:
        parts = cut(cell, own, 2 * k + m, sign)
    if net.output == "relu":
        parts = [piece for part in parts for piece in cut(part, given, 2 * k + m + 1, sign)]
    pieces = []
    for part in parts:
        wanted = own
        if net.target != "identity" and not any(sign(u) > 0 for u in values(part, own)):
            wanted = [-u if net.target == "absolute" else zero for u in own]
        alive = net.output == "linear" or any(sign(u) > 0 for u in values(part, given))
        error = [u - v for u, v in zip(wanted, given, strict=True)] if alive else wanted
        if any(sign(u) for u in error):
            pieces.append(Piece(part, error, alive))
    return pieces


def count_simplices(net: Net, active: Sequence[int]) -> int:
    """How many simplices `pattern_costs` sums over: its cost, known from floats as well."""
    total = 0
    for cell, hidden in hidden_cells(net, active):
        whole = False
        for i in range(len(net.b)):
            for piece in output_pieces(net, i, active, cell, hidden):
                if piece.cell is not cell:
                    total += len(simplices(piece.cell))
                whole |= piece.cell is cell
        total += len(simplices(cell)) if whole else 0
    return total


def pattern_costs(
    net: Net, active: Sequence[int], factors: Sequence[Any] | None = None
) -> tuple[list[Any], Derivatives]:
    """Each output's E[(y_i − y'_i)²] given which features are active, and derivatives [D26].

    Parameters
    ----------
    active : sequence of int
    factors : n numbers, optional
        Importances by which derivatives of the outputs are added up; None for no derivatives.
    """
    m, n, k = len(net.W1), len(net.b), len(active)
    zero = net.high - net.high
    volume = net.high / net.high
    for _ in range(k):
        volume = volume * (net.high - net.low)
    costs = [zero] * n
    found = Derivatives([[zero] * n for _ in range(m)], [[zero] * m for _ in range(n)], [zero] * n)
    for cell, hidden in hidden_cells(net, active):
        known: list[list[list[Any]]] = []  # the moments of a cell that several outputs leave whole
        for i in range(n):
            for piece in output_pieces(net, i, active, cell, hidden):
                if piece.cell is cell and known:
                    Q = known[0]
                else:
                    Q = second_moments(piece.cell, net.sign)
                    if piece.cell is cell:
                        known.append(Q)
                moved = [
                    sum((u * e for u, e in zip(row, piece.error, strict=True)), zero) / volume
                    for row in Q
                ]
                costs[i] += sum((e * u for e, u in zip(piece.error, moved, strict=True)), zero)
                if factors is None or not piece.alive:
                    continue
                pull = [-2 * factors[i] * u for u in moved]
                found.b[i] += pull[0]
                for a, neuron in enumerate(hidden):
                    if not any(net.sign(u) for u in neuron):
                        continue
                    found.W2[i][a] += sum(u * v for u, v in zip(neuron, pull, strict=True))
                    for place, j in enumerate(active):
                        found.W1[a][j] += net.W2[i][a] * pull[place + 1]
    return costs, found
