"""Laws of arrangements: how dimensions are shared, and that each polytope is what its name says."""

from __future__ import annotations

import itertools

import numpy as np
import pytest
import sympy as sp
from hypothesis import given
from hypothesis import strategies as st

from theory.polytopes.catalogue import catalogue, polytope, square_antiprism, tegum
from theory.polytopes.frames import dimensionality, frame_potential, leverage, welch_bound

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

entries = st.integers(-3, 3)


@st.composite
def matrices(draw: st.DrawFn) -> sp.Matrix:
    """Small whole matrices: zero, repeated, parallel and dependent columns are common."""
    m, n = draw(st.integers(1, 3)), draw(st.integers(1, 5))
    return sp.Matrix(m, n, draw(st.lists(entries, min_size=m * n, max_size=m * n)))


@st.composite
def rotations(draw: st.DrawFn, m: int) -> sp.Matrix:
    """Rational rotations, by Cayley's formula."""
    skew = sp.zeros(m)
    for i, j in itertools.combinations(range(m), 2):
        skew[i, j] = sp.Rational(draw(entries), draw(st.integers(1, 3)))
        skew[j, i] = -skew[i, j]
    return (sp.eye(m) - skew) * (sp.eye(m) + skew).inv()


@pytest.mark.result("D13")
@given(matrices())
def test_a_feature_has_at_most_its_leverage_and_all_together_the_rank(W):
    D, lever = dimensionality(W.T * W), leverage(W)
    frame = W * W.T
    assert sum(lever) == W.rank()
    assert sum(D) <= W.rank()
    tight = True
    for i in range(W.cols):
        column = W.col(i)
        image = frame * column
        # Eigenvector (or zero): the image is parallel to the column.
        eigen = sp.Matrix.hstack(column, image).rank() <= 1
        assert 0 <= D[i] <= lever[i] <= 1
        assert (D[i] == lever[i]) == eigen
        tight &= eigen
    assert (sum(D) == W.rank()) == tight


@pytest.mark.result("D13")
@given(st.lists(st.integers(1, 3), min_size=1, max_size=3), st.data())
def test_equality_for_digons_of_any_norms_in_orthogonal_directions(sizes, data):
    """Columns along orthogonal axes of a random rotation, several an axis, norms free."""
    rotation = data.draw(rotations(len(sizes)))
    norms = st.integers(1, 4)
    columns = [
        rotation.col(axis) * data.draw(norms) for axis, k in enumerate(sizes) for _ in range(k)
    ]
    W = sp.Matrix.hstack(*columns)
    assert sum(dimensionality(W.T * W)) == len(sizes) == W.rank()


@pytest.mark.result("D13")
@given(matrices(), st.data())
def test_dimensionality_ignores_rotation_order_and_scale(W, data):
    turned = data.draw(st.integers(1, 5)) * data.draw(rotations(W.rows)) * W
    order = data.draw(st.permutations(range(W.cols)))
    image = turned[:, list(order)]
    D = dimensionality(W.T * W)
    assert dimensionality(image.T * image) == tuple(D[i] for i in order)


@pytest.mark.result("D13")
@given(matrices())
def test_frame_potential_and_welch_bound(W):
    gram = W.T * W
    least = gram.trace() ** 2 / sp.Integer(W.rows)
    share = sp.Rational(gram.trace(), W.rows)
    tight = (W * W.T - share * sp.eye(W.rows)).is_zero_matrix
    assert frame_potential(gram) >= least
    assert (frame_potential(gram) == least) == tight
    if all(gram[i, i] for i in range(W.cols)) and W.cols >= max(2, W.rows):
        overlaps = [
            gram[i, j] ** 2 / (gram[i, i] * gram[j, j])
            for i, j in itertools.combinations(range(W.cols), 2)
        ]
        assert max(overlaps) >= welch_bound(W.cols, W.rows) ** 2


@pytest.mark.result("D13")
@pytest.mark.parametrize("dimension", [1, 2, 3, 5])
def test_simplices_attain_the_welch_bound(dimension):
    gram = polytope(f"{dimension}-simplex").gram
    assert abs(gram[0, 1]) == welch_bound(dimension + 1, dimension)


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
        (lambda: welch_bound(2, 3), "n_hidden"),
    ],
)
def test_bad_names_and_shapes_are_named(call, message):
    with pytest.raises(ValueError, match=message):
        call()
