"""The large-model path: NumPy is the reference, other libraries agree with it to rounding.

Besides PyTorch there is array-api-strict, which has what the standard of arrays names and nothing
else: what runs there runs on any library that keeps the standard.
"""

from __future__ import annotations

import numpy as np
import pytest

from ground.results import configuration_of
from numeric import (
    SGD,
    AbsoluteValue,
    Adam,
    AdamW,
    AnticorrelatedSets,
    CorrelatedSets,
    ExactlyKActive,
    IndependentFeatures,
    Linear,
    OneHot,
    ReluHidden,
    ReluOutput,
    train,
)
from numeric.models.activations import ACTIVATIONS
from numeric.namespaces import in_namespace, to_numpy
from numeric.training.array_loop import array_loop
from numeric.training.arrays_engine import Arrays
from numeric.training.initialise import Gaussian
from numeric.training.loop import Plateau
from tests.extras import LIBRARIES, elsewhere

N = 4
MODELS = [
    kind(activation=a) for kind in (ReluOutput, ReluHidden, AbsoluteValue) for a in ACTIVATIONS
]
MODELS += [Linear(), Linear(bias=False)]
LAWS = [
    IndependentFeatures([0.9, 0.0, 0.3, 1.0], [1.0, 0.5, 0.0, 2.0]),
    CorrelatedSets((2, 2), (0.9, 0.6), low=-1.0),
    AnticorrelatedSets((3, 1), (0.3, 0.8)),
    ExactlyKActive(N, 2),
    OneHot(N, low=-1.0),
]


def there(array, library):
    """A NumPy array as the other library's."""
    return in_namespace({"x": array}, library)["x"]


def start(model, count=3, seed=0):
    rng = np.random.default_rng(seed)
    draws = [Gaussian(0.7).draw(rng, 3, N, model) for _ in range(count)]
    parameters = {name: np.stack([draw[name] for draw in draws]) for name in draws[0]}
    return parameters | {"b": rng.normal(0.1, 0.3, (count, N))}


def run(model, parameters, optimiser=None, steps=5, seed=1, **options):
    law = LAWS[0]

    def samples(step):
        rng = np.random.default_rng((seed, step))
        return law.from_uniform(rng.random((3, 16, law.n_uniforms)))

    settings = {"importance": law.importance, "optimiser": optimiser or Adam()}
    settings |= {"learning_rates": np.full(steps, 0.01), "penalty": 0.1}
    return list(array_loop(model, parameters, samples, **(settings | options)))


@elsewhere
@pytest.mark.parametrize("law", LAWS, ids=lambda law: type(law).__name__)
def test_a_law_is_the_same_in_another_library(law, library):
    uniform = np.random.default_rng(0).random((2, 50, law.n_uniforms))
    drawn = to_numpy(law.from_uniform(there(uniform, library)))
    assert drawn.dtype == np.float64
    # Products may be fused: one rounding more or less.
    np.testing.assert_allclose(drawn, law.from_uniform(uniform), rtol=0, atol=1e-14)


@elsewhere
@pytest.mark.parametrize("model", MODELS, ids=repr)
def test_a_gradient_is_the_same_in_another_library(model, library):
    x = LAWS[1].sample(np.random.default_rng(0), 20)
    x = np.stack([x] * 3)
    here = start(model)
    loss, gradient = model.loss_and_gradient(here, x, LAWS[0].importance, 0.1)
    loss_there, gradient_there = model.loss_and_gradient(
        in_namespace(here, library), there(x, library), LAWS[0].importance, 0.1
    )
    # Sums of 20 · 4 terms of order 1, added in another order.
    np.testing.assert_allclose(to_numpy(loss_there), loss, rtol=1e-13)
    for name, value in gradient.items():
        value_there = to_numpy(gradient_there[name])
        assert value_there.dtype == np.float64
        np.testing.assert_allclose(value_there, value, atol=1e-13)


@pytest.mark.extra("torch")
@pytest.mark.parametrize("model", MODELS, ids=repr)
def test_a_gradient_is_what_autograd_finds(model):
    """An independent differentiation, in the library that users have."""
    import torch

    x = torch.asarray(LAWS[1].sample(np.random.default_rng(0), 20))
    parameters = in_namespace({name: a[0] for name, a in start(model).items()}, "torch")
    for value in parameters.values():
        value.requires_grad_()
    importance = torch.asarray(np.array(LAWS[0].importance))
    error = model.forward(parameters, x) - model.target(x)
    objective = (importance * error**2).sum(-1).mean()
    objective = objective + 0.1 * model.hidden(parameters, x).abs().sum(-1).mean()
    objective.backward()
    loss, gradient = model.loss_and_gradient(parameters, x, LAWS[0].importance, 0.1)
    np.testing.assert_allclose(to_numpy(loss), to_numpy(objective), rtol=1e-13)
    for name, value in parameters.items():
        expected = np.zeros(value.shape) if value.grad is None else to_numpy(value.grad)
        np.testing.assert_allclose(to_numpy(gradient[name]), expected, atol=1e-13)


