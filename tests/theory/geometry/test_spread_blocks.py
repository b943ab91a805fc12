"""Large free blocks: found where the answer is known, shipped as computed, and designs."""

from __future__ import annotations

import numpy as np
import pytest

from theory.data_law import feature_variance
from theory.geometry.mixture import mixture
from theory.geometry.overlaps import design_sums
from theory.geometry.packing import best_block, packing
from theory.geometry.slack import best_mixture, dimensions_between
from theory.geometry.spread_blocks import (
    best_count,
    exact_block,
    polished,
    spread_block,
    spread_code,
)
from theory.geometry.spread_library import (
    DENSITIES,
    DIMENSIONS,
    LARGER,
    LARGER_AT,
    counts,
    entry,
    spread_blocks,
    spread_blocks_at,
)

pytestmark = [pytest.mark.result("D47"), pytest.mark.result("D14")]


@pytest.mark.parametrize(("name", "k", "d"), [("5-demicube", 16, 5), ("2_21 polytope", 27, 6)])
def test_a_spread_code_is_the_sharp_code_where_there_is_one(name, k, d):
    """Universally optimal: of least energy at every sharpness."""
    V = spread_code(k, d, 8.0)
    values = np.unique((V.T @ V)[~np.eye(k, dtype=bool)].round(3))
    expected = {16: [-0.6, 0.2], 27: [-0.5, 0.25]}[k]
    np.testing.assert_allclose(values, expected, atol=2e-3)
    block = spread_block(k, d, 0.06, evaluations=20)
    best = best_block(name, 0.06)
    assert block.loss == pytest.approx(k * best.loss, rel=1e-4)


@pytest.mark.parametrize("at", [0, 7, 11])
def test_a_shipped_block_has_the_loss_that_is_stored_with_it(at):
    block = spread_blocks()[at]
    again = exact_block(block.W, block.b, block.density)
    assert again.loss == pytest.approx(block.loss, rel=1e-6)


def test_an_entry_is_recomputed():
    """Descents that are cut off repeat but for what rounding makes of them."""
    shipped = spread_blocks_at(float(DENSITIES[0]))[-1]
    again = entry(shipped.n_features, shipped.dimension, shipped.density)
    assert again.n_features == shipped.n_features
    assert again.benefit == pytest.approx(shipped.benefit, rel=1e-3)


def test_the_number_of_features_shipped_is_the_best_of_its_neighbours():
    """By the mean row, as the search has it."""
    for block in spread_blocks()[5:12:3]:
        tried = counts()
        at = tried.index(block.n_features)
        assert best_count(tried[at - 1 : at + 2], 20, block.density) == block.n_features


def test_shipped_blocks_are_designs():
    """Tight, centred, and of cubes −1, or nearly: the claims of the text."""
    for block in spread_blocks():
        k, d = block.n_features, block.dimension
        if block.density > 0.15:
            continue  # there digons and pentagons are among them, of more than one length
        first, second, third = design_sums(block.W)
        assert first == pytest.approx(-1, abs=0.01)
        assert second == pytest.approx(k / d - 1, rel=0.01)
        assert -1.01 < third < (-0.95 if block.density < 0.09 else -0.85)


def test_all_are_there():
    assert [block.density for block in spread_blocks() if block.dimension == DIMENSIONS] == (
        pytest.approx(DENSITIES)
    )
    larger = [block for block in spread_blocks() if block.dimension != DIMENSIONS]
    assert [block.density for block in larger] == pytest.approx(LARGER_AT)
    assert {(block.dimension, block.n_features) for block in larger} == {LARGER}
    assert len(list(spread_blocks())) == len(DENSITIES) + len(LARGER_AT)


def test_they_save_more_than_named_families_where_those_run_out():
    p, n, m = float(DENSITIES[8]), 200, 20
    names = ["5-demicube", "2_21 polytope", "digon"]
    named = mixture([p], n, m, names=names, large=False)
    both = mixture([p], n, m, names=names, large=False, free=[spread_blocks_at(p)])
    assert float(both["loss"][0]) < 0.97 * float(named["loss"][0])


def test_what_may_lose_more_may_have_other_dimensions():
    """At the least loss D* is the mixture's, and what is allowed grows with the loss."""
    p, n, m = 0.3, 40, 20
    packed = packing([p], names=["point", "digon", "triangle"])
    best = mixture([p], n, m, names=["point", "digon", "triangle"], large=False)
    loss, D = float(best["loss"][0]), float(best["dimensions_per_feature"][0])
    at = packed.isel(density=0)
    assert best_mixture(at, [], n, m) == pytest.approx((loss, D), rel=1e-9)
    least, most = dimensions_between(at, [], n, m, loss * (1 + 1e-9))
    assert (least, most) == pytest.approx((D, D), rel=1e-6)
    wider = dimensions_between(at, [], n, m, loss + 0.1 * (n * feature_variance(p) - loss))
    assert wider[0] <= least
    assert wider[1] > 1.05 * most
    assert np.isnan(dimensions_between(at, [], n, m, 0.9 * loss)).all()


def test_polishing_leaves_out_what_is_ignored():
    """Two digons, and a fifth feature without weight."""
    W = np.concatenate([np.eye(2), -np.eye(2), 1e-3 * np.ones((2, 1))], axis=1)
    block = polished(W, np.full(5, -0.05), 0.35, 3)
    assert block.n_features == 4
