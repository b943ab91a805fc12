"""The loss of the privileged basis by cut simplices, against integrals of other kinds [D30]."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.integrate import dblquad

from theory.computation.cut_simplices import pattern_loss
from theory.computation.privileged_loss import (
    parts_of,
    privileged_loss,
    privileged_loss_and_gradient,
)
from theory.loss.floats import loss_and_gradient

seeds = st.integers(0, 2**32 - 1)


def model(seed, m, n):
    """Weights and biases of either sign, some weights zero, and their world."""
    rng = np.random.default_rng(seed)
    W = rng.normal(size=(m, n)) * (rng.random((m, n)) < 0.8)
    return W, 0.3 * rng.normal(size=n), rng.uniform(0.05, 0.95, n), rng.uniform(0.0, 2.0, n)


def outputs(W, b, x):
    return np.maximum(np.maximum(x @ W.T, 0.0) @ W + b, 0.0)


@pytest.mark.result("D30")
@given(seeds)
def test_without_negative_weights_it_is_the_linear_hidden_layer(seed):
    """Another exact method, D03's recursion over faces: loss and gradient to rounding."""
    W, b, density, importance = model(seed, 2, 4)
    W = np.abs(W) + 1e-3  # no zero parts it
    world = {"density": density, "importance": importance}
    here, dW, db = privileged_loss_and_gradient(W, b, **world)
    loss, linear_dW, linear_db = loss_and_gradient(W, b, **world)
    scale = float(importance.sum()) * (1 + np.abs(W).sum()) ** 4
    assert here.loss == pytest.approx(float(loss), abs=1e-14 * scale)
    assert np.allclose(dW, linear_dW, rtol=0, atol=1e-13 * scale)
    assert np.allclose(db, linear_db, rtol=0, atol=1e-13 * scale)
    assert here.error == here.rest == 0.0


@pytest.mark.result("D30")
@pytest.mark.parametrize("seed", range(3))
def test_two_active_features_are_a_double_integral(seed):
    W, b, _, importance = model(seed, 2, 3)

    def cost(y, x):
        inputs = np.array([x, y, 0.0])
        return importance @ (outputs(W, b, inputs) - inputs) ** 2

    # SciPy's error bound is of the sampled function; kinks cost it its order.
    wanted, error = dblquad(cost, 0, 1, 0, 1, epsabs=1e-7, epsrel=1e-7)
    here = pattern_loss(W, b, importance, np.array([0, 1]), 1.0, np.zeros((2, 3)), np.zeros(3))
    assert here == pytest.approx(wanted, abs=max(10 * error, 1e-6))


@pytest.mark.result("D30")
@settings(max_examples=6)
@given(seeds)
def test_it_is_the_mean_over_samples(seed):
    W, b, density, importance = model(seed, 3, 4)
    rng = np.random.default_rng(seed)
    x = rng.random((100_000, 4)) * (rng.random((100_000, 4)) < density)
    costs = (outputs(W, b, x) - x) ** 2 @ importance
    here = privileged_loss(W, b, density=density, importance=importance)
    assert abs(costs.mean() - here.loss) < 5 * costs.std() / np.sqrt(len(costs)) + 1e-12


@pytest.mark.result("D30")
@settings(max_examples=10)
@given(seeds)
def test_the_gradient_is_the_slope_of_the_loss(seed):
    W, b, density, importance = model(seed, 2, 3)
    W[W == 0] = 0.1
    rng = np.random.default_rng(seed)
    V, v = rng.normal(size=W.shape), rng.normal(size=3)
    world = {"density": density, "importance": importance}
    _, dW, db = privileged_loss_and_gradient(W, b, **world)
    step = 1e-5
    ahead = privileged_loss(W + step * V, b + step * v, **world).loss
    behind = privileged_loss(W - step * V, b - step * v, **world).loss
    # The loss is a cubic spline in each small step: central differences err by step² L'''.
    scale = (1 + np.abs(W).sum()) ** 4 * float(importance.sum())
    assert (ahead - behind) / (2 * step) == pytest.approx((dW * V).sum() + db @ v, abs=1e-8 * scale)


@pytest.mark.result("D30")
@settings(max_examples=20)
@given(seeds, st.floats(0.1, 10.0))
def test_neurons_and_features_have_no_order_and_blocks_no_company(seed, size):
    W, b, density, importance = model(seed, 2, 3)
    rng = np.random.default_rng(seed)
    rows, columns = rng.permutation(2), rng.permutation(3)
    world = {"density": density, "importance": importance}
    loss = privileged_loss(W, b, **world).loss
    moved = privileged_loss(
        W[rows][:, columns],
        b[columns],
        density=density[columns],
        importance=size * importance[columns],
    )
    assert moved.loss == pytest.approx(size * loss, rel=1e-12)
    # Beside another block, each costs what it costs alone; and with it through a mere nothing.
    V, c, other, weight = model(seed + 1, 1, 2)
    joint = np.block([[W, np.zeros((2, 2))], [np.zeros((1, 3)), V]])
    world = {
        "density": np.append(density, other),
        "importance": np.append(importance, weight),
    }
    alone = privileged_loss(V, c, density=other, importance=weight).loss
    both = privileged_loss(joint, np.append(b, c), **world).loss
    assert both == pytest.approx(loss + alone, rel=1e-12)
    joint[0, 3] = 1e-13
    bound = privileged_loss(joint, np.append(b, c), **world).loss
    assert bound == pytest.approx(loss + alone, rel=1e-10)


@pytest.mark.result("D30")
def test_what_is_sampled_is_within_its_error():
    W, b, _, importance = model(7, 3, 5)
    world = {"density": 0.3, "importance": importance}
    exact = privileged_loss(W, b, **world).loss
    for most_active in (1, 2, 3):
        here = privileged_loss(W, b, **world, most_active=most_active)
        assert abs(here.loss - exact) < 5 * here.error
        assert here.rest > 0


def test_parts_hang_together_by_neurons():
    W = np.array([[1.0, 0.0, -1.0, 0.0, 0.0], [0.0, 1.0, 0.0, 0.0, 0.0], [0.0, 1.0, 0.0, 2.0, 0.0]])
    found = [(a.tolist(), i.tolist()) for a, i in parts_of(W)]
    assert found == [([0], [0, 2]), ([1, 2], [1, 3]), ([], [4])]


def test_what_takes_long_is_refused_with_its_cost():
    W = np.ones((5, 10)) - 2 * np.eye(10)[:5]
    with pytest.raises(ValueError, match=r"most_active must be less than 10 here: .* inf s"):
        privileged_loss(W, density=0.1)
    with pytest.raises(ValueError, match="W must have at most 12 features that share neurons"):
        privileged_loss(np.ones((2, 13)), density=0.1)
    with pytest.raises(ValueError, match="W must be one model"):
        privileged_loss(np.ones((2, 1, 3)), density=0.1)
