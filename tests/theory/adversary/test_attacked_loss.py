"""The loss under a fixed attack: quadrature, samples, exact numbers, differences."""

from __future__ import annotations

from fractions import Fraction
from itertools import product

import numpy as np
import pytest
import sympy as sp
from hypothesis import example, given, settings
from hypothesis import strategies as st

from agreement.strategies import ToyModel, toy_models
from tests.oracles import Estimate, assert_compatible, assert_same, quadrature_loss
from theory.adversary.attacked_loss import attacked_loss, attacked_loss_and_gradient
from theory.adversary.directions import attack_directions
from theory.adversary.exact import exact_attack, expected_attacked_loss
from theory.adversary.random_feature import random_feature_loss, random_feature_loss_and_gradient
from theory.loss.exact_gradient import expected_gradient

EVER = st.floats(0.01, 1.0)
ATTACKS = st.sampled_from([0.0, 1.0, -0.3, 1e-12]) | st.floats(-1.5, 1.5, allow_subnormal=False)


def attacks(n):
    return st.lists(ATTACKS, min_size=n, max_size=n).map(np.array)


@pytest.mark.result("D17")
@settings(max_examples=15)
@given(toy_models(3, density=EVER), st.data())
def test_quadrature_of_the_definition(model, data):
    delta = data.draw(attacks(model.n_features))
    here = attacked_loss(model.W, model.b, delta, **model.world)
    moved = model.b + model.W.T @ model.W @ delta
    expected = quadrature_loss(model.W, moved, **model.world)
    scale = model.importance @ (model.reach * (1 + np.abs(delta).sum())) ** 2
    assert_same(here, expected, scale=float(scale))


@pytest.mark.result("D17")
@pytest.mark.parametrize(("n", "m", "seed"), [(3, 1, 0), (5, 2, 1), (12, 4, 2)])
def test_samples_of_attacked_inputs(n, m, seed):
    """From the definition: x + δ goes in, x is asked for."""
    rng = np.random.default_rng(seed)
    W, b, delta = rng.normal(size=(m, n)) / m**0.5, 0.2 * rng.normal(size=n), rng.normal(size=n)
    x = rng.random((40_000, n)) * (rng.random((40_000, n)) < 0.2)
    losses = np.sum((x - np.maximum((x + delta) @ W.T @ W + b, 0)) ** 2, axis=1)
    estimate = Estimate(losses.mean(), losses.std() / np.sqrt(len(x)))
    assert_compatible(estimate, attacked_loss(W, b, delta, density=0.2), per_example=3)


@pytest.mark.result("D17")
@settings(max_examples=15)
@given(toy_models(3, density=EVER, grid=8), st.data())
def test_exact_numbers(model, data):
    delta = np.array(data.draw(st.lists(st.integers(-8, 8), min_size=model.n_features,
                                        max_size=model.n_features))) / 8  # fmt: skip
    W, b, density, importance = model.exactly()
    exact = expected_attacked_loss(
        W, b, [Fraction(d) for d in delta], density=density, importance=importance
    )
    here = attacked_loss(model.W, model.b, delta, **model.world)
    assert float(here) == pytest.approx(float(exact), rel=1e-12, abs=1e-13 * model.scale)


@pytest.mark.result("D17")
def test_gradient_is_the_exact_one():
    """The chain rule through G δ, in fractions: each of dW, db and dδ."""
    W = sp.Matrix([[1, sp.Rational(-3, 5), sp.Rational(1, 4)], [0, sp.Rational(1, 2), 1]])
    b, delta = (
        [sp.Rational(-1, 10), 0, sp.Rational(1, 8)],
        [sp.Rational(1, 3), -1, sp.Rational(1, 7)],
    )
    p = sp.Rational(2, 7)
    moved = list(sp.Matrix(b) + W.T * W * sp.Matrix(delta))
    dW, g = expected_gradient(W, moved, density=p)
    d = sp.Matrix(delta)
    whole = dW + W * (g * d.T + d * g.T)
    _, here, db, ddelta = attacked_loss_and_gradient(
        np.array(W, float), np.array(b, float), np.array(delta, float), density=2 / 7
    )
    np.testing.assert_allclose(here, np.array(whole, float), rtol=1e-13)
    np.testing.assert_allclose(db, np.array(g, float).ravel(), rtol=1e-13)
    np.testing.assert_allclose(ddelta, np.array(W.T * W * g, float).ravel(), rtol=1e-13)


