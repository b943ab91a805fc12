"""Jumps of planted runs come with the drops of their losses, or do not."""

from __future__ import annotations

import numpy as np
import pytest

from agreement.comparison.drops import drops_of, drops_row, exact_losses, flow_off, linear_rule
from numeric.measure.coincidence import Surroundings
from numeric.measure.jumps import JumpRule
from theory.loss.floats import loss_and_gradient
from theory.one_hot.potential import one_hot_loss

STEPS = np.exp(np.linspace(3, 9, 180))
RULE = JumpRule(0.4, 0.08)
AROUND = Surroundings(0.4, 1.0, 2.0, draws=99)


def planted(at: np.ndarray) -> np.ndarray:
    """Runs in which a feature joins a dedicated one's dimension, with opposite sign: D 1 → 1/2."""
    grown = 0.5 * (1 + np.tanh((np.log(STEPS)[:, None] - at) / 0.08))
    W = np.zeros((len(STEPS), len(at), 1, 2))
    W[..., 0, 0], W[..., 0, 1] = 1.0, -grown
    return W


def test_drops_at_the_jumps_are_found_and_drops_elsewhere_are_not():
    rng = np.random.default_rng(0)
    at = rng.uniform(4.5, 7.5, 12)
    W = planted(at)
    together = loss_and_gradient(W, density=0.1)[0]
    apart = loss_and_gradient(planted(rng.uniform(4.5, 7.5, 12)), density=0.1)[0]
    options = {"rule": RULE, "present": 0.1, "around": AROUND}
    found = drops_of(STEPS, W, together, **options)
    # In each run the first feature's D falls from 1 to 1/2, and the second's rises to it.
    assert found.found.events == 12
    assert np.abs(np.sort([jumps[0].time for jumps in found.jumps]) - np.sort(at)).max() < 0.25
    assert found.found.excess > 5 * found.found.error
    assert found.found.rank == 0.01
    other = drops_of(STEPS, W, apart, **options)
    assert abs(other.found.excess) < 4 * other.found.error
    row = drops_row({"one": found, "other": other}, np.array([2.0, 1.0]), np.array([2.0, 1.5]))
    assert row["jump_excess_min"] == other.found.excess
    assert row["flow_off_max"] == 0.25
    assert row["runs"] == 24


def test_the_linear_rule_has_the_same_share_of_the_record():
    rule = linear_rule(RULE, np.log(STEPS), STEPS)
    share = rule.window / (STEPS[-1] - STEPS[0])
    assert share == pytest.approx(0.4 / 6, rel=1e-12)
    assert (rule.least, rule.plateau) == (RULE.least, RULE.plateau)


def test_losses_are_those_of_their_law():
    W = np.random.default_rng(1).normal(size=(2, 3, 2, 4))
    b = np.zeros((2, 3, 4))
    importance = [1.0, 0.5, 0.25, 0.1]
    assert np.array_equal(
        exact_losses(W, b, 0.2, importance),
        loss_and_gradient(W, b, density=0.2, importance=importance)[0],
    )
    assert np.array_equal(exact_losses(W, b, 0, None), one_hot_loss(W, b))


def test_the_distance_of_two_losses_is_a_share_of_the_first():
    assert flow_off([2.0, 1.0, 0.5], [2.0, 1.5, 0.5]) == 0.25
