"""Costs of digons by their own axes and by mixed ones: quadrature, samples, limits."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.integrate import quad

from theory.ways_out.mixed_digons import digon_code_cost, mixed_code_cost, mixing_density

pytestmark = pytest.mark.result("D42")


def huber(size, L):
    return np.where(size < L, size**2, 2 * L * size - L**2)


@settings(max_examples=25)
@given(p=st.floats(0.01, 1.0), l1=st.floats(0.0, 2.0))
def test_own_axes_cost_their_integral(p, l1):
    alone = quad(lambda a: huber(a, l1 / 2), 0, 1, points=[l1 / 2])[0]
    both = quad(lambda a: 2 * (1 - a) * huber(a, l1 / 2), 0, 1, points=[l1 / 2])[0]
    expected = 2 * p * (1 - p) * alone + p**2 * both
    assert abs(digon_code_cost(p, l1) - expected) < 1e-10


@settings(max_examples=10)
@given(p=st.floats(0.05, 1.0), l1=st.floats(0.05, 1.9))
def test_an_axis_of_one_digon_mixes_nothing(p, l1):
    # Cut off at u = 400/σ, where what is left out is below 2/(π u²) < 4e-6.
    assert abs(mixed_code_cost(p, l1, 1) - digon_code_cost(p, l1)) < 4e-6


@pytest.mark.parametrize("digons", [2, 8])
@pytest.mark.parametrize("p", [0.2, 0.75])
def test_mixtures_cost_what_samples_do(digons, p):
    rng = np.random.default_rng(3)
    x = rng.random((100_000, 2, digons)) * (rng.random((100_000, 2, digons)) < p)
    cost = huber(np.abs((x[:, 0] - x[:, 1]).sum(axis=1)) / np.sqrt(digons), 0.15)
    z = (cost.mean() - mixed_code_cost(p, 0.3, digons)) / (cost.std() / np.sqrt(len(cost)))
    assert abs(z) < 4


@settings(max_examples=10)
@given(p=st.floats(0.05, 1.0), l1=st.floats(0.05, 1.9))
def test_many_digons_are_gaussian(p, l1):
    limit = mixed_code_cost(p, l1)
    sigma = np.sqrt(2 * p / 3 - p**2 / 2)

    def integrand(s):
        return 2 * huber(s, l1 / 2) * np.exp(-(s**2) / 2 / sigma**2) / sigma / np.sqrt(2 * np.pi)

    assert abs(limit - quad(integrand, 0, 12 * sigma, points=[l1 / 2], limit=200)[0]) < 1e-9
    # The first correction to a sum of k is of order 1/k.
    off = [abs(mixed_code_cost(p, l1, k) - limit) for k in (100, 10_000)]
    assert off[1] < 0.05 * off[0] + 4e-6


def test_the_exchange_is_the_root_of_its_cubic():
    roots = np.roots([4 / 9, -4 / 3, 1 + 1 / np.pi, -4 / 3 / np.pi])
    (root,) = (r.real for r in roots if abs(r.imag) < 1e-9)
    # λ = 1e-6 stands for the limit, whose corrections are of first order.
    assert abs(mixing_density() - root) < 1e-5
    p = mixing_density(0.3)
    assert abs(mixed_code_cost(p, 0.3) - digon_code_cost(p, 0.3)) < 1e-12


def test_fewer_digons_are_mixed_later_and_more_penalty_earlier():
    by_size = [mixing_density(0.0, k) for k in (2, 8, 64)] + [mixing_density()]
    assert np.all(np.diff(by_size) < 0)
    assert np.all(np.diff([mixing_density(l1) for l1 in (0.0, 0.3, 1.0)]) < 0)
    with pytest.raises(ValueError, match="digons must be at least 2"):
        mixing_density(0.1, 1)