STEP = 2e-3


def _signs(W, b, size=0.4):
    """Of the outputs' inputs at each vertex of the cube, under each attack."""
    G = W.T @ W
    vertices = np.array(list(product((0.0, 1.0), repeat=len(b))))
    return (vertices @ G)[:, None] + size * attack_directions(W) @ G + b > 0


def _difference(value, step=STEP, levels=4):
    """Richardson's limit of central differences."""
    table = [[(value(h) - value(-h)) / (2 * h)] for h in step / 2.0 ** np.arange(levels)]
    for i in range(1, levels):
        for j in range(1, i + 1):
            before, above = table[i][j - 1], table[i - 1][j - 1]
            table[i].append(before + (before - above) / (4**j - 1))
    return table[-1][-1]


@pytest.mark.result("D17")
@pytest.mark.parametrize("seed", range(12))
@pytest.mark.parametrize("live_above", [None, 0.05])
def test_gradient_through_the_attack_is_that_of_the_objective(seed, live_above):
    rng = np.random.default_rng(seed)
    m, n = [(1, 2), (2, 3), (2, 5), (3, 4)][seed % 4]
    world = {"size": 0.4, "density": rng.uniform(0.1, 0.9, n), "importance": rng.uniform(0.5, 2, n)}
    world["live_above"] = live_above
    while True:  # until no output has its kink at a vertex on the way: the loss is smooth there
        W, b = rng.normal(size=(m, n)), 0.2 * rng.normal(size=n)
        V, v = rng.normal(size=W.shape), rng.normal(size=n)
        if live_above is not None:
            W[:, 0] *= 0.01 / np.linalg.norm(W[:, 0])
            V[:, 0] *= 0.01
        lengths = np.linalg.norm(W, axis=0)[1:]
        if lengths.min() > 0.1 and np.all(
            _signs(W + STEP * V, b + STEP * v) == _signs(W - STEP * V, b - STEP * v)
        ):
            break
    _, dW, db = random_feature_loss_and_gradient(W, b, **world)
    analytic = float(np.sum(dW * V) + db @ v)
    limit = _difference(lambda h: float(random_feature_loss(W + h * V, b + h * v, **world)))
    assert abs(analytic - limit) <= 1e-9 * (np.abs(dW * V).sum() + np.abs(db * v).sum())


@pytest.mark.result("D17")
def test_detached_is_the_mean_over_fixed_attacks_and_not_the_gradient():
    rng = np.random.default_rng(3)
    W, b, world = rng.normal(size=(2, 4)), 0.1 * rng.normal(size=4), {"density": 0.3}
    fixed = attacked_loss_and_gradient(W, b, 0.3 * attack_directions(W), **world)
    loss, dW, db = random_feature_loss_and_gradient(W, b, size=0.3, through=False, **world)
    np.testing.assert_allclose(loss, fixed[0].mean(), rtol=1e-14)
    np.testing.assert_allclose(dW, fixed[1].mean(axis=0), rtol=1e-13)
    np.testing.assert_allclose(db, fixed[2].mean(axis=0), rtol=1e-13)
    through = random_feature_loss_and_gradient(W, b, size=0.3, **world)[1]
    assert np.abs(through - dW).max() > 0.01 * np.abs(dW).max()


