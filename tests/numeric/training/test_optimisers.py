"""Optimisers, schedules and starts: laws that their definitions imply."""

from __future__ import annotations

import json

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from numeric.models.two_layers import AbsoluteValue, ReluOutput
from numeric.schedules import Constant, Cosine, Linear, WarmUp
from numeric.training.initialise import Gaussian, Given, XavierNormal
from numeric.training.optimisers import SGD, Adam, AdamW

OPTIMISERS = [Adam(), AdamW(decay=0.01), SGD(), SGD(momentum=0.9)]
every_optimiser = pytest.mark.parametrize("optimiser", OPTIMISERS, ids=repr)
vectors = arrays(np.float64, 4, elements=st.floats(-10, 10))


def steps(optimiser, theta, gradients, rate=0.1):
    parameters, state = {"W": theta}, optimiser.init({"W": theta})
    path = []
    for gradient in gradients:
        parameters, state = optimiser.update(parameters, {"W": gradient}, state, rate)
        path.append(parameters["W"])
    return path


@every_optimiser
@given(theta=vectors, first=vectors, second=vectors)
def test_elements_never_mix(optimiser, theta, first, second):
    whole = steps(optimiser, theta, [first, second])[-1]
    alone = [
        steps(optimiser, theta[i : i + 1], [first[i : i + 1], second[i : i + 1]])[-1][0]
        for i in range(4)
    ]
    np.testing.assert_array_equal(whole, alone)


@every_optimiser
def test_update_is_pure(optimiser):
    theta, gradient = np.ones(3), np.arange(3.0)
    steps(optimiser, theta, [gradient] * 3)
    np.testing.assert_array_equal(theta, np.ones(3))
    np.testing.assert_array_equal(gradient, np.arange(3.0))


@given(theta=vectors, gradient=vectors)
def test_first_step_of_adam_is_the_sign(theta, gradient):
    """m̂ = g and √v̂ = |g| at the first step, whatever the betas."""
    moved = steps(Adam(0.7, 0.8, 1e-3), theta, [gradient])[0]
    expected = theta - 0.1 * gradient / (np.abs(gradient) + 1e-3)
    np.testing.assert_allclose(moved, expected, atol=1e-13)


def test_adam_against_sums_written_out():
    """m_t = (1−β₁) Σ β₁^(t−k) g_k, the moment as a sum instead of a recursion."""
    rng = np.random.default_rng(0)
    gradients = rng.standard_normal((6, 3))
    theta = rng.standard_normal(3)
    expected = theta
    for t in range(1, 7):
        ages = np.arange(t)[::-1, None]
        m = (0.1 * 0.9**ages * gradients[:t]).sum(0) / (1 - 0.9**t)
        v = (0.001 * 0.999**ages * gradients[:t] ** 2).sum(0) / (1 - 0.999**t)
        expected = expected - 0.1 * m / (np.sqrt(v) + 1e-8)
    np.testing.assert_allclose(steps(Adam(), theta, gradients)[-1], expected, rtol=1e-12)


def test_adamw_without_decay_is_adam_and_decays_without_gradient():
    gradients = np.random.default_rng(0).standard_normal((5, 3))
    np.testing.assert_array_equal(
        steps(AdamW(decay=0.0), np.ones(3), gradients), steps(Adam(), np.ones(3), gradients)
    )
    resting = steps(AdamW(decay=0.5), np.ones(3), np.zeros((4, 3)), rate=0.1)[-1]
    np.testing.assert_allclose(resting, 0.95**4)


def test_momentum_sums_a_geometric_series():
    """Constant gradient: after t steps θ moved by −η Σ_k (1 − μ^k)/(1 − μ)."""
    moved = steps(SGD(momentum=0.5), np.zeros(1), np.ones((10, 1)))[-1]
    expected = -0.1 * sum((1 - 0.5**k) / 0.5 for k in range(1, 11))
    np.testing.assert_allclose(moved, expected, rtol=1e-14)


@every_optimiser
def test_descends_a_bowl(optimiser):
    theta = {"W": np.array([3.0, -2.0])}
    state = optimiser.init(theta)
    for factor in Linear().factors(500):
        theta, state = optimiser.update(theta, {"W": 2 * theta["W"]}, state, 0.1 * factor)
    assert np.all(np.abs(theta["W"]) < 0.01)


