"""Laws read off data: rows of given activations, and densities that fall by a power."""

from __future__ import annotations

import json

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from numeric import GivenActivations, ReluOutput, TwoLayer, train, zipf_densities
from tests.numeric.features.test_independent import BATCH, assert_mean

H = np.maximum(np.random.default_rng(7).normal(0.3, 1.0, (17, 4)), 0.0)


@given(st.integers(0, 2**32), st.integers(1, 30))
def test_moments_are_those_of_the_rows(seed, rows):
    h = np.maximum(np.random.default_rng(seed).normal(0.3, 1.0, (rows, 3)), 0.0)
    law = GivenActivations(h)
    x = law.sample(np.random.default_rng(seed + 1), BATCH)
    assert np.all((x[:, None, :] == h).all(axis=-1).any(axis=-1))
    products = x[:, :, None] * x[:, None, :]
    exact = h[:, :, None] * h[:, None, :]
    comparisons = 100 * 15
    assert_mean(x, law.mean(), h.var(axis=0), 2 * h.max() + 1, comparisons)
    assert_mean(
        products, law.second_moments(), exact.var(axis=0), 2 * h.max() ** 2 + 1, comparisons
    )
    np.testing.assert_allclose(law.mean(), h.mean(axis=0), rtol=1e-12)
    np.testing.assert_allclose(law.second_moments(), exact.mean(axis=0), rtol=1e-12, atol=1e-15)
    np.testing.assert_allclose(law.second_moment(), (h**2).mean(axis=0), rtol=1e-12)
    np.testing.assert_allclose(np.diagonal(law.co_activity()), law.density, rtol=1e-12)


def test_every_row_is_equally_likely():
    grid = (np.arange(17 * 100) + 0.5) / 1700
    drawn = GivenActivations(H).from_uniform(grid[:, None])
    np.testing.assert_array_equal(drawn, np.repeat(H, 100, axis=0))


def test_instances_share_the_rows_and_have_their_own_importance():
    law = GivenActivations(H, [[1, 1, 1, 1], [0, 0, 1, 2]])
    assert law.instances == (2,)
    assert law.sample(np.random.default_rng(0), 5).shape == (2, 5, 4)
    assert law.second_moments().shape == (2, 4, 4)
    np.testing.assert_array_equal(law.instance(1).importance, [0, 0, 1, 2])
    assert law.instance(0) != law.instance(1)


def test_configuration_tells_rows_apart():
    one, other = GivenActivations(H), GivenActivations(H + 1e-12)
    assert json.loads(json.dumps(one.configuration())) == one.configuration()
    assert one != other
    assert one == GivenActivations(H.copy())


@pytest.mark.parametrize("engine", ["fused", "array"])
def test_an_autoencoder_learns_given_rows(engine):
    """Eight hidden units span four dimensions: W2 W1 = 1 has no loss, where h ≥ 0."""
    model = TwoLayer(output="linear")
    settings = {"n_hidden": 8, "seed": 0, "learning_rate": 0.01, "batch": 256, "engine": engine}
    before = train(model, GivenActivations(H), steps=1, **settings)
    after = train(model, GivenActivations(H), steps=600, **settings)
    assert float(after.loss[0]) < 0.02 * float(before.loss[0])


def test_both_engines_draw_the_same_rows():
    settings = {"n_hidden": 2, "seed": 0, "steps": 8, "batch": 100, "held_out": 1}
    fused, array = (
        train(ReluOutput(), GivenActivations(H), engine=engine, **settings)
        for engine in ("fused", "array")
    )
    assert np.max(np.abs(fused.W - array.W)) < 2e-5  # as in test_both_engines_agree


@pytest.mark.parametrize("rows", [[1.0], [[]], [[1.0, np.nan]], [[[1.0]]]])
def test_bad_rows_are_named(rows):
    with pytest.raises(ValueError, match="activations"):
        GivenActivations(rows)


@given(st.integers(1, 200), st.floats(0, 3), st.floats(0.001, 1))
def test_zipf_densities_fall_by_the_power_and_have_the_maximum(n, exponent, top):
    p = zipf_densities(n, exponent, maximum=top)
    np.testing.assert_allclose(p * np.arange(1, n + 1) ** exponent, top, rtol=1e-12)


@given(st.integers(1, 200), st.floats(0, 1), st.floats(0.001, 0.01))
def test_zipf_densities_have_the_mean(n, exponent, mean):
    p = zipf_densities(n, exponent, mean=mean)
    np.testing.assert_allclose(p.mean(), mean, rtol=1e-12)
    np.testing.assert_allclose(p[0] / p, np.arange(1, n + 1) ** exponent, rtol=1e-12)


@pytest.mark.parametrize(
    ("wrong", "message"),
    [
        ({}, "mean and maximum"),
        ({"mean": 0.1, "maximum": 0.1}, "mean and maximum"),
        ({"maximum": 1.1}, "maximum"),
        ({"mean": 0.0}, "mean"),
        ({"mean": 0.9}, "mean must be at most"),
        ({"exponent": -1.0, "mean": 0.1}, "exponent"),
        ({"n_features": 0, "mean": 0.1}, "n_features"),
    ],
)
def test_bad_zipf_arguments_are_named(wrong, message):
    with pytest.raises(ValueError, match=message):
        zipf_densities(**{"n_features": 9, "exponent": 1.0, **wrong})