@pytest.mark.result("D17")
def test_a_vanishing_feature_still_attacks_unless_it_is_left_out():
    """G_k/‖G_k‖ has no limit as W_k → 0: from either side another one."""
    b = np.zeros(2)
    raw = [
        float(random_feature_loss([[1.0, side * 1e-9]], b, size=0.5, density=0.5))
        for side in (1, -1)
    ]
    live = float(random_feature_loss([[1.0, 1e-9]], b, size=0.5, density=0.5, live_above=1e-3))
    assert abs(raw[0] - raw[1]) > 0.05
    assert live == pytest.approx(0.25 + 0.5 / 3, abs=1e-8)
    with pytest.raises(ValueError, match="W must have no zero column"):
        random_feature_loss([[1.0, 0.0]], b, size=0.5, density=0.5)
    with pytest.raises(ValueError, match="W must have a live feature"):
        random_feature_loss([[0.0, 0.0]], b, size=0.5, density=0.5, live_above=0.1)


@pytest.mark.result("D17")
@given(toy_models(4, density=EVER))
@example(ToyModel(np.diag([1e-160, 1.0]), np.zeros(2), np.ones(2), np.ones(2)))
def test_directions_are_rows_of_the_gram_matrix(model):
    if not np.linalg.norm(model.W, axis=0).all():
        return
    u = attack_directions(model.W)
    np.testing.assert_allclose(np.linalg.norm(u, axis=1), 1, rtol=1e-13)
    if np.abs(model.W[model.W != 0]).min() > 1e-180:  # what underflows is another W
        np.testing.assert_allclose(attack_directions(1e-120 * model.W), u, atol=1e-13)
    G = model.W.T @ model.W
    length = np.linalg.norm(G, axis=1)
    far = length > 1e-100
    np.testing.assert_allclose(u[far], (G / np.where(far, length, 1)[:, None])[far], atol=1e-12)


def test_many_attacks_on_one_model_and_many_models():
    rng = np.random.default_rng(0)
    W, b, delta = rng.normal(size=(3, 2, 4)), rng.normal(size=(3, 4)), rng.normal(size=(5, 1, 4))
    many = attacked_loss(W, b, delta, density=[0.2, 0.3, 0.4, 0.5])
    assert many.shape == (5, 3)
    one = attacked_loss(W[2], b[2], delta[4, 0], density=[0.2, 0.3, 0.4, 0.5])
    assert many[4, 2] == one
    assert attacked_loss(W[0], b, delta[0, 0], density=0.3).shape == (3,)
    assert random_feature_loss(W[0], b[0], size=[0.1, 0.2], density=0.3).shape == (2,)


def test_exact_attack_of_a_triangle():
    W = [[1, sp.Rational(-1, 2), sp.Rational(-1, 2)], [0, sp.sqrt(3) / 2, -sp.sqrt(3) / 2]]
    assert exact_attack(W, 1) == [sp.sqrt(6) / 3, -sp.sqrt(6) / 6, -sp.sqrt(6) / 6]


@pytest.mark.parametrize(
    ("call", "name"),
    [
        (lambda: attacked_loss([[1.0]], None, [0.1], density=0.5), "b must be given"),
        (lambda: attacked_loss([[1.0]], [0.0], [np.inf], density=0.5), "delta"),
        (lambda: attacked_loss([[1.0]], [0.0], [0.1, 0.2], density=0.5), "delta"),
        (lambda: attacked_loss([[1.0]], [0.0], [1e300], density=0.5), "delta"),
        (lambda: attacked_loss([[1.0]], [0.0], [0.1], density=0.0), "density"),
        (lambda: random_feature_loss([[1.0]], [0.0], size=-0.1, density=0.5), "size"),
        (lambda: random_feature_loss([[1.0]], [0.0], size=np.nan, density=0.5), "size"),
        (lambda: random_feature_loss([[1.0]], None, size=0.1, density=0.5), "b must be given"),
        (lambda: attack_directions([[1.0]], live_above=0), "live_above"),
        (lambda: exact_attack([[1, 0]], 2), "0/0"),
        (lambda: exact_attack([[1, 0]], 3), "feature"),
        (lambda: exact_attack([[1, 0]], 1, -1), "size"),
        (lambda: expected_attacked_loss([[1]], None, [1], density=1), "b must be given"),
        (lambda: expected_attacked_loss([[1]], [0], [0.5], density=1), "delta"),
    ],
)  # fmt: skip
def test_bad_input_is_named(call, name):
    with pytest.raises(ValueError, match=name):
        call()
