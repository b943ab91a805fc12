"""Packing: exact rows by groups, best blocks, winners, mixtures."""

from __future__ import annotations

from itertools import pairwise

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.oracles import assert_compatible, assert_same, monte_carlo_loss
from theory.data_law import feature_variance
from theory.geometry.mixture import mixture
from theory.geometry.packing import best_block, packing
from theory.geometry.takeovers import packing_transitions
from theory.loss.floats import loss_and_gradient
from theory.loss.transitive import row_loss
from theory.polytopes.arrangements import SHAPES, arrangement, arrangements
from theory.polytopes.catalogue import polytope

ALL = arrangements()
SMALL = [family for family in ALL if family.n_features <= 6]
QUICK = ["point", "digon", "triangle", "tetrahedron", "4-simplex", "pentagon", "square antiprism"]
families = pytest.mark.parametrize("family", ALL, ids=lambda family: family.name)
densities = st.floats(0.001, 1.0)
scales = st.floats(0.2, 3.0)
biases = st.floats(-1.5, 0.6)


def vectors(family, shape):
    """Unit vectors with that Gram matrix, as columns."""
    values, basis = np.linalg.eigh(family.gram_of(shape))
    top = slice(-family.dimension, None)
    return (basis[:, top] * np.sqrt(np.maximum(values[top], 0))).T


@families
def test_a_family_is_what_it_says(family):
    for shape in (0.3, 0.7):
        gram = family.gram_of(shape)
        assert gram.shape == (family.n_features,) * 2
        np.testing.assert_allclose(np.diag(gram), 1, atol=1e-12)
        np.testing.assert_allclose(gram, gram.T, atol=1e-12)
        # Vertex-transitive up to this much: every row holds the same inner products.
        assert np.ptp(np.sort(gram, axis=1), axis=0).max() < 1e-9
        spectrum = np.linalg.eigvalsh(gram)[::-1]
        assert spectrum[family.dimension - 1] > 1e-6
        np.testing.assert_allclose(spectrum[family.dimension :], 0, atol=1e-9)


@pytest.mark.result("D14")
@pytest.mark.parametrize("name", QUICK[:-1])
@pytest.mark.parametrize("density", [0.05, 0.5])
def test_no_neighbour_of_a_best_block_is_better(name, density):
    block, unit = best_block(name, density), feature_variance(density)
    inner, sizes = arrangement(name).row(block.shape)
    here, by_scale, by_bias = row_loss(inner, sizes, block.scale, block.bias, density)
    assert here == pytest.approx(block.loss, abs=1e-13 * unit)
    # With the gradient g and a curvature of about `unit`, what is left to gain is g²/2·unit.
    assert max(abs(by_scale), abs(by_bias)) <= 1e-5 * unit
    for scale, bias in ((0.999, 0.0), (1.001, 0.0), (1.0, -1e-3), (1.0, 1e-3)):
        moved = row_loss(inner, sizes, block.scale * scale, block.bias + bias, density)[0]
        assert moved >= block.loss - 1e-11 * unit


@families
def test_at_its_tight_shape_features_share_the_dimensions_evenly(family):
    share = family.dimension / family.n_features
    assert family.dimensionality() == pytest.approx(share, rel=1e-12)
    if family.tight is not None:
        assert family.dimensionality(0.8 * family.tight) < share


@pytest.mark.parametrize(
    "name", ["digon", "triangle", "tetrahedron", "pentagon", "hexagon", "cube"]
)
def test_names_mean_the_same_as_in_the_exact_catalogue(name):
    exact = np.array(polytope(name).gram.tolist(), dtype=float)
    ours = arrangement(name).gram_of(0.5)
    np.testing.assert_allclose(np.sort(ours[0]), np.sort(exact[0]), atol=1e-12)


def test_the_square_antiprism_is_the_catalogues_at_every_height():
    family = arrangement("square antiprism")
    for height in (0.3, 0.5, 0.7):
        exact = np.array(polytope("square antiprism", height=height).gram.tolist(), dtype=float)
        np.testing.assert_allclose(
            np.sort(family.gram_of(height**2)[0]), np.sort(exact[0]), atol=1e-9
        )


@pytest.mark.result("D14")
@given(st.sampled_from(SMALL), st.floats(*SHAPES), scales, biases, densities)
def test_a_row_by_groups_is_the_row_by_faces(family, shape, scale, bias, density):
    inner, sizes = family.row(shape)
    W = np.sqrt(scale) * vectors(family, shape)
    n = family.n_features
    loss, dW, db = loss_and_gradient(W, np.full(n, bias), density=density)
    ours, by_scale, by_bias = row_loss(inner, sizes, scale, bias, density)
    size = (1 + n * scale) ** 2
    assert_same(ours, float(loss) / n, scale=size)
    assert_same(by_bias, db.mean(), scale=size)
    # W scales as √c: dL/dc = ⟨W, dL/dW⟩ / (2c).
    assert_same(by_scale, np.sum(W * dW) / (2 * scale * n), scale=size)


