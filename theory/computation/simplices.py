r"""Simplices that carry the values of linear functions, cut where one of these changes sign [D26].

Exact: the numbers are elements of a field of `theory.numbers.arithmetic`.  A simplex knows what the
functions are at its vertices, and which part of the cube it is; no coordinates are needed beyond.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from itertools import permutations
from math import factorial
from typing import Any, NamedTuple

Row = tuple[Any, ...]


class Simplex(NamedTuple):
    """A simplex of a subdivision.

    Attributes
    ----------
    rows : tuple of rows
        At each vertex, the values of the same linear functions.
    weight : number
        Its volume as a part of the whole; positive.
    """

    rows: tuple[Row, ...]
    weight: Any


def cones(k: int, low: Any, high: Any) -> Iterator[Simplex]:
    """Cones from the origin over the outer faces of [low, high]^k, low ≤ 0 < high [D26].

    Their rows are coordinates; the origin is left out.  k! cones if low is 0, else 2 k!; their
    weights add up to one.

    Examples
    --------
    >>> from fractions import Fraction
    >>> sum(cone.weight for cone in cones(3, Fraction(-1, 2), Fraction(1)))
    Fraction(1, 1)
    """
    if k == 0:
        yield Simplex((), (high - low) / (high - low))
        return
    for j in range(k):
        for end in (low, high):
            if not end:
                continue  # that face holds the origin: its cone is flat
            weight = (end if end == high else -end) / ((high - low) * factorial(k))
            for order in permutations(i for i in range(k) if i != j):
                raised = [order[:step] for step in range(k)]
                yield Simplex(
                    tuple(
                        tuple(end if i == j else high if i in up else low for i in range(k))
                        for up in raised
                    ),
                    weight,
                )


def split(simplex: Simplex, column: int, sign: Callable[[Any], int]) -> list[Simplex]:
    """Cut a simplex where the function in that column changes sign [D26].

    An edge between the signs is cut at zero, at r = (1 − t) p + t q; with q replaced by r, or p,
    two simplices are left, with t and 1 − t of the weight, and so on with them.

    Examples
    --------
    >>> from fractions import Fraction
    >>> whole = Simplex(((Fraction(1),), (Fraction(-2),), (Fraction(-2),)), Fraction(1))
    >>> [str(part.weight) for part in split(whole, 0, lambda x: (x > 0) - (x < 0))]
    ['2/3', '2/9', '1/9']
    """
    parts, todo = [], [simplex]
    while todo:
        rows, weight = todo.pop()
        signs = [sign(row[column]) for row in rows]
        if 1 not in signs or -1 not in signs:
            parts.append(Simplex(rows, weight))
            continue
        i, j = signs.index(1), signs.index(-1)
        p, q = rows[i], rows[j]
        t = p[column] / (p[column] - q[column])
        r = tuple(u + t * (v - u) for u, v in zip(p, q, strict=True))
        for place, share in ((j, weight * t), (i, weight - weight * t)):
            todo.append(Simplex((*rows[:place], r, *rows[place + 1 :]), share))
    return parts


def product_integral(first: Row, second: Row, weight: Any) -> Any:
    r"""∫ of the product of two linear functions over a simplex, from their values [D26].

    .. math:: \frac{w}{(k+1)(k+2)} \Big( \sum_v f_v g_v + \sum_v f_v \sum_v g_v \Big)

    Examples
    --------
    x² over [0, 1]:

    >>> from fractions import Fraction
    >>> product_integral((0, 1), (0, 1), Fraction(1))
    Fraction(1, 3)
    """
    size = len(first)
    inner = sum(f * g for f, g in zip(first, second, strict=True))
    return weight * (inner + sum(first) * sum(second)) / (size * (size + 1))
