"""No model saves more than the bound, and digons attain it [D46]."""

from __future__ import annotations

import numpy as np
import pytest
import sympy as sp
from hypothesis import given
from hypothesis import strategies as st

from theory.conventions import p
from theory.data_law import feature_variance
from theory.derivations.D46_packing_bound import antipodes
from theory.geometry.library import block_at, free_blocks, relative_loss
from theory.geometry.packing import best_block
from theory.geometry.packing_bound import packing_bound
from theory.loss.floats import loss_and_gradient
from theory.loss.transitive import row_loss
from theory.polytopes.arrangements import arrangements

pytestmark = pytest.mark.result("D46")


@pytest.mark.parametrize("density", [0.43, 0.5, 0.584])
def test_digons_attain_it(density):
    bound, digon = packing_bound(density), best_block("digon", density)
    assert bound.benefit == pytest.approx(digon.benefit, rel=1e-9)
    assert bound.scale == pytest.approx(digon.scale, rel=1e-4)
    apart = bound.inner_products[np.abs(bound.inner_products) > 1e-6]
    assert apart.tolist() == [-1.0]


@pytest.mark.parametrize("density", [0.42, 0.59])
def test_and_do_not_beyond(density):
    assert packing_bound(density).benefit > best_block("digon", density).benefit * (1 + 1e-4)


@pytest.mark.parametrize("density", [0.9, 0.7, 0.2])
def test_no_family_saves_more(density):
    unit, bound = float(feature_variance(density)), packing_bound(density).benefit
    for family in arrangements():
        # The table is good to half a per cent of what is at stake.
        saved = 1.005 - float(relative_loss(family.name, np.array(density)))
        if saved * unit * family.n_features / family.dimension > bound:
            exact = best_block(family.name, density, near=block_at(family.name, density))
            assert exact.benefit <= bound * (1 + 1e-9)


@pytest.mark.parametrize("block", free_blocks()[::3], ids=lambda b: f"{b.dimension}-{b.density:g}")
def test_no_free_block_saves_more_than_the_bound_at_its_ratio_of_lengths(block):
    lengths = np.linalg.norm(block.W, axis=0)
    ratio = float(np.ptp(np.log(lengths)))
    if np.exp(ratio) <= 3:
        assert block.benefit <= packing_bound(block.density, ratio=float(np.exp(ratio))).benefit


BOUNDS = {density: packing_bound(density).benefit for density in (0.1, 0.4, 0.8)}


@given(st.sampled_from(sorted(BOUNDS)), st.integers(1, 6), st.data())
def test_random_models_obey_it(density, n, data):
    m, seed = data.draw(st.integers(1, n)), data.draw(st.integers(0, 2**32 - 1))
    rng = np.random.default_rng(seed)
    W = rng.standard_normal((m, n))
    W *= rng.uniform(0.5, 1.3) / np.linalg.norm(W, axis=0)
    b = rng.uniform(-0.3, 0.3, n)
    saved = n * feature_variance(density) - float(loss_and_gradient(W, b, density=density)[0])
    assert saved <= BOUNDS[density] * np.linalg.matrix_rank(W) * (1 + 1e-9)


def test_it_is_the_value_of_the_row_that_is_returned():
    for density in (0.9, 0.3):
        found = packing_bound(density)
        inner, sizes = np.unique(found.inner_products, return_counts=True)
        loss = row_loss(inner, tuple(sizes.tolist()), found.scale, found.bias, density)[0]
        room = 1 + np.sum(found.inner_products**2)
        assert (feature_variance(density) - loss) * room == pytest.approx(found.benefit, rel=1e-9)


def test_it_grows_with_the_ratio_of_lengths():
    values = [packing_bound(0.5, ratio=ratio).benefit for ratio in (1.0, 1.1, 1.5)]
    assert values[0] < values[1] < values[2]


@pytest.mark.parametrize("density", [0.1, 0.02])
def test_it_is_no_less_than_a_row_of_antipodes(density):
    least = float(antipodes().subs(p, sp.nsimplify(density)))
    assert packing_bound(density).benefit >= least
    assert least == pytest.approx(feature_variance(density) / (4 * density), rel=3 * density)


@pytest.mark.parametrize(("density", "ratio"), [(0.001, 1.0), (1.5, 1.0), (0.3, 0.5), (0.3, 9.0)])
def test_bad_arguments_are_named(density, ratio):
    with pytest.raises(ValueError, match=r"density|ratio"):
        packing_bound(density, ratio=ratio)
