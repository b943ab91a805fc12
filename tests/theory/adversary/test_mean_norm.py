"""Mean length of an input: quadrature, samples, known box integrals."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.integrate import quad

from tests.oracles import Estimate, assert_compatible
from theory.adversary.mean_norm import mean_norm, mean_norm_and_bound


def _two(p, q):
    """By quadrature: the length of (x, y) integrated over y in closed form, then over x."""

    def inner(x):
        return (np.sqrt(1 + x * x) + x * x * np.arcsinh(1 / x)) / 2 if x else 0.5

    both, error = quad(inner, 0, 1, epsabs=1e-14, epsrel=1e-14)
    return (p * (1 - q) + q * (1 - p)) / 2 + p * q * both, p * q * error


@pytest.mark.result("D18")
@given(st.sampled_from([1e-60, 1e-9, 1.0]) | st.floats(1e-6, 1.0))
def test_one_feature(p):
    value, bound = mean_norm_and_bound(1, p)
    assert abs(value - p / 2) <= bound <= 2e-14 * p


@pytest.mark.result("D18")
@given(st.floats(1e-6, 1.0), st.floats(0.0, 1.0))
def test_two_features_by_quadrature(p, q):
    value, bound = mean_norm_and_bound(2, [p, q])
    expected, error = _two(p, q)
    assert abs(value - expected) <= bound + error


@pytest.mark.result("D18")
def test_box_integrals():
    """Distances from a corner of the cube, and of the four-cube."""
    cube = np.sqrt(3) / 4 + np.log(2 + np.sqrt(3)) / 2 - np.pi / 24
    value, bound = mean_norm_and_bound(3, 1.0)
    assert abs(value - cube) <= bound
    assert int(1e5 * mean_norm(4, 1.0)) == 112189  # B_4(1) = 1.12189…


@pytest.mark.result("D18")
@pytest.mark.parametrize(("n", "p"), [(5, 0.1), (40, 0.03), (200, 0.01), (200, 0.5)])
def test_samples(n, p):
    rng = np.random.default_rng(n)
    length = np.linalg.norm(rng.random((20_000, n)) * (rng.random((20_000, n)) < p), axis=1)
    estimate = Estimate(length.mean(), length.std() / np.sqrt(len(length)))
    assert_compatible(estimate, mean_norm(n, p), per_example=4)


@pytest.mark.result("D18")
@given(st.integers(1, 300), st.floats(1e-4, 1.0))
def test_between_its_moments(n, p):
    """E‖x‖² / √n ≤ E‖x‖ ≤ √E‖x‖², and not less than Hölder's M₂^{3/2}/M₄^{1/2}."""
    value, bound = mean_norm_and_bound(n, p)
    second, fourth = n * p / 3, n * p / 5 + n * (n - 1) * p * p / 9
    assert value <= np.sqrt(second) + bound
    assert value >= max(second / np.sqrt(n), second**1.5 / np.sqrt(fourth)) - bound


@pytest.mark.result("D18")
def test_many_features_have_the_length_of_their_second_moment():
    """√(n/3) (1 − (1/5 − 1/9) / (8 n (1/3)²) + O(n^-2)) at p = 1."""
    n = 10**6
    assert mean_norm(n, 1.0) == pytest.approx(np.sqrt(n / 3) * (1 - 0.1 / n), rel=1e-11)


@pytest.mark.result("D18")
def test_equal_densities_one_by_one_and_dead_features():
    assert mean_norm(7, [0.2] * 7) == mean_norm(7, 0.2)
    assert mean_norm(3, [0.3, 0.0, 0.6]) == mean_norm(2, [0.3, 0.6])


@pytest.mark.parametrize(
    ("arguments", "name"),
    [((3, 0.0), "density"), ((3, 1.5), "density"), ((3, [0.1, 0.2]), "density"),
     ((0, 0.5), "n_features"), ((10**18, 0.5), "n_features"), ((2.5, 0.5), "n_features")],
)  # fmt: skip
def test_bad_input_is_named(arguments, name):
    with pytest.raises(ValueError, match=name):
        mean_norm(*arguments)
