"""Words for what a trainer takes; classes and strangers are refused by the argument's name."""

from __future__ import annotations

import numpy as np
import pytest

from numeric import SGD, Adam, IndependentFeatures, ReluOutput, XavierNormal, train
from numeric.features.law import Features
from numeric.schedules import Cosine, Linear
from numeric.training.named import as_initial, as_optimiser, as_schedule


@pytest.mark.parametrize(
    ("found", "wanted"),
    [
        (as_optimiser("adam"), Adam()),
        (as_optimiser("SGD"), SGD()),
        (as_schedule("cosine"), Cosine()),
        (as_schedule("linear"), Linear()),
        (as_initial("xavier"), XavierNormal()),
        (as_optimiser(SGD(0.9)), SGD(0.9)),
    ],
)
def test_a_word_stands_for_what_has_usual_settings(found, wanted):
    assert found == wanted


@pytest.mark.parametrize(
    ("call", "message"),
    [
        (lambda: as_optimiser("adamw"), r"optimiser must be one of 'adam', 'sgd'.*AdamW\(decay="),
        (lambda: as_schedule("cosin"), "schedule must be one of 'constant', 'linear', 'cosine'"),
        (lambda: as_initial("gaussian"), r"initial must be one of 'xavier'.*Gaussian\("),
    ],
)
def test_another_word_is_told_which_there_are(call, message):
    with pytest.raises(ValueError, match=message):
        call()


def test_words_and_objects_train_the_same():
    settings = {"n_hidden": 1, "seed": 0, "steps": 5, "batch": 8, "held_out": 8, "engine": "array"}
    law = IndependentFeatures(0.5, n_features=2)
    words = train(
        ReluOutput(), law, optimiser="sgd", schedule="cosine", initial="xavier", **settings
    )
    objects = train(
        ReluOutput(),
        law,
        optimiser=SGD(),
        schedule=Cosine(),
        initial=XavierNormal(),
        **settings,
    )
    np.testing.assert_array_equal(words.W, objects.W)
    assert words.configuration == objects.configuration


@pytest.mark.parametrize(
    ("wrong", "name"),
    [
        ({"instances": 10**9}, "instances"),
        ({"batch": 10**12}, "batch"),
        ({"steps": 10**12}, "steps"),
        ({"held_out": 10**12}, "held_out"),
        ({"steps": 10**9, "batch": 10**6, "instances": 10**4}, "steps"),
    ],
)
def test_what_no_machine_holds_is_refused_beforehand(wrong, name):
    law = IndependentFeatures(0.5, n_features=2)
    with pytest.raises(ValueError, match=rf"^{name} "):
        train(ReluOutput(), law, n_hidden=1, seed=0, **wrong)


def test_a_law_of_ones_own_is_told_what_it_lacks():
    class Law(Features):
        n_features = 2

    with pytest.raises(NotImplementedError, match=r"Law is a law of the data without co_activity"):
        Law().co_activity()
    with pytest.raises(NotImplementedError, match=r"from_uniform\(uniform\)"):
        Law().from_uniform(np.zeros((1, 2)))
