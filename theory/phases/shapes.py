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
from theory.polytopes import regular


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
    def polytope(self) -> regular.Polytope:
        """The exact vertices and scalar products, under the name a geometer uses."""
        return regular.polygon(self.size) if self.cyclic else regular.simplex(self.size)

    @property
    def name(self) -> str:
        """What a geometer calls it, but that a feature alone is dedicated."""
        return "dedicated" if self.size == 1 else self.polytope.name

    def vectors(self) -> sp.ImmutableMatrix:
        """Return exact coordinates, (dimension, size)."""
        return self.polytope.vertices

    def gram(self) -> sp.ImmutableMatrix:
        """Return the exact scalar products, (size, size), ones on the diagonal."""
        return self.polytope.gram

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


@lru_cache(maxsize=64)
def _cost(shape: Shape) -> sp.Expr:
    return feature_costs(shape.gram(), [0] * shape.size, density=p, features=[0])[0]