OPTIMISERS = [Adam(), AdamW(decay=0.1), SGD(momentum=0.9)]


@pytest.mark.extra("torch")
@pytest.mark.parametrize("optimiser", OPTIMISERS, ids=repr)
def test_optimisers_agree_with_those_of_pytorch(optimiser):
    import torch

    theirs = {
        Adam: lambda p: torch.optim.Adam(p, lr=0.01),
        AdamW: lambda p: torch.optim.AdamW(p, lr=0.01, weight_decay=0.1),
        SGD: lambda p: torch.optim.SGD(p, lr=0.01, momentum=0.9),
    }[type(optimiser)]
    rng = np.random.default_rng(0)
    theta, gradients = rng.standard_normal(5), rng.standard_normal((20, 5))
    other = torch.tensor(theta, requires_grad=True)
    step = theirs([other])
    parameters, state = {"W": theta}, optimiser.init({"W": theta})
    for gradient in gradients:
        other.grad = torch.tensor(gradient)
        step.step()
        parameters, state = optimiser.update(parameters, {"W": gradient}, state, 0.01)
    np.testing.assert_allclose(parameters["W"], to_numpy(other), rtol=1e-12)


@elsewhere
@pytest.mark.parametrize("optimiser", OPTIMISERS, ids=repr)
def test_a_loop_is_the_same_in_another_library(optimiser, library):
    model = ReluOutput()
    here = run(model, start(model), optimiser)[-1]
    begun = in_namespace(start(model), library)
    last = run(model, begun, optimiser)[-1]
    assert here.step == last.step == 5
    for name, value in here.parameters.items():
        assert type(last.parameters[name]) is type(begun[name])
        np.testing.assert_allclose(to_numpy(last.parameters[name]), value, rtol=1e-9)


@pytest.mark.parametrize("library", ["numpy", *LIBRARIES])
def test_precision_follows_the_parameters(library):
    parameters = in_namespace(start(ReluOutput()), library, precision="float32")
    last = run(ReluOutput(), parameters)[-1]
    for value in (*last.parameters.values(), last.loss):
        assert to_numpy(value).dtype == np.float32


def test_the_loop_descends_from_the_start_and_keeps_it():
    model = ReluOutput()
    parameters = start(model)
    before = {name: value.copy() for name, value in parameters.items()}
    states = run(model, parameters, steps=300, penalty=0.0)
    assert np.all(states[-1].loss < states[0].loss)
    assert [state.step for state in states] == list(range(1, 301))
    for name, value in parameters.items():
        np.testing.assert_array_equal(value, before[name])


def test_a_loop_goes_on_where_it_stopped():
    model = ReluOutput()
    whole = run(model, start(model), steps=6)
    half = run(model, start(model), steps=4)[-1]
    rest = run(model, half.parameters, steps=2, taken=half.step, moments=half.optimiser)
    for name, value in whole[-1].parameters.items():
        np.testing.assert_array_equal(rest[-1].parameters[name], value)


SETTINGS = {"n_hidden": 2, "seed": 3, "steps": 40, "batch": 64, "held_out": 2048, "instances": 3}


@pytest.mark.parametrize("namespace", ["numpy", *LIBRARIES])
@pytest.mark.parametrize("model", [ReluOutput(), AbsoluteValue(), ReluHidden("gelu")], ids=repr)
def test_train_on_arrays_agrees_with_the_reference(model, namespace):
    law = IndependentFeatures(0.5, n_features=N)
    reference = train(model, law, engine="array", **SETTINGS)
    arrays = Arrays(namespace, precision="float64")
    result = train(model, law, engine=arrays, **SETTINGS)
    for name in (*model.shapes(2, N), "history", "loss"):
        # Same samples, sums in another order; Adam's first steps amplify tiny gradients.
        np.testing.assert_allclose(result[name], reference[name], rtol=1e-6, atol=1e-9)
    assert configuration_of(result)["engine"] == arrays.configuration()


