"""D40: one sparse feature in Gaussian noise, and state evolution, by other means."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.integrate import quad

from theory.data_law import feature_variance
from theory.ways_out.linear_programmes import programme_threshold
from theory.ways_out.message_passing import message_passing_threshold, state_evolution
from theory.ways_out.sparse_channel import channel_error, channel_information

pytestmark = pytest.mark.result("D40")
densities = st.floats(1e-3, 1.0)
noises = st.floats(-9.0, 4.0).map(np.exp)
FEW = settings(max_examples=5)


def by_quadrature(p, tau):
    """Error and information by one adaptive integral over y, each y by one over x."""

    def bell(v):
        return np.exp(-(v**2) / 2) / np.sqrt(2 * np.pi)

    nodes, weights = np.polynomial.legendre.leggauss(200)
    x, weights = (nodes + 1) / 2, weights / 2

    def parts(y):
        each = p * weights * bell((y - x) / tau) / tau
        density = (1 - p) * bell(y / tau) / tau + each.sum()
        return density, each @ x, each @ x**2

    def error(y):
        density, first, second = parts(y)
        return second - first**2 / density

    def entropy(y):
        density = parts(y)[0]
        return -density * np.log(density)

    ends, cuts = (-10 * tau, 1 + 10 * tau), [0.0, 3 * tau, 1.0]
    found = [quad(f, *ends, points=cuts, epsabs=1e-12, limit=200) for f in (error, entropy)]
    return found[0][0], found[1][0] - 0.5 * np.log(2 * np.pi * np.e * tau**2)


@pytest.mark.parametrize(
    ("p", "tau"), [(0.1, 0.1), (0.02, 0.3), (1.0, 0.2), (0.4, 0.8), (0.1, 2.0)]
)
def test_channel_is_the_double_integral(p, tau):
    error, nats = by_quadrature(p, tau)
    # 200 nodes resolve noise of 0.1; epsabs and the cut at ten deviations are 1e-12.
    assert channel_error(p, tau) == pytest.approx(error, abs=1e-10)
    assert channel_information(p, tau) == pytest.approx(nats, abs=1e-10)


@pytest.mark.parametrize(("p", "tau"), [(0.1, 1e-3), (0.05, 0.05), (1.0, 0.3)])
def test_channel_error_is_what_is_sampled(p, tau):
    rng = np.random.default_rng(4)
    size = 30_000
    x = np.where(rng.random(size) < p, rng.random(size), 0.0)
    y = x + tau * rng.standard_normal(size)
    # A posterior mean by a sum over a fine grid of values near y.
    width = np.linspace(-6, 6, 81) * tau
    grid = y[:, None] + width
    inside = (grid >= 0) & (grid <= 1)
    active = p * inside * np.exp(-(width**2) / (2 * tau**2)) * (width[1] - width[0])
    zero = (1 - p) * np.exp(-(y**2) / (2 * tau**2))
    mean = (active * grid).sum(1) / (active.sum(1) + zero)
    errors = (x - mean) ** 2
    # The grid's mean is not quite the best one, by less than a hundredth of the error.
    score = (errors.mean() - channel_error(p, tau)) / (errors.std() / np.sqrt(size))
    assert score < 4.5
    assert errors.mean() > 0.97 * channel_error(p, tau)


@given(densities, noises)
def test_information_rises_by_half_the_error(p, tau):
    """Guo, Shamai and Verdú: dI/dτ⁻² = mmse/2, here over a step of 1e-3 in the logarithm."""
    step = 1e-3
    low, high = channel_information(p, tau), channel_information(p, tau * np.exp(-step))
    ends = [
        channel_error(p, tau * np.exp(-at)) / (tau * np.exp(-at)) ** 2 for at in (0, step / 2, step)
    ]
    wanted = (ends[0] + 4 * ends[1] + ends[2]) / 6 * step  # Simpson in ln τ
    assert high - low == pytest.approx(wanted, rel=1e-6, abs=2e-13)


@given(densities, noises)
def test_error_is_below_what_linear_decoders_leave(p, tau):
    v = feature_variance(p)
    error = channel_error(p, tau)
    assert 0 < error <= v * tau**2 / (v + tau**2) * (1 + 1e-9)
    assert channel_error(p, 1.1 * tau) >= error * (1 - 1e-9)


@pytest.mark.parametrize("p", [1e-4, 0.01, 0.1, 0.3, 0.7])
def test_thresholds_are_in_order(p):
    """p, the fast decoder that knows the law, the one that knows signs, the one that knows none."""
    levels = [p, message_passing_threshold(p), programme_threshold(p),
              programme_threshold(p, nonnegative=False), 1.0]  # fmt: skip
    assert levels == sorted(levels)
    assert levels[1] > p * 1.02


def test_dense_features_need_all_dimensions():
    assert message_passing_threshold(1.0) == programme_threshold(1.0) == 1.0


@FEW
@given(st.floats(0.01, 0.9), st.floats(0.05, 1.2))
def test_message_passing_recovers_exactly_above_its_threshold(p, delta):
    fast = state_evolution(p, delta).fast_error
    threshold = message_passing_threshold(p)
    if abs(delta / threshold - 1) > 1e-3:
        assert (fast == 0) == (delta > threshold)


@FEW
@given(st.floats(0.01, 1.0), st.floats(0.02, 1.0), st.sampled_from([0.0, 1e-3, 0.1]))
def test_the_best_decoder_errs_least_and_less_with_less_noise(p, delta, noise):
    at = state_evolution(p, delta, noise=noise)
    assert 0 <= at.best_error <= at.fast_error * (1 + 1e-12) <= feature_variance(p) * (1 + 1e-9)
    louder = state_evolution(p, delta, noise=noise + 0.05)
    assert louder.best_error >= at.best_error * (1 - 1e-9)
    # What is left is consistent with the noise it makes.
    tau = np.sqrt(noise**2 + at.fast_error / delta)
    if at.fast_error:
        assert channel_error(p, tau) == pytest.approx(at.fast_error, rel=1e-7)


def test_the_two_decoders_part_between_the_thresholds():
    between = state_evolution(0.1, 0.15)
    assert between.best_error == 0 < between.fast_error
    below = state_evolution(0.1, 0.08)
    assert below.best_error > 0
    # A little noise does not change which of them knows x.
    quiet = state_evolution(0.1, 0.15, noise=1e-6)
    assert quiet.best_error < 1e-11
    assert quiet.fast_error == pytest.approx(between.fast_error, rel=1e-6)


def test_refusals_name_the_argument():
    with pytest.raises(ValueError, match=r"density must be one number in \[1e-6, 1\]"):
        channel_error(0.0, 0.1)
    with pytest.raises(ValueError, match="noise must be one number"):
        channel_information(0.1, 0.0)
    with pytest.raises(ValueError, match="dimensions_per_feature must be one number m/n"):
        state_evolution(0.1, 0.0)
