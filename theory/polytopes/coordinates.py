"""Vertices of simplices and polygons in floats, by their own formulas: no algebra is loaded.

The same coordinates as :mod:`theory.polytopes.regular` has exactly.
"""

from __future__ import annotations

import numpy as np

from ground.checks import FloatArray

__all__ = ["polygon_vertices", "simplex_vertices"]


def simplex_vertices(k: int) -> FloatArray:
    """k unit columns in k − 1 dimensions with inner products −1/(k − 1); one alone is a point.

    Examples
    --------
    >>> simplex_vertices(2).tolist()
    [[1.0, -1.0]]
    """
    if k == 1:
        return np.ones((1, 1))
    d = k - 1
    vertices = np.zeros((d, k))
    for i in range(d):
        # Vertex i spends what length is left on axis i; the later ones balance it.
        along = np.sqrt((d + 1) * (d - i) / (d * (d - i + 1)))
        vertices[i, i] = along
        vertices[i, i + 1 :] = -along / (d - i)
    return vertices


def polygon_vertices(k: int) -> FloatArray:
    """k unit columns at equal angles in the plane.

    Examples
    --------
    >>> polygon_vertices(4).round(12).tolist()
    [[1.0, 0.0, -1.0, -0.0], [0.0, 1.0, 0.0, -1.0]]
    """
    turn = np.arange(k) * 2 * np.pi / k
    return np.stack([np.cos(turn), np.sin(turn)])
