"""Simplices and polygons are regular, in floats too."""

from __future__ import annotations

import numpy as np
import pytest

from theory.polytopes.regular import in_floats, polygon, simplex


@pytest.mark.parametrize("k", [1, 2, 3, 5])
def test_simplices_are_regular(k):
    V = in_floats(simplex(k).vertices)
    wanted = np.where(np.eye(k), 1.0, -1.0 / max(k - 1, 1))
    np.testing.assert_allclose(V.T @ V, wanted, atol=1e-15 * k)


@pytest.mark.parametrize("k", [5, 6, 7])
def test_polygons_are_regular(k):
    """Unit vectors, a turn of 2π/k from one to the next, and the last next to the first."""
    V = in_floats(polygon(k).vertices)
    turn = 2 * np.pi / k
    R = np.array([[np.cos(turn), -np.sin(turn)], [np.sin(turn), np.cos(turn)]])
    np.testing.assert_allclose(np.linalg.norm(V, axis=0), 1.0, rtol=1e-14)
    np.testing.assert_allclose(R @ V, np.roll(V, -1, axis=1), atol=1e-14)


@pytest.mark.parametrize(
    ("call", "message"),
    [
        (lambda: simplex(0), "k must be"),
        (lambda: polygon(2), "k must be at least 3, got 2"),
    ],
)
def test_too_few_vertices_are_refused(call, message):
    with pytest.raises(ValueError, match=message):
        call()
