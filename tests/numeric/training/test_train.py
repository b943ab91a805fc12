"""Training: the same bits in any company, both engines alike, and an honest record."""

from __future__ import annotations

import json

import numpy as np
import pytest
import xarray as xr

from numeric import (
    SGD,
    AbsoluteValue,
    Adam,
    AdamW,
    CorrelatedSets,
    Gaussian,
    Given,
    IndependentFeatures,
    Linear,
    ReluHidden,
    ReluOutput,
    XavierNormal,
)
from numeric.schedules import Cosine
from numeric.training.loop import Plateau
from numeric.training.train import train

SMALL = IndependentFeatures(0.2, importance=[1.0, 0.7])
LARGE = IndependentFeatures(0.2, n_features=25)
BRIEF = {"steps": 30, "batch": 300, "held_out": 1, "seed": 5}


def _same(one: xr.Dataset, other: xr.Dataset) -> None:
    for name in set(one.data_vars) - {"steps_taken"}:
        assert np.array_equal(one[name].values, other[name].values), name


@pytest.mark.parametrize(("law", "m"), [(SMALL, 1), (LARGE, 20)])
def test_an_instance_is_the_same_alone_and_in_company_and_with_any_threads(law, m):
    many = 1000 if m == 1 else 5
    whole = train(ReluOutput(), law, n_hidden=m, instances=many, threads=2, **BRIEF)
    single = train(ReluOutput(), law, n_hidden=m, instances=many, threads=1, **BRIEF)
    _same(whole, single)
    for number in (0, many - 2):
        for threads in (1, 2):
            alone = train(
                ReluOutput(), law, n_hidden=m, first_instance=number, threads=threads, **BRIEF
            )
            _same(alone, whole.isel(instance=[number]))


def test_the_array_engine_has_the_same_independence():
    settings = {"n_hidden": 1, "engine": "array", **BRIEF}
    whole = train(ReluOutput(activation="gelu"), SMALL, instances=4, threads=2, **settings)
    alone = train(ReluOutput(activation="gelu"), SMALL, first_instance=2, threads=1, **settings)
    _same(alone, whole.isel(instance=[2]))


def test_instances_differ():
    result = train(ReluOutput(), SMALL, n_hidden=1, instances=20, **BRIEF)
    assert len(np.unique(result.W.values[:, 0, 0])) == 20


def test_each_instance_may_have_its_own_world():
    densities = np.array([[0.1], [1.0]])
    both = train(ReluOutput(), IndependentFeatures(densities, n_features=2), n_hidden=1, **BRIEF)
    second = IndependentFeatures(1.0, n_features=2)
    _same(
        train(ReluOutput(), second, n_hidden=1, first_instance=1, **BRIEF),
        both.isel(instance=[1]),
    )


def test_looking_does_not_change_the_run():
    watched = train(ReluOutput(), SMALL, n_hidden=1, instances=3, snapshots=(0, 7, 30), **BRIEF)
    plain = train(ReluOutput(), SMALL, n_hidden=1, instances=3, **BRIEF)
    assert np.array_equal(watched.W, plain.W)
    assert np.array_equal(watched.W_snapshots.sel(snapshot=30), plain.W)
    start = train(ReluOutput(), SMALL, n_hidden=1, instances=3, learning_rate=0.0, **BRIEF)
    assert np.array_equal(watched.W_snapshots.sel(snapshot=0), start.W)
    assert np.array_equal(watched.b_snapshots.sel(snapshot=0), np.zeros((3, 2)))


