"""The worst attack: never below what search finds, attained, and between its bounds."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from agreement.strategies import rotations, toy_models
from theory.adversary.arrangement import count_choices
from theory.adversary.secular import maxima_on_sphere
from theory.adversary.worst_case import worst_case

FEW = settings(max_examples=25)
# A vertex of nearly parallel kinks is found to about the square root of rounding.
ROUNDING = 1e-9


def costs(model, x, delta):
    """The loss of each input by its definition."""
    z = model.b + (x + delta) @ model.W.T @ model.W
    return (x - np.maximum(z, 0)) ** 2 @ model.importance


def searched(model, x, size, rng, *, tries=300, rounds=12):
    """The largest loss that random attacks and rounds of smaller steps around the best find."""
    n = len(x)
    delta = rng.normal(size=(tries, n))
    delta *= size / np.linalg.norm(delta, axis=1, keepdims=True)
    delta[: tries // 2] *= rng.random((tries // 2, 1)) ** (1 / n)
    for k in range(rounds):
        best = delta[np.argsort(-costs(model, x, delta))[:10]]
        near = best[:, None] + size * 0.6**k * rng.normal(size=(10, 20, n))
        length = np.linalg.norm(near, axis=-1, keepdims=True)
        near *= np.minimum(1, size / np.maximum(length, 1e-300))
        delta = np.concatenate([best, near.reshape(-1, n)])
    return costs(model, x, delta).max()


sizes = st.sampled_from([1e-9, 0.05, 0.3, 2.0])
seeds = st.integers(0, 2**32 - 1)


def inputs(model, seed, count=6):
    rng = np.random.default_rng(seed)
    return rng.random((count, model.n_features)) * (rng.random((count, model.n_features)) < 0.6)


@pytest.mark.result("D19")
@FEW
@given(toy_models(), sizes, seeds)
def test_no_search_is_above_and_the_attack_attains_it(model, size, seed):
    x = inputs(model, seed)
    worst = worst_case(model.W, model.b, x, size=size, importance=model.importance)
    assert worst.exact
    np.testing.assert_array_equal(worst.upper, worst.loss)
    assert (np.linalg.norm(worst.delta, axis=-1) <= size * (1 + 1e-12)).all()
    slack = ROUNDING * model.scale * (1 + size) ** 2
    np.testing.assert_allclose(costs(model, x, worst.delta), worst.loss, rtol=0, atol=slack)
    rng = np.random.default_rng(seed)
    for row, loss in zip(x, worst.loss, strict=True):
        assert searched(model, row, size, rng) <= loss + slack


@pytest.mark.result("D19")
@given(toy_models(), st.data())
def test_it_grows_with_size_from_the_clean_loss_and_knows_no_rotation(model, data):
    x = inputs(model, data.draw(seeds))
    found = [
        worst_case(model.W, model.b, x, size=size, importance=model.importance).loss
        for size in (0.0, 0.1, 0.4)
    ]
    slack = ROUNDING * model.scale
    np.testing.assert_allclose(found[0], costs(model, x, 0.0), rtol=0, atol=slack)
    assert (np.diff(found, axis=0) >= -slack).all()
    turned = data.draw(rotations(len(model.W))) @ model.W
    again = worst_case(turned, model.b, x, size=0.1, importance=model.importance)
    np.testing.assert_allclose(again.loss, found[1], rtol=0, atol=slack)


@pytest.mark.result("D19")
@given(st.integers(1, 4), st.floats(0, 2), seeds)
def test_dedicated_unit_features_lose_the_square_of_the_size(n, size, seed):
    x = np.random.default_rng(seed).random((5, n))
    worst = worst_case(np.eye(n), np.zeros(n), x, size=size)
    rounding = 1e-15 * (size + 1e-15)  # of x + δ − x
    np.testing.assert_allclose(worst.loss, size**2, rtol=1e-12, atol=rounding)


@pytest.mark.result("D19")
@FEW
@given(toy_models(fewest_features=2), sizes, seeds)
def test_beyond_the_budget_bounds_enclose_the_truth(model, size, seed):
    x = inputs(model, seed, 12)
    world = {"size": size, "importance": model.importance}
    exact = worst_case(model.W, model.b, x, **world)
    rough = worst_case(model.W, model.b, x, **world, budget=1e-9)
    slack = ROUNDING * model.scale * (1 + size) ** 2
    if model.W.any():
        assert not rough.exact
    assert (rough.loss <= exact.loss + slack).all()
    assert (exact.loss <= rough.upper + slack).all()
    assert (np.linalg.norm(rough.delta, axis=-1) <= size * (1 + 1e-12)).all()
    np.testing.assert_allclose(costs(model, x, rough.delta), rough.loss, rtol=0, atol=slack)


def test_many_features_are_refused_by_the_budget_alone():
    rng = np.random.default_rng(0)
    W, x = rng.normal(size=(4, 24)) / 3, rng.random((3, 24))
    worst = worst_case(W, np.zeros(24), x, size=0.1)
    assert not worst.exact
    assert (worst.loss <= worst.upper).all()
    assert count_choices(24, 4) > 1e7


@pytest.mark.result("D19")
@given(st.integers(2, 3), st.floats(0.1, 3), seeds, st.sampled_from(["any", "hard", "equal"]))
def test_no_point_of_the_sphere_is_above_the_secular_ones(k, radius, seed, kind):
    rng = np.random.default_rng(seed)
    d, g = -np.sort(-rng.random(k)), rng.normal(size=k)
    if kind == "hard":
        g[0] = 0.0
        g[1:] *= 0.1
    if kind == "equal":
        d[:] = d[0]
    points = np.empty((2 + 2 * k, k))
    count = maxima_on_sphere(d, g, k, radius, points)
    found = points[:count]
    np.testing.assert_allclose(np.linalg.norm(found, axis=1), radius, rtol=1e-9)
    values = found**2 @ d - 2 * found @ g
    other = rng.normal(size=(2000, k))
    other *= radius / np.linalg.norm(other, axis=1, keepdims=True)
    scale = radius**2 + 2 * radius * np.linalg.norm(g)
    assert (other**2 @ d - 2 * other @ g).max() <= values.max() + 1e-12 * scale


@pytest.mark.parametrize(
    ("call", "name"),
    [
        ({"size": -0.1}, "size"),
        ({"size": np.nan}, "size"),
        ({"b": None}, "b"),
        ({"x": [[0.1, 0.2, 0.3]]}, "x"),
        ({"x": [[0.1, np.inf]]}, "x"),
        ({"budget": 0}, "budget"),
        ({"W": np.zeros((2, 1, 2))}, "W"),
        ({"importance": np.ones((2, 2))}, "importance"),
    ],
)
def test_bad_input_is_named(call, name):
    usual = {"W": [[1.0, -1.0]], "b": [0.0, 0.0], "x": [[0.5, 0.1]], "size": 0.1}
    with pytest.raises(ValueError, match=rf"\b{name}\b"):
        worst_case(**{**usual, **call})


def test_a_model_of_zeros_is_not_attacked():
    worst = worst_case(np.zeros((1, 2)), [0.1, 0.0], [[0.5, 0.1]], size=1.0)
    assert worst.exact
    assert worst.loss[0] == pytest.approx(0.16 + 0.01)
    assert not worst.delta.any()