@pytest.mark.result("D14")
@pytest.mark.parametrize("name", ["icosahedron", "5-demicube", "2_21 polytope", "24-cell"])
def test_large_polytopes_against_sampling(name):
    family = arrangement(name)
    W, bias = np.sqrt(1.2) * vectors(family, 0.5), -0.3
    n = family.n_features
    inner, sizes = family.row()
    estimate = monte_carlo_loss(W, np.full(n, bias), 0.15, seed=7)
    assert_compatible(estimate, n * row_loss(inner, sizes, 1.2, bias, 0.15)[0])


@pytest.mark.result("D14")
@given(st.sampled_from(QUICK), st.floats(0.01, 0.95))
def test_the_best_block_is_stationary_and_better_than_neighbours(name, density):
    block = best_block(name, density)
    family = arrangement(name)
    inner, sizes = family.row(block.shape)
    loss, by_scale, by_bias = row_loss(inner, sizes, block.scale, block.bias, density)
    assert loss == pytest.approx(block.loss, rel=1e-14, abs=1e-30)
    assert abs(by_scale) < 1e-7 * density
    assert abs(by_bias) < 1e-7 * density
    for step in (0.99, 1.01):
        worse = row_loss(inner, sizes, block.scale * step, block.bias, density)[0]
        assert worse >= loss - 1e-13 * density
    assert loss <= feature_variance(density) * (1 + 1e-12)


@pytest.mark.parametrize("count", [4, 13])
def test_a_line_of_densities_finds_the_same_optima_as_single_ones(count):
    """However far apart they are: a digon at p = 1 is no way to one at p = 0.3."""
    p = np.geomspace(1.0, 0.02, count)
    line = packing(p, names=QUICK)
    for at in (1, count // 2, count - 1):
        for name in QUICK:
            alone = best_block(name, float(p[at])).loss
            along = float(line["loss"].sel(arrangement=name)[at])
            assert along == pytest.approx(alone, rel=1e-9, abs=1e-14)


@pytest.mark.result("D14")
def test_the_order_of_winners_is_the_papers():
    found = packing_transitions(np.geomspace(0.99, 0.15, 8), names=QUICK)
    order = [found[0].dense, *(change.sparse for change in found)]
    assert order == [
        "4-simplex",
        "tetrahedron",
        "triangle",
        "digon",
        "pentagon",
        "square antiprism",
    ]
    shares = [arrangement(name).dimensionality() for name in order]
    assert all(first > second for first, second in pairwise(shares))


@pytest.mark.result("D14")
def test_a_transition_is_as_accurate_as_it_says():
    for change in packing_transitions([0.5, 0.24, 0.21, 0.15], names=QUICK):
        # From scratch, not from neighbours: the sign of the difference must flip across it.
        signs = [
            np.sign(best_block(change.sparse, p).benefit - best_block(change.dense, p).benefit)
            for p in (change.density - change.accuracy, change.density + change.accuracy)
        ]
        assert signs == [1, -1]


@pytest.mark.result("D14")
@pytest.mark.parametrize(("n", "m"), [(40, 20), (30, 20), (400, 30)])
def test_a_mixture_keeps_within_its_means(n, m):
    found = mixture([0.5, 0.2, 0.05], n, m, names=QUICK)
    assert np.all(found["share"].sum("block") <= 1 + 1e-9)
    assert np.all(found["features"].sum("block") <= 1 + 1e-9)
    assert np.all((found["share"] > 1e-9).sum("block") <= 2)
    finite = packing([0.5, 0.2, 0.05], names=QUICK)
    for at, p in enumerate(found["density"].values):
        # No better than the envelope everywhere, and no worse than m dedicated features.
        bound = n * feature_variance(p) - m * float(finite["benefit"][at].max())
        large = mixture([p], n, m, names=QUICK, large=False)["loss"].item()
        assert found["loss"][at] <= large * (1 + 1e-9)
        assert large >= bound - 1e-12
        assert large <= (n - m) * feature_variance(p) + 1e-12


@pytest.mark.result("D14")
def test_few_features_force_a_mixture():
    found = mixture([0.3], 30, 20, names=["point", "digon"], large=False)
    share = dict(zip(found["block"].values, found["share"].values[0], strict=True))
    assert share == pytest.approx({"point": 0.5, "digon": 0.5})


@pytest.mark.parametrize("density", [0.0, -0.1, 1.1, float("nan")])
def test_bad_densities_are_refused(density):
    with pytest.raises(ValueError, match="density"):
        best_block("digon", density)


def test_an_unknown_name_lists_the_known():
    with pytest.raises(ValueError, match="square antiprism"):
        best_block("dodecahedron", 0.1)
