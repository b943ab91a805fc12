"""The loss at chosen inputs: weights of a law, moments of it, and a gradient that is its own."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from theory.loss.floats import loss_and_gradient
from theory.loss.problem import as_problem
from theory.minima.sampled_loss import chosen_inputs, sampled_gradient

densities = st.lists(st.floats(0.0, 1.0), min_size=1, max_size=7).map(np.array)


def _dense(inputs, n):
    x = np.zeros((len(inputs.weight), n + 1))
    np.put_along_axis(
        x, np.where(np.arange(n) < inputs.size[:, None], inputs.active, n), inputs.value, axis=1
    )
    return x[:, :n]


@settings(max_examples=25)
@given(densities, st.floats(-1.0, 0.0), st.floats(0.1, 2.0))
def test_weights_are_probabilities_and_inputs_in_range(p, low, high):
    inputs = chosen_inputs(p, low, high, 512)
    assert inputs.weight.sum() == pytest.approx(1.0, abs=1e-12)
    assert (inputs.weight >= 0.0).all()
    x = _dense(inputs, len(p))
    assert (x >= low - 1e-12).all()
    assert (x <= high + 1e-12).all()
    assert not x[:, p == 0.0].any()


@pytest.mark.parametrize("p", [0.02, 0.1, 0.5, 1.0])
def test_more_inputs_are_nearer_to_the_exact_loss(p):
    """Two percent with two thousand inputs, and a fraction of that with sixteen times as many."""
    rng = np.random.default_rng(3)
    W, b = 0.5 * rng.standard_normal((10, 3, 7)), rng.uniform(-0.2, 0.2, (10, 7))
    problem = as_problem(W, b, p, np.linspace(1.0, 2.0, 7))
    exact = loss_and_gradient(W, b, density=p, importance=np.linspace(1.0, 2.0, 7))
    errors = []
    for count in (2048, 32768):
        found = sampled_gradient(problem, chosen_inputs(problem.density[0], 0.0, 1.0, count))
        errors.append(float(np.abs(found[0] / exact[0] - 1).max()))
        assert np.abs(found[1] - exact[1]).max() < 0.1 * np.abs(exact[1]).max()
    assert errors[0] < 0.02
    assert errors[1] < errors[0] / 4


@settings(max_examples=10)
@given(st.integers(0, 10**6))
def test_the_gradient_is_that_of_the_sum(seed):
    """All of it against the sum written out with dense inputs."""
    rng = np.random.default_rng(seed)
    p = rng.uniform(0.05, 0.9, 4)
    problem = as_problem(
        rng.standard_normal((2, 4)), rng.standard_normal(4), p, rng.uniform(0, 2, 4)
    )
    inputs = chosen_inputs(p, -0.5, 1.0, 256)
    loss, dW, db = sampled_gradient(problem, inputs)
    x = _dense(inputs, 4)
    W, b, weight = problem.W[0], problem.b[0], problem.importance[0]
    z = x @ W.T @ W + b
    direct = inputs.weight @ (weight * (x - np.maximum(z, 0.0)) ** 2).sum(axis=1)
    assert loss[0] == pytest.approx(direct, rel=1e-12)
    slope = (2.0 * weight * (np.maximum(z, 0.0) - x) * (z > 0)) * inputs.weight[:, None]
    G = slope.T @ x
    np.testing.assert_allclose(dW[0], W @ (G + G.T), atol=1e-12)
    np.testing.assert_allclose(db[0], slope.sum(axis=0), atol=1e-12)
