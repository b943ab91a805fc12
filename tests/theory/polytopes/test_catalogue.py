"""Laws of the catalogue: each polytope is what its name says."""

from __future__ import annotations

import numpy as np
import pytest
import sympy as sp

from theory.polytopes.catalogue import catalogue, polytope, square_antiprism, tegum

TIGHT = [
    "point", "digon", "triangle", "square", "pentagon", "hexagon", "heptagon", "octagon", "9-gon",
    "tetrahedron", "4-simplex", "7-simplex", "octahedron", "4-cross-polytope", "cube",
    "square antiprism", "icosahedron",
]  # fmt: skip
# Edges at the least distance, by the solid geometry of each: an independent fingerprint.
EDGES = {
    "digon": 1, "triangle": 3, "square": 4, "pentagon": 5, "9-gon": 9, "tetrahedron": 6,
    "4-simplex": 10, "octahedron": 12, "4-cross-polytope": 24, "cube": 12, "icosahedron": 30,
}  # fmt: skip
DIGITS = 30


@pytest.mark.result("D13")
@pytest.mark.parametrize("name", TIGHT)
def test_a_polytope_is_what_it_says(name):
    """Unit vertices about the origin, the stated Gram matrix, a tight frame: D = d/k."""
    known = polytope(name)
    d, k = known.dimension, known.n_vertices
    V = known.vertices.evalf(DIGITS)
    assert known.name == name

    def gone(matrix):
        return max(abs(entry) for entry in matrix) < 10 ** (5 - DIGITS)

    assert gone(V.T * V - known.gram.evalf(DIGITS))
    assert gone(V * V.T - sp.eye(d) * sp.Rational(k, d))
    assert all(known.gram[i, i] == 1 for i in range(k))
    assert known.dimensionality == (sp.Rational(d, k),) * k
    assert known.capacity == d
    if name != "point":
        assert gone(V * sp.ones(k, 1))
    if name in EDGES:
        gram = np.array(known.gram, dtype=float)
        nearest = np.max(gram - 3 * np.eye(k))
        assert np.sum(np.isclose(gram, nearest)) == 2 * EDGES[name]


@pytest.mark.parametrize(
    ("by_family", "name"),
    [
        ("1-simplex", "digon"), ("2-simplex", "triangle"), ("3-simplex", "tetrahedron"),
        ("1-cross-polytope", "digon"), ("2-cross-polytope", "square"),
        ("3-cross-polytope", "octahedron"), ("3-gon", "triangle"), ("4-gon", "square"),
        ("5-gon", "pentagon"), ("6-gon", "hexagon"), ("7-gon", "heptagon"), ("8-gon", "octagon"),
    ],
)  # fmt: skip
def test_what_has_a_word_is_called_by_it(by_family, name):
    known = polytope(by_family)
    assert known.name == polytope(name).name == name
    # Corners may be counted in another order: each sees the same scalar products.
    rows = [np.sort(np.array(each.gram.evalf(), dtype=float)) for each in (known, polytope(name))]
    np.testing.assert_allclose(*rows, atol=1e-14)


def test_squares_and_octahedra_are_digons():
    assert polytope("square").factors == ((0, 1), (2, 3))
    assert polytope("octahedron").gram == tegum(*[polytope("digon")] * 3).gram
    assert all(len(known.factors) == 1 for k in range(1, 13) for known in catalogue(k))


@pytest.mark.parametrize("k", range(1, 10))
def test_the_catalogue_of_k_vertices_has_those(k):
    assert {known.n_vertices for known in catalogue(k)} == {k}


def test_cube_and_antiprism_share_their_dimensionality_but_not_their_gram_matrix():
    cube, antiprism = polytope("cube"), polytope("square antiprism")
    assert cube.dimensionality == antiprism.dimensionality
    assert sorted(map(float, cube.gram)) != sorted(map(float, antiprism.gram))


@pytest.mark.result("D13")
def test_the_antiprism_is_tight_at_one_height_only():
    h = sp.Symbol("h", positive=True)
    D = square_antiprism(h).dimensionality[0]
    assert sp.solve(sp.diff(D, h), h) == [1 / sp.sqrt(3)]
    assert D.subs(h, 1 / sp.sqrt(3)) == sp.Rational(3, 8)
    assert polytope("square antiprism", height=sp.Rational(1, 2)).capacity < 3


@pytest.mark.result("D13")
def test_a_tegum_product_keeps_its_parts():
    parts = [polytope(name) for name in ("triangle", "digon", "point")]
    product = tegum(*parts)
    assert product.factors == ((0, 1, 2), (3, 4), (5,))
    assert product.capacity == product.dimension == 4
    assert product.gram == product.vertices.T * product.vertices


@pytest.mark.parametrize(
    ("call", "message"),
    [
        (lambda: polytope("dodecahedra"), "name must be one of point"),
        (lambda: polytope("2-gon"), "name"),
        (lambda: polytope("cube", height=1), "no free shape"),
        (lambda: square_antiprism(2), "height"),
        (lambda: tegum(), "parts"),
        (lambda: catalogue(0), "n_vertices"),
    ],
)
def test_bad_names_and_shapes_are_named(call, message):
    with pytest.raises(ValueError, match=message):
        call()
