"""D32: what a little impurity of neurons buys, by nets that are run and by searches for better."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.optimize import minimize

from tests.oracles import Estimate, assert_compatible
from theory.computation.alignment import (
    alignment_frontier,
    alignment_slope,
    small_impurity_limit,
)
from theory.computation.impure_codes import (
    cone_bottleneck,
    disguised_net,
    impure_pair,
    nested_pair,
    nested_pair_loss,
)
from theory.data_law import feature_variance
from theory.loss.untied import untied_loss

pytestmark = pytest.mark.result("D32")
densities = st.floats(0.02, 0.99)
impurities = st.sampled_from([1e-8, 1e-4, 0.01, 0.1, 0.5]) | st.floats(1e-6, 0.5)
seeds = st.integers(0, 2**32 - 1)


def sampled(net, p, seed, samples=1 << 14):
    """The net's loss on random data, with what rare inputs may hide: an error is below 1 + c."""
    rng = np.random.default_rng(seed)
    n = len(net.c)
    x = rng.random((samples, n)) * (rng.random((samples, n)) < p)
    losses = ((x - net.output(x)) ** 2).sum(axis=1)
    return Estimate(losses.mean(), losses.std(ddof=1) / samples**0.5, 2.0 * n / samples)


@given(densities, impurities, seeds)
def test_the_nested_pair_has_the_loss_it_states(p, impurity, seed):
    net = nested_pair(impurity, density=p)
    assert net.alignment >= 1 - impurity - 1e-12
    ratio = -net.W[0, 1]
    linear = net.c + net.V[:, 0] * net.beta  # always on: the loss of an untied linear layer
    assert untied_loss(net.W, net.V, linear, density=p) == pytest.approx(net.loss, rel=1e-9)
    assert net.loss == pytest.approx(nested_pair_loss(p, ratio), rel=1e-12)
    assert_compatible(sampled(net, p, seed), net.loss)
    alone = np.array([[0.37, 0.0], [0.0, 0.81], [0.0, 0.0]])
    np.testing.assert_allclose(net.output(alone), alone, atol=1e-9)


@given(densities, st.floats(1e-6, 0.49))
def test_there_is_no_threshold(p, impurity):
    """Statement 1: the tilted net, whose linear part loses v at every angle."""
    s, c, μ = impurity**0.5, (1 - impurity) ** 0.5, p / 2
    u = np.array([[c, s]])
    loss = untied_loss(u, u.T, μ - u[0] * μ * (c + s), density=p)
    v = feature_variance(p)
    gained = (1 - p) ** 2 * μ**2 * impurity * (c - s) ** 2
    assert loss <= v - gained + 1e-14


@settings(max_examples=12)
@given(st.integers(2, 5), st.data(), densities, impurities, seeds)
def test_the_frontier_is_reached_by_a_net_and_is_below_the_aligned_loss(n, data, p, impurity, seed):
    k = data.draw(st.integers(1, n - 1))
    found = alignment_frontier(n, k, impurity, density=p)
    assert found.net.alignment >= 1 - impurity - 1e-12
    assert found.aligned == pytest.approx((n - k) * feature_variance(p))
    assert found.bound <= found.aligned - 0.25 * alignment_slope(p) * min(impurity, 0.01)
    assert_compatible(sampled(found.net, p, seed), found.bound)
    assert alignment_frontier(n, k, 0.0, density=p).bound == pytest.approx(found.aligned)


@pytest.mark.parametrize("p", [0.6, 0.75, 0.9])
def test_the_slope_is_that_of_small_impurities(p):
    v = feature_variance(p)
    for d in (1e-2, 1e-4, 1e-6):
        rate = (v - impure_pair(d, density=p).loss) / d
        # Statement 2: the next term is of relative order √δ.
        assert rate == pytest.approx(alignment_slope(p), rel=3 * d**0.5)


@given(densities)
def test_a_slope_is_at_least_that_at_the_mean(p):
    plain = (1 - p) * p * (1 / 3 - p / 2 + p**2 / 4 - p**3 / 24)
    assert alignment_slope(p) >= plain - 1e-15
    assert plain > 0


@pytest.mark.parametrize(("p", "limit"), [(0.2, 0.04 / 3), (0.5, 0.25 / 3), (0.7, None)])
def test_the_frontier_jumps_below_four_sevenths(p, limit):
    v = feature_variance(p)
    limit = v if limit is None else limit
    assert small_impurity_limit(p) == pytest.approx(limit)
    losses = [impure_pair(d, density=p).loss for d in (1e-4, 1e-6, 1e-8)]
    # From below, by terms of order √δ at most.
    for d, loss in zip((1e-4, 1e-6, 1e-8), losses, strict=True):
        assert limit - d**0.5 <= loss <= limit + 1e-12
    assert (p < 4 / 7) == (limit < v)


@given(st.floats(0.05, 0.95))
@settings(max_examples=6)
def test_with_two_neurons_it_jumps_at_every_density(p):
    """Statement 4: what an impurity of 1e-10 gains is more than √δ, and what one of 1/2 does."""
    found = alignment_frontier(3, 2, 1e-10, density=p)
    gap = feature_variance(p) - impure_pair(0.5, density=p).loss
    assert gap > 1e-5
    assert found.aligned - found.bound >= gap - 1e-12
    assert found.net.alignment >= 1 - 1e-9


