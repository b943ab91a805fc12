"""Symmetric arrangements of features with their free shapes, as Gram matrices in floats [D14].

All features look alike in each of them (vertex-transitive), so that one scale and one bias serve
all, and what is left free is a shape: a height, or the share that each factor of a product gets.
The exact objects, with names that people use, are in :mod:`theory.polytopes.catalogue`; here are
the families that packing searches, as functions of that shape.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import lru_cache
from itertools import combinations, product

import numpy as np

from ground.checks import FloatArray

__all__ = [
    "Arrangement",
    "antiprism_of",
    "arrangement",
    "arrangements",
    "polygon_of",
    "simplex_of",
]

# Shapes are searched strictly inside (0, 1): at the ends vertices coincide, or a family turns
# into a smaller one.
SHAPES = (0.02, 0.98)


@dataclass(frozen=True)
class Arrangement:
    """A family of equally long, equally placed feature vectors [D14].

    Attributes
    ----------
    name : str
    dimension, n_features : int
        d and k: hidden dimensions used, and features in them.
    gram_of : callable
        Shape in (0, 1) to the (k, k) matrix of inner products of the unit vectors.
    tight : float or None
        The shape that makes a tight frame; None where no shape is free.
    """

    name: str
    dimension: int
    n_features: int
    gram_of: Callable[[float], FloatArray]
    tight: float | None = None

    @property
    def groups(self) -> tuple[FloatArray, tuple[int, ...]]:
        """Index of one neighbour a group, and the size of each group."""
        return _groups(self)

    def row(self, shape: float | None = None) -> tuple[FloatArray, tuple[int, ...]]:
        """Inner products of one feature with the others, and how many there are of each."""
        first, sizes = self.groups
        shape = (0.5 if self.tight is None else self.tight) if shape is None else shape
        return self.gram_of(shape)[0, first], sizes

    @property
    def turn(self) -> FloatArray:
        """How the inner products change with the shape, in which they are linear."""
        return self.row(1.0)[0] - self.row(0.0)[0]

    def dimensionality(self, shape: float | None = None) -> float:
        """D_i = 1 / Σ_j (Ŵ_i·Ŵ_j)², the same for all features.

        Examples
        --------
        >>> round(arrangement("triangle × triangle").dimensionality(), 12) == round(4 / 9, 12)
        True
        """
        inner, sizes = self.row(shape)
        return float(1 / (1 + np.sum(inner**2 * np.array(sizes))))


@lru_cache
def arrangements() -> tuple[Arrangement, ...]:
    """Every family that packing compares; orthogonal sums are left to the mixture."""
    return tuple(_all())


def arrangement(name: str) -> Arrangement:
    """The family of that name.

    Raises
    ------
    ValueError
        No such name; the message lists them.
    """
    for known in arrangements():
        if known.name == name:
            return known
    raise ValueError(
        f"name must be one of {', '.join(known.name for known in arrangements())}, got {name!r}"
    )


def _all() -> Iterator[Arrangement]:
    simplices = {1: "digon", 2: "triangle", 3: "tetrahedron"}
    polygons = {5: "pentagon", 6: "hexagon", 7: "heptagon", 8: "octagon"}
    yield _fixed("point", 1, np.eye(1))
    for d in range(1, 7):
        yield _fixed(simplices.get(d, f"{d}-simplex"), d, simplex_of(d))
    for k, name in polygons.items():
        yield _fixed(name, 2, polygon_of(k))
    # The triangular antiprism is left out: its best height makes an octahedron, three digons.
    for k, name in {4: "square", 5: "pentagonal"}.items():
        yield _antiprism(f"{name} antiprism", k)
    yield _fixed("icosahedron", 3, _icosahedron())
    yield _fixed("cube", 3, _unit_gram(_signs(3)))
    simplex = {name: (d, simplex_of(d)) for d, name in simplices.items()}
    pairs = (
        ("digon", "triangle"),
        ("digon", "tetrahedron"),
        ("triangle", "triangle"),
        ("triangle", "tetrahedron"),
    )
    for one, other in pairs:
        yield _product(f"{one} × {other}", *simplex[one], *simplex[other])
    yield _product("digon × square", *simplex["digon"], 2, polygon_of(4))
    # With a tetrahedron this is the 5-demicube.
    for d, name in {2: "triangle", 4: "4-simplex"}.items():
        yield _twisted(f"square ⊗ {name}", d)
    for d in (4, 5, 6):
        yield _fixed(f"rectified {d}-simplex", d, _rectified_simplex(d))
    yield _fixed("5-demicube", 5, _demicube(5))
    yield _fixed("2_21 polytope", 6, _twenty_seven_lines())
    yield _fixed("24-cell", 4, _twenty_four_cell())


def _fixed(name: str, dimension: int, gram: FloatArray) -> Arrangement:
    return Arrangement(name, dimension, len(gram), lambda _: gram)


def _product(name: str, d: int, first: FloatArray, e: int, second: FloatArray) -> Arrangement:
    """Cartesian product of two sets of vertices; the shape is the first one's share."""

    def gram_of(share: float) -> FloatArray:
        ones = np.ones_like
        both = np.kron(share * first, ones(second)) + np.kron(ones(first), (1 - share) * second)
        return np.asarray(both)

    return Arrangement(name, d + e, len(first) * len(second), gram_of, d / (d + e))


