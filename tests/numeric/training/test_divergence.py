"""A run that leaves the finite numbers says so, and passes for nothing else."""

from __future__ import annotations

import numpy as np
import pytest

from numeric import SGD, IndependentFeatures, ReluOutput, train
from numeric.training.loop import Plateau
from numeric.training.restarts import best_of_restarts

LAW = IndependentFeatures(0.5, n_features=3)
BRIEF = {"n_hidden": 2, "seed": 0, "steps": 200, "batch": 100, "held_out": 1, "instances": 2}


@pytest.mark.filterwarnings(
    "ignore:(overflow|invalid value) encountered"
)  # NumPy's own, on the way
@pytest.mark.parametrize("plateau", [None, Plateau(window=10, patience=2)])
@pytest.mark.parametrize("engine", ["fused", "array"])
def test_a_diverged_run_says_so(engine, plateau):
    """Plain descent at rate 50 throws the weights to infinity, and NaN > 0 is false."""
    with pytest.warns(RuntimeWarning, match="2 of 2 instances diverged"):
        result = train(
            ReluOutput(),
            LAW,
            optimiser=SGD(),
            learning_rate=50.0,
            engine=engine,
            plateau=plateau,
            **BRIEF,
        )
    assert np.all(result.diverged)
    assert not np.any(result.converged)
    assert not np.any(np.isfinite(result.loss))
    assert np.all(result.steps_taken < 200)


def test_the_others_go_on():
    """One instance diverges by its huge importance; the one beside it keeps its bits."""
    law = IndependentFeatures(0.5, importance=[[1.0, 1.0], [1e4, 1e4]])
    settings = {**BRIEF, "n_hidden": 1, "optimiser": SGD(), "learning_rate": 0.1}
    with pytest.warns(RuntimeWarning, match="1 of 2"):
        both = train(ReluOutput(), law, **settings)
    settings["instances"] = 1
    alone = train(ReluOutput(), law.instance(0), **settings)
    assert both.diverged.values.tolist() == [False, True]
    assert not bool(alone.diverged[0])
    for name in ("W", "b", "loss", "steps_taken"):
        np.testing.assert_array_equal(both[name][0], alone[name][0])


def test_a_diverged_restart_is_never_the_best():
    rng = np.random.default_rng(0)
    parameters = {"W": rng.normal(size=(2, 3, 1, 2)), "b": np.zeros((2, 3, 2))}
    losses = rng.uniform(0.1, 0.2, (1, 2, 3, 4))
    losses[:, 0, 0], losses[:, 1] = np.nan, np.inf
    found = best_of_restarts(
        parameters, np.ones((2, 2)), losses, np.ones((1, 2)), z=4.0, floor=5e-3
    )
    assert int(found.best[0]) != 0
    assert not bool(found.success_runs[0, 0])
    assert bool(found.success_runs[0, int(found.best[0])])
    assert np.isnan(found.loss[1])
    assert str(found.structure.values[1]) == "diverged"
    assert float(found.success_rate[1]) == 0


@pytest.mark.parametrize("wrong", [(31,), (-1,), (0.5,), (True,), ("3",)])
def test_bad_snapshots_are_named(wrong):
    with pytest.raises(ValueError, match=r"snapshots must be whole numbers in 0…steps = 30, got"):
        train(ReluOutput(), LAW, snapshots=wrong, **{**BRIEF, "steps": 30})
