"""Weight decay at (2, 1): the lone feature, the pair's end, and what follows."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.optimize import minimize

from theory.data_law import feature_variance
from theory.loss.floats import hessian, loss_and_gradient
from theory.loss.two_features import SCRATCH, pair_gradient
from theory.transitions.true_boundary import boundary_importance
from theory.ways_out.decay import decay_threshold, first_clipped

FEW = settings(max_examples=8)


def lone(p, r, decay):
    """What the model of the first feature alone costs, or nothing at all."""
    v = feature_variance(p)
    return r * v + (decay - decay**2 / (4 * v) if decay < 2 * v else v)


def searched(p, r, decay, rng, tries):
    """The least objective of descents from random W and b of any signs."""
    world = np.full(2, p), np.array([1.0, r])
    gradient, scratch = np.empty(4), np.empty(SCRATCH)

    def objective(theta):
        value = pair_gradient(theta, *world, 0.0, gradient, scratch)
        slope = gradient + 2 * decay * np.append(theta[:2], [0.0, 0.0])
        return (value + decay * float(theta[:2] @ theta[:2])) / p, slope / p

    best = np.inf
    for _ in range(tries):
        start = np.concatenate(
            [rng.choice([-1, 1], 2) * rng.uniform(0.1, 1.0, 2), rng.uniform(-0.1, p / 2, 2)]
        )
        end = minimize(
            objective, start, jac=True, method="BFGS", options={"gtol": 1e-7, "maxiter": 150}
        )
        best = min(best, float(end.fun) * p)
    return best


@pytest.mark.result("D35")
@FEW
@given(st.floats(0.02, 1.0), st.floats(0.1, 1.0), st.floats(0.05, 0.95))
def test_the_lone_feature_is_at_rest_and_costs_what_is_said(p, r, share):
    v = feature_variance(p)
    decay = 2 * v * share
    a = 1 - share
    W, b = [[np.sqrt(a), 0.0]], [p / 2 * (1 - a), p / 2]
    loss, by_W, by_b = loss_and_gradient(W, b, density=p, importance=[1, r])
    assert float(loss) + decay * a == pytest.approx(lone(p, r, decay), rel=1e-13)
    assert by_W[0, 0] + 2 * decay * np.sqrt(a) == pytest.approx(0, abs=1e-14)
    assert np.abs(by_b).max() < 1e-14


@pytest.mark.result("D35")
@FEW
@given(st.floats(0.02, 1.0), st.floats(0.1, 0.98), st.floats(0.02, 0.95))
def test_below_equal_importance_the_lone_feature_is_always_a_minimum(p, r, share):
    decay = 2 * feature_variance(p) * share
    a = 1 - share
    W, b = [[np.sqrt(a), 0.0]], [p / 2 * (1 - a), p / 2]
    second = hessian(W, b, density=p, importance=[1, r]) + np.diag([2 * decay] * 2 + [0.0] * 2)
    assert np.linalg.eigvalsh(second)[0] > 0


@pytest.mark.result("D35")
def test_no_descent_from_random_starts_contradicts_the_ends():
    rng = np.random.default_rng(6)
    for _ in range(5):
        p, r = rng.uniform(0.05, 0.6), rng.uniform(0.3, 0.95)
        ends = decay_threshold([p], [r])
        pair, last = float(ends.pair.item()), float(ends.lone.item())
        above = [pair + share * (last - pair) for share in (0.02, 0.5)] + [1.05 * last]
        for decay in above:
            assert searched(p, r, decay, rng, 8) >= lone(p, r, decay) * (1 - 1e-9)
        if pair > 0:
            assert searched(p, r, 0.97 * pair, rng, 12) < lone(p, r, 0.97 * pair) * (1 - 1e-6)


@pytest.mark.result("D35")
@FEW
@given(st.floats(0.02, 0.95), st.lists(st.floats(0.1, 1.0), min_size=2, max_size=4, unique=True))
def test_ends_are_ordered_and_bounded(p, ratios):
    r = np.array(sorted(ratios))
    ends = decay_threshold([p], r)
    pair, v = ends.pair.values[0], feature_variance(p)
    assert (pair <= 2 * r * v).all()
    assert (np.diff(pair) >= -1e-12).all()
    assert ends.lone.values[0] == pytest.approx(2 * v)
    mirrored = decay_threshold([p], 1 / r)
    assert mirrored.pair.values[0] == pytest.approx(pair / r, rel=1e-9, abs=1e-15)


@pytest.mark.result("D35")
@FEW
@given(st.floats(0.02, 0.5), st.floats(0.3, 0.99))
def test_the_pair_that_is_left_ties_with_the_lone_feature(p, r):
    ends = decay_threshold([p], [r]).isel(density=0, importance=0)
    decay = float(ends["pair"])
    if not decay:
        assert r < boundary_importance([p])["importance"].item()
        return
    W, b = ends["W"].values, ends["b"].values
    loss = float(loss_and_gradient(W, b, density=p, importance=[1, r])[0])
    objective = loss + decay * float((W**2).sum())
    assert objective == pytest.approx(lone(p, r, decay), rel=1e-12)


@pytest.mark.result("D35")
def test_at_equal_importance_the_pair_fades_into_the_linear_models():
    rng = np.random.default_rng(1)
    for p in (0.1, 0.5, 0.9):
        end = float(decay_threshold([p], [1.0]).pair.item())
        # The gain is of third order in the distance; below 1e-10 p it is a descent's rounding.
        for share, superposed in ((0.93, True), (1.01, False)):
            gain = lone(p, 1.0, share * end) - searched(p, 1.0, share * end, rng, 12)
            assert (gain > 1e-10 * p) == superposed
        # All directions of the linear optimum tie, and the first of them to clip is named.
        norm, angle = first_clipped(p)
        for turn in (0.0, 0.4, float(angle)):
            w, u = np.sqrt(norm) * np.cos(turn), np.sqrt(norm) * np.sin(turn)
            b = [p / 2 * (1 - w * w + w * u), p / 2 * (1 - u * u + w * u)]
            loss = float(loss_and_gradient([[w, -u]], b, density=p)[0])
            assert loss + end * norm == pytest.approx(lone(p, 1.0, end), rel=1e-12)
        lowest = [p / 2 * (1 - w * w + w * u) - w * u for w, u in _circle(norm)]
        assert min(lowest) == pytest.approx(0, abs=1e-6)
        assert min(lowest) > -1e-15


def _circle(norm):
    turns = np.linspace(0, np.pi / 2, 4001)
    return np.sqrt(norm) * np.stack([np.cos(turns), np.sin(turns)], 1)


@pytest.mark.result("D35")
def test_sparse_limit():
    for r in (0.3, 0.6, 0.9):
        rests = []
        for p in (1e-5, 1e-6):
            pair = float(decay_threshold([p], [r]).pair.item())
            rests.append(
                (1 - pair / (2 * r * p / 3)) / (1.5 * (0.75 * p * np.sqrt(1 - r)) ** (2 / 3))
            )
        # The next order is a third of a power away.
        assert abs(rests[1] - 1) < abs(rests[0] - 1) < 0.1
