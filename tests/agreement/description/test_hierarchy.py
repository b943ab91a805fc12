"""Factors under noise and leakage: what was built is named, what is random is not."""

from __future__ import annotations

import json

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.cluster.hierarchy import linkage
from scipy.cluster.hierarchy import to_tree as scipy_tree

from agreement.description.cloud import cloud
from agreement.description.describe import describe
from agreement.description.hierarchy import factors_of
from agreement.description.recognise import recognise
from agreement.description.trees import merges
from agreement.description.words import counted
from benchmarks.shapes import Built, built, families, gaussian_cloud, models, right
from theory.geometry.large_blocks import large_block

NAMED = {shape.name: shape for shape in families()}


def named(model: Built) -> None:
    good, found = right(model)
    assert all(good), [
        (name, len(members))
        for (name, members), ok in zip(model.parts, good, strict=True)
        if not ok
    ]
    assert len(found) == len(model.parts)


def test_models_of_every_kind_are_named_under_noise_and_leaning_spans():
    """A tenth of ``benchmarks.shapes``: noise 0–8 %, leaning 0–10°, n up to 120."""
    for model in models(15, largest=120):
        named(model)


def test_no_name_in_random_clouds():
    """At one false name in 10 000 clouds, 30 hold none."""
    for seed in range(30):
        (part,) = factors_of(gaussian_cloud(seed)).parts
        assert part.match is None


@pytest.mark.parametrize("name", NAMED)
def test_every_family_is_recognised_in_its_own_dimension(name):
    """Also the winners of packing, and free heights and shares, beside a digon and under noise."""
    rng = np.random.default_rng(len(name))
    for noise in (0.0, 0.08):
        named(built([NAMED[name], NAMED["digon"]], rng, noise=noise, leaning=5, spare=2))


@pytest.mark.parametrize("k", [5, 8, 10, 12, 16, 24])
def test_a_match_has_the_dimension_that_the_directions_have(k):
    """No planar polygon is offered for a factor in four dimensions."""
    rng = np.random.default_rng(k)
    for d in range(1, min(k, 7)):
        columns = rng.normal(size=(d, k))
        match = recognise(columns / np.linalg.norm(columns, axis=0), named_within=1e-6)
        assert match is None or (match.dimension <= d and match.order is None)


@pytest.mark.parametrize("angle", [84.0, 80.0])
def test_two_digons_off_right_angles_are_two_digons(angle):
    t = np.radians(angle)
    W = np.array([[1, -1, np.cos(t), -np.cos(t)], [0, 0, np.sin(t), -np.sin(t)]])
    found = describe(W)
    assert found.summary == "2 digons"
    assert str(found.structure) == "[1 2] [3 4]"
    # The sine of the angle by which they lean, exactly; and no doubt, as there is no noise.
    assert [factor.leakage for factor in found.factors] == pytest.approx([np.cos(t)] * 2)
    assert all(factor.confidence > 0.99 for factor in found.factors)


def test_digons_inside_a_cloud_are_found():
    """Ten features are five near-digons, the others a cloud that overlaps with them a little."""
    rng = np.random.default_rng(5)
    model = built([NAMED["digon"]] * 5, rng, noise=0.05, leaning=10, cloud=(14, 5))
    named(model)
    axes, _ = np.linalg.qr(rng.normal(size=(20, 5)))
    others = rng.normal(size=(20, 40))  # all over the space, the digons' axes included
    W = np.hstack([axes, -axes, others / np.linalg.norm(others, axis=0)])
    found = describe(W + 0.01 * rng.normal(size=W.shape))
    assert found.summary == "5 digons, 1 cloud of 40 features"


@given(st.integers(0, 2**32 - 1), st.sampled_from([0.0, 0.03, 0.06]))
def test_rotation_order_and_scale_do_not_matter(seed, noise):
    rng = np.random.default_rng(seed)
    shapes = [NAMED[name] for name in rng.choice(list(NAMED), 3)]
    model = built(shapes, rng, noise=noise, leaning=5.0)
    m, n = model.W.shape
    order = rng.permutation(n)
    turned = np.linalg.qr(rng.normal(size=(m, m)))[0] @ model.W * rng.uniform(0.8, 2, size=n)
    before = {(p.match and p.match.name, frozenset(p.features)) for p in factors_of(model.W).parts}
    after = {
        (p.match and p.match.name, frozenset(int(order[i]) for i in p.features))
        for p in factors_of(turned[:, order]).parts
    }
    assert before == after


