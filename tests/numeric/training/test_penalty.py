"""What is added to the loss: its gradient in both engines, its checks, and where it must lead."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

import numeric
from numeric import (
    SGD,
    AbsoluteValue,
    IndependentFeatures,
    Linear,
    Penalty,
    ReluHidden,
    ReluOutput,
    Round,
    train,
)
from numeric.kernels.streams import Purpose, instance_streams
from numeric.kernels.worlds import Worlds
from numeric.training.engines import Run
from numeric.training.feed import loss_and_gradient
from numeric.training.penalty import as_penalty, of_weights
from numeric.training.task import Task

TIED = (ReluOutput(), Linear(bias=False), ReluHidden())
MODELS = (*TIED, AbsoluteValue())
WEIGHTS = st.sampled_from([0.0, 0.07, 0.9])
BRIEF = {"seed": 3, "steps": 8, "batch": 200, "held_out": 2048, "threads": 1}


def _theta(model, n_hidden, n, rng):
    shapes = model.shapes(n_hidden, n)
    return {name: rng.normal(0, 0.7, shape) for name, shape in shapes.items()}


def _slope(objective, step):
    """The derivative at 0, exact for polynomials of degree four."""
    f = {k: objective(k * step) for k in (-2, -1, 1, 2)}
    return (8 * (f[1] - f[-1]) - (f[2] - f[-2])) / (12 * step)


@given(st.sampled_from(MODELS), WEIGHTS, WEIGHTS, WEIGHTS, st.integers(0, 2**32))
def test_the_gradient_is_the_derivative_on_a_common_sample(model, l1, decay, interference, seed):
    if not isinstance(model, TIED[0].__class__ | Linear | ReluHidden):
        interference = 0.0
    penalty, rng = Penalty(l1, decay, interference), np.random.default_rng(seed)
    x = IndependentFeatures(0.6, n_features=4).sample(rng, 10)
    here, along = _theta(model, 3, 4, rng), _theta(model, 3, 4, rng)
    if not model.bias:
        along["b"] = np.zeros(4)

    def moved(t):
        return {name: here[name] + t * along[name] for name in here}

    def pattern(t):
        theta = moved(t)
        inputs = model._hidden_inputs(theta, x)
        return np.concatenate(
            [inputs > 0, model._output_inputs(theta, model.hidden(theta, x)) > 0], 1
        )

    step = 1e-3
    # As long as nothing crosses zero, the objective is a polynomial of degree four along the line.
    assume(all(np.array_equal(pattern(k * step), pattern(0)) for k in (-2, -1, 1, 2)))
    gradient = loss_and_gradient(model, None, here, x, np.ones(4), penalty)[1]
    found = sum(np.sum(gradient[name] * along[name]) for name in gradient)

    def objective(t):
        return float(loss_and_gradient(model, None, moved(t), x, np.ones(4), penalty)[0])

    # Rounding of four values, each a sum of a few hundred terms, divided by the step.
    bound = 300 * np.finfo(float).eps * max(1.0, objective(0.0)) / step
    assert abs(_slope(objective, step) - found) < bound


@given(st.sampled_from(TIED), WEIGHTS, WEIGHTS, st.sampled_from([(4, 3), (24, 20)]))
def test_the_kernels_add_the_same(model, decay, interference, sizes):
    (n, m), penalty = sizes, Penalty(0.0, decay, interference)
    law = IndependentFeatures(0.3, n_features=n)
    theta = np.random.default_rng(n).normal(0, 0.7, (1, n * m + n))

    def step(given):
        """The objective of a batch and its gradient, left in the first moment."""
        task = Task(model, law, m, 100, SGD(), given)
        worlds = Worlds.of(law, instance_streams(0, [0], Purpose.TRAINING))
        run = Run(task, worlds, theta, fused=True, threads=1)
        return run.advance(np.array([0.0]))[0], run._first[0]

    W = theta[0, : n * m].reshape(m, n)
    value, gradient = of_weights(penalty, {"W": W, "b": theta[0, n * m :]})
    (objective, slope), (loss, bare) = step(penalty), step(None)
    size = max(1.0, objective, np.abs(slope).max())
    assert abs(objective - loss - value) < 1e-13 * size
    assert np.abs((slope - bare)[: n * m] - np.ravel(gradient["W"])).max() < 1e-13 * size
    assert np.array_equal(slope[n * m :], bare[n * m :])


@pytest.mark.parametrize(("n", "m"), [(4, 3), (24, 20)])
@pytest.mark.parametrize("model", MODELS, ids=repr)
def test_both_engines_agree(model, n, m):
    penalty = Penalty(0.02, 0.01, 0.0 if isinstance(model, AbsoluteValue) else 0.05)
    law = IndependentFeatures(0.3, n_features=n)
    settings = {"n_hidden": m, "instances": 2, "penalty": penalty, **BRIEF}
    fused, array = (train(model, law, engine=e, **settings) for e in ("fused", "array"))
    for name in ("history", "objective", "loss", "b"):
        # As of training without penalty: float32 rounding of each gradient, for eight steps.
        assert np.max(np.abs(fused[name] - array[name])) < 2e-5, name


def test_instances_do_not_know_of_each_other():
    law = IndependentFeatures(0.2, n_features=5)
    settings = {"n_hidden": 2, "penalty": Penalty(0.05, 0.01, 0.1), **BRIEF}
    three = train(ReluOutput(), law, instances=3, **settings)
    alone = train(ReluOutput(), law, instances=1, first_instance=1, **settings)
    for name in ("W", "b", "objective", "loss"):
        assert np.array_equal(three[name][1], alone[name][0])


@pytest.mark.parametrize("nothing", [0, 0.0, Penalty()])
@pytest.mark.parametrize("n", [5, 24])
def test_no_penalty_is_none(nothing, n):
    law = IndependentFeatures(0.2, n_features=n)
    with_it, without = (
        train(ReluOutput(), law, n_hidden=n - 3, penalty=each, **BRIEF) for each in (nothing, None)
    )
    assert with_it.identical(without)
    assert "objective" not in without


def test_a_number_is_the_l1_norm_and_the_result_says_so():
    law = IndependentFeatures(0.2, n_features=3)
    settings = {"n_hidden": 2, **BRIEF}
    number, whole = (train(ReluOutput(), law, penalty=v, **settings) for v in (0.1, Penalty(0.1)))
    assert number.identical(whole)
    assert '"l1": 0.1' in number.attrs["configuration"]
    x = law.sample(np.random.default_rng(0), 400)
    size = np.abs(x @ number.W[0].values.T).sum(axis=1)
    gap = float(number.objective[0] - number.loss[0]) - 0.1 * size.mean()
    # The held-out sample is another: the two means of |h| differ by their own scatter.
    assert abs(gap) < 0.1 * 5 * size.std() * (400**-0.5 + 2048**-0.5)


@pytest.mark.parametrize(
    "wrong", [-1, -1e-9, float("nan"), float("inf"), "much", [0.1, 0.2], 1j, Penalty]
)
@pytest.mark.parametrize("name", ["penalty", "l1", "decay", "interference"])
def test_what_is_no_weight_is_named(name, wrong):
    with pytest.raises((TypeError, ValueError), match=name):
        as_penalty(wrong) if name == "penalty" else Penalty(**{name: wrong})


def test_models_of_two_layers_have_no_interference():
    law = IndependentFeatures(0.2, n_features=3)
    with pytest.raises(ValueError, match="penalty"):
        train(AbsoluteValue(), law, n_hidden=4, penalty=Penalty(interference=1), **BRIEF)


@pytest.mark.parametrize("decay", [0.0, 0.1, 0.3])
def test_decay_of_one_linear_feature_is_known(decay):
    """p/3 (1 − w²)² + λ w² is least at w² = 1 − 3λ/(2p), or at 0."""
    p = 0.6
    fit = numeric.fit_fixed_sample(
        Linear(bias=False),
        IndependentFeatures(p, n_features=1),
        n_hidden=1,
        seed=0,
        size=1024,
        initial=numeric.Gaussian(1.0),
        penalty=Penalty(decay=decay),
        held_out=1024,
    )
    second = float(np.mean(_sobol_sample(p) ** 2))
    assert second == pytest.approx(p / 3, rel=0.01)
    assert float(fit.W[0, 0, 0]) ** 2 == pytest.approx(max(0, 1 - decay / (2 * second)), abs=1e-5)


def _sobol_sample(p):
    """The very sample of the fit above."""
    law = IndependentFeatures(p, n_features=1)
    shared = np.random.SeedSequence(0, spawn_key=(int(Purpose.TRAINING),))
    rng = np.random.default_rng(shared)
    return law.from_uniform(numeric.training.fixed_sample.fixed_uniforms(law, "sobol", 1024, rng))


def test_a_strong_penalty_leaves_nothing():
    strong = Penalty(l1=1.0)
    diagram = numeric.phase_diagram(
        2, 1, [0.2], [1.0], seed=0, restarts=3, steps=200, batch=64, held_out=2048, penalty=strong
    )
    assert np.abs(diagram.W).max() < 0.05
    assert float(diagram.objective.squeeze()) >= float(diagram.loss.squeeze())
    found = numeric.successive_halving(
        ReluOutput(),
        IndependentFeatures(0.2, n_features=2),
        n_hidden=1,
        seed=0,
        rounds=[Round(4, 200, 64, 0.02), Round(2, 50, 64, 0.02)],
        penalty=strong,
    )
    assert np.abs(found.W).max() < 0.05
    assert '"l1": 1.0' in found.attrs["configuration"]


def test_runs_are_judged_by_the_whole_objective():
    """By the loss alone the model that pays too much for its weights would win."""
    from numeric.training.restarts import best_of_restarts

    losses = np.array([[[[0.1, 0.1], [0.2, 0.2]]]])
    settings = {"weights": np.ones((1, 1)), "z": 4.0, "floor": 0.0}
    parameters = {"W": np.ones((1, 2, 1, 2)), "b": np.zeros((1, 2, 2))}
    of_loss = best_of_restarts(parameters, np.ones((1, 2)), losses, **settings)
    objectives = losses + np.array([0.5, 0.1])[:, None]
    whole = best_of_restarts(parameters, np.ones((1, 2)), losses, objectives=objectives, **settings)
    assert int(of_loss.best[0]) == 0
    assert int(whole.best[0]) == 1
    assert float(whole.loss[0]) == 0.2
    assert float(whole.objective[0]) == pytest.approx(0.3)
    assert whole.success_runs.values.tolist() == [[False, True]]
