"""Measures of W: laws, known polytopes, and the same answer for one W or many."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays
from scipy.sparse.csgraph import connected_components
from scipy.stats import ortho_group

from ground.structure import structure_of
from numeric.measure.geometry import (
    classify,
    dimensions_per_feature,
    feature_dimensionality,
    geometry_graph,
    interference,
    leverage,
    norms,
    polysemanticity,
    superposition,
)

EPS = np.finfo(float).eps


@st.composite
def weights(draw):
    m, n = draw(st.integers(1, 5)), draw(st.integers(1, 7))
    entries = st.one_of(
        st.sampled_from([0.0, 1.0, -1.0]), st.floats(-3, 3), st.floats(-1e-200, 1e-200)
    )
    return draw(arrays(np.float64, (m, n), elements=entries))


well_behaved = st.builds(
    lambda m, n, seed: np.random.default_rng(seed).standard_normal((m, n)),
    st.integers(2, 5),
    st.integers(1, 7),
    st.integers(0, 2**32),
)


def polygon(k):
    angles = 2 * np.pi * np.arange(k) / k
    return np.array([np.cos(angles), np.sin(angles)])


TETRAHEDRON = np.array([[1, 1, 1], [1, -1, -1], [-1, 1, -1], [-1, -1, 1]]).T / np.sqrt(3)
CUBE = np.array(np.meshgrid([-1, 1], [-1, 1], [-1, 1])).reshape(3, 8) / np.sqrt(3)


@given(weights())
def test_dimensionality_lies_between_zero_and_leverage(W):
    """0 ≤ D_i ≤ ℓ_i ≤ 1, and ΣD_i ≤ Σℓ_i = rank W."""
    D = feature_dimensionality(W)
    assert np.all((D >= 0) & (D <= 1 + 4 * EPS))
    assert np.all(D[~W.any(axis=0)] == 0)
    rank = np.linalg.matrix_rank(W / np.max(np.abs(W))) if W.any() else 0
    np.testing.assert_allclose(leverage(W).sum(), rank, atol=1e-12)


@given(well_behaved)
def test_dimensionalities_add_up_to_the_rank_at_most(W):
    D, bound = feature_dimensionality(W), leverage(W)
    # The leverage of a nearly dependent W is known to eps × condition number.
    slack = 100 * EPS * np.linalg.cond(W)
    assert np.all(bound + slack >= D)
    assert D.sum() <= np.linalg.matrix_rank(W) + slack
    np.testing.assert_allclose(bound, np.diagonal(np.linalg.pinv(W) @ W), atol=slack)


@given(well_behaved, st.integers(0, 2**32), st.floats(0.1, 10))
def test_rotation_and_scale(W, seed, scale):
    rotated = ortho_group.rvs(len(W), random_state=np.random.default_rng(seed)) @ W
    close = {"rtol": 1e-10, "atol": 1e-10}
    for measure in (norms, interference, superposition, dimensions_per_feature):
        np.testing.assert_allclose(measure(rotated), measure(W), **close)
    for measure in (feature_dimensionality, leverage):
        np.testing.assert_allclose(measure(scale * rotated), measure(W), **close)
    assert classify(rotated, ignored_below=0) == classify(W, ignored_below=0)
    np.testing.assert_allclose(polysemanticity(scale * W), polysemanticity(W), **close)


@given(well_behaved, st.randoms(use_true_random=False))
def test_features_may_be_listed_in_any_order(W, random):
    order = random.sample(range(W.shape[1]), W.shape[1])
    for measure in (norms, superposition, feature_dimensionality, leverage):
        np.testing.assert_allclose(measure(W[:, order]), measure(W)[order], atol=1e-12)
    assert classify(W[:, order], importance=1) == classify(W, importance=1)


@pytest.mark.parametrize(
    ("W", "expected"),
    [
        (np.eye(3), 1),
        (np.array([[1.0, -1.0]]), 1 / 2),
        (polygon(3), 2 / 3),
        (polygon(5), 2 / 5),
        (TETRAHEDRON, 3 / 4),
        (CUBE, 3 / 8),
    ],
)
def test_polytopes(W, expected):
    """Tight frames: D_i = ℓ_i = m/n = D* for unit vectors."""
    n = W.shape[1]
    np.testing.assert_allclose(feature_dimensionality(W), np.full(n, expected), rtol=1e-14)
    np.testing.assert_allclose(leverage(W), np.full(n, expected), rtol=1e-14)
    np.testing.assert_allclose(dimensions_per_feature(W), expected, rtol=1e-14)


def test_superposition_written_out():
    W = np.random.default_rng(0).standard_normal((3, 4))
    for i in range(4):
        unit = W[:, i] / np.sqrt(W[:, i] @ W[:, i])
        others = [(unit @ W[:, j]) ** 2 for j in range(4) if j != i]
        assert superposition(W)[i] == pytest.approx(sum(others), rel=1e-13)
        D = W[:, i] @ W[:, i] / (sum(others) + (unit @ W[:, i]) ** 2)
        assert feature_dimensionality(W)[i] == pytest.approx(D, rel=1e-13)


def test_polysemanticity():
    W = np.array([[0, 2.0, 0, 0], [1, 1, -1, 0], [0, 0, 0, 0], [1, 1, 1, 1]])
    np.testing.assert_allclose(polysemanticity(W), [1, 3, 0, 4])


MEASURES = [norms, superposition, feature_dimensionality, leverage, polysemanticity]


@given(st.lists(st.integers(0, 2**32), min_size=1, max_size=6), st.booleans())
def test_one_or_many(seeds, several_importances):
    W = np.stack([np.random.default_rng(s).choice([0, 1, -1, 0.3], (2, 3)) for s in seeds])
    for measure in (interference, *MEASURES):
        one_by_one = np.stack([measure(one) for one in W])
        np.testing.assert_allclose(measure(W[None])[0], one_by_one, atol=1e-12)
    importance = np.array([1.0, 1.0, 2.0])
    if several_importances:
        importance = np.array([[1.0, 1.0, 2.0], [1, 2, 3]])[np.array(seeds) % 2]
    expected = [str(structure_of(one)) for one in W]
    assert classify(W).tolist() == expected
    canonical = [
        str(structure_of(one).canonical(i))
        for one, i in zip(W, np.broadcast_to(importance, (len(W), 3)), strict=True)
    ]
    assert classify(W, importance).tolist() == canonical


def test_classify_names():
    W = np.array([[[1.0, 0.0]], [[0.0, 1.0]], [[0.9, -0.9]], [[0.05, 0.01]]])
    assert classify(W).tolist() == ["[1] (2)", "[2] (1)", "[1 2]", "(1 2)"]
    assert classify(W, [1, 1]).tolist() == ["[1] (2)", "[1] (2)", "[1 2]", "(1 2)"]
    assert classify(W, [1, 2]).tolist() == classify(W).tolist()
    assert classify(W.reshape(2, 2, 1, 2)).shape == (2, 2)


def test_geometry_graph():
    W = np.zeros((5, 7))
    W[:2, :3], W[2:3, 3:5], W[3:4, 5:6], W[4, 6] = polygon(3), [[1, -1]], [[1]], 0.05
    graph = geometry_graph(W)
    count, labels = connected_components(graph, directed=False)
    assert count == 4  # triangle, digon, two without neighbours
    assert labels.tolist() == [0, 0, 0, 1, 1, 2, 3]
    np.testing.assert_allclose(graph.toarray()[0, :3], [0, -0.5, -0.5])
    np.testing.assert_allclose(graph.toarray()[3, 4], -1)
    assert graph.nnz == 3 * 2 + 2


def test_nothing_learned():
    W = np.zeros((2, 3))
    assert np.isinf(dimensions_per_feature(W))
    for measure in (norms, superposition, feature_dimensionality, leverage):
        assert measure(W).tolist() == [0, 0, 0]
    assert classify(W) == "(1 2 3)"


@pytest.mark.parametrize("measure", [*MEASURES, dimensions_per_feature, classify])
def test_bad_input(measure):
    with pytest.raises(ValueError, match=r"W must have shape .*\(3,\)"):
        measure(np.ones(3))
    with pytest.raises(ValueError, match="W must be finite"):
        measure([[np.nan, 1.0]])
    with pytest.raises(ValueError, match="W must be real numbers"):
        measure([["a", "b"]])


def test_graph_of_many_is_refused():
    with pytest.raises(ValueError, match=r"W must have shape \(n_hidden"):
        geometry_graph(np.ones((2, 1, 3)))
