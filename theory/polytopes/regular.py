"""Simplices and regular polygons as polytopes: exact once, in floats by evaluation.

The wings that start from them, arrange them or price them all take these coordinates.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache

import numpy as np
import sympy as sp

from ground.checks import FloatArray, check_positive_int

# What has a word is called by it: simplices by their dimension, polygons by their vertices.
SIMPLICES = {0: "point", 1: "digon", 2: "triangle", 3: "tetrahedron"}
POLYGONS = {3: "triangle", 4: "square", 5: "pentagon", 6: "hexagon", 7: "heptagon", 8: "octagon"}


@dataclass(frozen=True)
class Polytope:
    """Unit vectors in some dimensions, one a feature [D13].

    Attributes
    ----------
    name : str
    vertices : ImmutableMatrix (dimension, n_vertices)
        One unit column a vertex, exact.
    gram : ImmutableMatrix (n_vertices, n_vertices)
        Inner products of the vertices.
    dimensionality : tuple of SymPy expressions (n_vertices,)
        D_i, the share of the dimensions that feature i gets.
    """

    name: str
    vertices: sp.ImmutableMatrix
    gram: sp.ImmutableMatrix
    dimensionality: tuple[sp.Expr, ...]

    @property
    def dimension(self) -> int:
        """Hidden dimensions that the vertices live in."""
        return int(self.vertices.rows)

    @property
    def n_vertices(self) -> int:
        """Number of features."""
        return int(self.vertices.cols)

    @property
    def capacity(self) -> sp.Expr:
        """Σ D_i: at most the rank, and equal to it for a tight frame."""
        return sp.simplify(sp.Add(*self.dimensionality))

    @property
    def factors(self) -> tuple[tuple[int, ...], ...]:
        """Vertices by orthogonal (tegum) factor: connected through non-zero inner products."""
        left, found = set(range(self.n_vertices)), []
        while left:
            component, edge = set(), {min(left)}
            while edge:
                component |= edge
                edge = {j for i in edge for j in left - component if self.gram[i, j] != 0}
            found.append(tuple(sorted(component)))
            left -= component
        return tuple(found)


@lru_cache
def simplex(k: int) -> Polytope:
    """k unit vectors in k − 1 dimensions with all inner products −1/(k − 1); one alone is a point.

    Examples
    --------
    >>> simplex(3).name, simplex(3).vertices.col(0).tolist()
    ('triangle', [[1], [0]])
    """
    if check_positive_int("k", k) == 1:
        one = sp.ImmutableMatrix([[1]])
        return Polytope(SIMPLICES[0], one, one, (sp.S.One,))
    d = k - 1
    vertices = sp.zeros(d, k)
    for i in range(d):
        # Vertex i spends what length is left on axis i; the later ones balance it.
        along = sp.sqrt(sp.Rational((d + 1) * (d - i), d * (d - i + 1)))
        vertices[i, i] = along
        for j in range(i + 1, k):
            vertices[i, j] = -along / (d - i)
    gram = sp.ImmutableMatrix(k, k, lambda i, j: 1 if i == j else -sp.Rational(1, d))
    share = (sp.Rational(d, k),) * k
    return Polytope(SIMPLICES.get(d, f"{d}-simplex"), sp.ImmutableMatrix(vertices), gram, share)


@lru_cache
def polygon(k: int) -> Polytope:
    """k ≥ 3 unit vectors at equal angles in the plane.

    D_i = 2/k, as Σ_j cos²(2πj/k) = k/2 + ½ Σ_j cos(4πj/k) and the k-th roots of unity sum to 0.

    Raises
    ------
    ValueError
        Fewer than three.
    """
    if check_positive_int("k", k) < 3:
        raise ValueError(f"k must be at least 3, got {k!r}")
    angles = [2 * sp.pi * sp.Rational(j, k) for j in range(k)]
    vertices = sp.ImmutableMatrix([[sp.cos(t) for t in angles], [sp.sin(t) for t in angles]])
    gram = sp.ImmutableMatrix(k, k, lambda i, j: sp.cos(angles[abs(i - j)]))
    return Polytope(POLYGONS.get(k, f"{k}-gon"), vertices, gram, (sp.Rational(2, k),) * k)


def in_floats(matrix: sp.MatrixBase) -> FloatArray:
    """Vertices or inner products in floats, each entry by evaluation of the exact one.

    Examples
    --------
    >>> in_floats(simplex(2).vertices).tolist()
    [[1.0, -1.0]]
    """
    return np.array(matrix.tolist(), dtype=np.float64)
