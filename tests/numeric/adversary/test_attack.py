"""Attacks: the best of n is the best of n, the ascent is never below it, all stay in the ball."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

import numeric
from agreement.strategies import toy_models
from numeric.adversary import ascent

LAW = numeric.IndependentFeatures(0.4, n_features=5)


def random_model(seed=0, n=5, m=2):
    rng = np.random.default_rng(seed)
    return rng.normal(size=(m, n)), 0.3 * rng.normal(size=n), LAW.sample(rng, 40)[:, :n]


@given(toy_models(), st.floats(0, 2), st.integers(0, 2**20))
def test_the_best_of_n_is_the_best_of_the_fixed(model, size, seed):
    """And what each of them does is the loss of the input that it makes."""
    assume(np.all(np.max(np.abs(model.W.T @ model.W), axis=-1) > 0))
    x = np.random.default_rng(seed).random((7, model.n_features))
    settings = {"size": size, "importance": model.importance}
    best = numeric.attack(model.W, model.b, x, **settings)
    fixed = [
        numeric.attack(model.W, model.b, x, kind="fixed", feature=k, **settings)
        for k in range(model.n_features)
    ]
    rounding = 1e-12 * model.n_features * (size + 2) ** 2 * np.max(model.reach) ** 2
    for one in (best, *fixed):
        z = (x + one.delta) @ model.W.T @ model.W + model.b
        loss = ((np.maximum(z, 0) - x) ** 2) @ model.importance
        np.testing.assert_allclose(one.loss, loss, rtol=0, atol=rounding)
        np.testing.assert_allclose(np.linalg.norm(one.delta, axis=-1), size, rtol=1e-12, atol=1e-12)
    highest = np.max([one.loss for one in fixed], axis=0)
    np.testing.assert_allclose(best.loss, highest, rtol=0, atol=rounding)


def test_a_random_feature_is_each_live_one_in_turn():
    W, b, x = random_model()
    W[:, 1] = 1e-3
    found = numeric.attack(W, b, x, size=0.2, kind="random", live_above=0.01)
    np.testing.assert_array_equal(found.feature[:5], [0, 2, 3, 4, 0])
    for row in range(5):
        k = int(found.feature[row])
        alone = numeric.attack(W, b, x[row : row + 1], size=0.2, kind="fixed", feature=k)
        assert found.loss[row] == pytest.approx(alone.loss[0], rel=1e-12)


@pytest.mark.parametrize("size", [0.0, 0.05, 0.8])
def test_the_ascent_stays_in_the_ball_and_above_the_best_of_n(size):
    W, b, x = random_model()
    best = numeric.attack(W, b, x, size=size)
    found = numeric.attack(W, b, x, size=size, kind="gradient", seed=3)
    assert np.all(found.loss >= best.loss)
    assert np.all(np.linalg.norm(found.delta, axis=-1) <= size * (1 + 1e-12))
    z = (x + found.delta) @ W.T @ W + b
    np.testing.assert_allclose(found.loss, ((np.maximum(z, 0) - x) ** 2).sum(-1), rtol=1e-12)


@pytest.mark.parametrize("size", [0.1, 0.6])
def test_in_one_dimension_the_ascent_finds_the_worst(size):
    """There δ acts through one number in [−size‖W‖, size‖W‖], of which a grid finds the worst.

    Between neighbours of the grid the loss rises by no more than half a spacing times its steepest
    slope, 2 Σ_i |x_i − x'_i| |W_i|; and so over the last step of the ascent.
    """
    rng = np.random.default_rng(1)
    x = numeric.IndependentFeatures(0.5, n_features=3).sample(rng, 60)
    W, b = np.array([[0.9, -0.7, 0.4]]), np.array([-0.05, 0.02, 0.0])
    found = numeric.attack(W, b, x, size=size, kind="gradient", restarts=8, seed=1)
    reach = size * np.linalg.norm(W)
    grid = np.linspace(-reach, reach, 2001)
    z = ((x @ W.T) + grid)[..., None] * W[0] + b
    losses = ((np.maximum(z, 0) - x[:, None]) ** 2).sum(-1)
    steepest = 2 * (np.abs(W[0]) * (np.abs(x) + np.abs(z).max(axis=1))).sum(-1)
    slack = steepest * (grid[1] - grid[0]) / 2
    assert np.all(found.loss <= losses.max(axis=1) + slack)
    assert np.all(found.loss >= losses.max(axis=1) - steepest * reach * ascent.LAST)


def test_no_attack_depends_on_the_axes_of_hidden_space():
    W, b, x = random_model()
    turn = np.linalg.qr(np.random.default_rng(5).normal(size=(2, 2)))[0]
    for kind in ("analytic", "gradient"):
        one = numeric.attack(W, b, x, size=0.3, kind=kind)
        other = numeric.attack(turn @ W, b, x, size=0.3, kind=kind)
        np.testing.assert_allclose(one.loss, other.loss, rtol=1e-9)


def test_models_side_by_side_are_attacked_as_alone():
    models = [random_model(seed)[:2] for seed in (0, 1)]
    x = random_model()[2]
    W, b = (np.array(part) for part in zip(*models, strict=True))
    for kind, feature in (("analytic", None), ("fixed", 3)):
        whole = numeric.attack(W, b, x, size=0.2, kind=kind, feature=feature)
        assert whole.delta.shape == (2, *x.shape)
        for i, (W_i, b_i) in enumerate(models):
            alone = numeric.attack(W_i, b_i, x, size=0.2, kind=kind, feature=feature)
            np.testing.assert_allclose(whole.loss[i], alone.loss, rtol=1e-12)
            np.testing.assert_array_equal(whole.feature[i], alone.feature)


def test_blocks_of_rows_change_nothing(monkeypatch):
    W, b, x = random_model()
    whole = numeric.attack(W, b, x, size=0.2)
    monkeypatch.setattr(ascent, "ENTRIES", 15)  # three rows at a time
    parts = numeric.attack(W, b, x, size=0.2)
    np.testing.assert_array_equal(whole.feature, parts.feature)
    np.testing.assert_allclose(whole.loss, parts.loss, rtol=1e-13)


def test_a_feature_all_but_dropped_attacks_unless_it_is_masked():
    """The limit W_3 → 0 has direction W_3/‖W_3‖ through the others, of length 1: not no attack."""
    W = np.array([[1.0, -1.0, 0.0], [0.0, 0.0, 1e-9]])
    W[:, 2] = [1e-9, 0]
    x = np.zeros((1, 3))
    raw = numeric.attack(W[:1], np.zeros(3), x, size=0.1, kind="fixed", feature=2)
    assert raw.loss[0] == pytest.approx(2 * 0.1**2)
    with pytest.raises(ValueError, match="feature must be live"):
        numeric.attack(W[:1], np.zeros(3), x, size=0.1, kind="fixed", feature=2, live_above=0.1)
    masked = numeric.attack(W[:1], np.zeros(3), x, size=0.1, live_above=0.1)
    assert masked.feature[0] != 2


W, B, X = [[1.0, -1.0]], [0.0, 0.0], [[0.1, 0.0]]


@pytest.mark.parametrize(
    ("call", "message"),
    [
        ({"size": -0.1}, "size must be"),
        ({"size": np.inf}, "size must be"),
        ({"size": np.nan}, "size must be"),
        ({"b": None}, "b must be the model's biases"),
        ({"W": [[0.0, 0.0]]}, "live feature"),
        ({"W": [[1.0, 0.0]]}, "no zero column"),
        ({"live_above": 5.0}, "live feature"),
        ({"live_above": -1.0}, "live_above must be"),
        ({"kind": "worst"}, "kind must be"),
        ({"kind": "fixed"}, "feature must be"),
        ({"kind": "fixed", "feature": 2}, "feature must be"),
        ({"feature": 0}, "feature belongs"),
        ({"x": [[0.1]]}, "x must have shape"),
        ({"x": [[np.nan, 0.0]]}, "x must be finite"),
        ({"W": np.ones((3, 1, 2)), "b": np.zeros((3, 2)), "x": np.ones((2, 1, 2))}, "broadcast"),
        ({"steps": 0}, "steps must be"),
        ({"restarts": 1.5}, "restarts must be"),
        ({"kind": "gradient", "seed": -1}, "seed must be"),
    ],
)
def test_bad_input_is_named(call, message):
    with pytest.raises(ValueError, match=message):
        numeric.attack(**{"W": W, "b": B, "x": X, "size": 0.1, **call})
