"""Training on attacks: whose direction a row takes, and the gradient through it."""

from __future__ import annotations

import json

import numpy as np
import pytest

import numeric
from numeric.adversary.directions import dealt
from numeric.training.feed import loss_and_gradient

N, M = 4, 2
LAW = numeric.IndependentFeatures(0.4, n_features=N)
BRIEF = {"n_hidden": M, "seed": 5, "steps": 20, "batch": 100, "held_out": 1, "instances": 2}
MODEL = numeric.ReluOutput()
FEEDS = [numeric.RandomFeatureAttack, numeric.BestAttack]
every_feed = pytest.mark.parametrize("kind", FEEDS, ids=lambda kind: kind.__name__)


def random_parameters(seed=0):
    rng = np.random.default_rng(seed)
    return {"W": rng.normal(size=(M, N)), "b": 0.1 * rng.normal(size=N)}, LAW.sample(rng, 60)


def objective(feed, parameters, x, penalty=0.0):
    return loss_and_gradient(MODEL, feed, parameters, x, np.ones(N), penalty)


def test_rows_are_dealt_to_the_live_in_turn():
    choice = dealt(np.array([[True, False, True, True], [False, False, False, False]]), 7)
    np.testing.assert_array_equal(choice[0].argmax(-1), [0, 2, 3, 0, 2, 3, 0])
    np.testing.assert_array_equal(choice[0].sum(-1), 1)
    assert not choice[1].any()


def test_the_mean_over_rows_is_the_mean_over_features():
    """Each sample repeated once a feature: the mean over k of the fixed attacks, exactly."""
    parameters, x = random_parameters()
    found, _ = objective(numeric.RandomFeatureAttack(0.3), parameters, np.repeat(x, N, axis=0))
    fixed = [
        numeric.attack(**parameters, x=x, size=0.3, kind="fixed", feature=k).loss.mean()
        for k in range(N)
    ]
    assert found == pytest.approx(np.mean(fixed), rel=1e-12)


def test_the_best_attack_feeds_what_the_analytic_attack_finds():
    parameters, x = random_parameters()
    found, _ = objective(numeric.BestAttack(0.3), parameters, x)
    best = numeric.attack(**parameters, x=x, size=0.3)
    assert found == pytest.approx(best.loss.mean(), rel=1e-12)
    fed = numeric.BestAttack(0.3)(MODEL, parameters, x, np.ones(N))
    np.testing.assert_allclose(fed - x, best.delta, atol=1e-15)


@every_feed
@pytest.mark.parametrize("penalty", [0.0, 0.2])
def test_the_gradient_runs_through_the_attack(kind, penalty):
    """Against central differences, off by step² times a third derivative and rounding over step."""
    parameters, x = random_parameters(3)
    feed, step = kind(0.3), 1e-5
    _, gradient = objective(feed, parameters, x, penalty)
    rng = np.random.default_rng(7)
    for _ in range(4):
        along = {name: rng.normal(size=a.shape) for name, a in parameters.items()}
        ends = [
            objective(
                feed, {k: a + sign * step * along[k] for k, a in parameters.items()}, x, penalty
            )[0]
            for sign in (1, -1)
        ]
        slope = sum(np.sum(gradient[k] * along[k]) for k in along)
        steepest = sum(np.linalg.norm(gradient[k]) * np.linalg.norm(along[k]) for k in along)
        assert abs((ends[0] - ends[1]) / (2 * step) - slope) < 1e-8 * steepest


@every_feed
def test_held_fixed_it_is_another_gradient(kind):
    parameters, x = random_parameters()
    held = kind(0.3, through=False)
    loss, gradient = objective(held, parameters, x)
    fed = held(MODEL, parameters, x, np.ones(N))
    plain = MODEL.loss_and_gradient(parameters, x, np.ones(N), fed=fed)
    assert loss == plain[0]
    np.testing.assert_array_equal(gradient["W"], plain[1]["W"])
    through = objective(kind(0.3), parameters, x)[1]
    assert np.max(np.abs(through["W"] - gradient["W"])) > 1e-3 * np.max(np.abs(gradient["W"]))


