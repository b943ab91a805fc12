"""Shares of decoded samples beside exact probabilities: tests of counts, and where a half is."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.stats import binom

from agreement.comparison.decoded import _p_values, breaking_density, interval


@given(st.floats(0.02, 0.3), st.floats(1.0, 3.0))
def test_a_half_is_found_between_two_densities(middle, steepness):
    p = np.geomspace(0.001, 1.0, 4000)
    share = 1 / (1 + (p / middle) ** steepness)
    assert breaking_density(p, share) == pytest.approx(middle, rel=1e-4)


def test_no_half_is_said_to_be_nowhere():
    p = np.array([0.1, 0.2])
    assert np.isnan(breaking_density(p, np.array([0.9, 0.8])))
    assert np.isnan(breaking_density(p, np.array([0.4, 0.3])))


def test_counts_are_tested_from_both_sides_and_luck_is_allowed_for():
    share, samples = np.array([[[0.5, 0.7]]]), 10  # 12 of 20
    at = np.array([[0.6]])
    assert _p_values(share, at, at, samples)[0, 0] == 1.0
    for chance in (0.2, 0.9):
        one = np.array([[chance]])
        tail = min(binom.cdf(12, 20, chance), binom.sf(11, 20, chance))
        assert _p_values(share, one, one, samples)[0, 0] == pytest.approx(2 * tail)
    # Between what is certain and what luck may add nothing is wrong.
    assert _p_values(share, np.array([[0.2]]), np.array([[0.9]]), samples)[0, 0] == 1.0


def test_intervals_are_students():
    assert interval(np.array([0.0, 1.0])) == pytest.approx(12.7062 / 2, rel=1e-4)
