r"""Convex cells of a cube: cut by planes, and the second moments of what is left [D26].

A cell knows its vertices, and for each the facets that pass through it, as bits of a number.  That
is enough to cut it, as two vertices are joined by an edge if no third one lies on all the facets
that they share, and to divide it into simplices, from one vertex over the facets that avoid it.
Numbers may be of any field: only their signs are asked for.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from itertools import product
from math import factorial
from typing import Any, NamedTuple

Row = Sequence[Any]


class Cell(NamedTuple):
    """A convex polytope of full dimension.

    Attributes
    ----------
    points : list of rows
        The vertices, as (1, x_1, …, x_k).
    facets : list of int
        Bits of the facets through each vertex.
    """

    points: list[Row]
    facets: list[int]


def cube(k: int, low: Any, high: Any) -> Cell:
    """Return [low, high]^k, whose facets are the bits 0 … 2k − 1.

    Examples
    --------
    >>> cube(1, 0, 2)
    Cell(points=[(1.0, 0), (1.0, 2)], facets=[1, 2])
    """
    one = (high - low) / (high - low)
    points: list[Row] = []
    facets = []
    for sides in product((0, 1), repeat=k):
        points.append((one, *((low, high)[side] for side in sides)))
        facets.append(sum(1 << (2 * j + side) for j, side in enumerate(sides)))
    return Cell(points, facets)


def values(cell: Cell, form: Row) -> list[Any]:
    """An affine function c_0 + c·x at the vertices."""
    return [sum(c * u for c, u in zip(form, point, strict=True)) for point in cell.points]


def cut(cell: Cell, form: Row, bit: int, sign: Callable[[Any], int]) -> list[Cell]:
    """Cut a cell where an affine function changes sign; the cut is the facet `bit` of both [D26].

    Examples
    --------
    >>> corner, rest = cut(cube(2, 0, 1), (-0.5, 1, 1), 4, lambda u: (u > 0) - (u < 0))
    >>> len(corner.points), len(rest.points)
    (5, 3)
    """
    at = values(cell, form)
    signs = [sign(value) for value in at]
    if 1 not in signs or -1 not in signs:
        return [cell]
    k = len(cell.points[0]) - 1
    points, facets = cell
    new_points: list[Row] = []
    new_facets = []
    for i, first in enumerate(facets):
        for j, second in enumerate(facets):
            shared = first & second
            if signs[i] <= 0 or signs[j] >= 0 or shared.bit_count() < k - 1:
                continue
            if sum(other & shared == shared for other in facets) > 2:
                continue  # on a larger face together: no edge
            t = at[i] / (at[i] - at[j])
            new_points.append([u + t * (v - u) for u, v in zip(points[i], points[j], strict=True)])
            new_facets.append(shared | 1 << bit)
    parts = []
    for side in (1, -1):
        kept = [v for v, found in enumerate(signs) if found in (side, 0)]
        parts.append(
            Cell(
                [points[v] for v in kept] + new_points,
                [facets[v] | (0 if signs[v] else 1 << bit) for v in kept] + new_facets,
            )
        )
    return parts


def simplices(cell: Cell) -> list[tuple[int, ...]]:
    """Divide a cell into simplices, as k + 1 of its vertices each [D26].

    Examples
    --------
    >>> [len(simplices(cube(k, 0, 1))) for k in (0, 1, 2, 3, 4)]
    [1, 1, 2, 6, 24]
    """
    through = [
        sum(1 << v for v, bits in enumerate(cell.facets) if bits >> bit & 1)
        for bit in range(max(cell.facets).bit_length())
    ]
    known: dict[int, list[tuple[int, ...]]] = {}

    def divided(face: int, dimension: int) -> list[tuple[int, ...]]:
        if face not in known:
            apex = (face & -face).bit_length() - 1
            if dimension == 0:
                return [(apex,)]
            within = {face & vertices for vertices in through} - {face, 0}
            found = []
            for side in within:
                if side >> apex & 1 or any(side & other == side != other for other in within):
                    continue  # through the apex, or not a facet but a lower face
                found += [(apex, *rest) for rest in divided(side, dimension - 1)]
            known[face] = found
        return known[face]

    return divided((1 << len(cell.points)) - 1, len(cell.points[0]) - 1)


def second_moments(cell: Cell, sign: Callable[[Any], int]) -> list[list[Any]]:
    r"""∫ (1, x)(1, x)ᵀ dx over a cell, (k + 1, k + 1) [D26].

    .. math:: \sum_\Delta \frac{|\Delta|}{(k+1)(k+2)} \Big( \sum_v \hat x_v \hat x_v^\top
       + \big(\sum_v \hat x_v\big)\big(\sum_v \hat x_v\big)^{\!\top} \Big), \qquad \hat x = (1, x)

    Examples
    --------
    >>> from fractions import Fraction
    >>> Q = second_moments(cube(1, Fraction(0), Fraction(1)), lambda u: (u > 0) - (u < 0))
    >>> [[str(u) for u in row] for row in Q]
    [['1', '1/2'], ['1/2', '1/3']]
    """
    size = len(cell.points[0])
    total = [[0 * cell.points[0][0]] * size for _ in range(size)]
    for vertices in simplices(cell):
        rows = [cell.points[v] for v in vertices]
        volume = determinant(rows, sign)
        weight = (volume if sign(volume) > 0 else -volume) / (factorial(size + 1))
        sums = [sum(column) for column in zip(*rows, strict=True)]
        rows = [*rows, sums]
        for i in range(size):
            for j in range(i + 1):
                total[i][j] += weight * sum(row[i] * row[j] for row in rows)
    for i in range(size):
        for j in range(i):
            total[j][i] = total[i][j]
    return total


def determinant(rows: Sequence[Row], sign: Callable[[Any], int]) -> Any:
    """Of a square matrix of numbers of a field, by elimination.

    Examples
    --------
    >>> determinant([[0.0, 2.0], [1.0, 3.0]], lambda u: (u > 0) - (u < 0))
    -2.0
    """
    table = [list(row) for row in rows]
    size = len(table)
    found = table[0][0] / table[0][0] if sign(table[0][0]) else 1
    for i in range(size):
        pivot = next((r for r in range(i, size) if sign(table[r][i])), None)
        if pivot is None:
            return 0 * table[0][0]
        if pivot != i:
            table[i], table[pivot] = table[pivot], table[i]
            found = -found
        found = found * table[i][i]
        for r in range(i + 1, size):
            if sign(table[r][i]):
                factor = table[r][i] / table[i][i]
                table[r] = [u - factor * v for u, v in zip(table[r], table[i], strict=True)]
    return found