@every_feed
def test_no_attack_is_the_clean_run(kind):
    """To the bit."""
    clean = numeric.train(MODEL, LAW, engine="array", **BRIEF)
    for through in (True, False):
        feed = kind(0.0, through=through)
        fed = numeric.train(MODEL, LAW, feed=feed, **BRIEF)
        np.testing.assert_array_equal(clean.W, fed.W)


@every_feed
def test_engines_agree_and_an_instance_is_the_same_alone(kind):
    feed = kind(0.2, live_above=0.3)  # some are masked at the start
    one = numeric.train(MODEL, LAW, feed=feed, **BRIEF)
    arrays = numeric.Arrays(precision="float64")
    other = numeric.train(MODEL, LAW, feed=feed, engine=arrays, **BRIEF)
    np.testing.assert_allclose(one.W, other.W, rtol=1e-9)
    short = {**BRIEF, "instances": 1, "first_instance": 1}
    alone = numeric.train(MODEL, LAW, feed=feed, **short)
    np.testing.assert_array_equal(alone.W[0], one.W[1])


def test_masked_features_do_not_attack():
    parameters, x = random_parameters()
    parameters["W"][:, 0] = 1e-6
    G = parameters["W"].T @ parameters["W"]

    def attacked_along_it(feed):
        shift = feed(MODEL, parameters, x, np.ones(N)) - x
        return np.any(shift @ G[0] > 0.3 * np.linalg.norm(G[0]) * (1 - 1e-9))

    assert attacked_along_it(numeric.RandomFeatureAttack(0.3))
    assert not attacked_along_it(numeric.RandomFeatureAttack(0.3, live_above=0.1))
    assert not attacked_along_it(numeric.BestAttack(0.3, live_above=0.1))


@every_feed
def test_without_a_live_feature_the_batch_is_fed_as_it_is(kind):
    parameters, x = random_parameters()
    parameters["W"][:] = 0
    np.testing.assert_array_equal(kind(0.3)(MODEL, parameters, x, np.ones(N)), x)


def test_training_through_the_attack_minimises_it():
    """From one start, with the gradient through δ, the attacked loss ends no higher."""
    settings = {**BRIEF, "steps": 600, "learning_rate": 0.02, "instances": 1}
    ends = {}
    for through in (True, False):
        feed = numeric.RandomFeatureAttack(0.3, through=through)
        run = numeric.train(MODEL, LAW, feed=feed, **settings)
        x = LAW.sample(np.random.default_rng(1), 20_000)
        ends[through] = objective(feed, {"W": run.W.values[0], "b": run.b.values[0]}, x)[0]
    assert ends[True] < ends[False]


def test_the_configuration_says_all():
    feed = numeric.BestAttack(0.1, live_above=0.2)
    run = numeric.train(MODEL, LAW, feed=feed, **BRIEF)
    assert json.loads(run.attrs["configuration"])["feed"] == feed.configuration()
    assert isinstance(feed, numeric.DifferentiableFeed)


@pytest.mark.parametrize(
    ("settings", "message"),
    [
        ({"size": -1.0}, "size must be"),
        ({"size": np.nan}, "size must be"),
        ({"size": 0.1, "live_above": -1.0}, "live_above must be"),
        ({"size": 0.1, "through": 1}, "through must be"),
    ],
)
@every_feed
def test_bad_settings_are_named(kind, settings, message):
    with pytest.raises(ValueError, match=message):
        kind(**settings)


def test_bad_company_is_named():
    feed = numeric.RandomFeatureAttack(0.1)
    with pytest.raises(ValueError, match="batch must be at least"):
        numeric.train(MODEL, LAW, feed=feed, **{**BRIEF, "batch": 3})
    for model in (numeric.TwoLayer(), numeric.ReluHidden()):
        with pytest.raises(ValueError, match="model must be tied"):
            numeric.train(model, LAW, feed=feed, **BRIEF)
    with pytest.raises(ValueError, match="end in a ReLU"):
        numeric.train(numeric.Linear(), LAW, feed=numeric.BestAttack(0.1), **BRIEF)
