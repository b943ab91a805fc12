"""The shapes of an orthogonal factor: simplices and regular polygons of unit vectors.

A dedicated feature is the simplex of one, a digon the simplex of two; then come the triangle,
the tetrahedron and so on, k features in k − 1 dimensions.  Regular polygons put k ≥ 5 features
into two dimensions (the square is two digons, and the triangle is a simplex already).  In all
of them the features are equivalent, so one cost serves all.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache

import sympy as sp

from theory.conventions import p
from theory.loss.exact import feature_costs

_SIMPLICES = {1: "dedicated", 2: "digon", 3: "triangle", 4: "tetrahedron"}
_POLYGONS = {5: "pentagon", 6: "hexagon", 7: "heptagon", 8: "octagon"}


@dataclass(frozen=True)
class Shape:
    """k unit vectors, all equivalent, that span `dimension` dimensions.

    Attributes
    ----------
    size : int
        Number of features k.
    dimension : int
        k − 1 for a simplex (1 for a dedicated feature), 2 for a polygon.
    cyclic : bool
        Whether it matters who is neighbour of whom: true for polygons.
    """

    size: int
    dimension: int
    cyclic: bool = False

    @property
    def name(self) -> str:
        """What a geometer calls it."""
        if self.cyclic:
            return _POLYGONS.get(self.size, f"{self.size}-gon")
        return _SIMPLICES.get(self.size, f"{self.size - 1}-simplex")

    def vectors(self) -> sp.Matrix:
        """Return exact coordinates, (dimension, size)."""
        return _polygon(self.size) if self.cyclic else _simplex(self.size)

    def gram(self) -> sp.Matrix:
        """Return the exact scalar products, (size, size), ones on the diagonal."""
        if self.cyclic:
            return sp.Matrix(self.size, self.size, lambda i, j: _cosine(i - j, self.size))
        off = sp.Rational(-1, max(self.size - 1, 1))
        return sp.Matrix(self.size, self.size, lambda i, j: 1 if i == j else off)

    def cost(self) -> sp.Expr:
        """Return what each feature costs at importance one and density p, with zero bias [D05].

        >>> simplex(2).cost()
        p**2/6
        """
        return _cost(self)


def simplex(size: int) -> Shape:
    """Return the regular simplex of `size` features."""
    return Shape(size, max(size - 1, 1))


def polygon(size: int) -> Shape:
    """Return the regular polygon of `size` ≥ 5 features."""
    return Shape(size, 2, cyclic=True)


def shapes(most_features: int, most_dimensions: int) -> tuple[Shape, ...]:
    """Return every shape of at most so many features and dimensions, simplices first."""
    simplices = [simplex(k) for k in range(1, most_features + 1)]
    polygons = [polygon(k) for k in range(5, most_features + 1)]
    return tuple(s for s in (*simplices, *polygons) if s.dimension <= most_dimensions)


def _cosine(steps: int, size: int) -> sp.Expr:
    return sp.cos(2 * sp.pi * (steps % size) / size)


def _simplex(size: int) -> sp.Matrix:
    """Stack each simplex on the one below it: the new vertex up, the others slightly down."""
    if size == 1:
        return sp.Matrix([[1]])
    if size == 2:
        return sp.Matrix([[1, -1]])
    lower = _simplex(size - 1) * sp.sqrt(1 - sp.Rational(1, (size - 1) ** 2))
    top = sp.Matrix([[1] + [sp.Rational(-1, size - 1)] * (size - 1)])
    return sp.Matrix.vstack(top, sp.Matrix.hstack(sp.zeros(size - 2, 1), lower))


def _polygon(size: int) -> sp.Matrix:
    angles = [2 * sp.pi * j / size for j in range(size)]
    return sp.Matrix([[sp.cos(t) for t in angles], [sp.sin(t) for t in angles]])


@lru_cache(maxsize=64)
def _cost(shape: Shape) -> sp.Expr:
    return feature_costs(shape.gram(), [0] * shape.size, density=p, features=[0])[0]
