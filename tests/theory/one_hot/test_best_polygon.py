"""D11: no regular polygon gains as much as the heptagon, of however many corners."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from theory.one_hot.best_polygon import gain_at_high_threshold, gain_bound, gain_bound_from
from theory.one_hot.kgons import kgon
from theory.one_hot.potential import one_hot_loss

HEPTAGON = 7 / 3 - kgon(7).loss


@pytest.mark.result("D11")
@given(st.integers(2, 300), st.floats(0, 0.999))
def test_no_bias_gains_more_than_the_bound(k, s):
    """The potential itself, at a random bias and the best radius for it."""
    c = np.cos(2 * np.pi * np.arange(k) / k)
    c = c[c > s]
    A, B = (1 - s) ** 2 * (2 + s), ((c - s) ** 3 / c).sum()
    radius = np.sqrt(A / (2 * B))
    angles = 2 * np.pi * np.arange(k) / k
    W = radius * np.array([np.cos(angles), np.sin(angles)])
    gain = k / 3 - one_hot_loss(W, np.full(k, -s * radius**2))
    slack = 1e-9 * k
    assert gain <= gain_bound(k) + slack
    assert k < 40 or gain <= gain_bound_from(k) + slack
    assert s < 0.8 or gain <= gain_at_high_threshold() + slack


@pytest.mark.result("D11")
def test_the_heptagon_gains_most_of_all_polygons():
    assert all(gain_bound(k) < HEPTAGON for k in range(8, 61))
    assert gain_bound_from(61) < HEPTAGON


@pytest.mark.result("D11")
def test_fewer_corners_gain_less_even_with_what_the_others_cost():
    gains = [k / 3 - kgon(k).loss for k in range(2, 8)]
    assert np.diff(gains).min() > 1 / 32  # 1/4n for n ≥ 8
    assert 60 / 3 - kgon(60).loss == pytest.approx(1.653669, abs=4.6 / 60**2)


@pytest.mark.result("D11")
@given(st.floats(0.05, 4))
def test_the_sum_that_serves_all_high_thresholds(h):
    d = np.arange(1, int(1 / h) + 1)
    total = h * (1 + 2 * (np.clip(1 - (h * d) ** 2, 0, None) ** 3).sum())
    assert total >= max(0.75, 32 / 35 - 0.303 * h**3)


@pytest.mark.result("D11")
@given(st.floats(0, 0.95), st.integers(20, 400))
def test_a_sum_over_the_circle_is_its_mean_to_the_third_power(s, k):
    """Against quadrature: the error that the large polygons' bound allows for."""
    from scipy.integrate import quad

    def summand(angle):
        return max(np.cos(angle) - s, 0) ** 3 / np.cos(angle)

    mean = quad(summand, 0, np.arccos(s), epsabs=1e-13)[0] / np.pi
    c = np.cos(2 * np.pi * np.arange(k) / k)
    c = c[c > s]
    assert abs(((c - s) ** 3 / c).sum() / k - mean) <= 12 * 1.2020569 / (np.pi * k**3) + 1e-12


@pytest.mark.parametrize("k", [1, 39])
def test_a_few_corners_are_bounded_one_by_one(k):
    with pytest.raises(ValueError, match=f"k must be at least 40, got {k}"):
        gain_bound_from(k)
