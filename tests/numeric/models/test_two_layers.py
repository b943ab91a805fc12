"""Models: gradient = derivative for every model, law of the data and activation; loss = its sum."""

from __future__ import annotations

import json

import numpy as np
import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from numeric.features.independent import (
    AnticorrelatedSets,
    CorrelatedSets,
    ExactlyKActive,
    IndependentFeatures,
    OneHot,
)
from numeric.models.activations import ACTIVATIONS, as_activation
from numeric.models.targets import TARGETS, Target
from numeric.models.two_layers import (
    AbsoluteValue,
    BiasedHidden,
    Linear,
    Model,
    ReluHidden,
    ReluOutput,
    TwoLayer,
)
from numeric.training.initialise import Gaussian

N = 4
LAWS = {
    "independent": IndependentFeatures([0.9, 0.5, 0.7, 1.0], [1.0, 0.5, 0.0, 2.0]),
    "signed": IndependentFeatures(0.8, [1.0, 0.5, 0.3, 2.0], low=-1.0),
    "correlated": CorrelatedSets((2, 2), (0.9, 0.6)),
    "anticorrelated": AnticorrelatedSets((3, 1), (0.3, 0.8), low=-1.0),
    "exactly_k": ExactlyKActive(N, 2, [1.0, 0.5, 0.3, 2.0]),
    "one_hot": OneHot(N),
}
KINDS = [ReluOutput, ReluHidden, BiasedHidden, AbsoluteValue]
MODELS = [kind(activation=a, bias=b) for kind in KINDS for a in ACTIVATIONS for b in (True, False)]
MODELS += [Linear(), Linear(bias=False)]
MODELS += [TwoLayer(t, o, b) for t in TARGETS for o in ("relu", "linear") for b in (True, False)]
every_model = pytest.mark.parametrize("model", MODELS, ids=repr)


def biases(rng, parameters):
    """A draw for each bias."""
    return {name: rng.normal(0.1, 0.3, a.shape) for name, a in parameters.items() if a.ndim == 1}


# Nine points of a line, a step apart, of which the fifth is where a derivative is taken.
ALONG = np.arange(-4, 5)


def shifted(parameters, direction, step):
    """As many instances as the line has points, one at each: one alone has the same bits."""
    steps = step * ALONG
    return {name: a + np.multiply.outer(steps, direction[name]) for name, a in parameters.items()}


def region(model, parameters, x):
    """Which piece of every kinked function each sample is on: (..., batch, pieces)."""
    _, decoder = model._layers(parameters)
    u = model._hidden_inputs(parameters, x)
    h = as_activation(model.hidden_activation).value(u)
    z = h @ np.matrix_transpose(decoder) + (parameters["b"][..., None, :] if model.bias else 0)
    kinks = as_activation(model.activation).kinks
    return np.concatenate([u > 0, *[z > kink for kink in kinks]], axis=-1)


def of_one_piece(pieces):
    """Samples that stay on the piece on which they are at the fifth point: (batch,)."""
    return np.all(pieces == pieces[4], axis=(0, -1))


def slope(values, step, every):
    """Derivative along a line, by the difference of fourth order: exact up to degree 4.

    Without kinks between, the loss of a piecewise linear model is such a polynomial.  `values` are
    those at the nine points; `every` so many points apart are two of the difference.
    """
    near = values[4 + every] - values[4 - every]
    far = values[4 + 2 * every] - values[4 - 2 * every]
    return (8 * near - far) / (12 * every * step)


@every_model
@given(
    law=st.sampled_from(sorted(LAWS)),
    n_hidden=st.integers(1, 5),
    penalty=st.sampled_from([0.0, 0.3]),
    seed=st.integers(0, 2**32),
)
def test_gradient_is_the_derivative(model, law, n_hidden, penalty, seed):
    rng = np.random.default_rng(seed)
    law = LAWS[law]
    parameters = Gaussian(0.7).draw(rng, n_hidden, N, model)
    parameters |= biases(rng, parameters)
    direction = {name: rng.standard_normal(a.shape) for name, a in parameters.items()}
    x = law.sample(rng, 12)
    # A line that leaves a sample's piece has no derivative there: such samples are left out.
    step = 1e-4
    line = shifted(parameters, direction, step)
    x = x[of_one_piece(region(model, line, x))]
    assume(len(x) > 0)

    loss, gradient = model.loss_and_gradient(parameters, x, law.importance, penalty)
    found = sum(np.sum(gradient[name] * direction[name]) for name in parameters)
    losses, _ = model.loss_and_gradient(line, x, law.importance, penalty)
    fine, coarse = slope(losses, step, 1), slope(losses, step, 2)
    # The error of the coarse slope is 16 times that of the fine one, so their difference is ample;
    # rounding: every term of the loss carries a few eps, divided by the step.
    rounding = 100 * np.finfo(float).eps * (float(loss) + 1) / step
    tolerance = abs(fine - coarse) + rounding
    assert tolerance < 1e-6 * (1 + abs(found))
    assert abs(found - fine) <= tolerance


