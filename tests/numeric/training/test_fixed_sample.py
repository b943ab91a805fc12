"""Fits on a fixed sample: they find known minima, and depend on the seed only."""

from __future__ import annotations

import numpy as np
import pytest

from ground.results import configuration_of, load, save
from numeric.features.independent import AnticorrelatedSets, ExactlyKActive, IndependentFeatures
from numeric.models.two_layers import AbsoluteValue, Linear, ReluHidden, ReluOutput
from numeric.training.fixed_sample import (
    METHODS,
    _hessian_product,
    fit_fixed_sample,
    fixed_uniforms,
)
from numeric.training.initialise import Gaussian, Given

TWO_WORLDS = IndependentFeatures([[1.0, 1.0], [0.05, 0.05]])
PAIR = IndependentFeatures(0.1, n_features=2)
methods = pytest.mark.parametrize("method", METHODS)


def fit(model=None, features=PAIR, **options):
    settings = {"n_hidden": 1, "seed": 0, "size": 512, "held_out": 1024}
    return fit_fixed_sample(model or ReluOutput(), features, **(settings | options))


@methods
@pytest.mark.parametrize("sample", ["sobol", "random"])
def test_linear_model_becomes_the_principal_component(method, sample):
    """The exact minimum on the sample: its mean, and its first principal component."""
    law = IndependentFeatures([0.9, 0.5, 0.3])
    result = fit(Linear(), law, method=method, sample=sample, tolerance=1e-9, seed=5)
    assert result.converged.all()
    shared = np.random.SeedSequence(5, spawn_key=(1,))
    x = law.from_uniform(fixed_uniforms(law, sample, 512, np.random.default_rng(shared)))
    values, vectors = np.linalg.eigh(np.cov(x.T, bias=True))
    W, b = result.W[0].values, result.b[0].values
    np.testing.assert_allclose(W.T @ W, np.outer(vectors[:, -1], vectors[:, -1]), atol=1e-5)
    np.testing.assert_allclose(b, x.mean(0) - W.T @ W @ x.mean(0), atol=1e-5)
    np.testing.assert_allclose(result.objective, values[:-1].sum(), rtol=1e-8)


@methods
def test_both_methods_end_where_the_gradient_vanishes(method):
    """At a converged point the objective only rises, in every direction, to within the kinks."""
    model = ReluOutput("softplus")  # smooth: the tolerance means what it says
    result = fit(model, method=method, instances=3, tolerance=1e-7)
    assert result.converged.all()
    shared = np.random.SeedSequence(0, spawn_key=(1,))
    x = PAIR.from_uniform(fixed_uniforms(PAIR, "sobol", 512, np.random.default_rng(shared)))
    for k in range(3):
        parameters = {name: result[name][k].values for name in ("W", "b")}
        loss, gradient = model.loss_and_gradient(parameters, x, PAIR.importance)
        # L-BFGS-B may stop on its relative fall of 1e-12 first: gradient² ~ curvature · fall.
        assert max(np.abs(gradient[name]).max() for name in gradient) < 1e-5
        np.testing.assert_allclose(loss, result.objective[k], rtol=1e-12)


@methods
def test_objective_never_rises(method):
    result = fit(method=method, instances=4)
    history = result.history.values
    for k, taken in enumerate(result.steps_taken.values):
        assert np.all(np.diff(history[:taken, k]) <= 0)
        assert np.all(np.isnan(history[taken:, k]))
        assert history[taken - 1, k] == result.objective[k]
    assert np.all(result.evaluations >= result.steps_taken)


def test_finds_the_digon_and_measures_it():
    result = fit(instances=8, size=2048, held_out=32_768)
    best = int(np.argmin(result.objective.values))
    W = result.W[best, 0].values
    assert W[0] * W[1] < 0
    assert np.all(np.abs(np.abs(W) - 1) < 0.1)
    # The best digon is below p²/3, the loss of ±1 without bias; 5 standard errors of two samples.
    error = float(result.loss_error[best])
    assert 0 < error < 5e-4
    assert float(result.loss[best]) < 0.1**2 / 3 + 5 * error
    assert abs(float(result.loss[best] - result.objective[best])) < 5 * 5 * error


def test_an_instance_does_not_depend_on_the_others():
    together = fit(instances=3)
    alone = fit(instances=1, first_instance=2)
    for name in ("W", "b", "loss", "objective"):
        np.testing.assert_array_equal(together[name][2], alone[name][0])
    np.testing.assert_array_equal(alone.instance, [2])
    assert not np.array_equal(together.W[0], together.W[1])
    assert not np.array_equal(fit(seed=1).W, fit(seed=0).W)


