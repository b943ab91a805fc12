"""A mixture of experts: only the strongest pass, forwards and backwards."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from numeric import IndependentFeatures, MixtureOfExperts, ReluOutput, train


def parameters(rng, m, n):
    return {"W": rng.normal(0, 0.7, (m, n)), "b": rng.normal(0, 0.2, n)}


@given(st.integers(0, 2**32), st.sampled_from([(4, 1), (2, 1), (4, 3)]))
def test_only_the_strongest_experts_pass(seed, kind):
    model, rng = MixtureOfExperts(*kind), np.random.default_rng(seed)
    x, theta = rng.random((7, 5)), parameters(rng, 4, 5)
    u = x @ theta["W"].T
    power = (u.reshape(7, kind[0], -1) ** 2).sum(-1)
    h = model.hidden(theta, x).reshape(7, kind[0], -1)
    for row in range(7):
        chosen = set(np.argsort(-power[row])[: kind[1]].tolist())
        assert set(np.flatnonzero(h[row].any(-1)).tolist()) == chosen
        for e in chosen:
            assert np.array_equal(h[row, e], u.reshape(7, kind[0], -1)[row, e])


@given(st.integers(0, 2**32))
def test_the_gradient_is_the_derivative(seed):
    model, rng = MixtureOfExperts(3, 1), np.random.default_rng(seed)
    x = IndependentFeatures(0.6, n_features=4).sample(rng, 10)
    here, along = parameters(rng, 6, 4), parameters(rng, 6, 4)

    def at(t):
        return {name: here[name] + t * along[name] for name in here}

    def pattern(t):
        z = model._output_inputs(at(t), model.hidden(at(t), x))
        return np.concatenate([np.sign(model.hidden(at(t), x)), z > 0], axis=1)

    step = 1e-3
    # As long as the choice and the signs hold, a polynomial of degree four: five points are exact.
    assume(all(np.array_equal(pattern(k * step), pattern(0)) for k in (-2, -1, 1, 2)))
    value = {
        k: model.loss_and_gradient(at(k * step), x, np.ones(4), 0.1)[0] for k in (-2, -1, 1, 2)
    }
    slope = (8 * (value[1] - value[-1]) - (value[2] - value[-2])) / (12 * step)
    gradient = model.loss_and_gradient(here, x, np.ones(4), 0.1)[1]
    found = sum(np.sum(gradient[name] * along[name]) for name in gradient)
    assert abs(slope - found) < 300 * np.finfo(float).eps * max(1.0, value[1]) / step


def test_all_experts_together_are_the_dense_model():
    law = IndependentFeatures(0.3, n_features=5)
    settings = {"n_hidden": 4, "seed": 0, "steps": 10, "batch": 64, "held_out": 2048}
    experts = train(MixtureOfExperts(2, 2), law, engine="array", **settings)
    dense = train(ReluOutput(), law, engine="array", **settings)
    for name in ("W", "b", "loss"):
        assert np.array_equal(experts[name], dense[name])
    assert '"n_active": 2' in experts.attrs["configuration"]


@pytest.mark.parametrize(
    ("call", "name"),
    [
        (lambda: MixtureOfExperts(0), "n_experts"),
        (lambda: MixtureOfExperts(4, 5), "n_active"),
        (lambda: MixtureOfExperts(4, 1, bias="no"), "bias"),
        (
            lambda: train(
                MixtureOfExperts(3, 1), IndependentFeatures(0.3, n_features=5), n_hidden=4, seed=0
            ),
            "n_hidden",
        ),
    ],
)
def test_bad_arguments_are_named(call, name):
    with pytest.raises((TypeError, ValueError), match=name):
        call()