@pytest.mark.parametrize("p", [0.3, 0.57, 0.8])
def test_no_net_of_two_features_goes_below_the_limit(p):
    """Statement 3 by search: any weights and both biases, hidden ReLU included, at δ = 1e-8."""
    middle = (np.arange(24) + 0.5) / 24
    one, two = (axis.ravel() for axis in np.meshgrid(middle, middle))
    zero = np.zeros(24)
    # Strata: none active, either, both.
    strata = [((1 - p) ** 2, np.zeros((1, 2)))]
    strata += [(p * (1 - p), np.column_stack(c)) for c in ((middle, zero), (zero, middle))]
    strata += [(p * p, np.column_stack([one, two]))]

    def loss(z, share):
        h = np.array([z[0], share * abs(z[0]) * 1e-4])
        total = 0.0
        for weight, x in strata:
            hidden = np.maximum(x @ h + z[1], 0)
            output = np.maximum(np.outer(hidden, z[2:4]) + z[4:6], 0)
            total += weight * ((x - output) ** 2).sum(axis=1).mean()
        return total

    rng = np.random.default_rng(3)
    best = np.inf
    for trial in range(8):
        tiny = trial % 2  # half the starts act at the scale of the small weight
        sign = 1.0 if trial % 4 < 2 else -1.0
        start = [sign, rng.normal() * 1e-4**tiny, rng.normal(), rng.normal() / 1e-4**tiny,
                 *rng.normal(size=2)]  # fmt: skip
        found = minimize(loss, start, args=(rng.choice([-1, 1]),), method="Nelder-Mead",
                         options={"maxiter": 500})  # fmt: skip
        best = min(best, found.fun)
    # Midpoints of 24 miss a mean square by 1/24² of its curvature at most, and δ moves it by 1e-4.
    assert best >= small_impurity_limit(p) - 2 / 24**2 - 1e-4


@given(st.integers(2, 4), st.data(), densities, impurities, seeds)
def test_a_bottleneck_hides_behind_pure_neurons(n, data, p, impurity, seed):
    """Statement 4: any encoder, decoder and bias; x_1 comes through, the rest as in a layer."""
    m = data.draw(st.integers(1, n))
    rng = np.random.default_rng(seed)
    E, D, c = rng.normal(size=(m, n)), rng.normal(size=(n, m)), rng.normal(size=n)
    net = disguised_net(E, D, c, impurity, density=p)
    assert net.alignment == pytest.approx(1 - impurity, abs=1e-12)
    x = rng.random((50, n + 1)) * (rng.random((50, n + 1)) < 0.5)
    wanted = np.column_stack([x[:, :1], np.maximum(x[:, 1:] @ E.T @ D.T + c, 0)])
    rounding = 1e-14 * np.abs(net.V).max()
    np.testing.assert_allclose(net.output(x), wanted, atol=rounding + 1e-14)
    assert net.loss == pytest.approx(untied_loss(E, D, c, density=p))


@given(st.integers(3, 8), densities)
def test_cones_hold_any_number_of_features_one_at_a_time(n, p):
    encoder, decoder = cone_bottleneck(n)
    np.testing.assert_allclose(np.maximum(decoder @ encoder, 0), np.eye(n), atol=1e-12)
    loss = untied_loss(encoder, decoder, density=p)
    assert loss <= n * p / 3 * (1 - (1 - p) ** (n - 1)) + 1e-12


def test_sparse_data_make_alignment_cheap():
    """P'(δ)/P'(0) → 0 as S → 1 for 8 features, 4 neurons and δ = 1e-4."""
    encoder, decoder = cone_bottleneck(7)
    ratios = []
    for p in (1e-2, 1e-3, 1e-4):
        net = disguised_net(encoder, decoder, np.zeros(7), 1e-4, density=p)
        ratios.append(net.loss / (4 * feature_variance(p)))
    assert ratios[0] < 0.1
    assert ratios[2] < ratios[1] / 8 < ratios[0] / 64


@pytest.mark.parametrize(
    ("call", "name"),
    [
        (lambda: alignment_frontier(1, 2, 0.1, density=0.2), "n_hidden"),
        (lambda: alignment_frontier(2, 1, -0.1, density=0.2), "impurity"),
        (lambda: alignment_frontier(2, 1, 1e-15, density=0.2), "impurity"),
        (lambda: alignment_frontier(2, 1, 0.1, density=0.0), "density"),
        (lambda: nested_pair(0.0, density=0.2), "impurity"),
        (lambda: impure_pair(2.0, density=0.2), "impurity"),
        (lambda: disguised_net([[1, 0]], [[1], [0]], [0.0], 0.1, density=0.2), "c must"),
        (lambda: disguised_net([[1, 0]], [[1, 0]], [0, 0], 0.1, density=0.2), "decoder"),
        (lambda: cone_bottleneck(2), "n_features"),
        (lambda: small_impurity_limit(1.5), "density"),
        (lambda: alignment_slope([0.1, 0.2]), "density"),
    ],
)  # fmt: skip
def test_bad_input_is_named(call, name):
    with pytest.raises(ValueError, match=name):
        call()