def test_worlds_differ_by_instance():
    law = TWO_WORLDS
    result = fit(features=law)
    for k in range(2):
        alone = fit(features=law.instance(k), first_instance=k)
        np.testing.assert_array_equal(result.W[k], alone.W[0])
        np.testing.assert_array_equal(result.loss[k], alone.loss[0])


@pytest.mark.parametrize(
    ("model", "law"),
    [
        (ReluOutput("gelu", bias=False), ExactlyKActive(3, 2)),
        (ReluHidden(), AnticorrelatedSets((2, 1), 0.3)),
        (AbsoluteValue(), IndependentFeatures(0.5, n_features=2, low=-1)),
        (Linear(bias=False), PAIR),
    ],
    ids=repr,
)
def test_every_model_improves(model, law):
    n = law.n_features
    result = fit(model, law, n_hidden=min(2, n), iterations=30, penalty=0.01)
    assert result.objective[0] < result.history[0, 0]
    for name, shape in model.shapes(min(2, n), n).items():
        assert result[name].shape == (1, *shape)
    if not model.bias:
        assert np.all(result.b == 0)


def test_penalty_shrinks_the_hidden_layer():
    strong, none = fit(penalty=0.5, seed=3), fit(seed=3)
    assert np.abs(strong.W).sum() < 0.5 * np.abs(none.W).sum()
    # The held-out loss leaves the penalty out: all zero with the best bias costs Var per feature.
    variance = PAIR.second_moment() - PAIR.mean() ** 2
    assert float(strong.loss[0]) < 1.3 * variance.sum()


def test_sobol_points_hold_moments_better_than_random_ones():
    law = IndependentFeatures([0.3, 0.6, 0.9])
    errors = {
        kind: np.mean(
            [
                np.abs(
                    law.from_uniform(
                        fixed_uniforms(law, kind, 1024, np.random.default_rng(seed))
                    ).mean(0)
                    - law.mean()
                ).max()
                for seed in range(10)
            ]
        )
        for kind in ("sobol", "random")
    }
    assert errors["sobol"] < errors["random"] / 5


def test_hessian_product_of_a_quadratic():
    rng = np.random.default_rng(0)
    H = rng.standard_normal((5, 5))
    H = H + H.T
    product = _hessian_product(lambda theta: H @ theta)
    theta, p = rng.standard_normal((2, 5))
    # No truncation error: rounding eps·‖H‖·‖θ‖ over a step of about 6e-6.
    np.testing.assert_allclose(product(theta, p), H @ p, atol=1e-8)
    assert np.all(product(theta, np.zeros(5)) == 0)


def test_result_is_saved_with_its_configuration(tmp_path):
    result = fit(instances=2)
    save(result, tmp_path / "fit.nc")
    again = load(tmp_path / "fit.nc", configuration=configuration_of(result))
    assert result.equals(again)
    assert configuration_of(result)["kind"] == "fit_fixed_sample"


def test_given_start():
    digon = Given({"W": [[1.0, -1.0]], "b": [0.0, 0.0]})
    result = fit(initial=digon, iterations=1)
    assert np.all(np.abs(result.W[0].values - [[1, -1]]) < 0.2)


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"size": 500}, "size must be a power of 2"),
        ({"sample": "halton"}, "sample must be .sobol. or .random."),
        ({"method": "CG"}, "method must be .L-BFGS-B."),
        ({"n_hidden": 3}, "n_hidden must not exceed n_features = 2"),
        ({"instances": 0}, "instances must be"),
        (
            {"features": IndependentFeatures([[0.1, 0.1]] * 2), "instances": 3},
            "instances must be 2",
        ),
        ({"iterations": 0}, "iterations must be"),
        ({"penalty": -1.0}, "penalty must be"),
        ({"tolerance": float("nan")}, "tolerance must be"),
        ({"first_instance": -1}, "first_instance must be"),
        ({"held_out": 0}, "held_out must be"),
        ({"initial": Given({"W": [[1.0]], "b": [0.0]})}, "parameters must have the shapes"),
    ],
)
def test_bad_input(options, message):
    with pytest.raises(ValueError, match=message):
        fit(**options)


def test_scale_of_the_start_matters_not_for_the_linear_model():
    """Its loss has no local minima besides the global one."""
    small, large = (fit(Linear(), initial=Gaussian(s), tolerance=1e-10) for s in (0.1, 2.0))
    np.testing.assert_allclose(small.objective, large.objective, rtol=1e-6)
