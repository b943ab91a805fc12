"""Survivors of L1: lone features, sharing, the matching, and neurons that inhibit [D36]."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.integrate import dblquad, quad
from scipy.optimize import minimize_scalar

from theory.data_law import feature_variance
from theory.ways_out.lone import (
    lone_feature,
    lone_objective,
    lone_scale,
    lone_spinodal,
    lone_threshold,
)
from theory.ways_out.penalty import penalised_loss_and_gradient
from theory.ways_out.shared_neuron import shared_neuron, sharing_cost
from theory.ways_out.survivors import still_alive, survivors

densities = st.floats(0.01, 0.95)
pytestmark = pytest.mark.result("D36")


@settings(max_examples=25)
@given(densities, st.floats(0.0, 1.0), st.floats(0.1, 3.0), st.floats(0.0, 2.0))
def test_a_lone_feature_costs_what_the_whole_objective_says(p, w, importance, l1):
    loss, objective, b = lone_objective(w, p, importance, l1=l1)
    world = {"density": p, "importance": [importance]}
    whole, _, by_bias = penalised_loss_and_gradient([[w]], [float(b)], l1=l1, **world)
    assert whole == pytest.approx(float(objective), abs=1e-13)
    assert penalised_loss_and_gradient([[w]], [float(b)], **world)[0] == pytest.approx(
        float(loss), abs=1e-13
    )
    assert abs(by_bias[0]) < 1e-13  # the best bias


@pytest.mark.parametrize("p", [0.02, 0.1, 0.4, 0.9])
def test_the_threshold_is_where_a_search_says(p):
    """Over w and b of the exact objective, which knows nothing of the closed form."""
    threshold, variance = float(lone_threshold(p)), float(feature_variance(p))

    def least(l1):
        found = minimize_scalar(
            lambda w: float(
                penalised_loss_and_gradient([[w]], [p * (1 - w * w) / 2], density=p, l1=l1)[0]
            ),
            bounds=(0.6, 1.0),
            method="bounded",
            options={"xatol": 1e-9},
        )
        return found.x, found.fun

    w, value = least(threshold)
    assert w == pytest.approx(np.sqrt(2 / 3), abs=1e-6)
    assert value == pytest.approx(variance, rel=1e-12)
    for factor, w_best in ((0.999, float(lone_scale(p, l1=0.999 * threshold))), (1.001, 0.0)):
        assert np.sign(least(factor * threshold)[1] - variance) == np.sign(factor - 1)
        assert lone_feature(p, 1.0, factor * threshold)[0] == pytest.approx(w_best)


@settings(max_examples=25)
@given(densities, st.floats(0.1, 3.0), st.floats(0.0, 0.999))
def test_the_scale_is_a_minimum_up_to_the_spinodal(p, importance, share):
    last = float(lone_spinodal(p, importance))
    w = float(lone_scale(p, importance, l1=share * last))
    assert 1 / np.sqrt(3) <= w <= 1 + 1e-15  # of a cosine, rounded
    slope = 4 * importance * feature_variance(p) * w * (1 - w * w) - share * last * p / 2
    assert abs(slope) < 1e-12 * max(1.0, importance)
    assert lone_scale(p, importance, l1=1.0001 * last) == 0


@settings(max_examples=15)
@given(st.floats(0.02, 0.4), st.floats(0.5, 1.0), st.floats(0.0, 0.5))
def test_a_shared_neuron_is_stationary_and_costs_what_it_says(p, ratio, l1):
    pair = shared_neuron(p, ratio, l1=l1)
    if pair is None:
        return
    W, b = [[pair.w[0], -pair.w[1]]], list(pair.b)
    world = {"density": p, "importance": [1.0, ratio]}
    value, dW, db = penalised_loss_and_gradient(W, b, l1=l1, **world)
    assert value == pytest.approx(pair.objective, abs=1e-12)
    assert max(np.abs(dW).max(), np.abs(db).max()) < 1e-9
    assert penalised_loss_and_gradient(W, b, **world)[0] == pytest.approx(pair.loss, abs=1e-12)


@pytest.mark.parametrize(("w1", "w2", "ratio"), [(0.9, 0.9, 1.0), (0.95, 0.85, 0.8), (0.9, 0.2, 2)])
def test_the_cost_of_sharing_is_the_limit(w1, w2, ratio):
    """(F_shared − F_apart)/p² at two densities, drawn on to p = 0: what is left is O(p²)."""
    l1 = 0.4

    def cost(p):
        biases = [p * (1 - w * w) / 2 for w in (w1, w2)]
        world = {"density": p, "importance": [1.0, ratio], "l1": l1}
        together = penalised_loss_and_gradient([[w1, -w2]], biases, **world)[0]
        apart = penalised_loss_and_gradient([[w1, 0], [0, w2]], biases, **world)[0]
        return float(together - apart) / p**2

    coarse, fine = cost(2e-3), cost(1e-3)
    # Rounding is 1e-16 / p² = 1e-10; the curvature in p was of order 1 · p².
    assert 2 * fine - coarse == pytest.approx(sharing_cost(w1, w2, l1, ratio), abs=1e-4)


def test_equal_features_share_although_there_is_room():
    """From w² = 17/23 on; as p → 0 at λ = (8/3) w (1 − w²)."""
    w = np.sqrt(17 / 23)
    limit = 8 / 3 * w * (1 - w * w)
    p = 0.01
    for factor, shares in ((0.97, False), (1.03, True)):
        found = survivors(2, density=p, importance=[1.0, 1.0], l1=factor * limit)
        assert found.count == 2
        assert (len(found.neurons) == 1) == shares


@pytest.mark.parametrize(("ratio", "shares"), [(0.70, True), (0.6858, True), (0.6856, False)])
def test_features_share_above_a_ratio(ratio, shares):
    p = 1e-9
    l1 = float(lone_threshold(p, ratio))
    w1, w2 = (float(lone_scale(p, i, l1=l1)) for i in (1.0, ratio))
    assert (sharing_cost(w1, w2, l1, ratio) < 0) == shares


def _matchings(features):
    """All ways to put some of them on neurons, one or two each."""
    if not features:
        yield ()
        return
    first, *rest = features
    for others in _matchings(rest):
        yield others
        yield ((first,), *others)
    for k, second in enumerate(rest):
        for others in _matchings([*rest[:k], *rest[k + 1 :]]):
            yield ((first, second), *others)


@pytest.mark.parametrize("m", [1, 2, 3])
@pytest.mark.parametrize("l1", [0.05, 0.3, 0.5])
def test_the_matching_is_the_best_of_all(m, l1):
    p, importance = 0.1, np.array([1.0, 0.9, 0.6, 0.5])
    found = survivors(m, density=p, importance=importance, l1=l1)
    dropped = importance * feature_variance(p)

    def value(neurons):
        total, used = 0.0, [i for neuron in neurons for i in neuron]
        for neuron in neurons:
            if len(neuron) == 1:
                total += lone_feature(p, importance[neuron[0]], l1)[1]
                continue
            i, j = neuron
            pair = shared_neuron(p, importance[j] / importance[i], l1=l1 / importance[i])
            total += np.inf if pair is None else importance[i] * pair.objective
        return total + sum(dropped[i] for i in range(4) if i not in used)

    best = min(value(each) for each in _matchings([0, 1, 2, 3]) if len(each) <= m)
    assert found.objective == pytest.approx(best, rel=1e-12)


@settings(max_examples=10, deadline=None)
@given(st.floats(0.02, 0.4), st.integers(1, 4), st.floats(0.02, 0.7), st.integers(0, 2**32))
def test_the_model_costs_what_the_sum_says(p, m, l1, seed):
    importance = np.sort(np.random.default_rng(seed).uniform(0.05, 1.0, 4))[::-1]
    found = survivors(m, density=p, importance=importance, l1=l1)
    world = {"density": p, "importance": importance}
    whole = penalised_loss_and_gradient(found.W, found.b, l1=l1, **world)[0]
    assert whole == pytest.approx(found.objective, abs=1e-11)
    assert penalised_loss_and_gradient(found.W, found.b, **world)[0] == pytest.approx(
        found.loss, abs=1e-11
    )
    assert found.count == found.alive.sum() == sum(map(len, found.neurons))
    assert len(found.neurons) <= m


@settings(max_examples=20, deadline=None)
@given(st.integers(0, 2**32), st.floats(0.05, 0.6))
def test_no_sparse_model_beats_it(seed, l1):
    """The lower bound of the sparse limit, on models near the best and far from it."""
    p, importance, rng = 0.01, np.array([1.0, 0.8, 0.6]), np.random.default_rng(seed)
    best = survivors(2, density=p, importance=importance, l1=l1)
    near = rng.choice([0.02, 0.2, 1.0])
    W, b = best.W + near * rng.normal(size=(2, 3)), best.b + near * p * rng.normal(size=3)
    value = float(penalised_loss_and_gradient(W, b, density=p, importance=importance, l1=l1)[0])
    # Beyond the leading order only what two active features do, at most 3 p² of the importance.
    assert value > best.objective - 3 * p**2 * importance.sum()


def test_width_makes_no_difference_to_sparse_survivors():
    p, importance = 1e-3, 0.8 ** np.arange(12)
    for l1 in (0.11, 0.3, 0.6):
        expected = int((lone_threshold(p, importance) > l1).sum())
        for m in (5, 12):
            if expected <= 2 * m:
                assert survivors(m, density=p, importance=importance, l1=l1).count == expected


def test_a_raised_penalty_only_takes_away():
    world = {"density": 0.1, "importance": 0.8 ** np.arange(6)}
    start = survivors(3, l1=0.02, **world)
    before = start.alive
    for l1 in np.geomspace(0.02, 1.5, 12):
        alive = still_alive(start, l1=l1, **world)
        assert not np.any(alive & ~before)
        assert alive.sum() >= survivors(3, l1=l1, **world).count
        before = alive
    assert not before.any()


@pytest.mark.parametrize("p", [0.05, 0.3])
def test_relu_neurons_that_inhibit_pay_less(p):
    """Quadrature of one living feature and one dropped one with a weight −u on its neuron."""
    l1 = 0.5 * float(lone_threshold(p))
    w, importance = float(lone_scale(p, l1=l1)), (1.0, 0.7)
    a, b1, b2 = w * w, p * (1 - w * w) / 2, p / 2

    def cost(x, y, u):
        h = max(w * x - u * y, 0.0)
        first, second = max(w * h + b1, 0.0), max(-u * h + b2, 0.0)
        return (x - first) ** 2 + importance[1] * (y - second) ** 2 + l1 * h

    def objective(u):
        both = dblquad(lambda x, y: cost(x, y, u), 0, 1, lambda y: u * y / w, 1, epsabs=1e-11)[0]
        off = dblquad(lambda x, y: cost(x, y, u), 0, 1, 0, lambda y: u * y / w, epsabs=1e-11)[0]
        first = quad(lambda x: cost(x, 0.0, u), 0, 1)[0]
        second = quad(lambda y: cost(0.0, y, u), 0, 1)[0]
        return p**2 * (both + off) + p * (1 - p) * (first + second) + (1 - p) ** 2 * cost(0, 0, u)

    start = objective(0.0)
    steps = [(objective(u) - start) / u for u in (1e-2, 5e-3)]
    slope = -(p**2) / 2 * w * (1 - a) * (5 / 3 - p)
    assert slope < 0
    # The second difference is of order u: drawn on to 0, of order u².
    assert 2 * steps[1] - steps[0] == pytest.approx(slope, abs=2e-4 * p)


@pytest.mark.parametrize(
    ("wrong", "name"),
    [
        ({"n_hidden": 4}, "n_hidden"),
        ({"n_hidden": 0}, "n_hidden"),
        ({"density": 0.0}, "density"),
        ({"importance": [1.0, np.nan, 0.1]}, "importance"),
        ({"importance": [-1.0, 1.0, 0.1]}, "importance"),
        ({"l1": 0.0}, "l1"),
        ({"l1": -1.0}, "l1"),
        ({"l1": np.nan}, "l1"),
    ],
)
def test_bad_arguments_are_named(wrong, name):
    usual = {"n_hidden": 2, "density": 0.1, "importance": [1.0, 0.5, 0.2], "l1": 0.1}
    with pytest.raises(ValueError, match=name):
        survivors(**{**usual, **wrong})