@pytest.mark.parametrize("optimiser", [Adam(), AdamW(decay=0.1), SGD(momentum=0.9)])
@pytest.mark.parametrize("model", [ReluOutput(), Linear(), ReluHidden(), AbsoluteValue()])
@pytest.mark.parametrize("m", [3, 20])
def test_both_engines_agree(model, optimiser, m):
    n = 4 if m == 3 else 24
    law = CorrelatedSets((n // 2, n // 2), 0.3)
    settings = {"n_hidden": m, "instances": 2, "penalty": 0.01, "schedule": Cosine(), **BRIEF}
    settings["steps"] = 8
    fused, array = (
        train(model, law, optimiser=optimiser, engine=engine, **settings)
        for engine in ("fused", "array")
    )
    # Adam divides a gradient by its own size, so one that is rounding only may move a weight
    # by the learning rate; otherwise eight steps keep float32 rounding of each gradient.
    for name in set(fused.data_vars) - {"converged", "diverged", "steps_taken"}:
        assert np.max(np.abs(fused[name] - array[name])) < 2e-5, name


def test_a_model_that_can_be_perfect_becomes_it():
    law = IndependentFeatures(0.5, n_features=2)
    result = train(
        Linear(bias=False), law, n_hidden=2, seed=0, steps=1500, schedule=Cosine(),
        learning_rate=0.02,
    )  # fmt: skip
    assert float(result.loss[0]) < 1e-8
    assert np.allclose(result.W[0].T.values @ result.W[0].values, np.eye(2), atol=1e-4)


def test_held_out_loss_of_a_fixed_model_is_its_expected_loss():
    zero = Given({"W": np.zeros((1, 2)), "b": np.array([0.1, 0.0])})
    result = train(
        ReluOutput(), SMALL, n_hidden=1, initial=zero, learning_rate=0.0, seed=0, steps=1,
        instances=20,
    )  # fmt: skip
    # E (x − β)² = p/3 − β p + β².
    exact = (0.2 / 3 - 0.1 * 0.2 + 0.01) + 0.7 * 0.2 / 3
    z = (result.loss - exact) / result.loss_error
    assert np.max(np.abs(z)) < 5
    assert np.sum(z**2) < 60  # χ² with 20 degrees of freedom, beyond 1 − 1e-5


def test_plateau_stops_each_instance_by_its_own_losses():
    law = IndependentFeatures(np.array([[1.0], [0.3]]), n_features=2)
    rule = Plateau(window=50, tolerance=0.02, patience=2)
    settings = {"n_hidden": 1, "learning_rate": 0.02, "plateau": rule, "seed": 3, "steps": 4000}
    both = train(ReluOutput(), law, **settings)
    assert bool(both.converged.all())
    assert np.all(both.steps_taken < 4000)
    assert len(set(both.steps_taken.values)) == 2
    alone = train(ReluOutput(), law.instance(1), first_instance=1, **settings)
    assert np.array_equal(alone.W[0], both.W[1])
    assert int(alone.steps_taken[0]) == int(both.steps_taken[1])
    shorter = {**settings, "plateau": None, "steps": int(alone.steps_taken[0])}
    stopped = train(ReluOutput(), law.instance(1), first_instance=1, **shorter)
    assert np.array_equal(stopped.W, alone.W)


def test_weights_decay_only_where_that_is_asked_for():
    nothing = IndependentFeatures(0.0, n_features=2)  # no data: no gradient
    settings = {"n_hidden": 1, "learning_rate": 0.1, **BRIEF}
    kept = train(ReluOutput(), nothing, **settings)
    start = train(ReluOutput(), nothing, **{**settings, "learning_rate": 0.0})
    decayed = train(ReluOutput(), nothing, optimiser=AdamW(decay=0.5), **settings)
    assert np.array_equal(kept.W, start.W)
    assert np.allclose(decayed.W, start.W * 0.95**30)


def test_initial_scale_does_not_depend_on_the_number_of_instances():
    settings = {"n_hidden": 1, "learning_rate": 0.0, "seed": 1, "steps": 1, "held_out": 1}
    result = train(ReluOutput(), SMALL, instances=3000, initial=XavierNormal(0.5), **settings)
    # Variance gain²·2/(m + n); the square of a normal has variance 2σ⁴.
    z = (np.mean(result.W**2) / (0.25 * 2 / 3) - 1) * np.sqrt(6000 / 2)
    assert abs(z) < 5
    wide = train(ReluOutput(), SMALL, instances=3000, initial=Gaussian(2.0), **settings)
    assert abs(np.mean(wide.W**2) / 4 - 1) * np.sqrt(6000 / 2) < 5


def test_the_result_names_everything_it_was_made_with():
    result = train(ReluOutput(), SMALL, n_hidden=1, plateau=Plateau(), **BRIEF)
    configuration = json.loads(result.attrs["configuration"])
    assert configuration["seed"] == 5
    assert configuration["optimiser"]["optimiser"] == "Adam"
    assert configuration["features"]["importance"] == [1.0, 0.7]
    assert configuration["plateau"]["window"] == 500
    assert configuration["draws"]
    assert result.W.dims == ("instance", "hidden", "feature")


@pytest.mark.parametrize(
    ("wrong", "name"),
    [
        ({"n_hidden": 3}, "n_hidden"),
        ({"n_hidden": 0}, "n_hidden"),
        ({"steps": 0}, "steps"),
        ({"batch": 2.5}, "batch"),
        ({"instances": 0}, "instances"),
        ({"learning_rate": float("nan")}, "learning_rate"),
        ({"penalty": -1.0}, "penalty"),
        ({"snapshots": (31,)}, "snapshots"),
        ({"engine": "gpu"}, "engine"),
        ({"threads": 0}, "threads"),
        ({"first_instance": -1}, "first_instance"),
        ({"held_out": 0}, "held_out"),
    ],
)
def test_bad_arguments_are_named(wrong, name):
    with pytest.raises(ValueError, match=name):
        train(ReluOutput(), SMALL, **{"n_hidden": 1, **BRIEF, **wrong})


def test_an_engine_that_cannot_says_so():
    with pytest.raises(ValueError, match="fused"):
        train(ReluOutput(activation="gelu"), SMALL, n_hidden=1, engine="fused", **BRIEF)


def test_instances_must_fit_the_worlds():
    law = IndependentFeatures(np.array([[0.1], [1.0]]), n_features=2)
    with pytest.raises(ValueError, match="instances"):
        train(ReluOutput(), law, n_hidden=1, instances=3, **BRIEF)


@pytest.mark.parametrize("wrong", [{"window": 0}, {"patience": 0}, {"tolerance": -1.0}])
def test_bad_plateau_is_named(wrong):
    with pytest.raises(ValueError, match=next(iter(wrong))):
        Plateau(**wrong)


@pytest.mark.parametrize(
    "change",
    [
        {"steps": np.int64(30)},
        {"batch": np.int32(8)},
        {"seed": np.int64(3)},
        {"seed": (np.int64(3), 4)},
        {"n_hidden": np.int64(1)},
        {"first_instance": np.uint8(2)},
        {"learning_rate": np.float64(1e-2)},
        {"snapshots": np.unique(np.geomspace(1, 30, 4).astype(int))},
        {"plateau": Plateau(patience=np.int64(3))},
        {"initial": Gaussian(np.float32(0.5))},
    ],
)
def test_numbers_of_numpy_are_numbers(change):
    """Not refused at the end of the training, and the same run as with Python's."""
    plain = {
        name: tuple(int(v) for v in value)
        if isinstance(value, tuple | np.ndarray)
        else value.item()
        for name, value in change.items()
        if not isinstance(value, Plateau | Gaussian)
    }
    brief = {"n_hidden": 1, "seed": 3, "steps": 30, "batch": 8, "held_out": 2048}
    found = train(ReluOutput(), SMALL, **(brief | change))
    wanted = train(ReluOutput(), SMALL, **(brief | change | plain))
    np.testing.assert_array_equal(found.W, wanted.W)
    assert found.attrs == wanted.attrs
