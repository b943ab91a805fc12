"""Flows by the thousand end where gradient flow ends, and the loss falls on the way."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from theory.dynamics.flow import at_rest
from theory.dynamics.many_flows import flow_ends, polished
from theory.loss.floats import loss_and_gradient
from theory.minima.optimum import optimum

RNG = np.random.default_rng(23)


@pytest.mark.result("D23")
@pytest.mark.parametrize(("n", "m"), [(2, 1), (3, 2)])
def test_ends_are_those_of_the_integrator_of_one_flow(n, m):
    """Another method, of another library, on the recursion's gradient."""
    starts = np.concatenate([RNG.normal(size=(4, m * n)), np.zeros((4, n))], axis=1)
    weights = np.array([1.0, 0.7, 0.6])[:n]
    ends, reached, settled = flow_ends(starts, (m, n), np.full(n, 0.2), weights)
    assert settled.all()
    np.testing.assert_array_equal(reached, -1)
    W = starts[:, : m * n].reshape(-1, m, n)
    other = at_rest(W, density=0.2, importance=weights, rest=1e-6)
    turned = ends[:, : m * n].reshape(-1, m, n)
    gram = np.swapaxes(turned, 1, 2) @ turned
    np.testing.assert_allclose(gram, np.swapaxes(other.W, 1, 2) @ other.W, atol=2e-4)
    np.testing.assert_allclose(ends[:, m * n :], other.b, atol=2e-4)


@settings(max_examples=15)
@given(st.integers(0, 2**32 - 1), st.floats(0.05, 1), st.floats(0.1, 1), st.floats(0, 1))
def test_no_flow_ends_higher_than_it_starts_and_slopes_vanish(seed, p, importance, interference):
    rng = np.random.default_rng(seed)
    start = np.concatenate([rng.normal(size=2), np.zeros(2)])
    weights = np.array([1.0, importance])

    def objective(theta):
        loss, dW, db = loss_and_gradient([theta[:2]], theta[2:], density=p, importance=weights)
        cross = theta[0] * theta[1]
        pull = 4 * interference * cross * theta[1::-1]
        return loss + 2 * interference * cross**2, np.concatenate([dW[0] + pull, db])

    rest = 1e-6
    (end,), _, (settled,) = flow_ends(
        start[None], (1, 2), np.full(2, p), weights, interference=interference, rest=rest
    )
    assert settled
    assert objective(end)[0] <= objective(start)[0]
    assert np.linalg.norm(objective(end)[1]) <= rest * p * weights.sum() * (1 + 1e-6)


def test_a_looser_flow_comes_to_the_same_rest():
    """Its error falls with the slope: it neither circles around the end nor ends elsewhere."""
    starts = np.concatenate([RNG.normal(size=(40, 2)), np.zeros((40, 2))], axis=1)
    world = (1, 2), np.full(2, 0.3), np.array([1.0, 0.2])
    exact, loose = (flow_ends(starts, *world, rtol=rtol) for rtol in (1e-9, 1e-6))
    assert loose[2].all()
    np.testing.assert_allclose(loose[0], exact[0], atol=1e-5)


def test_who_comes_near_a_target_is_left_there():
    best = optimum(2, 1, density=0.3, importance=[1.0, 0.9])
    target = np.concatenate([best.W.ravel(), best.b])
    targets = np.stack([target + 9, target])
    starts = np.array([[0.8, -0.8, 0.0, 0.0]])
    ends, reached, settled = flow_ends(
        starts, (1, 2), np.full(2, 0.3), np.array([1.0, 0.9]), targets=targets, near=0.02
    )
    assert reached.tolist() == [1]
    assert settled.all()
    assert 1e-3 < np.linalg.norm(ends[0] - target) < 0.02


def test_a_saddle_is_sharpened_to_its_place():
    """Both features half learnt: between the ignored one and the pair at (0.3, 0.2)."""
    weights, p = np.array([1.0, 0.2]), np.full(2, 0.3)
    low, high = np.array([0.3, -0.3, 0, 0]), np.array([1.0, -1.0, 0, 0])
    ends, _, _ = flow_ends(np.stack([low, high]), (1, 2), p, weights)
    assert abs(ends[0, 1]) < 1e-3 < 0.5 < abs(ends[1, 1])
    for _ in range(36):  # the flow from the boundary passes the saddle closely
        middle = (low + high) / 2
        end, _, _ = flow_ends(middle[None], (1, 2), p, weights, rest=3e-4)
        if abs(end[0, 1]) < 0.1:
            low = middle
        elif abs(end[0, 1]) > 0.6:
            high = middle
        else:
            break
    saddle = polished(end[0], (1, 2), p, weights)
    _, dW, db = loss_and_gradient([saddle[:2]], saddle[2:], density=p, importance=weights)
    assert max(np.abs(dW).max(), np.abs(db).max()) < 1e-12
    assert 0.1 < -saddle[1] < 0.6
