"""Coordinates in floats are those that the exact polytopes have."""

from __future__ import annotations

import numpy as np
import pytest

from theory.polytopes.coordinates import polygon_vertices, simplex_vertices
from theory.polytopes.regular import in_floats, polygon, simplex


@pytest.mark.parametrize("k", range(1, 8))
def test_simplices(k):
    exact = in_floats(simplex(k).vertices)
    np.testing.assert_allclose(simplex_vertices(k), exact, rtol=4e-16, atol=0)


@pytest.mark.parametrize("k", range(3, 8))
def test_polygons(k):
    # An angle in floats is off by its rounding, up to half an ulp of 2π.
    exact = in_floats(polygon(k).vertices)
    np.testing.assert_allclose(polygon_vertices(k), exact, rtol=0, atol=2e-15)
