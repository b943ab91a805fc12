"""Free blocks: found without being told, and never worse than what symmetry allows."""

from __future__ import annotations

from functools import cache

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.oracles import assert_compatible, monte_carlo_loss
from theory.data_law import feature_variance
from theory.geometry import free_blocks
from theory.geometry.blocks import FreeBlock
from theory.geometry.free_blocks import best_free_block, best_free_blocks, free_block
from theory.geometry.mixture import FREE, mixture
from theory.geometry.packing import best_block
from theory.minima.optimum import optimum
from theory.polytopes.catalogue import polytope

NAMES = ["point", "digon", "triangle", "pentagon", "square antiprism"]


@pytest.mark.result("D14")
@pytest.mark.parametrize(
    ("name", "density"),
    [("digon", 0.3), ("triangle", 0.7), ("pentagon", 0.21), ("square antiprism", 0.19)],
)
def test_a_free_search_finds_the_symmetric_winner(name, density):
    """Where a polytope wins, nothing better is found, and it is, without knowing of it."""
    known = best_block(name, density)
    found = free_block(known.n_features, known.dimension, density, starts=8)
    assert found.benefit == pytest.approx(known.benefit, rel=1e-6)
    np.testing.assert_allclose(found.dimensionality, known.dimensionality, atol=1e-3)


@pytest.mark.result("D14")
def test_few_starts_in_many_dimensions_find_the_demicube():
    """Sixteen features in five dimensions, from two starts of 96 coordinates each."""
    known = best_block("5-demicube", 0.12)
    assert free_block(16, 5, 0.12).benefit == pytest.approx(known.benefit, rel=1e-6)


@pytest.mark.result("D14")
def test_some_free_blocks_beat_every_symmetric_family():
    best = max(best_block(name, 0.12).benefit for name in (*NAMES, "5-demicube", "2_21 polytope"))
    assert free_block(20, 6, 0.12).benefit > 1.002 * best


@pytest.mark.result("D14")
@settings(max_examples=5)
@given(st.integers(1, 3), st.integers(0, 3), st.floats(0.05, 0.9))
def test_a_free_block_is_a_model_like_any_other(d, more, p):
    block = free_block(d + more, d, p, starts=4)
    estimate = monte_carlo_loss(block.W, block.b, p, seed=11)
    assert_compatible(estimate, block.loss, per_example=1)
    assert block.W.shape == (block.dimension, block.n_features)
    assert block.dimensionality.sum() <= block.dimension * (1 + 1e-9)
    # m features with dimensions of their own are among what it could be.
    assert block.benefit >= feature_variance(p) * (1 - 1e-6)


@pytest.mark.result("D14")
def test_features_that_a_block_ignores_are_not_in_it():
    """Nine features in three dimensions at a density where eight are best: an antiprism."""
    block = free_block(9, 3, 0.2, starts=4)
    assert block.n_features == 8
    assert block.benefit == pytest.approx(best_block("square antiprism", 0.2).benefit, rel=1e-5)


@pytest.mark.result("D14")
def test_the_best_number_of_features_is_found(monkeypatch):
    # Each number of features is searched once, for the test and for what is tested.
    once = cache(free_block)
    monkeypatch.setattr(free_blocks, "free_block", once)
    known = {k: once(k, 2, 0.21, starts=free_blocks.STARTS) for k in (3, 4, 5, 6)}
    found = best_free_block(2, 0.21)
    assert found.n_features == 5
    # Of six, one is left out: the same block, whose last bits differ between machines.
    assert known[6].n_features == 5
    assert known[6].benefit == pytest.approx(known[5].benefit, rel=1e-12)
    assert found.benefit == pytest.approx(known[5].benefit, rel=1e-12)
    assert max(known[3].benefit, known[4].benefit) < 0.999 * known[5].benefit


def test_a_table_of_free_blocks_goes_by_density_and_dimension():
    p = [0.6, 0.3]
    table = best_free_blocks(p, [1, 2], starts=4)
    assert [[block.density for block in row] for row in table] == [[0.6] * 2, [0.3] * 2]
    assert [[block.dimension for block in row] for row in table] == [[1, 2], [1, 2]]
    assert table[1][0].benefit == best_free_block(1, 0.3, starts=4).benefit


# --- in mixtures ------------------------------------------------------------------------------


def antiprism(p):
    """The symmetric winner at p, as a free block."""
    known = best_block("square antiprism", p)
    unit = polytope("square antiprism", height=float(np.sqrt(known.shape))).vertices
    W = np.sqrt(known.scale) * np.array(unit.tolist(), dtype=float)
    return FreeBlock(p, 8 * known.loss, W, np.full(8, known.bias))


@pytest.mark.result("D14")
def test_a_free_block_that_is_a_polytope_changes_nothing():
    p = 0.19
    without = mixture([p], 60, 6, names=NAMES, large=False)
    given_twice = mixture([p], 60, 6, names=NAMES, large=False, free=[[antiprism(p)]])
    without, given_twice = without.isel(density=0), given_twice.isel(density=0)
    assert float(given_twice["loss"]) == pytest.approx(float(without["loss"]), rel=1e-6)
    together = given_twice["share"].sel(block=["square antiprism", FREE]).sum()
    assert float(together) == pytest.approx(1.0)


@pytest.mark.result("D14")
def test_free_blocks_fill_what_they_are_best_at():
    p = 0.19
    found = mixture([p], 60, 6, names=["point", "digon"], large=False, free=[[antiprism(p)]])
    found = found.isel(density=0)
    assert found["winner"].item() == FREE
    assert float(found["dimensionality"].sel(block=FREE)) == pytest.approx(3 / 8)
    block = antiprism(p)
    wanted = 6 / (16 * block.scale)
    assert float(found["dimensions_per_feature"]) == pytest.approx(wanted)
    assert float(found["loss"]) == pytest.approx(60 * feature_variance(p) - 6 * block.benefit)


def test_free_blocks_of_other_densities_are_refused():
    with pytest.raises(ValueError, match="free"):
        mixture([0.3], 6, 3, names=["point"], free=[[antiprism(0.19)]])
    with pytest.raises(ValueError, match="free"):
        mixture([0.3, 0.2], 6, 3, names=["point"], free=[[]])


# --- arguments ------------------------------------------------------------------------------


@pytest.mark.parametrize("density", [0.0, -0.1, 1.1, float("nan")])
def test_bad_densities_are_refused(density):
    with pytest.raises(ValueError, match="density"):
        free_block(3, 2, density)


def test_more_dimensions_than_features_are_refused():
    with pytest.raises(ValueError, match="n_hidden"):
        free_block(2, 3, 0.5)


def test_dimensionality_is_of_the_vectors_whatever_their_lengths():
    W = np.array([[2.0, -1.0, 0.0], [0.0, 0.0, 3.0]])
    block = FreeBlock(0.5, 0.1, W, np.zeros(3))
    # Two opposite features of lengths 2 and 1 share one dimension as 4 : 1.
    np.testing.assert_allclose(block.dimensionality, [0.8, 0.2, 1.0])


def test_rtol_is_how_far_a_search_settles():
    coarse, fine = (optimum(12, 4, density=0.12, starts=2, rtol=r).loss for r in (1e-5, 1e-7))
    assert fine == pytest.approx(coarse, rel=1e-5)
