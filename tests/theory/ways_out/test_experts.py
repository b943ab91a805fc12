"""Losses of mixtures of experts, against sampling and limits [D36]."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from theory.data_law import feature_variance
from theory.ways_out.experts import lone_experts, paired_experts, routed_groups

pytestmark = pytest.mark.result("D36")
SAMPLES = 100_000


def sample(n, p, seed):
    rng = np.random.default_rng(seed)
    return np.where(rng.random((SAMPLES, n)) < p, rng.random((SAMPLES, n)), 0.0), rng


def check(found, x, output):
    """Seeded samples of the loss: within five standard errors."""
    losses = np.sum((x - output) ** 2, axis=1)
    error = losses.std(ddof=1) / np.sqrt(SAMPLES)
    assert abs(losses.mean() - found.loss) < 5 * error


def largest(values, active):
    """1 on the T largest of each row."""
    order = np.argsort(-values, axis=1)[:, :active]
    chosen = np.zeros_like(values)
    np.put_along_axis(chosen, order, 1.0, axis=1)
    return chosen


@pytest.mark.parametrize(("n", "active", "p"), [(6, 1, 0.1), (6, 2, 0.5), (12, 3, 0.3)])
def test_lone_experts_cost_what_samples_say(n, active, p):
    found = lone_experts(n, active, density=p)
    x, _ = sample(n, p, 0)
    output = np.maximum(found.scale * x * largest(x, active) + found.bias, 0.0)
    check(found, x, output)
    # The best scale and bias: any other pair costs more on the same samples, for this many.
    for scale, bias in ((found.scale + 0.1, found.bias), (found.scale, found.bias + 0.05)):
        worse = np.sum((x - scale * x * largest(x, active) - bias) ** 2, axis=1).mean()
        assert worse > np.sum((x - output) ** 2, axis=1).mean()


@pytest.mark.parametrize(("pairs", "active", "p"), [(4, 1, 0.2), (5, 2, 0.4), (3, 3, 0.7)])
def test_paired_experts_cost_what_samples_say(pairs, active, p):
    found = paired_experts(pairs, active, density=p)
    x, _ = sample(2 * pairs, p, 1)
    h = x[:, ::2] - x[:, 1::2]
    h = h * largest(np.abs(h), active)
    output = np.empty_like(x)
    output[:, ::2], output[:, 1::2] = np.maximum(h, 0.0), np.maximum(-h, 0.0)
    check(found, x, output)


@pytest.mark.parametrize(("n", "groups", "active", "p"), [(8, 4, 1, 0.1), (12, 4, 2, 0.3)])
def test_routed_groups_cost_what_samples_say(n, groups, active, p):
    found = routed_groups(n, groups, active, density=p)
    x, rng = sample(n, p, 2)
    on = (x.reshape(SAMPLES, groups, -1) > 0).any(axis=2)
    chosen = largest(np.where(on, rng.random(on.shape), -1.0), active) * on
    passes = np.repeat(chosen, n // groups, axis=1)
    check(found, x, found.scale * x * passes + found.bias)


@given(st.integers(1, 30), st.floats(0.001, 1.0))
def test_all_that_pass_are_exact(n, p):
    for found in (lone_experts(n, n, density=p), routed_groups(n, n, n, density=p)):
        assert found.loss == pytest.approx(0.0, abs=1e-12 * n)
        assert found.scale == pytest.approx(1.0)
        assert found.saved == pytest.approx(n * feature_variance(p), rel=1e-10)
    assert paired_experts(n, n, density=p).loss == pytest.approx(n * p**2 / 3, rel=1e-10)


@given(st.integers(2, 20), st.floats(0.001, 1.0), st.data())
def test_more_that_pass_lose_less(n, p, data):
    active = data.draw(st.integers(1, n - 1))
    fewer, more = (lone_experts(n, t, density=p) for t in (active, active + 1))
    assert -1e-13 < more.loss <= fewer.loss + 1e-13  # rounding, of sums of n/3 at most
    assert fewer.loss <= n * feature_variance(p) + 1e-13
    assert 0 <= fewer.scale <= 1 + 1e-12
    assert fewer.bias >= -1e-12


def test_one_expert_of_many_saves_the_largest_square():
    """c = np fixed: E max x² = 1 − 2/c + 2(1 − e^−c)/c², with the bias of vanishing use."""
    n, c = 2000, 2.0
    limit = 1 - 2 / c + 2 * (1 - np.exp(-c)) / c**2
    found = lone_experts(n, 1, density=c / n)
    mean = c / 2  # n E[x]; the bias saves O(1/n)
    assert found.saved == pytest.approx(limit, abs=3 * mean**2 / n)


@pytest.mark.parametrize(
    ("call", "name"),
    [
        (lambda: lone_experts(4, 5, density=0.1), "n_active"),
        (lambda: lone_experts(0, 1, density=0.1), "n_features"),
        (lambda: lone_experts(4, 1, density=0.0), "density"),
        (lambda: lone_experts(10**6, 1, density=0.1), "n_features"),
        (lambda: paired_experts(4, 0, density=0.1), "n_active"),
        (lambda: paired_experts(0, 1, density=0.1), "n_pairs"),
        (lambda: routed_groups(10, 3, 1, density=0.1), "n_experts"),
        (lambda: routed_groups(10, 2, 3, density=0.1), "n_experts"),
    ],
)
def test_bad_arguments_are_named(call, name):
    with pytest.raises(ValueError, match=name):
        call()
