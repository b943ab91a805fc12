"""Starts of two-layer nets: which sides are alive, and what they are made of."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from numeric import (
    AbsoluteValue,
    Given,
    IndependentFeatures,
    InTurn,
    MatchedOutput,
    NaivePlusNoise,
    Noisy,
    ReluHidden,
    TwoLayer,
    XavierNormal,
    dead_sides,
    train,
)
from numeric.models.targets import TARGETS

sizes = st.tuples(st.integers(1, 9), st.integers(1, 9))
targets = st.sampled_from(sorted(TARGETS))
seeds = st.integers(0, 2**32)


def alone(n, sign):
    """Samples in which each feature is active alone, at ±1."""
    return sign * np.eye(n)


@given(sizes, targets, seeds, st.floats(0.1, 3.0))
def test_a_matched_output_answers_each_side_that_a_neuron_reads(shape, target, seed, response):
    """By `response` on average; a side is dead only where no neuron reads it."""
    m, n = shape
    model = TwoLayer(target)
    start = MatchedOutput(response=response).draw(np.random.default_rng(seed), m, n, model)
    slopes = {}
    for sign in (1.0, -1.0):
        h = np.maximum(alone(n, sign) @ start["W1"].T, 0)
        slopes[sign] = np.diagonal(h @ start["W2"].T)
    read = {1.0: (start["W1"] > 0).any(axis=0), -1.0: (start["W1"] < 0).any(axis=0)}
    dead = dead_sides(**start)
    np.testing.assert_array_equal(slopes[1.0] > 0, read[1.0])
    np.testing.assert_array_equal(dead[:, 1], ~read[1.0])
    if target == "absolute":
        np.testing.assert_array_equal(dead[:, 0], ~read[-1.0])
        np.testing.assert_allclose((slopes[1.0] + slopes[-1.0]) / 2, response, rtol=1e-12)
    else:
        np.testing.assert_allclose(slopes[1.0][read[1.0]], response, rtol=1e-12)
        assert np.all(slopes[-1.0] == 0)  # the target has no slope there either


def test_a_random_start_is_dead_on_about_half_of_its_sides():
    """Each side's own slope is even in W2's law: dead with probability 1/2, or more."""
    n, m, draws = 20, 30, 200
    dead = [
        dead_sides(**XavierNormal().draw(np.random.default_rng(seed), m, n, AbsoluteValue())).mean()
        for seed in range(draws)
    ]
    # The slopes of different features are independent; the two of one are uncorrelated in sign.
    assert abs(np.mean(dead) - 0.5) < 5 * 0.5 / np.sqrt(2 * n * draws)


@given(sizes, targets, st.floats(0.05, 1.0))
def test_the_naive_start_computes_its_features_exactly(shape, target, bias):
    m, n = shape
    model = TwoLayer(target)
    start = NaivePlusNoise(0.0, bias=bias).draw(np.random.default_rng(0), m, n, model)
    low = 0.0 if target == "identity" else -1.0
    x = np.random.default_rng(1).uniform(low, 1.0, (50, n))
    kept = min(m // (2 if target == "absolute" else 1), n)
    y, made = model.target(x), model.forward(start, x)
    np.testing.assert_allclose(made[:, :kept], y[:, :kept], atol=1e-15)
    assert np.all(made[:, kept:] == bias)


@given(sizes, seeds, st.floats(0.0, 2.0))
def test_noise_moves_weights_by_its_size_and_no_bias(shape, seed, noise):
    m, n = shape
    rng = np.random.default_rng
    plain = NaivePlusNoise(0.0, bias=0.2).draw(rng(seed), m, n)
    moved = NaivePlusNoise(noise, bias=0.2).draw(rng(seed), m, n)
    for name in ("W1", "W2"):
        plain[name] = plain[name] + 0.0
    again = Noisy(Given(plain), noise).draw(rng(seed), m, n)
    for name in plain:
        np.testing.assert_array_equal(moved[name], again[name])
    np.testing.assert_array_equal(moved["b"], plain["b"])
    unit = Noisy(Given(plain), 1.0).draw(rng(seed), m, n)
    np.testing.assert_allclose(
        moved["W1"] - plain["W1"], noise * (unit["W1"] - plain["W1"]), atol=1e-12
    )


@given(st.lists(st.sampled_from([MatchedOutput(), NaivePlusNoise(), XavierNormal()]), min_size=1),
       st.integers(0, 20))  # fmt: skip
def test_starts_take_turns(starts, index):
    both = InTurn(starts)
    assert both.instance(index) == starts[index % len(starts)]
    assert len(both.configuration()["starts"]) == len(starts)


def test_given_starts_keep_their_own_count_when_they_take_turns():
    """Three codes beside a random start: instance 2i is code i."""
    codes = {"W1": np.ones((3, 1, 1)) * [[[0]], [[1]], [[2]]], "W2": [[1.0]], "b": [0.0]}
    both = InTurn([Noisy(Given(codes), 0.0), XavierNormal()])
    rng = np.random.default_rng(0)
    for i in range(3):
        assert both.instance(2 * i).draw(rng, 1, 1, AbsoluteValue())["W1"].item() == i


@pytest.mark.parametrize("target", sorted(TARGETS))
def test_training_from_the_naive_start_stays_below_its_loss(target):
    """One run on the fused kernels: what starts exact on all features stays near zero loss."""
    law = IndependentFeatures(0.5, n_features=2, low=0.0 if target == "identity" else -1.0)
    result = train(
        TwoLayer(target), law, n_hidden=4, seed=0, steps=200, batch=64, learning_rate=3e-3,
        initial=NaivePlusNoise(0.05), instances=2, held_out=2048, engine="fused",
    )  # fmt: skip
    assert (result["loss"] < 5e-3).all()


@pytest.mark.parametrize(
    ("make", "named"),
    [
        (lambda: MatchedOutput(gain=0.0), "gain"),
        (lambda: MatchedOutput(response=np.nan), "response"),
        (lambda: NaivePlusNoise(-1.0), "noise"),
        (lambda: NaivePlusNoise(bias=-0.1), "bias"),
        (lambda: Noisy(XavierNormal(), -1.0), "noise"),
        (lambda: InTurn([]), "starts"),
        (lambda: MatchedOutput().draw(np.random.default_rng(0), 2, 3, ReluHidden()), "model"),
        (lambda: NaivePlusNoise().draw(np.random.default_rng(0), 0, 3), "n_hidden"),
    ],
)
def test_bad_settings_are_named(make, named):
    with pytest.raises(ValueError, match=named):
        make()


@pytest.mark.parametrize("bad", [XavierNormal, 3, None])
def test_what_is_no_start_is_refused(bad):
    with pytest.raises(TypeError, match="start must"):
        Noisy(bad, 0.1)
    with pytest.raises(TypeError, match="starts must"):
        InTurn([bad])
    with pytest.raises(TypeError, match="starts must"):
        InTurn(bad)
