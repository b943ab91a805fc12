"""What the page says of a cell is what theory says of it."""

from __future__ import annotations

import json

import numpy as np
import pytest

from figures.pages.explorer.encode import script_json
from figures.pages.explorer.phases import diagram
from ground.structure import structure_of
from theory.loss.floats import loss_and_gradient


@pytest.fixture(params=[0, 1], ids=["(2, 1)", "(3, 2)"])
def cells(request, data):
    """Every cell of a diagram with its p and importance, as a reader of the page gets them."""
    found = json.loads(script_json(data["phases"]))["diagrams"][request.param]
    return [
        (p, [1.0] * (found["n"] - 1) + [r], cell)
        for p, row in zip(found["densities"], found["cells"], strict=True)
        for r, cell in zip(found["importances"], row, strict=True)
    ]


def test_losses_are_those_of_the_weights_beside_them(cells):
    for p, importance, cell in cells:
        for loss, _, structure, W, b in cell["minima"]:
            known, *slopes = loss_and_gradient(W, b, density=p, importance=importance)
            # Weights keep nine decimals; at a minimum that moves the loss by its curvature only.
            assert abs(loss - known) < 1e-9
            assert max(np.abs(slope).max() for slope in slopes) < 1e-7
            assert structure == str(structure_of(np.array(W)))
        loss, structure, W, b, _ = cell["trained"]
        assert abs(loss - loss_and_gradient(W, b, density=p, importance=importance)[0]) < 1e-8
        assert structure == str(structure_of(np.array(W)))


def test_the_first_minimum_is_the_best_and_no_model_beats_it(cells):
    for _, _, cell in cells:
        losses = [minimum[0] for minimum in cell["minima"]]
        assert losses == sorted(losses)
        assert losses[0] <= cell["trained"][0] + 1e-9
        assert losses[0] <= cell["candidate"][0] + 1e-9


def test_turning_a_trained_model_changes_no_loss(load, data):
    measured = load("phase_n3_m2", "measured")
    for i, row in enumerate(data["phases"]["diagrams"][1]["cells"]):
        for j, cell in enumerate(row):
            at = measured.isel(density=i, importance=j)
            importance = [1.0, 1.0, float(at["importance"])]
            known = loss_and_gradient(
                at["W"].transpose("hidden", "feature").values,
                at["b"].values,
                density=float(at["density"]),
                importance=importance,
            )[0]
            assert abs(cell["trained"][0] - known) < 1e-9


def test_data_of_another_theory_are_refused(load):
    derived = load("phase_n2_m1", "derived").copy(deep=True)
    derived["loss"] = derived["loss"] * 1.01
    with pytest.raises(RuntimeError, match="make the figure's data anew"):
        diagram(load("phase_n2_m1", "measured"), derived, starts=1)