@pytest.mark.parametrize("namespace", ["numpy", *LIBRARIES])
def test_train_in_single_precision(namespace):
    """The same run to float32: 40 steps of 1e-3 move no parameter by more than 0.04."""
    law = IndependentFeatures(0.5, n_features=N)
    reference = train(ReluOutput(), law, engine="array", **SETTINGS)
    result = train(ReluOutput(), law, engine=Arrays(namespace), **SETTINGS)
    np.testing.assert_allclose(result.W, reference.W, atol=1e-4)
    np.testing.assert_allclose(result.loss, reference.loss, rtol=1e-3)


@pytest.mark.parametrize("namespace", ["numpy", *LIBRARIES])
@pytest.mark.parametrize(("n", "m", "count"), [(N, 2, 60), (40, 12, 6)])
def test_many_instances_train_as_on_the_kernels(namespace, n, m, count):
    """Small and large kernels, each instance at a density of its own, in float32.

    A gradient is right to 1e-6 of its terms, sums of some tens in float32; 40 steps of 1e-3 move a
    weight by 0.04 at most, and that is right to as much of it, but where a gradient itself is lost
    in rounding and Adam divides by it.
    """
    law = IndependentFeatures(np.geomspace(1, 0.05, count)[:, None], n_features=n)
    options = SETTINGS | {"n_hidden": m, "instances": count}
    kernels = train(ReluOutput(), law, engine="fused", **options)
    arrays = train(ReluOutput(), law, engine=Arrays(namespace), **options)
    assert arrays.W.shape == (count, m, n)
    np.testing.assert_allclose(arrays.loss, kernels.loss, rtol=1e-5)
    np.testing.assert_allclose(arrays.history, kernels.history, rtol=1e-5)
    assert np.median(np.abs(arrays.W - kernels.W)) < 1e-6
    assert len(np.unique(arrays.loss)) == count


@pytest.mark.extra("torch")
@pytest.mark.parametrize("law", LAWS, ids=lambda law: type(law).__name__)
def test_draws_on_the_device(law):
    """Other samples of the same law: the mean batch loss agrees within 6 standard errors."""
    options = {"n_hidden": 2, "seed": 0, "steps": 60, "instances": 4, "learning_rate": 0.0}
    host = train(ReluOutput(), law, engine=Arrays("torch"), held_out=65_536, **options)
    there = train(ReluOutput(), law, engine=Arrays("torch", draws="device"), **options)
    np.testing.assert_array_equal(host.W, there.W)
    mean, spread = there.history.mean("step"), there.history.std("step", ddof=1)
    error = np.hypot(spread / np.sqrt(there.sizes["step"]), host.loss_error)
    assert np.all(np.abs(mean - host.loss) < 6 * error + 1e-6)


@pytest.mark.extra("torch")
def test_stopping_and_worlds_of_their_own():
    law = IndependentFeatures([[1.0] * N, [0.1] * N, [0.5] * N])
    options = SETTINGS | {"plateau": Plateau(window=10, tolerance=0.5, patience=1), "steps": 60}
    for draws in ("host", "device"):
        result = train(ReluOutput(), law, engine=Arrays("torch", draws=draws), **options)
        assert np.all(result.steps_taken < 60)
        assert np.all(result.converged)
    reference = train(ReluOutput(), law, engine="array", **options)
    result = train(ReluOutput(), law, engine=Arrays(precision="float64"), **options)
    np.testing.assert_array_equal(result.steps_taken, reference.steps_taken)
    np.testing.assert_allclose(result.W, reference.W, rtol=1e-6)


@pytest.mark.parametrize(
    ("make", "message"),
    [
        (
            lambda: Arrays("jax"),
            "namespace must be 'numpy', 'torch', 'cupy' or 'array_api_strict', got 'jax'",
        ),
        (lambda: Arrays(precision="half"), "precision must be 'float32' or 'float64'"),
        (lambda: Arrays(draws="tape"), "draws must be 'host' or 'device'"),
        (lambda: Arrays(draws="device"), "draws must be 'host'"),
        (lambda: Arrays("array_api_strict", draws="device"), "draws must be 'host'"),
        (lambda: in_namespace({}, "jax"), "namespace must be one of"),
        (lambda: in_namespace({}, precision="half"), "precision must be one of"),
    ],
)
def test_bad_input(make, message):
    with pytest.raises(ValueError, match=message):
        make()


def test_missing_library_says_how_to_go_on(monkeypatch):
    monkeypatch.setitem(__import__("sys").modules, "array_api_compat.cupy", None)
    with pytest.raises(ImportError, match="needs the library cupy"):
        in_namespace(start(ReluOutput()), "cupy")
