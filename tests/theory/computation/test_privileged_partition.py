"""Blocks of the privileged basis and the best partition into them [D30]."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from theory.computation import privileged_library as library
from theory.computation.privileged_basis import monosemantic_loss, weak_arm_density
from theory.computation.privileged_blocks import PrivilegedBlock, descend, privileged_block
from theory.computation.privileged_loss import privileged_loss, privileged_loss_and_gradient
from theory.computation.privileged_partition import (
    best_partition,
    partition_exchange,
    privileged_partition,
    settled_partition,
)
from theory.data_law import feature_variance

PAPER = 0.75 ** np.arange(10)
ARM = [(1, 1)] * 4 + [(2, 1)]
THREE = [(1, 1)] * 3 + [(3, 2)]


def sampled_loss(found, count=50_000, seed=0):
    """Mean loss over samples and its standard error, from nothing but the model."""
    rng = np.random.default_rng(seed)
    n = len(found.b)
    x = rng.random((count, n)) * (rng.random((count, n)) < found.density)
    output = np.maximum(np.maximum(x @ found.W.T, 0.0) @ found.W + found.b, 0.0)
    costs = (output - x) ** 2 @ found.importance
    return costs.mean(), costs.std() / np.sqrt(count)


@pytest.mark.result("D30")
@pytest.mark.parametrize(
    ("density", "name"),
    [
        (0.7, "5 alone, 5 dropped"),
        (0.5, "4 alone, 2 in 1, 4 dropped"),
        (0.3, "3 alone, 3 in 2, 4 dropped"),
        (0.12, "2 alone, 5 in 3, 3 dropped"),
    ],
)
def test_the_papers_sequence_of_partitions(density, name):
    found = best_partition(10, 5, density, PAPER)
    assert found.name == name
    assert found.error == 0.0
    again = privileged_loss(found.W, found.b, density=density, importance=PAPER)
    assert again.loss == pytest.approx(found.loss, rel=1e-10)
    mean, error = sampled_loss(found)
    assert abs(mean - found.loss) < 5 * error
    assert found.loss <= monosemantic_loss(10, 5, density=density, importance=PAPER) * (1 + 1e-12)


@pytest.mark.result("D30")
def test_the_arm_gives_way_to_three_features_in_two_neurons():
    """Both sides exact: the density to 1e-6, and the order on either side of it."""
    world = {"importance": PAPER}
    exchange = partition_exchange(ARM, THREE, **world, between=(0.38, 0.45))
    for shift, sign in ((1e-4, 1), (-1e-4, -1)):
        arm, three = (
            privileged_partition(blocks, density=exchange + shift, **world)
            for blocks in (ARM, THREE)
        )
        assert arm.error == three.error == 0.0
        assert np.sign(three.loss - arm.loss) == sign
    # Losses agree there, by the loss of each model as a whole.
    losses = [
        privileged_loss(found.W, found.b, density=exchange, importance=PAPER).loss
        for found in (privileged_partition(b, density=exchange, **world) for b in (ARM, THREE))
    ]
    assert losses[0] == pytest.approx(losses[1], abs=1e-7 * losses[0])


@pytest.mark.result("D30")
@settings(max_examples=8)
@given(st.floats(0.1, 0.95))
def test_an_arm_is_there_below_its_onset_only(density):
    found = privileged_partition(ARM, density=density, importance=PAPER)
    alone = monosemantic_loss(10, 5, density=density, importance=PAPER)
    if density > weak_arm_density(0.75):
        assert found.loss == pytest.approx(alone, rel=1e-9)
    elif density < weak_arm_density(0.75) - 0.02:
        assert found.loss < alone * (1 - 1e-6)


@pytest.mark.result("D30")
@settings(max_examples=6)
@given(st.floats(0.05, 0.45), st.floats(0.1, 10.0), st.integers(0, 100))
def test_a_partition_knows_no_order_and_no_unit(density, unit, seed):
    order = np.random.default_rng(seed).permutation(6)
    falling = 0.75 ** np.arange(6)
    plain = privileged_partition([(1, 1), (3, 2)], density=density, importance=falling)
    moved = privileged_partition(
        [(1, 1), (3, 2)], density=density, importance=unit * falling[order]
    )
    assert moved.loss == pytest.approx(unit * plain.loss, rel=1e-7)
    assert np.allclose(np.sort(moved.b), np.sort(plain.b), atol=1e-4)


@pytest.mark.result("D30")
@pytest.mark.parametrize("density", [0.4, 0.1, 0.02])
def test_three_features_in_two_neurons_rest_and_beat_dropping_one(density):
    """The slope vanishes; one feature has both neurons, the others silence each other's."""
    value = 0.75 ** np.arange(3)
    block = descend(*library.nearest(3, 2, density), density, value)
    assert block.whole
    world = {"density": density, "importance": value}
    loss, dW, db = privileged_loss_and_gradient(block.W, block.b, **world)
    assert max(np.abs(dW).max(), np.abs(db).max()) < 1e-4 * density
    assert loss.loss < value[2] * feature_variance(density)
    assert sorted((block.W > 0.3).sum(axis=0)) == [1, 1, 2]


@pytest.mark.result("D30")
@pytest.mark.parametrize("size", list(library.SIZES))
def test_shipped_blocks_are_whole_and_better_than_dropping_their_last(size):
    j, s = size
    densities, W, b = library._table(j, s)
    assert len(densities)
    value = 0.75 ** np.arange(j)
    for k in (0, len(densities) // 2):
        block = PrivilegedBlock(densities[k], value, W[k], b[k], 0.0, 0.0)
        assert block.whole
        world = {"density": densities[k], "importance": value}
        loss = privileged_loss(W[k], b[k], **world, most_active=2)
        assert loss.loss < monosemantic_loss(j, s, **world)


@pytest.mark.result("D30")
def test_a_search_from_random_starts_finds_the_shipped_block():
    value = 0.75 ** np.arange(3)
    found = privileged_block(3, 2, 0.2, value, starts=4, seed=7)
    shipped = descend(*library.nearest(3, 2, 0.2), 0.2, value)
    assert found.loss == pytest.approx(shipped.loss, rel=1e-5)


@pytest.mark.result("D30")
def test_no_weight_held_at_zero_costs_less():
    start = privileged_partition([(1, 1), (3, 2)], density=0.3, importance=0.75 ** np.arange(6))
    settled = settled_partition(start, most_active=3)
    assert settled.name == start.name
    assert settled.loss < start.loss + 3 * settled.error
    mean, error = sampled_loss(settled)
    assert abs(mean - settled.loss) < 5 * np.hypot(error, settled.error)


def test_what_is_no_partition_is_refused():
    with pytest.raises(ValueError, match="blocks must be among"):
        privileged_partition([(9, 2)], density=0.2, importance=PAPER)
    with pytest.raises(ValueError, match="blocks must be pairs"):
        privileged_partition(3, density=0.2, importance=PAPER)
    with pytest.raises(ValueError, match=r"blocks must be known near density 0\.9, got 10 in 5"):
        privileged_partition([(10, 5)], density=0.9, importance=PAPER)
    with pytest.raises(ValueError, match="between must hold an exchange"):
        partition_exchange(ARM, THREE, importance=PAPER, between=(0.2, 0.3))
    with pytest.raises(ValueError, match="n_features must be at most 12"):
        best_partition(20, 5, 0.2)
