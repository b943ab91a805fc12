"""D05: simplices and polygons have the coordinates, scalar products and costs they say."""

from __future__ import annotations

import numpy as np
import pytest
import sympy as sp

from tests.oracles import assert_compatible, assert_same, monte_carlo_loss, quadrature_loss
from theory.conventions import p
from theory.phases.shapes import polygon, shapes, simplex
from theory.polytopes.catalogue import polytope


@pytest.mark.result("D05")
@pytest.mark.parametrize("shape", [*map(simplex, range(1, 6)), polygon(5), polygon(6)], ids=str)
@pytest.mark.parametrize("density", [1.0, 0.3, 0.05])
def test_cost_of_each_shape(shape, density):
    W = np.array(shape.vectors().evalf(), dtype=float)
    cost = float(shape.cost().subs(p, sp.Rational(density)))
    if shape.size <= 4:
        assert_same(cost * shape.size, quadrature_loss(W, None, density), scale=shape.size)
    estimate = monte_carlo_loss(W, None, density, seed=shape.size)
    assert_compatible(estimate, cost * shape.size, per_example=7 * 3)


@pytest.mark.parametrize("shape", shapes(8, 7), ids=str)
def test_coordinates_have_the_gram_matrix(shape):
    W = np.array(shape.vectors().evalf(30), dtype=float)
    assert W.shape == (shape.dimension, shape.size)
    np.testing.assert_allclose(W.T @ W, np.array(shape.gram().evalf(), dtype=float), atol=1e-14)
    eigenvalues = np.linalg.eigvalsh(W.T @ W)
    assert np.sum(eigenvalues > 1e-9) == shape.dimension
    # A tight frame: equal eigenvalues in the dimensions that are used.
    np.testing.assert_allclose(eigenvalues[-shape.dimension :], shape.size / shape.dimension)


@pytest.mark.parametrize("shape", shapes(8, 7), ids=str)
def test_a_shape_is_the_polytope_of_its_name(shape):
    name = "point" if shape.name == "dedicated" else shape.name
    named = polytope(name)
    assert named.name == name
    assert (named.n_vertices, named.dimension) == (shape.size, shape.dimension)
    np.testing.assert_allclose(
        np.array(named.gram.evalf(), dtype=float),
        np.array(shape.gram().evalf(), dtype=float),
        atol=1e-14,
    )


@pytest.mark.result("D05")
@pytest.mark.parametrize("corners", range(5, 9))
def test_a_polygon_with_fewer_corners_costs_each_feature_less(corners):
    """Bernstein's coefficients on [0, 1] are positive, and so is what lies in their hull."""
    smaller = simplex(2) if corners == 5 else polygon(corners - 1)
    difference = sp.Poly(sp.expand((polygon(corners).cost() - smaller.cost()) / p), p)
    power = difference.all_coeffs()[::-1]
    degree = difference.degree()
    for j in range(degree + 1):
        weights = [sp.binomial(j, i) / sp.binomial(degree, i) for i in range(j + 1)]
        bernstein = sum(w * a for w, a in zip(weights, power, strict=False))
        assert bernstein.evalf(30) > 1e-3