def test_the_noise_found_is_the_noise_put_in():
    """ε̂² is ε² times χ²_ν / ν, up to its square: for 24 vertices in 12 dimensions ν = 226."""
    rng = np.random.default_rng(6)
    for noise in (0.02, 0.05):
        shapes = [NAMED["24-cell"], NAMED["cube"], *[NAMED["digon"]] * 5]
        parts = factors_of(built(shapes, rng, noise=noise, leaning=0).W).parts
        cell = next(part for part in parts if part.match.name == "24-cell")
        freedom = 24 * 11 - (12 * 4 - 10)
        assert cell.noise == pytest.approx(noise, rel=4 / np.sqrt(2 * freedom) + noise)


def test_average_linkage_is_what_it_says():
    rng = np.random.default_rng(7)
    likeness = np.abs(np.corrcoef(rng.normal(size=(12, 5))))
    upper = np.triu_indices(12, 1)
    for single, method in ((False, "average"), (True, "single")):
        known = scipy_tree(linkage(1 - likeness[upper], method), rd=True)[1]
        expected = {frozenset(node.pre_order()) for node in known}
        nodes = [frozenset([i]) for i in range(12)]
        for one, other in merges(likeness, single=single):
            nodes.append(nodes[one] | nodes[other])
        assert set(nodes) == expected


def test_levels_are_coarser_the_lower_the_threshold():
    hierarchy = factors_of(next(iter(models(9, largest=60))).W)
    counts = [len(found.factors) for _, found in hierarchy.levels()]
    assert counts == sorted(counts)
    assert sorted(hierarchy.order) == list(range(hierarchy.structure.n_features))


def test_a_cloud_is_called_so_with_its_statistics():
    for seed in range(12):
        W = gaussian_cloud(seed)
        m, n = W.shape
        if n < 2 * m:  # a square Gaussian matrix has directions as small as noise
            continue
        found = describe(W)
        assert found.summary == f"1 cloud of {n} features"
        (stats,) = found.clouds
        assert stats.ratio == n / m
        assert stats.block_ratio is None
        assert f"Cloud of {n} features in {m} dimensions" in str(found)
        assert json.loads(found.to_json())["clouds"][0]["dimensions"] == m
    beside = cloud(W, range(n), density=0.05)
    assert beside.block_ratio == large_block(0.05).features_per_dimension
    assert "features per dimension (best large block" in str(beside)


def test_statistics_of_random_directions_and_of_a_simplex():
    rng = np.random.default_rng(8)
    W = rng.normal(size=(10, 400))
    stats = cloud(W, range(400))
    pairs = 400 * 399 / 2
    # cos² has variance at most 2/d² for each of the pairs, which are uncorrelated.
    slack = 4 * np.sqrt(2 / pairs) * (399 / 400)
    assert stats.tightness == pytest.approx(stats.random_tightness, rel=slack)
    assert stats.kurtosis == pytest.approx(stats.random_kurtosis, abs=4 * np.sqrt(24 / pairs))
    simplex = cloud(NAMED["5-simplex"].vertices, range(6))
    assert (simplex.welch_ratio, simplex.tightness) == pytest.approx((1, 1))
    assert cloud(np.eye(3), range(3)).welch_ratio is None


def test_names_in_the_plural():
    assert counted(2, "4-simplex") == "2 4-simplices"
    assert counted(2, "rectified 4-simplex") == "2 rectified 4-simplices"
    assert counted(3, "tetrahedron") == "3 tetrahedra"
    assert counted(1, "feature") == "1 feature"
    assert "1 feature in 1 dimension: 1 point" in str(describe([[1.0]]))
    rng = np.random.default_rng(9)
    W = built([NAMED["4-simplex"]] * 2, rng, noise=0, leaning=0).W
    assert describe(W).summary == "2 4-simplices"
