"""Every named shape of k features in floats, with the size of its symmetry group.

What :mod:`theory.polytopes.catalogue` has exactly and :mod:`theory.polytopes.arrangements` as
families for packing stands here together, one list for each number of features, so that a set of
directions can be held against all of them.  Whatever splits into orthogonal parts is missing:
it is its parts.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from functools import cached_property, lru_cache
from math import factorial
from pathlib import Path

import numpy as np

from ground.checks import FloatArray, check_positive_int
from theory.polytopes.arrangements import antiprism_of, arrangement, polygon_of, simplex_of

__all__ = ["Shape", "named_shapes"]

FREE_FILE = Path(__file__).with_name("free_shapes.npz")
LARGEST = 40  # vertices up to which simplices and polygons are listed

_SIMPLICES = {1: "digon", 2: "triangle", 3: "tetrahedron"}
_POLYGONS = {3: "triangle", 4: "square", 5: "pentagon", 6: "hexagon", 7: "heptagon", 8: "octagon"}
_ANTIPRISMS = {4: "square", 5: "pentagonal", 6: "hexagonal"}
# Order of the group of each Gram matrix; of simplices, polygons and products it is a formula.
_SYMMETRIES = {
    "cube": 48,
    "icosahedron": 120,
    "rectified 4-simplex": factorial(5),
    "rectified 5-simplex": factorial(6),
    "rectified 6-simplex": factorial(7),
    "5-demicube": 1920,
    "2_21 polytope": 51840,
    "24-cell": 1152,
}

# A cube as digon × square: which of its three axes is the digon's.
_AXES = np.array([[i, a, b] for i in (1, -1) for a, b in ((1, 1), (-1, 1), (-1, -1), (1, -1))])
_TURNS_OF_A_CUBE = tuple(
    tuple(int(np.flatnonzero((corner == _AXES).all(axis=1))[0]) for corner in _AXES[:, axes])
    for axes in ([0, 1, 2], [1, 0, 2], [1, 2, 0])
)


@dataclass(frozen=True)
class Shape:
    """Unit vectors, all alike, that have a name [D13].

    Attributes
    ----------
    name : str
    dimension, n_vertices : int
    symmetries : int
        Permutations of the vertices that leave the Gram matrix as it is.
    gram_of : callable
        Shape in (0, 1) to the (k, k) Gram matrix, which is linear in it.
    tight : float or None
        The shape that makes a tight frame; None where no shape is free.
    kind : "simplex", "polygon", "free" or "other"
        How the order of its vertices can be found.  The vertices of a free block need not look
        alike, and need not make a tight frame.
    turns : tuple of orders
        Symmetries that the tight frame has and the others of its family don't.
    """

    name: str
    dimension: int
    n_vertices: int
    symmetries: int
    gram_of: Callable[[float], FloatArray]
    tight: float | None = None
    kind: str = "other"
    turns: tuple[tuple[int, ...], ...] = ()

    @cached_property
    def gram(self) -> FloatArray:
        """The Gram matrix, (k, k), of the tight frame."""
        return self.gram_of(0.5 if self.tight is None else self.tight)

    @cached_property
    def vertices(self) -> FloatArray:
        """Unit columns, (d, k), of the tight frame."""
        return self.vertices_of(self.gram)

    @cached_property
    def whitened(self) -> FloatArray:
        """Unit columns of a tight frame: the vertices, but for a free block."""
        if self.kind != "free":
            return self.vertices
        sizes, axes = np.linalg.eigh(self.vertices @ self.vertices.T)
        columns = (axes / np.sqrt(sizes)).T @ self.vertices
        return np.asarray(columns / np.linalg.norm(columns, axis=0))

    def vertices_of(self, gram: FloatArray) -> FloatArray:
        """Columns in d dimensions that have this Gram matrix."""
        sizes, directions = np.linalg.eigh(gram)
        d = self.dimension
        return np.asarray(np.sqrt(np.maximum(sizes[-d:], 0))[:, None] * directions[:, -d:].T)


@lru_cache
def named_shapes(n_vertices: int) -> tuple[Shape, ...]:
    """Every shape with that many vertices, those without a free shape first.

    Examples
    --------
    >>> [shape.name for shape in named_shapes(8)]
    ['7-simplex', 'octagon', 'cube', 'digon × square', 'digon × tetrahedron', 'square antiprism']
    """
    k = check_positive_int("n_vertices", n_vertices)
    if k > LARGEST:
        return ()
    found = [*_series(k), *(shape for shape in _others() if shape.n_vertices == k)]
    return tuple(sorted(found, key=lambda shape: shape.tight is not None))


def _series(k: int) -> Iterator[Shape]:
    if k == 1:
        yield Shape("point", 1, 1, 1, lambda _: np.eye(1), kind="simplex")
        return
    yield _simplex(k - 1)
    if k >= 5:
        yield _polygon(k)


def _simplex(d: int) -> Shape:
    gram = simplex_of(d)
    name = _SIMPLICES.get(d, f"{d}-simplex")
    return Shape(name, d, d + 1, factorial(d + 1), lambda _: gram, kind="simplex")


def _polygon(k: int) -> Shape:
    gram = polygon_of(k)
    return Shape(_POLYGONS.get(k, f"{k}-gon"), 2, k, 2 * k, lambda _: gram, kind="polygon")


@lru_cache
def _others() -> tuple[Shape, ...]:
    return tuple(_listed())


def _listed() -> Iterator[Shape]:
    for name, order in _SYMMETRIES.items():
        known = arrangement(name)
        yield Shape(name, known.dimension, known.n_features, order, known.gram_of)
    flat = {_polygon(k).name: _polygon(k) for k in (3, 5, 6)}
    flat["square"] = Shape("square", 2, 4, 8, lambda _: polygon_of(4))
    digon, tetrahedron = _simplex(1), _simplex(3)
    for second in flat.values():
        prism = _product(digon, second)
        yield replace(prism, turns=_TURNS_OF_A_CUBE) if second.name == "square" else prism
    yield _product(digon, tetrahedron)
    for one, other in (
        ("triangle", "triangle"),
        ("triangle", "square"),
        ("triangle", "pentagon"),
        ("triangle", "hexagon"),
        ("square", "pentagon"),
        ("pentagon", "pentagon"),
    ):
        yield _product(flat[one], flat[other])
    yield _product(flat["triangle"], tetrahedron)
    yield _product(tetrahedron, tetrahedron)
    yield _twisted(flat["triangle"])
    yield _twisted(_simplex(4))
    yield from _free_blocks()
    for k, name in _ANTIPRISMS.items():
        yield Shape(f"{name} antiprism", 3, 2 * k, 4 * k, antiprism_of(k), 1 / 3)


def _twisted(simplex: Shape) -> Shape:
    """A square and a simplex that changes sign with each quarter turn: the symmetries of both."""
    known = arrangement(f"square ⊗ {simplex.name}")
    order = 8 * simplex.symmetries
    size = known.dimension, known.n_features, order
    return Shape(known.name, *size, known.gram_of, known.tight)


def _free_blocks() -> Iterator[Shape]:
    """Best blocks of any shape that are none of the others; W and b as they were found [D14].

    They are :func:`theory.geometry.free_blocks.best_free_block` in so many dimensions at the
    density that their key names, with two starts.  Their symmetries are not counted: one is a
    lower bound.
    """
    with np.load(FREE_FILE, allow_pickle=False) as stored:
        for key in stored.files:
            if key.endswith(" W"):
                W = stored[key]
                directions = W / np.linalg.norm(W, axis=0)
                d, k = W.shape
                yield _free_block(f"free block of {k} in {d}", d, directions.T @ directions)


def _free_block(name: str, dimension: int, gram: FloatArray) -> Shape:
    return Shape(name, dimension, len(gram), 1, lambda _: gram, kind="free")


def _product(one: Shape, other: Shape) -> Shape:
    """All pairs of a vertex of one and a vertex of the other; the shape is the first one's share.

    Two equal parts may also be exchanged where their shares are equal; in general they are not.
    """
    first, second = one.gram, other.gram
    left, right = np.kron(first, np.ones_like(second)), np.kron(np.ones_like(first), second)
    return Shape(
        f"{one.name} × {other.name}",
        one.dimension + other.dimension,
        one.n_vertices * other.n_vertices,
        one.symmetries * other.symmetries,
        lambda share: np.asarray(share * left + (1 - share) * right),
        one.dimension / (one.dimension + other.dimension),
    )
