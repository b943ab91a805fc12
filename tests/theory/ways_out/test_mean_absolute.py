"""E|w·x| by the recursion and by the cosine sum: against each other, sampling and laws [D34]."""

from __future__ import annotations

from itertools import pairwise

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.integrate import quad

from theory.ways_out import mean_absolute as module
from theory.ways_out.mean_absolute import half_jumps, mean_absolute

seeds = st.integers(0, 2**32 - 1)
lows = st.sampled_from([0.0, -0.3, -1.0])


def row(seed, n, most=1.0):
    rng = np.random.default_rng(seed)
    spread = 10.0 ** rng.uniform(-rng.choice([0.0, 6.0]), 0, n)
    return rng.normal(size=n) * spread, most * rng.uniform(size=n)


@pytest.mark.result("D34")
@settings(max_examples=40)
@given(seeds, st.integers(3, 6), st.sampled_from([0.02, 0.3, 1.0]), lows)
def test_the_sum_is_the_recursion(seed, n, most, low):
    """Two ways to the same numbers: faces of the cube, and a characteristic function."""
    w, p = row(seed, n, most)
    exact = module._of_slopes(w, p, low, 1.0)
    series = module._of_slopes(w, p, low, 1.0, few=1)
    # The last level averages over some P/32768 = 1e-3 of the largest slope, against a kernel whose
    # first moments vanish: it misses curvature of the density, of value in the fourth order, of
    # slopes in the second.
    assert abs(exact[0] - series[0]) <= 1e-9 * exact[0]
    np.testing.assert_allclose(series[2], exact[2], rtol=0, atol=1e-5 * abs(p).max())


@pytest.mark.result("D34")
@settings(max_examples=25)
@given(seeds, st.floats(0.05, 1.0), lows)
def test_two_features_against_quadrature(seed, p, low):
    w = np.random.default_rng(seed).normal(size=2)

    def alone(a):  # a ∫|x|
        return abs(a) * (low**2 + 1) / (2 * (1 - low))

    def over(y):  # ∫|w₁x + w₂y| dx between its kinks
        kink = float(np.clip(-w[1] * y / w[0], low, 1.0))
        ends = [low, kink, 1.0]
        return sum((b - a) * abs(w[0] * (a + b) / 2 + w[1] * y) for a, b in pairwise(ends)) / (
            1 - low
        )

    kinks = np.clip([-w[0] * low / w[1], -w[0] / w[1]], low, 1.0)
    both, error = quad(over, low, 1.0, points=kinks, epsabs=1e-13, epsrel=1e-13)
    wanted = p * (1 - p) * (alone(w[0]) + alone(w[1])) + p * p * both / (1 - low)
    found = mean_absolute(w, np.full(2, p), low, 1.0)[0]
    assert abs(found - wanted) <= 10 * error + 1e-13


@pytest.mark.result("D34")
@pytest.mark.parametrize(("n", "p"), [(4, 0.3), (12, 0.1), (60, 0.05), (60, 0.6)])
def test_value_and_slopes_against_sampling(n, p):
    """Within 4.5 standard errors of 40 000 inputs."""
    rng = np.random.default_rng(n)
    w = rng.normal(size=n)
    x = rng.uniform(size=(40_000, n)) * (rng.uniform(size=(40_000, n)) < p)
    h = x @ w
    value, slopes = mean_absolute(w, np.full(n, p), 0.0, 1.0)
    for found, samples in ((value, abs(h)), (slopes @ w[::-1], (x @ w[::-1]) * np.sign(h))):
        assert abs(found - samples.mean()) <= 4.5 * samples.std() / np.sqrt(len(h))


@pytest.mark.result("D34")
@settings(max_examples=25)
@given(seeds, st.integers(1, 12), st.floats(-3, 3).filter(lambda s: abs(s) > 0.01), lows)
def test_it_is_a_norm(seed, n, scale, low):
    """Homogeneous, with w·∇ = value; even; and convex: a tangent lies below."""
    rng = np.random.default_rng(seed)
    w, other = rng.normal(size=(2, n))
    p = rng.uniform(0.01, 1.0, n)
    value, slopes = mean_absolute(w, p, low, 1.0)
    size = p @ abs(w)
    assert w @ slopes == pytest.approx(value, rel=1e-7)
    assert mean_absolute(scale * w, p, low, 1.0)[0] == pytest.approx(abs(scale) * value, rel=1e-8)
    far = mean_absolute(other, p, low, 1.0)[0]
    assert far >= slopes @ other - 1e-8 * (size + p @ abs(other))


@pytest.mark.result("D34")
@settings(max_examples=25)
@given(seeds, st.integers(2, 9), st.sampled_from([0.0, -1.0]))
def test_the_derivative_jumps_at_zero(seed, n, low):
    """One-sided differences at W_ji = 0 are the mean of both sides plus and minus half the jump."""
    rng = np.random.default_rng(seed)
    w, p = rng.normal(size=n), rng.uniform(0.1, 0.9, n)
    i = int(rng.integers(n))
    w[i] = 0.0
    value, slopes = mean_absolute(w, p, low, 1.0)
    half = half_jumps(w[None], p, low, 1.0)[0, i]
    step = 1e-6
    for side in (-1.0, 1.0):
        moved = w.copy()
        moved[i] = side * step
        difference = side * (mean_absolute(moved, p, low, 1.0)[0] - value) / step
        # Curvature is at most the density of the others' z near zero, below 1/|w| of the largest.
        bound = (
            step / abs(w).max()
            + 4e-15 * (p @ abs(w)) / step
            + 1e-8 * (p @ abs(w)) / step * (np.count_nonzero(w) + 1 > module.FEW)
        )
        assert abs(difference - (slopes[i] + side * half)) <= bound


@pytest.mark.result("D34")
def test_rows_that_see_nothing():
    assert mean_absolute(np.zeros(3), np.full(3, 0.5), 0.0, 1.0)[0] == 0.0
    value, slopes = mean_absolute(np.array([1.0, -1.0]), np.zeros(2), 0.0, 1.0)
    assert value == 0.0
    assert not slopes.any()
