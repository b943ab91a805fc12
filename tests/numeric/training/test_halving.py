"""Successive halving: the better runs go on, and who goes on depends on nothing else."""

from __future__ import annotations

import itertools
import json

import numpy as np
import pytest

from numeric.features.independent import IndependentFeatures
from numeric.models.two_layers import BiasedHidden, ReluHidden, ReluOutput
from numeric.training.halving import Round, successive_halving
from numeric.training.initialise import Given

LAW = IndependentFeatures(0.3, [1.0, 0.7, 0.5])
ROUNDS = [Round(6, 20, 32, 0.02, 2048), Round(3, 20, 64, 0.02, 2048), Round(1, 10, 64, 0.01, 2048)]


def halved(rounds=ROUNDS, model=None, **settings):
    return successive_halving(
        model or ReluHidden(), LAW, n_hidden=2, seed=7, rounds=rounds, **settings
    )


def test_after_each_round_those_go_on_that_were_judged_best():
    judged = halved().judged.values
    assert np.isfinite(judged).sum(axis=1).tolist() == [6, 3, 1]
    for before, after in itertools.pairwise(judged):
        went = np.isfinite(after)
        assert before[went].max() < before[np.isfinite(before) & ~went].min()


def test_the_answer_is_best_first_and_keeps_the_runs_own_numbers():
    found = halved(ROUNDS[:2])
    assert (np.diff(found.loss) >= 0).all()
    np.testing.assert_array_equal(found.judged.values[1, found.start], found.loss)
    # The same losses from the weights themselves, on samples of one's own.
    x = LAW.sample(np.random.default_rng(0), 20_000)
    for k in range(3):
        parameters = {"W": found.W.values[k], "b": found.b.values[k]}
        each = (ReluHidden().forward(parameters, x) - x) ** 2 @ LAW.importance
        error = np.hypot(each.std() / np.sqrt(len(each)), found.loss_error[k])
        # The held-out error is that of two batch means, a t with one degree of freedom: its
        # scale is bounded by that of 2048 samples, as the mean of 20 000 shows.
        scale = each.std() * np.sqrt(1 / 2048 + 1 / len(each))
        assert abs(each.mean() - found.loss[k]) < 5 * max(error, scale)


def test_no_bit_depends_on_threads_or_on_how_many_others_there_are():
    one, two = halved(threads=1), halved(threads=2)
    np.testing.assert_array_equal(one.W, two.W)
    few = halved([Round(2, 20, 32, 0.02, 2048)]).judged.values[0]
    np.testing.assert_array_equal(few, one.judged.values[0, :2])


def test_a_run_that_goes_on_learns_further():
    longer = [Round(4, 200, 128, 0.02), Round(4, 400, 512, 0.01)]
    judged = halved(longer).judged.values
    assert np.median(judged[1] / judged[0]) < 1


def test_a_run_that_diverged_goes_last():
    start = {"W": np.stack([np.full((2, 3), 1e30), np.eye(2, 3)]), "b": np.zeros((2, 3))}
    rounds = [Round(2, 2, 8, 1e-3, 2048), Round(1, 2, 8, 1e-3, 2048)]
    found = halved(rounds, initial=Given(start))
    assert np.isnan(found.judged.values[0, 0]) or found.judged.values[0, 0] > 1e30
    assert found.start.values.tolist() == [1]


def test_models_without_a_kernel_and_their_own_parameters():
    found = halved([Round(2, 5, 8, 0.02, 2048)], model=BiasedHidden())
    assert found.c.dims == ("run", "hidden")
    assert (found.c.values != 0).any(axis=1).all()  # a neuron that is never on keeps 0


def test_the_configuration_says_it_all():
    configuration = json.loads(halved().attrs["configuration"])
    assert configuration["kind"] == "successive_halving"
    assert configuration["rounds"][1] == {
        "runs": 3, "steps": 20, "batch": 64, "learning_rate": 0.02, "held_out": 2048,
    }  # fmt: skip


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"rounds": []}, "rounds must be a list of Round"),
        ({"rounds": [Round(2, 1, 1, 0.1), Round(3, 1, 1, 0.1)]}, "rounds must have no more runs"),
        ({"features": IndependentFeatures([[0.1] * 3] * 2)}, "features must be one world"),
        ({"n_hidden": 4}, "n_hidden must not exceed"),
        ({"rounds": [Round(2, 10**9 + 1, 8, 0.1)]}, "steps must be at most"),
    ],
)
def test_bad_input(change, message):
    settings = {"features": LAW, "n_hidden": 2, "rounds": ROUNDS} | change
    with pytest.raises(ValueError, match=message):
        successive_halving(ReluOutput(), settings.pop("features"), seed=0, **settings)
    with pytest.raises(TypeError, match="rounds must be a list of Round"):
        successive_halving(ReluOutput(), LAW, n_hidden=2, seed=0, rounds=[1])
