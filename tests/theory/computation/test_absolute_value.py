"""The naive solution: against its own weights on samples, and against regression by quadrature."""

from __future__ import annotations

from itertools import combinations

import numpy as np
import pytest
import sympy as sp
from hypothesis import given, settings
from hypothesis import strategies as st

from theory.computation.absolute_value import (
    TARGETS,
    expected_naive_loss,
    naive_loss,
    naive_net,
)

VALUES = {"absolute": np.abs, "relu": lambda x: np.maximum(x, 0), "identity": lambda x: x}
pytestmark = pytest.mark.result("D29")

SAMPLES = 100_000


def sampled(net, rng, p, importance, target, output):
    """Mean loss of the net on fresh samples, and its standard error."""
    n = len(p)
    low = 0.0 if target == "identity" else -1.0
    x = rng.uniform(low, 1.0, (SAMPLES, n)) * (rng.random((SAMPLES, n)) < p)
    z = np.maximum(x @ net.W1.T, 0) @ net.W2.T + net.b
    answer = np.maximum(z, 0) if output == "relu" else z
    errors = (answer - VALUES[target](x)) ** 2 @ importance
    return errors.mean(), errors.std() / np.sqrt(SAMPLES)


@pytest.mark.parametrize("output", ["relu", "linear"])
@pytest.mark.parametrize("target", TARGETS)
@pytest.mark.parametrize(("n", "m", "bias"), [(3, 1, True), (4, 5, True), (3, 3, False)])
def test_the_weights_cost_what_is_said(target, output, n, m, bias):
    rng = np.random.default_rng([n, m, len(target)])
    p, importance = rng.uniform(0.1, 1, n), rng.uniform(0.2, 1, n)
    net = naive_net(n, m, density=p, importance=importance, target=target, bias=bias)
    mean, error = sampled(net, rng, p, importance, target, output)
    # Eighteen cases, none beyond four standard errors but one time in a thousand.
    assert abs(mean - net.loss) <= 4 * error + 1e-12


@settings(max_examples=10)
@given(st.fractions(min_value="1/50", max_value=1))
def test_half_a_feature_is_the_regression_on_one_neuron(p):
    """Its slope, intercept and loss by the normal equations, with moments integrated here."""
    p = sp.Rational(p.numerator, p.denominator)
    x = sp.Symbol("x", real=True)

    def mean(value):
        inside = sp.integrate(value.subs(x, -x), (x, 0, 1)), sp.integrate(value, (x, 0, 1))
        return p * sum(inside) / 2

    y, h = sp.Abs(x), sp.Max(x, 0)
    spread = mean(h**2) - mean(h) ** 2
    together = mean(y * h) - mean(y) * mean(h)
    loss = mean(y**2) - mean(y) ** 2 - together**2 / spread
    assert expected_naive_loss(1, 1, density=p) == loss
    net = naive_net(1, 1, density=float(p))
    assert net.W2[0, 0] == pytest.approx(float(together / spread), rel=1e-14)
    slope = together / spread
    assert net.b[0] == pytest.approx(float(mean(y) - slope * mean(h)), rel=1e-14)


@given(
    st.lists(st.tuples(st.floats(0.01, 1), st.floats(0.01, 1)), min_size=1, max_size=5),
    st.integers(1, 12),
)
def test_no_other_choice_of_features_costs_less(worlds, m):
    p, importance = np.array(worlds).T
    n = len(p)
    full = importance * (p / 3 - p**2 / 4)
    half = importance * p * (4 - 3 * p) ** 2 / (12 * (8 - 3 * p))
    whole = min(m // 2, n)
    most = 0.0
    for kept in combinations(range(n), whole):
        rest = [half[i] for i in range(n) if i not in kept]
        most = max(most, full[list(kept)].sum() + (max(rest, default=0.0) if m % 2 else 0.0))
    found = naive_loss(n, m, density=p, importance=importance)
    assert found == pytest.approx(full.sum() - most, abs=1e-14 * full.sum())
    net = naive_net(n, m, density=p, importance=importance)
    gained = full[list(net.kept)].sum() + (0.0 if net.half is None else half[net.half])
    assert full.sum() - gained == pytest.approx(found, abs=1e-14 * full.sum())


@pytest.mark.parametrize("target", TARGETS)
@settings(max_examples=15)
@given(n=st.integers(1, 6), m=st.integers(1, 13), p=st.fractions("1/40", 1), bias=st.booleans())
def test_exact_and_floats_agree(target, n, m, p, bias):
    weights = [sp.Rational(3, 4) ** i for i in range(n)]
    exact = expected_naive_loss(
        n, m, density=sp.Rational(p), importance=weights, target=target, bias=bias
    )
    importance = np.array(weights, dtype=float)
    found = naive_loss(n, m, density=float(p), importance=importance, target=target, bias=bias)
    assert found == pytest.approx(float(exact), abs=1e-14)


def test_batches_of_densities():
    p = np.array([[0.1], [0.5], [1.0]])
    many = naive_loss(5, 3, density=p, importance=0.8 ** np.arange(5))
    each = [naive_loss(5, 3, density=q, importance=0.8 ** np.arange(5)) for q in p[:, 0]]
    assert np.array_equal(many, each)
