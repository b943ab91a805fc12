"""D13: dimensionality, leverage, frame potential and the Welch bound."""

from __future__ import annotations

import itertools

import pytest
import sympy as sp
from hypothesis import given
from hypothesis import strategies as st

from theory.polytopes.catalogue import polytope
from theory.polytopes.frames import dimensionality, frame_potential, leverage, welch_bound

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


def test_a_bound_for_more_dimensions_than_features_is_refused():
    with pytest.raises(ValueError, match="n_hidden"):
        welch_bound(2, 3)
