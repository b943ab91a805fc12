"""Jumps: planted ones are found, constant and drifting curves have none, and laws of shift."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.special import expit

from numeric.measure.jumps import Jump, JumpRule, events, jumps

RULE = JumpRule(window=0.4, least=0.08)
TIMES = np.linspace(0.0, 6.0, 241)
SPACING = TIMES[1]


def logistic(at: float, width: float) -> np.ndarray:
    """From 0 to 1 about a time, a tenth to nine tenths within the width."""
    return expit((TIMES - at) * 2 * np.log(9) / width)


middles = st.floats(0.8, 5.2)


@given(
    st.lists(st.tuples(middles, st.floats(0.1, 0.9), st.floats(0.02, 0.5)), min_size=1, max_size=5)
)
def test_planted_jumps_are_found_where_they_are(planted):
    """One a curve: a logistic step that a window holds to four fifths and more."""
    curves = np.stack([size * logistic(at, width) for at, size, width in planted], axis=1)
    found = {jump.curve: jump for jump in jumps(TIMES, curves, RULE)}
    for k, (at, size, width) in enumerate(planted):
        held = np.tanh(RULE.window / width * np.log(9) / 2)  # of a logistic, in the window
        if size * held < RULE.least * 1.01:  # less than the rule asks for, or only just
            assert size * held > RULE.least * 0.99 or k not in found
            continue
        # Of a step much shorter than the window all windows that hold it are as good.
        assert abs(found[k].time - at) <= RULE.window / 2 + SPACING
        # Interpolation is off by less than the curve turns within a spacing.
        assert abs(found[k].change - size * held) < size * (SPACING / width * 2 * np.log(9)) ** 2
    assert len(jumps(TIMES, curves, RULE)) == len(found)


@given(st.floats(-3, 3), st.floats(-2, 2), st.floats(0.9, 3.0), middles)
def test_no_jump_in_constant_drifting_or_slow_curves(level, slope, width, at):
    """A drift changes as much beside each window; a step of width w log(9)/log(3 + 2√…) too."""
    slow = level + logistic(at, 2.3 * width)  # 10 % to 90 % in at least 2.07 = 5.2 windows
    curves = np.stack([np.full(len(TIMES), level), level + slope * TIMES, slow], axis=1)
    assert jumps(TIMES, curves, RULE) == []


@pytest.mark.parametrize(("width", "counts"), [(0.85, True), (1.0, False)])
def test_how_long_a_logistic_step_may_take(width, counts):
    """With y = e^(w/2s) the windows beside hold half of the middle one at y² − y − 1 − …: 0.9."""
    found = jumps(TIMES, logistic(3.0, width)[:, None], RULE)
    assert bool(found) is counts


@given(st.integers(0, 2**31), st.floats(-50, 50), st.floats(0.01, 100))
def test_jumps_follow_a_shift_and_a_change_of_unit_of_time(seed, shift, unit):
    """In the logarithm of time a shift is another unit of time, and a unit is a power of it."""
    rng = np.random.default_rng(seed)
    curves = np.cumsum(
        rng.normal(size=(len(TIMES), 3)) * (rng.random((len(TIMES), 3)) < 0.02), axis=0
    )
    before = jumps(TIMES, curves, RULE)
    scaled = JumpRule(unit * RULE.window, RULE.least)
    # A window that starts on a step lies on either side of it, by rounding: leave half a spacing.
    moved = TIMES + 0.5 * SPACING * np.sin(np.arange(len(TIMES)))
    before = jumps(moved, curves, RULE)
    after = jumps(unit * (moved + shift), curves, scaled)
    assert [jump.curve for jump in after] == [jump.curve for jump in before]
    for one, other in zip(before, after, strict=True):
        assert abs(other.time - unit * (one.time + shift)) < 1e-6 * unit * (1 + abs(shift))
        assert abs(other.change - one.change) < 1e-6


@given(st.integers(0, 2**31), st.floats(0.2, 5))
def test_jumps_do_not_care_for_the_sign_the_level_and_the_unit_of_a_curve(seed, unit):
    rng = np.random.default_rng(seed)
    curves = np.cumsum(
        rng.normal(size=(len(TIMES), 2)) * (rng.random((len(TIMES), 2)) < 0.02), axis=0
    )
    before = jumps(TIMES, curves, RULE)
    after = jumps(TIMES, 7 - unit * curves, JumpRule(RULE.window, unit * RULE.least))
    assert [(jump.time, jump.curve) for jump in after] == [(j.time, j.curve) for j in before]
    assert np.allclose([j.change for j in after], [-unit * j.change for j in before])


def test_a_feature_that_is_not_there_does_not_jump_and_one_that_comes_does():
    step = np.where(TIMES < 3, 0.0, 0.5)[:, None]
    assert jumps(TIMES, step, RULE, present=np.zeros(step.shape, dtype=bool)) == []
    assert len(jumps(TIMES, step, RULE, present=step > 0)) == 1


def test_a_spike_is_no_jump_between_plateaus():
    spike = np.exp(-(((TIMES - 3) / 0.15) ** 2))[:, None]
    assert jumps(TIMES, spike, RULE) == []


def test_jumps_of_several_features_together_are_one_event():
    found = [Jump(1.0, 0, 0.2), Jump(1.1, 1, -0.5), Jump(1.3, 2, 0.1), Jump(2.0, 0, 0.1)]
    assert events(found, 0.4).tolist() == [1.1, 2.0]
    assert events([], 0.4).size == 0


def test_in_linear_time_an_early_jump_is_lost():
    """Steps at ln t = 1 and 5: of the whole record in linear time the first fills no window."""
    curves = np.stack([logistic(1.5, 0.3), logistic(5.0, 0.3)], axis=1)
    assert [jump.curve for jump in jumps(TIMES, curves, RULE)] == [0, 1]
    share = RULE.window / TIMES[-1]
    linear = JumpRule(share * (np.exp(6) - 1), RULE.least)
    assert [jump.curve for jump in jumps(np.exp(TIMES), curves, linear)] == [1]


@pytest.mark.parametrize(
    ("change", "words"),
    [
        ({"times": [0.0, 1.0, 1.0]}, "times must be at least two finite numbers that rise"),
        ({"curves": [[1.0], [np.nan], [2.0]]}, "curves must be finite"),
        ({"present": [True, False]}, "present must be True or False"),
    ],
)
def test_bad_input_is_named(change, words):
    given_ = {"times": [0.0, 1.0, 2.0], "curves": [[0.0], [1.0], [2.0]], **change}
    with pytest.raises(ValueError, match=words):
        jumps(given_.pop("times"), given_.pop("curves"), RULE, **given_)


@pytest.mark.parametrize(
    ("values", "words"),
    [((0, 0.1), "window"), ((1, -1), "least"), ((1, 1, 1.0), "plateau")],
)
def test_a_rule_without_meaning_is_refused(values, words):
    with pytest.raises(ValueError, match=words):
        JumpRule(*values)
