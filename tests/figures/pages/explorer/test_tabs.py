"""The numbers of the other tabs are theory's."""

from __future__ import annotations

import numpy as np
import pytest

from figures.pages.explorer.along import family_name
from figures.pages.explorer.packing import gram_ends
from ground.structure import structure_of
from theory.data_law import feature_variance
from theory.geometry.packing import best_block
from theory.loss.floats import loss_and_gradient
from theory.polytopes.arrangements import arrangement, arrangements
from theory.polytopes.coordinates import polygon_vertices


def test_families_are_named_by_what_their_factors_are():
    pentagon = polygon_vertices(5)
    assert family_name(pentagon) == "pentagon"
    triangle = np.hstack([polygon_vertices(3), np.zeros((2, 2))])
    assert family_name(triangle) == "triangle, 2 ignored"
    line = np.array([[1.0, -1.0, 0.0, 0.0, 0.0], [0.0, 0.0, 1.0, -0.9, 0.4]])
    assert family_name(line) == "3 on a line, digon"
    assert family_name(np.array([[1.0, 0, 0], [0, 1.0, 0]])) == "2 lone features, 1 ignored"


def test_five_features_hold_their_losses_and_a_family_that_is_a_minimum_is_one(data):
    found = data["along"]
    (search,) = found["searches"]
    for p, row in zip(found["densities"], search["minima"], strict=True):
        losses = [minimum[0] for minimum in row]
        assert losses == sorted(losses)
        for loss, name, W, b, *_ in row:
            known, dW, db = loss_and_gradient(W, b, density=p)
            assert abs(known - loss) < 1e-9
            assert max(np.abs(dW).max(), np.abs(db).max()) < 1e-7
            assert name == family_name(np.array(W))
    sparse = {minimum[1]: minimum[0] for minimum in search["minima"][-1]}
    for family in found["families"]:
        left = family["left"] * feature_variance(found["densities"][-1])
        block = best_block(family["block"], found["densities"][-1])
        assert abs(family["loss"][-1] - family["features"] * block.loss - left) < 1e-9
        if family["name"] in sparse:
            assert abs(family["loss"][-1] - sparse[family["name"]]) < 1e-9
    assert "pentagon" in sparse


@pytest.mark.parametrize("name", [each.name for each in arrangements()])
def test_gram_matrices_are_linear_in_the_shape(name):
    family, ends = arrangement(name), gram_ends(name)
    assert all(np.allclose(np.diag(end), 1) for end in ends)
    if len(ends) == 1:
        return
    for shape in (0.11, 0.6):
        between = (1 - shape) * ends[0] + shape * ends[1]
        np.testing.assert_allclose(between, family.gram_of(shape), atol=1e-14)


def test_what_is_under_attack_or_priced_is_better_by_theory_than_trained(data):
    attack, penalty = data["attack"], data["penalty"]
    for robust, trained in zip(attack["robust"], attack["trained"], strict=True):
        for (best, name, W, _), (loss, *_) in zip(robust, trained, strict=True):
            assert best <= loss * (1 + 1e-6)
            assert name == str(structure_of(np.array(W)))
    known = penalty["trained"]["0.2"]
    optimum = penalty["optima"][penalty["levels"].index(0.2)]
    for best, trained in zip(optimum, known, strict=True):
        for (least, *_, alone), (loss, *_) in zip(best, trained, strict=True):
            assert alone <= least <= loss + 1e-12
    free = penalty["optima"][penalty["levels"].index(0.0)]
    assert all(abs(cell[0] - cell[4]) < 1e-9 for row in free for cell in row), "λ = 0 costs nothing"


def test_the_circuit_loses_nothing_and_nets_are_ranked(data):
    nets = data["computation"]["nets"]
    assert all(net["loss"] == 0 for net in nets if net["name"] == "exact circuit")
    for p in data["computation"]["densities"]:
        trained = [
            net["loss"] for net in nets if net["density"] == p and net["name"] != "exact circuit"
        ]
        assert trained == sorted(trained)
        assert trained[0] > 0
