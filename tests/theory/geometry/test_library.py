"""What is shipped is what the package computes."""

from __future__ import annotations

import numpy as np
import pytest

from theory.data_law import feature_variance
from theory.geometry.free_blocks import best_free_block
from theory.geometry.library import (
    DENSITIES,
    FREE,
    STARTS,
    SYMMETRIC_FILE,
    WIDE,
    block_at,
    free_blocks,
    relative_loss,
    shipped_block,
    symmetric_table,
    wide_blocks,
)
from theory.geometry.packing import best_block
from theory.loss.floats import loss_and_gradient
from theory.polytopes.arrangements import arrangements

pytestmark = pytest.mark.result("D14")


@pytest.mark.parametrize("name", ["pentagon", "tetrahedron"])
def test_a_symmetric_entry_is_recomputed(name):
    with np.load(SYMMETRIC_FILE) as stored:
        assert set(stored) == {family.name for family in arrangements()}
        # Losses are at a minimum, so that they agree better than where it lies.
        again = symmetric_table(name, DENSITIES[:6])
        np.testing.assert_allclose(again[0], stored[name][0, :6], rtol=1e-9, atol=1e-13)
        np.testing.assert_allclose(again[1:3], stored[name][1:3, :6], atol=1e-4)


def test_a_free_entry_is_recomputed():
    """To the precision of its search, the Fourier sum's 1e-5."""
    shipped = next(block for block in free_blocks() if (block.dimension, block.density) == (2, 0.3))
    again = best_free_block(2, 0.3, starts=STARTS)
    assert again.n_features == shipped.n_features
    assert again.loss == pytest.approx(shipped.loss, rel=1e-5)


@pytest.mark.parametrize("block", free_blocks(), ids=lambda b: f"{b.dimension}-{b.density:g}")
def test_a_free_block_has_the_loss_that_is_stored_with_it(block):
    loss, _, _ = loss_and_gradient(block.W, block.b, density=block.density)
    assert float(loss) == pytest.approx(block.loss, rel=1e-9)
    assert (block.dimension, block.density) in FREE


@pytest.mark.parametrize("block", wide_blocks()[::5], ids=lambda b: f"{b.dimension}-{b.density:g}")
def test_a_wide_block_has_the_loss_that_is_stored_with_it(block):
    loss, _, _ = loss_and_gradient(block.W, block.b, density=block.density)
    assert float(loss) == pytest.approx(block.loss, rel=1e-8)
    assert shipped_block(block.dimension, block.density) is block


def test_all_wide_blocks_are_there():
    assert [(block.dimension, block.density) for block in wide_blocks()] == list(WIDE)


def test_all_free_blocks_are_there():
    assert [(block.dimension, block.density) for block in free_blocks()] == list(FREE)


@pytest.mark.parametrize("name", ["digon", "pentagon", "square antiprism", "rectified 4-simplex"])
@pytest.mark.parametrize("density", [0.45, 0.11, 0.012])
def test_between_the_table_s_densities_a_block_is_nearly_the_best(name, density):
    """Twelve densities a decade: a relative loss with curvature of order one in ln p is off by
    (ln 10 / 12)² / 8 < 0.5 %, of itself or, where that is small, of one."""
    exact = best_block(name, density)
    read = block_at(name, density)
    unit = feature_variance(density)
    assert read.loss == pytest.approx(exact.loss, abs=0.005 * unit)
    assert float(relative_loss(name, np.array(density))) == pytest.approx(read.loss / unit)
    assert read.scale == pytest.approx(exact.scale, rel=0.02)
    again = best_block(name, density, near=read)
    assert again.loss == pytest.approx(exact.loss, rel=1e-9)