SCHEDULES = [Constant(), Linear(0.1), Cosine(0.2), WarmUp(3, Cosine(0.5)), WarmUp(4, WarmUp(2))]


@pytest.mark.parametrize("schedule", SCHEDULES, ids=repr)
@given(count=st.integers(1, 50))
def test_schedule(schedule, count):
    factors = schedule.factors(count)
    assert factors.shape == (count,)
    assert factors.dtype == np.float64
    assert np.all((factors >= 0) & (factors <= 1))


@pytest.mark.parametrize("kind", [Linear, Cosine])
@given(count=st.integers(2, 50), final=st.floats(0, 1))
def test_ends_of_a_schedule(kind, count, final):
    factors = kind(final).factors(count)
    np.testing.assert_allclose(factors[[0, -1]], [1, final], atol=1e-15)
    assert np.all(np.diff(factors) <= 1e-15)
    # Both are point-symmetric about the middle.
    np.testing.assert_allclose(factors + factors[::-1], 1 + final, atol=1e-14)


def test_warm_up_then():
    factors = WarmUp(4, Linear(0.0)).factors(7)
    np.testing.assert_allclose(factors, [0.25, 0.5, 0.75, 1, 1, 0.5, 0])


@pytest.mark.parametrize("record", [*OPTIMISERS, *SCHEDULES, XavierNormal(), Gaussian(0.5)])
def test_configurations(record):
    configuration = record.configuration()
    assert json.loads(json.dumps(configuration)) == configuration
    assert type(record).__name__ in configuration.values()


@pytest.mark.parametrize(("n", "m"), [(2, 1), (20, 5)])
def test_deviation_of_a_start(n, m):
    """Sample variance of N draws within a z-score of 5 (standard error √(2/N), error 6e-7)."""
    rng = np.random.default_rng(0)
    for initialise, expected in [
        (XavierNormal(2.0), 4 * 2 / (n + m)),
        (Gaussian(0.3), 0.09),
    ]:
        weights = np.concatenate(
            [initialise.draw(rng, m, n)["W"].ravel() for _ in range(20_000 // (n * m))]
        )
        error = weights.var() / expected - 1
        assert abs(error) < 5 * np.sqrt(2 / weights.size)


def test_starts():
    rng = np.random.default_rng(0)
    start = XavierNormal().draw(rng, 4, 3, AbsoluteValue())
    assert {name: a.shape for name, a in start.items()} == {"W1": (4, 3), "W2": (3, 4), "b": (3,)}
    assert np.all(start["b"] == 0)
    given = Given({"W": np.ones((2, 1, 3)) * [[[1]], [[2]]], "b": np.zeros(3)})
    assert given.instance(1).draw(rng, 1, 3, ReluOutput())["W"].tolist() == [[2, 2, 2]]
    assert json.dumps(given.configuration())


@pytest.mark.parametrize(
    ("make", "message"),
    [
        (lambda: Adam(beta1=1.0), "beta1"),
        (lambda: Adam(beta2=-0.1), "beta2"),
        (lambda: Adam(epsilon=0.0), "epsilon"),
        (lambda: AdamW(), "decay must be stated"),
        (lambda: AdamW(decay=-1.0), "decay"),
        (lambda: SGD(momentum=1.0), "momentum"),
        (lambda: Linear(-0.1), "final"),
        (lambda: Cosine(float("nan")), "final"),
        (lambda: WarmUp(0), "steps"),
        (lambda: Constant().factors(0), "steps"),
        (lambda: XavierNormal(-1.0), "gain"),
        (lambda: Gaussian(float("inf")), "scale"),
        (lambda: Gaussian(1.0).draw(np.random.default_rng(0), 0, 2), "n_hidden"),
        (lambda: Given({"W": [[float("nan")]]}), "parameters"),
        (
            lambda: Given({"W": np.ones((1, 2)), "b": np.zeros(3)}).draw(
                np.random.default_rng(0), 1, 2
            ),
            "parameters must have the shapes",
        ),
    ],
)
def test_bad_input(make, message):
    with pytest.raises(ValueError, match=message):
        make()
