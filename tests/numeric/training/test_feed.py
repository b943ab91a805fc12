"""A feed changes what the model reads, not what is drawn, asked for or held out."""

from __future__ import annotations

import json
from dataclasses import dataclass

import numpy as np
import pytest

from numeric import Arrays, Feed, IndependentFeatures, ReluOutput, TwoLayer, train

LAW = IndependentFeatures(0.3, n_features=4)
BRIEF = {"n_hidden": 2, "seed": 5, "steps": 20, "batch": 100, "held_out": 1, "instances": 2}


@dataclass(frozen=True)
class Sign:
    """One step of a given size along the sign of the gradient, by NumPy."""

    size: float

    def __call__(self, model, parameters, x, importance):
        return x + self.size * np.sign(model.input_gradient(parameters, x, importance))

    def configuration(self):
        return {"feed": "Sign", "size": self.size}


def test_no_perturbation_is_the_clean_run():
    """To the bit: x + 0 is x."""
    clean = train(ReluOutput(), LAW, engine="array", **BRIEF)
    fed = train(ReluOutput(), LAW, feed=Sign(0.0), **BRIEF)
    for name in clean.data_vars:
        np.testing.assert_array_equal(clean[name], fed[name], name)


@pytest.mark.parametrize("model", [ReluOutput(), TwoLayer("absolute")], ids=repr)
def test_the_objective_of_a_step_is_the_loss_of_what_was_fed(model):
    """At a learning rate of 0 the model stays, so an attack can only raise the objective."""
    still = {**BRIEF, "learning_rate": 0.0}
    clean = train(model, LAW, engine="array", **still)
    fed = train(model, LAW, feed=Sign(1e-3), **still)
    assert np.all(fed.history > clean.history)
    np.testing.assert_array_equal(fed.loss, clean.loss)  # held out: clean samples


def test_engines_feed_alike():
    one = train(ReluOutput(), LAW, feed=Sign(0.1), **BRIEF)
    other = train(ReluOutput(), LAW, feed=Sign(0.1), engine=Arrays(precision="float64"), **BRIEF)
    np.testing.assert_allclose(one.W, other.W, rtol=1e-9)
    assert np.any(one.W != train(ReluOutput(), LAW, engine="array", **BRIEF).W)


def test_an_instance_is_the_same_alone():
    whole = train(ReluOutput(), LAW, feed=Sign(0.1), **BRIEF)
    alone = train(
        ReluOutput(), LAW, feed=Sign(0.1), **{**BRIEF, "instances": 1, "first_instance": 1}
    )
    np.testing.assert_array_equal(alone.W[0], whole.W[1])


def test_training_against_an_attack_withstands_it():
    """Its objective under the attack is below that of the cleanly trained model."""
    settings = {**BRIEF, "steps": 400, "learning_rate": 0.02}
    law, rng = IndependentFeatures(0.3, n_features=4), np.random.default_rng(0)
    x, attack = law.sample(rng, 20_000), Sign(0.2)
    losses = {}
    for name, feed in (("clean", None), ("fed", attack)):
        result = train(ReluOutput(), law, feed=feed, **settings)
        parameters = {"W": result.W.values[0], "b": result.b.values[0]}
        fed = attack(ReluOutput(), parameters, x, np.ones(4))
        losses[name] = ReluOutput().loss_and_gradient(parameters, x, np.ones(4), fed=fed)[0]
    assert losses["fed"] < losses["clean"]


def test_the_configuration_names_the_feed():
    result = train(ReluOutput(), LAW, feed=Sign(0.1), **BRIEF)
    assert json.loads(result.attrs["configuration"])["feed"] == {"feed": "Sign", "size": 0.1}
    assert isinstance(Sign(0.1), Feed)


def test_bad_feeds_are_named():
    with pytest.raises(ValueError, match="feed must be"):
        train(ReluOutput(), LAW, feed=lambda *a: a[2], **BRIEF)
    with pytest.raises(ValueError, match="no feed"):
        train(ReluOutput(), LAW, feed=Sign(0.1), engine="fused", **BRIEF)
