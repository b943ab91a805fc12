"""The compiled kernels against the laws of the data and the reference models."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st
from scipy.stats import binom

from numeric import (
    SGD,
    AbsoluteValue,
    AnticorrelatedSets,
    CorrelatedSets,
    ExactlyKActive,
    GivenActivations,
    IndependentFeatures,
    Linear,
    OneHot,
    ReluHidden,
    ReluOutput,
    TwoLayer,
)
from numeric.kernels.binomials import binomial, count_tables
from numeric.kernels.streams import Purpose, instance_streams
from numeric.kernels.worlds import SKIP_BELOW, Worlds, density_tables
from numeric.models.targets import TARGETS
from numeric.training.engines import Run
from numeric.training.task import Task

MODELS = (
    ReluOutput(),
    ReluOutput(bias=False),
    Linear(),
    Linear(bias=False),
    ReluHidden(),
    AbsoluteValue(),
    *(TwoLayer(target, output) for target in TARGETS for output in ("relu", "linear")),
)
ROWS = np.maximum(np.random.default_rng(0).normal(0.0, 1.0, (50, 20)), 0.0).astype(np.float32)
# Laws by number of features: patterns, gates, skips, sets, k active.
LAWS = (
    IndependentFeatures([0.3, 1.0, 0.02]),
    IndependentFeatures([0.0, 0.7], low=-1.0),
    IndependentFeatures(np.linspace(0.0, 1.0, 6)),
    IndependentFeatures(SKIP_BELOW, n_features=6, low=-1.0),
    IndependentFeatures(0.003, n_features=5),
    CorrelatedSets((2, 1, 3), [0.2, 1.0, 0.5]),
    AnticorrelatedSets((2, 4), [0.5, 0.05, 0.3, 0.2, 0.1, 0.0]),
    ExactlyKActive(5, 2),
    ExactlyKActive(4, 4),
    OneHot(6, low=-1.0),
    IndependentFeatures([0.3, 1.0], low=1, high=1),
    IndependentFeatures(np.linspace(0.0, 1.0, 6), low=1, high=1),
    IndependentFeatures(0.003, n_features=5, low=1, high=1),
    CorrelatedSets((2, 1), [0.2, 0.5], low=1, high=1),
    AnticorrelatedSets((2, 2), [0.5, 0.05, 0.3, 0.2], low=1, high=1),
    ExactlyKActive(5, 2, low=1, high=1),
    GivenActivations(ROWS[:, :4]),
)
# The same for the kernels of large models, which need 30 weights.
LARGE_LAWS = (
    IndependentFeatures(np.linspace(0.0, 1.0, 20)),
    IndependentFeatures(0.01, n_features=20),
    CorrelatedSets((10, 10), [0.3, 0.8]),
    ExactlyKActive(20, 3),
    IndependentFeatures(np.linspace(0.0, 1.0, 20), low=1, high=1),
    GivenActivations(ROWS),
)


def _run(model, law, n_hidden, *, batch, seed=0, penalty=0.0, theta=None):
    """A run of one instance whose optimiser leaves the gradient in its first moment."""
    task = Task(model, law, n_hidden, batch, SGD(), penalty)
    worlds = Worlds.of(law, instance_streams(seed, [0], Purpose.TRAINING))
    sizes = [int(np.prod(s)) for s in model.shapes(n_hidden, law.n_features).values()]
    theta = np.zeros((1, sum(sizes))) if theta is None else theta
    return Run(task, worlds, theta, fused=True, threads=1)


@given(
    st.integers(0, 400),
    st.one_of(st.sampled_from([0.0, 1.0]), st.floats(1e-6, 1 - 1e-6)),
)
@example(1024, 0.5)
def test_binomial_gives_each_count_its_probability(count, p):
    grid = 2000
    logs = density_tables(np.array([[p]]))[0, :, 0]
    tables = count_tables(1024)
    uniforms = (np.arange(grid) + 0.5) / grid
    drawn = [binomial(count, p, logs[0], logs[1], u, tables) for u in uniforms]
    found = np.bincount(drawn, minlength=count + 1) / grid
    # Each count owns one interval of [0, 1): a grid of midpoints counts it to within one.
    assert np.max(np.abs(found - binom.pmf(np.arange(count + 1), count, p))) < 1.001 / grid


@pytest.mark.parametrize(
    ("law", "n_hidden"), [*((law, 2) for law in LAWS), *((law, 20) for law in LARGE_LAWS)]
)
def test_samples_follow_their_law(law, n_hidden):
    run = _run(ReluOutput(), law, n_hidden, batch=1000)
    x = np.concatenate([run.sample(0, step) for step in range(40)]).astype(np.float64)
    active = (x != 0).astype(float)
    n = len(x)

    def score(values, mean):
        """z-score of a mean; where nothing varies, any difference beyond rounding counts."""
        error = np.sqrt(np.maximum(values.var(axis=0), 1e-12) / n)
        return np.max(np.abs(values.mean(axis=0) - mean) / error)

    pairs = active[:, :, None] * active[:, None, :]
    products = x[:, :, None] * x[:, None, :]
    # The rarest pairs are seen a few times only: their scatter is bounded by the law's own.
    rare = law.co_activity() * n < 25
    exact, moments = law.co_activity(), law.second_moments()
    assert score(active, law.density) < 5
    assert score(x, law.mean()) < 5
    assert score(pairs[:, ~rare], exact[~rare]) < 5
    assert score(products[:, ~rare], moments[~rare]) < 5
    assert np.all(pairs.sum(axis=0)[rare] < 75)
    assert np.all(x[active > 0] >= law.low)
    assert np.all(x[active > 0] <= law.high)


@pytest.mark.parametrize("step", [0, 7])
def test_samples_of_a_step_are_a_function_of_the_step(step):
    run = _run(ReluOutput(), LAWS[0], 2, batch=300)
    first = run.sample(0, step)
    run.sample(0, step + 1)
    assert np.array_equal(run.sample(0, step), first)
    assert not np.array_equal(run.sample(0, step + 1), first)


def _check_gradient(model, law, n_hidden, batch, penalty, seed):
    rng = np.random.default_rng(seed)
    law_importance = rng.uniform(0.1, 3.0, law.n_features)
    worlds_law = type(law)(
        **{
            **{
                name: getattr(law, name)
                for name in (
                    "activations",
                    "density",
                    "n_active",
                    "n_features",
                    "sizes",
                    "low",
                    "high",
                )
                if name in type(law).__dataclass_fields__
                and type(law).__dataclass_fields__[name].init
                and not (type(law) is OneHot and name == "n_active")
            },
            "importance": law_importance,
        }
    )
    size = _run(model, worlds_law, n_hidden, batch=1).theta.shape[1]
    theta = rng.normal(0, 0.7, (1, size))
    run = _run(model, worlds_law, n_hidden, batch=batch, penalty=penalty, theta=theta)
    x = run.sample(0, 0).astype(np.float64)
    parameters = {name: a[0] for name, a in run.parameters().items()}
    loss, gradients = model.loss_and_gradient(parameters, x, law_importance, penalty)
    history = run.advance(np.array([0.0]))
    found = run.parameters(run._first[0])
    sizes = _sizes(model, parameters, x, law_importance, penalty)
    # A float32 sum of K terms is off by at most K ε Σ|terms|: K counts the terms of the two
    # products forward and back, and those of one tile or block of samples.
    terms = 2 * (law.n_features + n_hidden) + 256 + 8
    bound = terms * np.finfo(np.float32).eps
    assert abs(history[0] - loss) <= bound * sizes["loss"]
    for name, gradient in gradients.items():
        assert np.all(np.abs(found[name] - gradient) <= bound * sizes[name])


def _sizes(model, parameters, x, importance, penalty):
    """The loss and gradients with every term replaced by its size, so that nothing cancels."""
    encoder, decoder = (np.abs(layer) for layer in model._layers(parameters))
    batch = len(x)
    h = np.abs(x) @ encoder.T
    z = h @ decoder.T + np.abs(parameters["b"]) + np.abs(x)
    dz = 2 * importance * z / batch
    dh = dz @ decoder + penalty / batch
    gradients = model._gradient(dh.T @ np.abs(x), dz.T @ h)
    loss = np.sum(importance * z**2) / batch + penalty * np.sum(h) / batch
    return {**gradients, "b": dz.sum(axis=0), "loss": loss}


@given(
    st.sampled_from(MODELS),
    st.sampled_from(LAWS),
    st.sampled_from([1, 100, 256, 1500]),
    st.sampled_from([0.0, 0.3]),
    st.integers(0, 2**32),
)
def test_gradient_is_the_reference_models(model, law, batch, penalty, seed):
    _check_gradient(model, law, 2, batch, penalty, seed)


@settings(max_examples=20)
@given(
    st.sampled_from(MODELS),
    st.sampled_from(LARGE_LAWS),
    st.sampled_from([20, 23]),
    st.sampled_from([1, 100, 1500]),
    st.sampled_from([0.0, 0.3]),
    st.integers(0, 2**32),
)
def test_gradient_of_large_models_is_the_reference_models(
    model, law, n_hidden, batch, penalty, seed
):
    _check_gradient(model, law, n_hidden, batch, penalty, seed)
