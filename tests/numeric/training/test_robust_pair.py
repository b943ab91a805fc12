"""Adversarial training of (2, 1), fused: its gradient, its worst attack, its streams."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from numeric.kernels.attacked_pair import attacked_gradient
from numeric.kernels.streams import descend
from numeric.training.robust_pair import RobustPair

CELLS = [{"density": 0.3, "importance": 1.0}, {"density": 0.05, "importance": 0.5}]


def worst(theta, importance, size, x):
    """The largest loss over a fine grid of attacks, and over the ends and kinks."""
    w, b = theta[:2], theta[2:]
    reach = size * np.hypot(*w)
    t = w @ x + np.linspace(-reach, reach, 4001)
    kinks = -b[w != 0] / w[w != 0]
    t = np.append(t, kinks[np.abs(kinks - w @ x) <= reach])
    z = np.maximum(b + np.outer(t, w), 0)
    return ((x - z) ** 2 @ importance).max()


@given(st.integers(0, 2**32 - 1), st.floats(0, 0.6))
def test_a_sample_costs_its_worst_and_the_gradient_is_its_own(seed, size):
    rng = np.random.default_rng(seed)
    theta, importance = rng.uniform(-1.2, 1.2, 4), rng.uniform(0.2, 2, 2)
    x = (rng.random((2, 1)) * (rng.random((2, 1)) < 0.8)).astype(np.float32)
    gradient = np.zeros(4)
    value = attacked_gradient(theta, importance, size, x, 1, 1.0, gradient)
    exact = worst(theta, importance, size, x[:, 0].astype(float))
    assert value == pytest.approx(exact, rel=1e-9, abs=1e-12)
    step, slopes = 1e-6, []
    for axis in range(4):
        ends = []
        for sign in (1, -1):
            moved = theta.copy()
            moved[axis] += sign * step
            ends.append(attacked_gradient(moved, importance, size, x, 1, 1.0, np.zeros(4)))
        slopes.append((ends[0] - value) / step)
        slopes.append((value - ends[1]) / step)
    # At an edge the gradient is one of both sides, or between them; elsewhere both are alike.
    low, high = np.sort(np.reshape(slopes, (4, 2)), axis=1).T
    slack = 1e-3 * (1 + np.abs(gradient))
    assert (low - slack <= gradient).all()
    assert (gradient <= high + slack).all()


def test_a_cell_depends_on_its_own_seed_only():
    work = RobustPair(0.1, restarts=2, steps=20, batch=64)
    seeds = [descend(1, k) for k in range(2)]
    both, alone = work(CELLS, seeds), work(CELLS[1:], seeds[1:])
    np.testing.assert_array_equal(both.W_runs[1], alone.W_runs[0])
    np.testing.assert_array_equal(both.b_runs[1], alone.b_runs[0])


def test_training_lowers_the_attacked_loss():
    seeds = [descend(1, k) for k in range(2)]
    short, long = (
        RobustPair(0.1, restarts=4, steps=steps, batch=256, warm_up=0.0)(CELLS, seeds).loss_runs
        for steps in (10, 600)
    )
    assert (long.min("restart") < short.min("restart")).all()
    assert (long.mean("restart") < short.mean("restart")).all()


@pytest.mark.parametrize(
    ("call", "name"),
    [({"size": -0.1}, "size"), ({"restarts": 0}, "restarts"), ({"warm_up": 1.0}, "warm_up"),
     ({"learning_rate": 0.0}, "learning_rate")],
)  # fmt: skip
def test_bad_input_is_named(call, name):
    with pytest.raises(ValueError, match=name):
        RobustPair(**{"size": 0.1, **call})


def test_the_configuration_says_all():
    assert RobustPair(0.2).configuration()["size"] == 0.2
    assert RobustPair(0.2).configuration() != RobustPair(0.3).configuration()
