"""Arms: what they change is the exact loss to second order, and dense naive nets are minima."""

from __future__ import annotations

import numpy as np
import pytest
import sympy as sp
from hypothesis import given, settings
from hypothesis import strategies as st

from theory import arm_onset, arm_threshold, armed_net, hiding_bias, naive_net
from theory.computation.two_layers import two_layer_loss
from theory.conventions import p as P
from theory.derivations import D33_gain

inside = st.floats(0.001, 0.999)
ratios = st.floats(0.05, 1.0)


def exact(net, density, importance=None):
    """Two features: every pattern is integrated."""
    assert len(net.b) == 2
    return two_layer_loss(net.W1, net.W2, net.b, density, importance, points=0).loss


@pytest.mark.result("D33")
@settings(max_examples=30)
@given(inside, ratios, st.sampled_from([1e-2, 1e-3]))
def test_the_change_is_that_of_the_exact_loss(density, ratio, size):
    """To third order: kinks move in a strip of width ε, where squares change by at most (3ε)²."""
    importance = [1.0, ratio]
    armed = armed_net(2, 2, density=density, size=size, importance=importance)
    naive = naive_net(2, 2, density=density, importance=importance)
    change = exact(armed, density, importance) - exact(naive, density, importance)
    assert abs(change - armed.change) <= 9 * (1 + ratio) * density * size**3 + 1e-15


@pytest.mark.result("D33")
@given(st.floats(0.0, 1.0), st.floats(-1.0, 1.0))
def test_the_hiding_bias_is_the_best(density, off):
    t = hiding_bias(density)
    q = 1 - density
    assert 2 * q * (1 - t) ** 2 == pytest.approx(t, abs=1e-15)

    def cost(t):
        return q * max(1 - t, 0) ** 3 / 3 + max(t, 0) ** 2 / 4

    assert cost(t) <= cost(min(max(t + off, 0), 1)) + 1e-15


@pytest.mark.result("D33")
@settings(max_examples=3)
@given(st.lists(inside, min_size=20, max_size=20))
def test_the_printed_formulas_are_what_the_floats_are(densities):
    p, t = np.array(densities), hiding_bias(densities)
    F = sp.lambdify((P, D33_gain.t), D33_gain.threshold().rhs)(p, t)
    np.testing.assert_allclose(F, arm_threshold(p), rtol=1e-10)
    symbols = (P, D33_gain.t, D33_gain.kept, D33_gain.dropped)
    change = sp.lambdify(symbols, D33_gain.arm_change().rhs)(p, t, 1.0, 0.5)
    armed = [armed_net(2, 2, density=x, size=0.1, importance=[1.0, 0.5]).change for x in p]
    np.testing.assert_allclose(0.01 * change, armed, rtol=1e-9, atol=1e-14)


@pytest.mark.result("D33")
@given(st.floats(0.313, 50.0))
def test_onset_and_threshold_are_inverse(ratio):
    assert arm_threshold(arm_onset(ratio)) == pytest.approx(ratio, rel=1e-9)


def test_the_threshold_rises_from_five_sixteenths():
    grid = np.linspace(0, 0.999, 500)
    F = arm_threshold(grid)
    assert F[0] == 5 / 16
    assert np.all(np.diff(F) > 0)
    assert D33_gain.sparse_threshold().rhs == sp.Rational(5, 16)
    assert arm_onset(5 / 16) == 0


@pytest.mark.result("D33")
@pytest.mark.parametrize(("factor", "sign"), [(0.99, -1), (1.01, 1)])
def test_arms_pay_just_below_the_onset_and_not_above(factor, sign):
    density = factor * arm_onset()
    armed, naive = armed_net(2, 2, density=density, size=1e-3), naive_net(2, 2, density=density)
    assert sign * (exact(armed, density) - exact(naive, density)) > 0


@pytest.mark.result("D33")
@settings(max_examples=60)
@given(st.floats(0.4, 1.0), st.integers(0, 2**32))
def test_no_small_change_lowers_a_dense_naive_solution(density, seed):
    """All directions: where p > (3 − √5)/2 the second order is positive."""
    naive = naive_net(2, 2, density=density)
    direction = np.random.default_rng(seed).standard_normal(10)
    step = 1e-3 * direction / np.linalg.norm(direction)
    W1, W2, b = step[:4].reshape(2, 2), step[4:8].reshape(2, 2), step[8:]
    moved = two_layer_loss(naive.W1 + W1, naive.W2 + W2, naive.b + b, density, points=0).loss
    assert moved > naive.loss - 1e-15


@pytest.mark.parametrize(
    ("call", "named"),
    [
        (lambda: arm_threshold(1.0), "density"),
        (lambda: hiding_bias(1.5), "density"),
        (lambda: arm_onset(0.0), "ratio"),
        (lambda: armed_net(2, 4, density=0.1, size=0.1), "n_hidden"),
        (lambda: armed_net(2, 2, density=0.1, size=1.0), "size"),
        (lambda: armed_net(2, 2, density=[0.1, 0.2], size=0.1), "density"),
    ],
)
def test_bad_input_is_named(call, named):
    with pytest.raises(ValueError, match=named):
        call()
