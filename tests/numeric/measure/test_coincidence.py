"""Coincidence: drops at the events are found, and none where the loss knows nothing of them."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from numeric.measure.coincidence import Surroundings, coincidence, excess_drop

TIMES = np.linspace(0.0, 7.0, 281)
AROUND = Surroundings(window=0.4, trend=1.0, reach=2.0, draws=199)


def stairs(at: np.ndarray, size: float = 1.0) -> np.ndarray:
    """A loss with a drop of ln L at each time, 0.1 wide, over a power law."""
    steps = 0.5 * (1 + np.tanh((TIMES[:, None] - at) / 0.05))
    return np.exp(-0.3 * TIMES - size * steps.sum(axis=1))


@given(st.floats(0.1, 3.0), st.floats(1.5, 5.5), st.floats(-3, 3))
def test_the_excess_of_one_step_is_what_its_trend_does_not_explain(size, at, slope):
    """A step of ln L is in 0.4 of the 2 of middles: its mean drop is a fifth of it."""
    loss = np.exp(slope * TIMES - size * (at <= TIMES))
    excess = excess_drop(TIMES, loss, [at], AROUND)
    # 41 middles, of which a window holds 8 or 9, and steps linear within a spacing of 0.025.
    assert abs(excess[0] - 0.8 * size) < size * (1 / 41 + 0.025 / 0.4)


@given(st.integers(0, 2**31), st.floats(0.01, 100.0))
def test_the_unit_of_the_loss_does_not_matter(seed, unit):
    rng = np.random.default_rng(seed)
    losses = [stairs(rng.uniform(1, 6, 3)) for _ in range(3)]
    events = [rng.uniform(1, 6, 2) for _ in range(3)]
    one = coincidence(TIMES, losses, events, AROUND, seed=seed)
    other = coincidence(TIMES, unit * np.array(losses), events, AROUND, seed=seed)
    assert abs(one.excess - other.excess) < 1e-9
    assert abs(one.error - other.error) < 1e-9


def test_drops_at_the_events_rank_first():
    rng = np.random.default_rng(3)
    events = [rng.uniform(1, 6, 3) for _ in range(20)]
    found = coincidence(TIMES, [stairs(at) for at in events], events, AROUND)
    assert found.rank == 1 / 200
    assert found.excess > 10 * found.error
    assert found.excess - found.others > 10 * found.error
    assert abs(found.shifts[found.profile.argmax()]) <= 0.05
    assert (found.events, found.runs) == (60, 20)


def test_events_that_the_loss_does_not_know_of_rank_anywhere():
    """Ranks of 40 unrelated worlds are uniform on [0, 1]: their mean is off 1/2 by 4 σ at most."""
    rng = np.random.default_rng(4)
    ranks, scores = [], []
    for seed in range(40):
        losses = [stairs(rng.uniform(1, 6, 3)) for _ in range(10)]
        found = coincidence(
            TIMES, losses, [rng.uniform(1, 6, 2) for _ in range(10)], AROUND, seed=seed
        )
        ranks.append(found.rank)
        scores.append(found.excess / found.error)
    assert abs(np.mean(ranks) - 0.5) < 4 / np.sqrt(12 * 40)
    # Student's t of ten runs has variance 9/7.
    assert abs(np.mean(scores)) < 4 * np.sqrt(9 / 7 / 40)


def test_shifted_times_do_not_come_back_at_the_other_end():
    """All drops are early, all events late: shifts to the left find them, to the right none."""
    losses = [stairs(np.array([1.0])) for _ in range(5)]
    found = coincidence(TIMES, losses, [[6.0]] * 5, Surroundings(0.4, 1.0, 3.0))
    right = found.shifts > 0
    assert np.all(np.isnan(found.profile[found.shifts > 0.85]))
    assert np.nanmax(np.abs(found.profile[right])) < 1e-6


@pytest.mark.parametrize(
    ("losses", "events", "words"),
    [
        ([np.zeros(281)], [[1.0]], "losses must be positive"),
        ([np.ones(281)], [[1.0], [2.0]], "losses must be positive and finite, of shape"),
        ([np.ones(281)], [[99.0]], "events must hold at least one"),
    ],
)
def test_bad_input_is_named(losses, events, words):
    with pytest.raises(ValueError, match=words):
        coincidence(TIMES, losses, events, AROUND)