@every_model
@given(seed=st.integers(0, 2**32), penalty=st.sampled_from([0.0, 0.3]))
def test_loss_is_the_batch_mean_of_the_sum_over_features(model, seed, penalty):
    """Written out sample by sample, feature by feature: a sum, not a mean (a silent factor n)."""
    rng = np.random.default_rng(seed)
    law = LAWS["signed"]
    parameters = Gaussian(0.7).draw(rng, 3, N, model)
    parameters |= biases(rng, parameters)
    x = law.sample(rng, 5)
    total = 0.0
    encoder, decoder = model._layers(parameters)
    activation, kind = as_activation(model.activation), model.target.name
    for row in x:
        h = [np.dot(w, row) for w in encoder]
        if isinstance(model, BiasedHidden):
            h = [value + c for value, c in zip(h, parameters["c"], strict=True)]
        if isinstance(model, (ReluHidden, BiasedHidden, AbsoluteValue, TwoLayer)):
            h = [max(value, 0.0) for value in h]
        for i in range(N):
            z = np.dot(decoder[i], h) + (parameters["b"][i] if model.bias else 0.0)
            output = activation.value(np.array([z]))[0]
            target = {"identity": row[i], "absolute": abs(row[i]), "relu": max(row[i], 0.0)}[kind]
            total += law.importance[i] * (target - output) ** 2
        total += penalty * sum(abs(value) for value in h)
    loss, _ = model.loss_and_gradient(parameters, x, law.importance, penalty)
    assert loss == pytest.approx(total / len(x), rel=1e-12)
    # The pieces agree with the whole.
    error = model.forward(parameters, x) - model.target(x)
    parts = np.sum(law.importance * np.mean(error**2, axis=0))
    parts += penalty * np.mean(np.sum(np.abs(model.hidden(parameters, x)), axis=-1))
    assert loss == pytest.approx(parts, rel=1e-12)


@every_model
def test_instances_are_independent(model):
    """One instance alone, or among others, gives the same bits."""
    rng = np.random.default_rng(0)
    law = IndependentFeatures(rng.random((5, N)), rng.random((5, N)))
    starts = [Gaussian(0.7).draw(rng, 3, N, model) for _ in range(5)]
    together = {name: np.stack([start[name] for start in starts]) for name in starts[0]}
    x = law.sample(rng, 33)
    loss, gradient = model.loss_and_gradient(together, x, law.importance, 0.1)
    assert loss.shape == (5,)
    for k in range(5):
        for cut in (slice(k, k + 1), k):
            alone = {name: a[cut] for name, a in together.items()}
            one, slopes = model.loss_and_gradient(alone, x[cut], law.importance[cut], 0.1)
            np.testing.assert_array_equal(one, loss[cut])
            for name, slope_ in slopes.items():
                np.testing.assert_array_equal(slope_, gradient[name][cut])


def test_linear_is_relu_output_without_the_relu():
    rng = np.random.default_rng(0)
    parameters = {"W": rng.standard_normal((2, N)), "b": rng.standard_normal(N)}
    x = LAWS["signed"].sample(rng, 7)
    W, b = parameters["W"], parameters["b"]
    np.testing.assert_allclose(Linear().forward(parameters, x), x @ W.T @ W + b)
    np.testing.assert_allclose(ReluOutput().forward(parameters, x), np.maximum(x @ W.T @ W + b, 0))
    np.testing.assert_array_equal(
        Linear().forward(parameters, x), ReluOutput("identity").forward(parameters, x)
    )


@given(seed=st.integers(0, 2**32))
def test_neurons_that_are_never_off_make_a_linear_hidden_layer(seed):
    rng = np.random.default_rng(seed)
    W, b = rng.standard_normal((2, N)), rng.standard_normal(N)
    c = np.maximum(-W, 0).sum(axis=1) + rng.random(2)
    x = LAWS["independent"].sample(rng, 12)
    lifted = BiasedHidden().forward({"W": W, "c": c, "b": b - W.T @ c}, x)
    # Each output is a sum of terms of the size of |W|ᵀ|W|, |Wᵀc| and b, rounded some 20 times.
    size = np.abs(W).T @ (np.abs(W).sum(axis=1) + c) + np.abs(b)
    off = np.abs(lifted - ReluOutput().forward({"W": W, "b": b}, x))
    assert np.all(off <= 20 * np.finfo(float).eps * size)
    unlifted = BiasedHidden().forward({"W": W, "c": np.zeros(2), "b": b}, x)
    np.testing.assert_array_equal(unlifted, ReluHidden().forward({"W": W, "b": b}, x))


