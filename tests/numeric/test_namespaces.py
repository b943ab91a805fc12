"""What numeric computes on arrays, it computes on those of any library that keeps the standard.

NumPy is the reference.  Sums are taken in another order elsewhere, and products may be fused:
numbers of order 1, summed some hundred times, agree to 1e-12.
"""

from __future__ import annotations

from dataclasses import asdict

import numpy as np
import pytest

import numeric
from numeric.adversary.attack import KINDS
from numeric.features.law import Features
from numeric.models.activations import ACTIVATIONS, leaky_relu
from numeric.models.targets import TARGETS
from numeric.namespaces import in_namespace, like, to_numpy
from numeric.training.feed import loss_and_gradient
from numeric.training.penalty import Penalty, of_weights
from tests.extras import elsewhere

N, M = 4, 2
RNG = np.random.default_rng(0)
X = numeric.IndependentFeatures(0.6, n_features=N, low=-1.0).sample(RNG, 30)
I = np.array([1.0, 0.5, 0.25, 0.0])
MODELS = [
    numeric.ReluOutput(bias=False),
    *map(numeric.ReluOutput, ACTIVATIONS),
    *map(numeric.ReluHidden, ACTIVATIONS),
    *map(numeric.BiasedHidden, ACTIVATIONS),
    *(numeric.TwoLayer(target, output) for target in TARGETS for output in ("relu", "linear")),
    numeric.AbsoluteValue("softplus"),
    numeric.Linear(),
    numeric.MixtureOfExperts(2),
    numeric.ReluOutput(leaky_relu(0.2)),
]
LAWS = [
    numeric.IndependentFeatures([0.9, 0.0, 0.3, 1.0]),
    numeric.CorrelatedSets((2, 2), (0.9, 0.6), low=-1.0),
    numeric.AnticorrelatedSets((3, 1), (0.3, 0.8)),
    numeric.ExactlyKActive(N, 2),
    numeric.OneHot(N, low=-1.0),
    numeric.GivenActivations(X),
]
FEEDS = [
    kind(0.2, live_above=above, through=through)
    for kind in (numeric.RandomFeatureAttack, numeric.BestAttack)
    for above in (None, 0.1)
    for through in (False, True)
]


def drawn(model, seed=1, instances=3):
    """Parameters of some instances, biases too."""
    rng = np.random.default_rng(seed)
    shapes = model.shapes(M, N)
    return {name: rng.normal(0.0, 0.6, (instances, *shape)) for name, shape in shapes.items()}


def agree(found, expected, library):
    """The same numbers, in that library, in double precision where they are no whole ones."""
    value = to_numpy(found)
    assert type(found).__module__.startswith(library)
    assert value.dtype == np.asarray(expected).dtype
    np.testing.assert_allclose(value, expected, rtol=1e-12, atol=1e-12)


@elsewhere
@pytest.mark.parametrize("model", MODELS, ids=lambda model: type(model).__name__)
def test_models(model, library):
    here = drawn(model)
    there = in_namespace(here, library)
    x = np.stack([X] * 3)
    x_there = in_namespace({"x": x}, library)["x"]
    agree(model.forward(there, x_there), model.forward(here, x), library)
    agree(model.hidden(there, x_there), model.hidden(here, x), library)
    loss, gradient = model.loss_and_gradient(here, x, I, 0.1)
    loss_there, gradient_there = model.loss_and_gradient(there, x_there, I, 0.1)
    agree(loss_there, loss, library)
    assert gradient.keys() == gradient_there.keys()
    for name, value in gradient.items():
        agree(gradient_there[name], value, library)


@elsewhere
@pytest.mark.parametrize("law", LAWS, ids=lambda law: type(law).__name__)
def test_laws(law, library):
    assert isinstance(law, Features)
    uniform = RNG.random((2, 50, law.n_uniforms))
    there = in_namespace({"u": uniform}, library)["u"]
    agree(law.from_uniform(there), law.from_uniform(uniform), library)


@elsewhere
@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("live_above", [None, 0.1])
def test_attacks(kind, live_above, library):
    here = drawn(numeric.ReluOutput())
    there = in_namespace({**here, "x": X}, library)
    settings = {"size": 0.3, "kind": kind, "importance": I, "live_above": live_above, "steps": 5}
    settings |= {"feature": 1} if kind == "fixed" else {}
    expected = numeric.attack(here["W"], here["b"], X, **settings)
    found = numeric.attack(there["W"], there["b"], there["x"], **settings)
    for name in ("delta", "loss", "clean", "feature"):
        if getattr(expected, name) is not None:
            agree(getattr(found, name), getattr(expected, name), library)


@elsewhere
@pytest.mark.parametrize("feed", FEEDS, ids=lambda feed: type(feed).__name__)
def test_feeds(feed, library):
    model = numeric.ReluOutput()
    here = drawn(model)
    there = in_namespace(here, library)
    x = np.stack([X] * 3)
    x_there = in_namespace({"x": x}, library)["x"]
    expected = loss_and_gradient(model, feed, here, x, I, 0.1)
    found = loss_and_gradient(model, feed, there, x_there, like(I, x_there), 0.1)
    agree(found[0], expected[0], library)
    for name, value in expected[1].items():
        agree(found[1][name], value, library)


@elsewhere
def test_penalties(library):
    penalty = Penalty(l1=0.1, decay=0.2, interference=0.3)
    assert all(asdict(penalty).values())
    here = drawn(numeric.ReluOutput())
    value, gradient = of_weights(penalty, here)
    value_there, gradient_there = of_weights(penalty, in_namespace(here, library))
    agree(value_there, value, library)
    agree(gradient_there["W"], gradient["W"], library)
