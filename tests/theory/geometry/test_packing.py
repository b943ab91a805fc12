"""Packing: the best block of each arrangement is stationary, and along densities the same [D14]."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from theory.data_law import feature_variance
from theory.geometry.packing import best_block, packing
from theory.loss.transitive import row_loss
from theory.polytopes.arrangements import arrangement

QUICK = ["point", "digon", "triangle", "tetrahedron", "4-simplex", "pentagon", "square antiprism"]


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


@pytest.mark.parametrize("density", [0.0, -0.1, 1.1, float("nan")])
def test_bad_densities_are_refused(density):
    with pytest.raises(ValueError, match="density"):
        best_block("digon", density)


def test_an_unknown_name_lists_the_known():
    with pytest.raises(ValueError, match="square antiprism"):
        best_block("dodecahedron", 0.1)
