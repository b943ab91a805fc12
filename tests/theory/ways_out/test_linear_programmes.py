"""D40: thresholds of linear programmes: published values, limits, and cones that are sampled."""

from __future__ import annotations

from functools import cache

import numpy as np
import pytest
import sympy as sp
from hypothesis import given
from hypothesis import strategies as st
from scipy.optimize import brentq, minimize_scalar
from scipy.special import ndtr

from theory.derivations.D40_compressed_sensing import c, t, threshold
from theory.ways_out.linear_programmes import _cone, programme_success, programme_threshold

pytestmark = pytest.mark.result("D40")


@pytest.mark.parametrize(("nonnegative", "published"), [(False, 0.385), (True, 0.558)])
def test_half_as_many_dimensions_as_features(nonnegative, published):
    """Donoho and Tanner: ρ(½) = k/m, to the three digits they print."""
    p = brentq(lambda p: programme_threshold(p, nonnegative=nonnegative) - 0.5, 0.01, 0.49)
    assert p / 0.5 == pytest.approx(published, abs=1e-3)


@given(st.floats(1e-12, 1.0), st.booleans())
def test_threshold_is_the_least_statistical_dimension(p, nonnegative):
    sides = 1 if nonnegative else 2

    def dimension(t):
        ramp = (1 + t**2) * ndtr(-t) - t * np.exp(-(t**2) / 2) / np.sqrt(2 * np.pi)
        return p * (1 + t**2) + sides * (1 - p) * ramp

    least = minimize_scalar(dimension, bounds=(0, 12), method="bounded", options={"xatol": 1e-10})
    found = programme_threshold(p, nonnegative=nonnegative)
    assert found == pytest.approx(least.fun, rel=1e-6, abs=1e-15)
    assert p <= found <= 1


@cache
def printed():
    """The curve as the text prints it, by t and c."""
    normal = {"Phi": ndtr, "varphi": lambda v: np.exp(-(v**2) / 2) / np.sqrt(2 * np.pi)}
    return [sp.lambdify((t, c), each.rhs, [normal, "numpy"]) for each in threshold()]


@given(st.floats(0.01, 5.0), st.sampled_from([1, 2]))
def test_printed_curve_is_the_threshold(at, sides):
    density, dimensions = (float(curve(at, sides)) for curve in printed())
    assert programme_threshold(density, nonnegative=sides == 1) == pytest.approx(
        dimensions, rel=1e-9
    )


def test_sparse_limit_is_twice_the_logarithm():
    ratios = [programme_threshold(p) / (p * 2 * np.log(1 / p)) for p in (1e-10, 1e-40, 1e-90)]
    assert ratios == sorted(ratios)
    assert 0.9 < ratios[-1] < 1


@pytest.mark.parametrize(("n", "k", "sides"), [(60, 16, 1), (40, 8, 1), (60, 9, 2), (40, 3, 2)])
def test_mean_and_spread_of_the_cone_are_what_is_sampled(n, k, sides):
    """Squared lengths of projections onto the cone of descent, by the minimum over t."""
    rng = np.random.default_rng([n, k])
    size = 4000
    g = rng.standard_normal((size, n))
    others = g[:, k:] if sides == 1 else np.abs(g[:, k:])
    grid = np.linspace(0.0, 4.0, 161)
    values = np.stack(
        [((g[:, :k] - s) ** 2).sum(1) + (np.maximum(others - s, 0) ** 2).sum(1) for s in grid]
    )
    best = values.argmin(axis=0).clip(1, 159)
    at = np.arange(size)
    left, middle, right = values[best - 1, at], values[best, at], values[best + 1, at]
    squares = middle - (right - left) ** 2 / (8 * (left - 2 * middle + right))
    mean, spread = _cone(n, k, sides)
    # The next order of the mean is 1/n of this one's correction, of order 1.
    assert squares.mean() == pytest.approx(mean, abs=4.5 * squares.std() / size**0.5 + 3 / n)
    variance = squares.var() - 2 * squares.mean()
    assert np.sqrt(variance) == pytest.approx(
        spread, rel=4.5 * squares.var() * 2 / variance / size**0.5
    )


@given(st.integers(1, 60), st.data())
def test_success_falls_with_features_and_rises_with_dimensions(n, data):
    m = data.draw(st.integers(1, n))
    k = data.draw(st.integers(0, n))
    nonnegative = data.draw(st.booleans())
    here = programme_success(n, m, k, nonnegative=nonnegative)
    assert 0 <= here <= 1
    if m < n:
        assert programme_success(n, m + 1, k, nonnegative=nonnegative) >= here
    if k == 0 or m == n:
        assert here == 1
    assert programme_success(n, m, k, nonnegative=False) <= programme_success(n, m, k) + 0.02


def test_success_is_sharp_at_the_threshold():
    n, p = 10**6, 0.1
    m = programme_threshold(p) * n
    assert programme_success(n, round(m * 0.99), round(p * n)) < 1e-6
    assert programme_success(n, round(m * 1.01), round(p * n)) > 1 - 1e-6


def test_refusals_name_the_argument():
    with pytest.raises(ValueError, match="n_active must be at most 3"):
        programme_success(3, 2, 4)
    with pytest.raises(ValueError, match="nonnegative must be True or False"):
        programme_threshold(0.1, nonnegative=1)