def test_without_bias_b_stays_where_it_is():
    rng = np.random.default_rng(0)
    parameters = {"W": rng.standard_normal((2, N)), "b": np.zeros(N)}
    x = LAWS["signed"].sample(rng, 7)
    for model in (Linear(bias=False), ReluOutput(bias=False), ReluHidden(bias=False)):
        _, gradient = model.loss_and_gradient(parameters, x, np.ones(N))
        assert np.all(gradient["b"] == 0)
        shifted_bias = parameters | {"b": np.ones(N)}
        np.testing.assert_array_equal(model.forward(parameters, x), model.forward(shifted_bias, x))


@every_model
@given(seed=st.integers(0, 2**32), moved=st.booleans())
def test_input_gradient_is_the_derivative(model, seed, moved):
    """Along a line in the space of inputs, the target held at that of the clean ones."""
    rng = np.random.default_rng(seed)
    law = LAWS["signed"]
    parameters = Gaussian(0.7).draw(rng, 3, N, model)
    parameters |= biases(rng, parameters)
    x = law.sample(rng, 12)
    fed = x + (0.2 * rng.standard_normal(x.shape) if moved else 0.0)
    direction, step = rng.standard_normal(x.shape), 1e-4
    line = fed + np.multiply.outer(step * ALONG, direction)
    keep = of_one_piece(region(model, parameters, line))
    x, fed, direction, line = x[keep], fed[keep], direction[keep], line[:, keep]
    assume(len(x) > 0)
    error = model.forward(parameters, line) - model.target(x)
    losses = (error * error) @ law.importance
    gradient = model.input_gradient(parameters, x, law.importance, fed=fed if moved else None)
    found = np.sum(gradient * direction, axis=-1)
    fine, coarse = slope(losses, step, 1), slope(losses, step, 2)
    rounding = 100 * np.finfo(float).eps * (losses[4] + 1) / step
    assert np.all(np.abs(found - fine) <= np.abs(fine - coarse) + rounding)
    # What the model reads moves its loss, and what it should say does not.
    loss, _ = model.loss_and_gradient(parameters, x, law.importance, fed=fed)
    assert loss == pytest.approx(losses[4].mean(), rel=1e-12)


def test_absolute_value_is_the_two_layers_with_that_target():
    rng = np.random.default_rng(0)
    old, new = AbsoluteValue(), TwoLayer(target="absolute")
    parameters = Gaussian(0.7).draw(rng, 3, N, old)
    x = LAWS["signed"].sample(rng, 7)
    one, other = (m.loss_and_gradient(parameters, x, np.ones(N), 0.1) for m in (old, new))
    assert one[0] == other[0]
    for name in parameters:
        np.testing.assert_array_equal(one[1][name], other[1][name])


def test_a_target_of_ones_own():
    square = TwoLayer(target=Target("square", lambda x: x * x), output="linear")
    np.testing.assert_array_equal(square.target(np.array([2.0, -3.0])), [4, 9])
    assert square.configuration()["target"] == "square"
    with pytest.raises(ValueError, match=r"target must be one of absolute, identity, relu.*'cube'"):
        TwoLayer(target="cube")


def test_a_diverged_model_has_no_loss():
    """NaN weights are not a model that is silent, whatever the activation."""
    for model in MODELS:
        shapes = model.shapes(2, N)
        parameters = {name: np.full(shape, np.nan) for name, shape in shapes.items()}
        assert np.isnan(model.loss_and_gradient(parameters, np.ones((3, N)), np.ones(N))[0])


@every_model
def test_protocol_and_configuration(model):
    assert isinstance(model, Model)
    configuration = model.configuration()
    assert json.loads(json.dumps(configuration)) == configuration
    assert configuration["model"] == type(model).__name__


def test_configurations_tell_models_apart():
    assert len({json.dumps(model.configuration()) for model in MODELS}) == len(MODELS)


@pytest.mark.parametrize("kind", KINDS)
def test_bad_input(kind):
    with pytest.raises(ValueError, match=r"activation must be one of .*'swish'"):
        kind(activation="swish")
    with pytest.raises(ValueError, match="bias must be True or False, got 0"):
        kind(bias=0)
