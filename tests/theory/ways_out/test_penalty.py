"""The penalised objective: exact values, gradient, symmetries, limits [D34]."""

from __future__ import annotations

import numpy as np
import pytest
import sympy as sp
from hypothesis import given, settings
from hypothesis import strategies as st

from theory.loss.floats import loss_and_gradient
from theory.ways_out.penalty import (
    expected_hidden_l1,
    hidden_l1,
    hidden_l1_and_gradient,
    penalised_loss_and_gradient,
)

seeds = st.integers(0, 2**32 - 1)
weights = st.floats(0.0, 2.0)


@pytest.mark.result("D34")
@settings(max_examples=15)
@given(seeds, st.integers(1, 3), st.fractions(0, 1, max_denominator=20))
def test_floats_are_the_exact_moments(seed, m, p):
    """Rational arithmetic on the generating moment against the recursion over faces."""
    W = np.random.default_rng(seed).integers(-4, 5, size=(m, 4))
    exact = expected_hidden_l1(W.tolist(), density=sp.Rational(p.numerator, p.denominator))
    found = hidden_l1(W.astype(float), density=float(p))
    np.testing.assert_allclose(found, [float(value) for value in exact], rtol=1e-13, atol=1e-15)


@pytest.mark.result("D34")
@settings(max_examples=15)
@given(seeds, st.integers(2, 5), weights, weights, weights)
def test_the_gradient_is_that_of_the_value(seed, n, l1, decay, interference):
    """Along a random line, central differences; third derivatives bound their error."""
    rng = np.random.default_rng(seed)
    m = int(rng.integers(1, n + 1))
    W, b, p = rng.normal(size=(m, n)), rng.normal(size=n) * 0.3, rng.uniform(0.05, 1.0, n)
    U, u = rng.normal(size=(m, n)), rng.normal(size=n)
    # Kinks, and steep curvature next to them, only where an entry changes its sign.
    W += np.where(np.abs(W) < 0.05, 0.1, 0.0)

    def value(t):
        return penalised_loss_and_gradient(
            W + t * U,
            b + t * u,
            density=p,
            l1=l1,
            decay=decay,
            interference=interference,
        )

    step = 1e-4
    ends = [float(value(side * step)[0]) for side in (-2, -1, 1, 2)]
    _, dW, db = value(0.0)
    slope = (ends[0] - 8 * ends[1] + 8 * ends[2] - ends[3]) / (12 * step)
    size = float(np.abs(dW * U).sum() + np.abs(db * u).sum() + 1.0)
    assert slope == pytest.approx(float((dW * U).sum() + db @ u), abs=1e-5 * size)


@pytest.mark.result("D34")
@settings(max_examples=20)
@given(seeds, weights, weights, weights)
def test_the_parts_add_up(seed, l1, decay, interference):
    rng = np.random.default_rng(seed)
    W, b = rng.normal(size=(3, 2, 4)), rng.normal(size=(3, 4))
    p = rng.uniform(size=4)
    plain = loss_and_gradient(W, b, density=p)[0]
    found = penalised_loss_and_gradient(
        W, b, density=p, l1=l1, decay=decay, interference=interference
    )[0]
    G = W.swapaxes(-1, -2) @ W
    across = (G**2).sum((-1, -2)) - (np.diagonal(G, axis1=-2, axis2=-1) ** 2).sum(-1)
    more = l1 * hidden_l1(W, density=p).sum(-1) + decay * (W**2).sum((-1, -2))
    np.testing.assert_allclose(found, plain + more + interference * across, rtol=1e-12)


@pytest.mark.result("D34")
@settings(max_examples=20)
@given(seeds)
def test_symmetries(seed):
    """Rows may be exchanged and change their sign, features be exchanged; a turn is not free."""
    rng = np.random.default_rng(seed)
    W = rng.normal(size=(2, 5))
    size = hidden_l1(W, density=0.2)
    np.testing.assert_allclose(hidden_l1(-W[::-1], density=0.2), size[::-1], rtol=1e-12)
    order = rng.permutation(5)
    np.testing.assert_allclose(hidden_l1(W[:, order], density=0.2), size, rtol=1e-12)
    lone = np.array([[1.0], [0.0]])
    turned = np.full((2, 1), np.sqrt(0.5))
    assert hidden_l1(np.hstack([lone, 0 * lone]), density=0.2).sum() == pytest.approx(0.1)
    assert hidden_l1(np.hstack([turned, 0 * lone]), density=0.2).sum() > 0.14


@pytest.mark.result("D34")
def test_batches_are_their_members():
    rng = np.random.default_rng(0)
    W, p = rng.normal(size=(2, 3, 2, 4)), rng.uniform(size=(3, 4))
    size, slopes = hidden_l1_and_gradient(W, density=p)
    assert size.shape == (2, 3, 2)
    assert slopes.shape == (2, 3, 2, 4)
    for k in range(3):
        np.testing.assert_array_equal(size[1, k], hidden_l1(W[1, k], density=p[k]))


@pytest.mark.parametrize("name", ["l1", "decay", "interference"])
@pytest.mark.parametrize("value", [-1e-9, float("nan"), float("inf"), "1", None, [1.0]])
def test_a_weight_that_is_none_is_named(name, value):
    with pytest.raises(ValueError, match=name):
        penalised_loss_and_gradient([[1.0, 0.0]], density=0.1, **{name: value})
