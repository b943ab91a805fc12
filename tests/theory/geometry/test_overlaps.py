"""Sums of overlaps that no block can undercut, the row of two values, and one row for all."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from theory.data_law import feature_variance
from theory.geometry.overlaps import (
    cosines,
    design_sums,
    overlap_law,
    row_law,
    two_overlaps,
)
from theory.geometry.packing import best_block
from theory.geometry.spread_blocks import exact_block, spread_code
from theory.polytopes.arrangements import arrangement

pytestmark = pytest.mark.result("D47")


@settings(deadline=None)
@given(st.integers(2, 6), st.integers(1, 12), st.integers(0, 2**32 - 1))
def test_no_block_undercuts_the_sums(d, k, seed):
    """Gegenbauer sums of degree 1, 2 and 3, of any vectors whatever."""
    W = np.random.default_rng(seed).normal(size=(d, k + 1))
    first, second, third = design_sums(W)
    k += 1
    assert first >= -1 - 1e-9
    assert second >= k / d - 1 - 1e-9
    assert third - 3 * first / (d + 2) >= -(d - 1) / (d + 2) - 1e-9


@settings(deadline=None)
@given(st.integers(2, 40), st.integers(2, 400))
def test_two_overlaps_have_the_sums_of_a_design(d, more):
    k = d + more
    two = two_overlaps(k, d)
    rest = k - 1 - two.count
    for power, total in ((1, -1.0), (2, k / d - 1), (3, -1.0)):
        got = two.count * two.larger**power + rest * two.smaller**power
        assert got == pytest.approx(total, rel=1e-9, abs=1e-9 * k)
    assert two.smaller < two.larger < 1
    assert 0 <= two.count <= k - 1


@pytest.mark.parametrize(
    ("k", "d", "larger", "smaller", "count"),
    [
        (10, 5, 0, -1, 8),
        (16, 5, 1 / 5, -3 / 5, 10),
        (27, 6, 1 / 4, -1 / 2, 16),
        (100, 22, 1 / 11, -4 / 11, 77),
        (112, 21, 1 / 9, -1 / 3, 81),
        (162, 21, 1 / 7, -2 / 7, 105),
        (275, 22, 1 / 6, -1 / 4, 162),
    ],
    ids=str,
)
def test_it_is_met_by_the_known_graphs(k, d, larger, smaller, count):
    """Cross-polytope, and the sharp codes of Cohn and Kumar's that are 3-designs."""
    two = two_overlaps(k, d)
    assert (two.larger, two.smaller, two.count) == pytest.approx(
        (larger, smaller, count), abs=1e-12
    )


@pytest.mark.parametrize("name", ["digon", "pentagon", "5-demicube", "2_21 polytope"])
def test_where_a_polytope_has_the_overlaps_the_law_is_its_loss(name):
    family, p = arrangement(name), 0.12
    k, d = family.n_features, family.dimension
    # A digon is one axis of a cross-polytope: overlaps 0 say nothing, four axes are four digons.
    copies = 4 if name == "digon" else 1
    law, block = overlap_law(copies * k, copies * d, p), best_block(name, p)
    assert law.loss == pytest.approx(block.loss, rel=1e-6, abs=1e-6 * feature_variance(p))
    assert law.scale == pytest.approx(block.scale, rel=1e-3)


def test_the_limit_has_few_negative_neighbours_and_no_others():
    """u₋ → −1/(r − 1) for (r − 1)³ features, and the squares of the others vanish."""
    d, r = 10**6, 3
    two = two_overlaps(r * d, d)
    assert two.smaller == pytest.approx(-1 / (r - 1), rel=1e-5)
    assert r * d - 1 - two.count == pytest.approx((r - 1) ** 3, rel=1e-4)
    assert two.larger == pytest.approx((r - 2) / d, rel=1e-4)


def test_one_row_with_the_quantiles_of_all_has_the_loss_of_all():
    """Measured to be within .1 % at best; here the code is not polished, and rows differ more."""
    k, d, p = 40, 8, 0.06
    V = spread_code(k, d, 8.0)
    row = row_law(np.sort(cosines(V).ravel()).reshape(k - 1, k).mean(axis=1), p)
    block = exact_block(np.sqrt(row.scale) * V, np.full(k, row.bias), p)
    assert k * row.loss == pytest.approx(block.loss, rel=2e-3)


def test_too_few_features_are_named():
    with pytest.raises(ValueError, match="n_features must be at least n_hidden"):
        two_overlaps(6, 5)