def _twisted(name: str, d: int) -> Arrangement:
    """A square and a simplex that changes sign with each quarter turn; the square's share.

    4(d + 1) features in d + 2 dimensions, found by search over transitive groups [D46]: (s_r,
    (−1)^r t_i) for the corners s_r of the square and t_i of the simplex.  Of a triangle it is the
    duoantiprism of 12 vertices, of a tetrahedron, at a share of 2/5, the 5-demicube.
    """
    turns = np.arange(4)[:, None] - np.arange(4)
    square = np.kron(np.round(np.cos(turns * np.pi / 2)), np.ones((d + 1, d + 1)))
    rest = np.kron((-1.0) ** turns, simplex_of(d))

    def gram_of(share: float) -> FloatArray:
        return np.asarray(share * square + (1 - share) * rest)

    return Arrangement(name, d + 2, 4 * (d + 1), gram_of, 2 / (d + 2))


def _antiprism(name: str, k: int) -> Arrangement:
    return Arrangement(name, 3, 2 * k, antiprism_of(k), 1 / 3)


def antiprism_of(k: int) -> Callable[[float], FloatArray]:
    """Two k-gons at heights ±h, one turned by half a step: h² to the Gram matrix."""
    turn = np.concatenate([np.arange(k), np.arange(k) + 0.5]) * 2 * np.pi / k
    side = np.repeat([1.0, -1.0], k)
    around, along = np.cos(turn[:, None] - turn), np.outer(side, side)

    def gram_of(shape: float) -> FloatArray:
        return np.asarray((1 - shape) * around + shape * along)

    return gram_of


def simplex_of(d: int) -> FloatArray:
    """Gram matrix of the d-simplex: −1/d between any two vertices."""
    return np.asarray(((d + 1) * np.eye(d + 1) - 1) / d)


def polygon_of(k: int) -> FloatArray:
    """Gram matrix of the regular k-gon."""
    turn = np.arange(k) * 2 * np.pi / k
    return np.asarray(np.cos(turn[:, None] - turn))


def _signs(d: int) -> FloatArray:
    """Corners of a cube, (2^d, d)."""
    return np.array(list(product((1.0, -1.0), repeat=d)))


def _icosahedron() -> FloatArray:
    """Neighbours at 1/√5; the signs are those of the corners (0, ±1, ±golden ratio), in turn."""
    golden = (1 + np.sqrt(5)) / 2
    corners = [(0.0, a, b * golden) for a in (1, -1) for b in (1, -1)]
    turned = np.array([corner[turn:] + corner[:turn] for turn in range(3) for corner in corners])
    inner = _unit_gram(turned)
    return np.where(np.abs(inner) > 0.9, np.round(inner), np.sign(inner) / np.sqrt(5))


def _unit_gram(vertices: FloatArray) -> FloatArray:
    return np.asarray(vertices @ vertices.T / np.sum(vertices[0] ** 2))


def _rectified_simplex(d: int) -> FloatArray:
    """Midpoints of the edges of a simplex."""
    edges = np.zeros((d * (d + 1) // 2, d + 1))
    for row, pair in zip(edges, combinations(range(d + 1), 2), strict=True):
        row[list(pair)] = 1
    return _unit_gram(edges - 2 / (d + 1))


def _demicube(d: int) -> FloatArray:
    """Every other vertex of a cube."""
    corners = _signs(d)
    return _unit_gram(corners[corners.prod(axis=1) > 0])


def _twenty_seven_lines() -> FloatArray:
    """Gosset's 2_21: one vertex a line of the cubic surface, obtuse where two lines meet."""
    six = range(6)
    lines = [("a", {i}) for i in six] + [("b", {i}) for i in six]
    lines += [("c", set(pair)) for pair in combinations(six, 2)]

    def meet(one: tuple[str, set[int]], other: tuple[str, set[int]]) -> bool:
        kinds = {one[0], other[0]}
        if kinds == {"c"}:
            return not one[1] & other[1]
        if "c" in kinds:
            return bool(one[1] & other[1])
        return len(kinds) == 2 and one[1] != other[1]

    return np.array(
        [[1.0 if i == j else -0.5 if meet(i, j) else 0.25 for j in lines] for i in lines]
    )


def _twenty_four_cell() -> FloatArray:
    corners = np.array(list(product((1.0, 0.0, -1.0), repeat=4)))
    return _unit_gram(corners[np.abs(corners).sum(axis=1) == 2])


@lru_cache
def _groups(family: Arrangement) -> tuple[FloatArray, tuple[int, ...]]:
    # Neighbours are alike where they are so at two shapes that have nothing in common.
    rows = np.stack([family.gram_of(shape)[0, 1:] for shape in (0.314159, 0.271828)])
    rows = np.round(rows, 9)
    rows = rows[:, np.any(np.abs(rows) > 0, axis=0)]
    kinds, sizes = np.unique(rows, axis=1, return_counts=True)
    whole = np.round(np.stack([family.gram_of(shape)[0] for shape in (0.314159, 0.271828)]), 9)
    first = [int(np.flatnonzero(np.all(kind == whole.T, axis=1))[0]) for kind in kinds.T]
    return np.array(first, dtype=np.int64), tuple(int(size) for size in sizes)
