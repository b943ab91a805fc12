"""The trained phase diagram: cells apart or together, and what is kept of the runs."""

from __future__ import annotations

import json

import numpy as np
import pytest

from ground.structure import structure_of
from numeric import IndependentFeatures
from numeric.kernels.streams import Purpose, descend, instance_streams
from numeric.kernels.worlds import Worlds
from numeric.models.two_layers import Linear, ReluOutput, TwoLayer
from numeric.training.engines import Run
from numeric.training.optimisers import Adam
from numeric.training.phase_diagram import Protocol, phase_diagram
from numeric.training.sweep import grid, sweep
from numeric.training.task import Task

DENSITIES, IMPORTANCES = [1.0, 0.3, 0.05], [0.3, 2.0]
BRIEF = {"restarts": 3, "steps": 40, "batch": 128, "held_out": 2048}


@pytest.fixture(scope="module")
def diagram():
    return phase_diagram(2, 1, DENSITIES, IMPORTANCES, seed=4, threads=2, **BRIEF)


def test_any_subset_of_cells_gives_the_same_bits(diagram):
    cells = grid(density=DENSITIES, importance=IMPORTANCES)
    chosen = [5, 2]
    part = Protocol(2, 1, threads=1, **BRIEF)(
        [cells[i] for i in chosen], [descend(4, i) for i in chosen]
    )
    for position, cell in enumerate(chosen):
        whole = diagram.isel(density=cell // 2, importance=cell % 2)
        for name in diagram.data_vars:
            assert np.array_equal(part[name][position], whole[name]), name


def test_a_sweep_over_the_cells_gives_the_same_bits(diagram, tmp_path):
    protocol = Protocol(2, 1, **BRIEF)
    result = sweep(
        protocol,
        grid(density=DENSITIES, importance=IMPORTANCES),
        seed=4,
        folder=tmp_path,
        configuration=protocol.configuration(),
        chunk=4,
        progress=False,
    )
    for name in ("W_runs", "b_runs", "loss_runs", "success_rate"):
        whole = diagram[name].values
        assert np.array_equal(result[name].values, whole.reshape(6, *whole.shape[2:])), name


def test_the_best_run_is_kept(diagram):
    best = diagram.loss_runs.argmin("restart")
    assert np.array_equal(diagram.best, best)
    assert np.array_equal(diagram.loss, diagram.loss_runs.min("restart"))
    assert np.array_equal(diagram.W, diagram.W_runs.isel(restart=best))
    assert np.array_equal(diagram.b, diagram.b_runs.isel(restart=best))
    assert bool(diagram.success_runs.isel(restart=best).all())
    assert np.allclose(diagram.success_rate, diagram.success_runs.mean("restart"))
    assert diagram.W_runs.dims == ("density", "importance", "restart", "hidden", "feature")


def test_structures_name_the_best_weights(diagram):
    for i in range(3):
        for j, r in enumerate(IMPORTANCES):
            W = diagram.W.values[i, j]
            assert str(diagram.structure.values[i, j]) == str(structure_of(W).canonical([1, r]))


def test_held_out_strata_agree_with_plain_samples(diagram):
    """The stratified loss against a plain sample of the same law, z-score of the difference."""
    density, r = DENSITIES[1], IMPORTANCES[1]
    cell = diagram.isel(density=1, importance=1)
    law = IndependentFeatures(density, importance=[1.0, r])
    theta = np.concatenate([cell.W_runs.values.reshape(3, 2), cell.b_runs.values], axis=1)
    run = Run(
        Task(ReluOutput(), law, 1, 1024, Adam()),
        Worlds.of(law, instance_streams(9, range(3), Purpose.TRAINING)),
        theta,
        fused=True,
        threads=1,
    )
    plain = run.losses(Worlds.of(law, instance_streams(9, range(3), Purpose.HELD_OUT)), 200)
    error = np.sqrt(plain.var(axis=1) / 200 + cell.loss_error_runs.values**2)
    # The strata hold two batches each, so their own error is known to a factor of two.
    assert np.all(np.abs(plain.mean(axis=1) - cell.loss_runs.values) < 8 * error)


def test_dense_and_unimportant_means_ignored():
    result = phase_diagram(2, 1, [1.0], [0.1], seed=0, restarts=4, steps=1500)
    assert str(result.structure.values[0, 0]) == "[1] (2)"
    # Feature 2 is replaced by its mean: what remains is its variance, 1/12.
    assert abs(float(result.loss[0, 0]) - 0.1 / 12) < 0.02 * 0.1 / 12


@pytest.mark.parametrize("model", [Linear(), TwoLayer("absolute")], ids=repr)
def test_any_model_has_a_diagram(model):
    """The held-out loss of the kept run is its loss on a plain sample."""
    settings = {**BRIEF, "held_out": 16_384}
    found = phase_diagram(2, 2, [0.4], [2.0], seed=1, model=model, low=-1.0, **settings)
    assert json.loads(found.attrs["configuration"])["model"] == model.configuration()
    assert ("structure" in found) == ("W" in found)
    cell = found.isel(density=0, importance=0)
    law = IndependentFeatures(0.4, importance=[1.0, 2.0], low=-1.0)
    x = law.sample(np.random.default_rng(0), 200_000)
    parameters = {name: cell[name].values for name in model.shapes(2, 2)}
    error = model.forward(parameters, x) - model.target(x)
    losses = (error * error) @ law.importance
    kept = float(cell.loss_error_runs[int(cell.best)])
    sigma = np.sqrt(losses.var() / len(losses) + kept**2)
    assert abs(losses.mean() - float(cell.loss)) < 6 * sigma


def test_two_layers_may_be_wider_than_the_input():
    assert Protocol(2, 3, model=TwoLayer()).n_hidden == 3
    with pytest.raises(ValueError, match="n_hidden"):
        Protocol(2, 3)


def test_the_configuration_is_complete(diagram):
    configuration = json.loads(diagram.attrs["configuration"])
    assert configuration["seed"] == 4
    assert configuration["densities"] == DENSITIES
    assert configuration["importances"] == IMPORTANCES
    assert configuration["restarts"] == 3
    assert configuration["learning_rate"] == Protocol(2, 1).learning_rate
    assert "threads" not in configuration


@pytest.mark.parametrize(
    ("wrong", "name"),
    [
        ({"restarts": 0}, "restarts"),
        ({"steps": 0}, "steps"),
        ({"learning_rate": 0.0}, "learning_rate"),
        ({"gain": float("inf")}, "gain"),
        ({"densities": [1.2]}, "densities"),
        ({"densities": []}, "densities"),
        ({"importances": [-1.0]}, "importance"),
        ({"importances": [float("nan")]}, "importance"),
        ({"n_hidden": 3}, "n_hidden"),
    ],
)
def test_bad_arguments_are_named(wrong, name):
    arguments = {"n_features": 2, "n_hidden": 1, "densities": [1.0], "importances": [1.0]}
    with pytest.raises(ValueError, match=name):
        phase_diagram(**{**arguments, "seed": 0, **BRIEF, **wrong})
