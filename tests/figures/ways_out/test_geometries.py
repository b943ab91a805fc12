"""The models that the figures of the ways out share are the optima they are called."""

from __future__ import annotations

import numpy as np
import pytest

from figures.ways_out.geometries import PHASES, optimal, random_directions
from theory.geometry.packed_model import packed
from theory.loss.floats import loss_and_gradient
from theory.loss.problem import as_problem

DIMENSIONS = {"digon": 2, "triangle": 4, "tetrahedron": 3, "pentagon": 4, "square antiprism": 3}


@pytest.mark.parametrize("name", PHASES)
def test_blocks_side_by_side_are_a_minimum_of_the_exact_loss(name):
    one = optimal(name, DIMENSIONS[name])
    loss, dW, db = loss_and_gradient(one.W, one.b, density=one.density)
    single, *_ = loss_and_gradient(
        one.W[: one.n_hidden // one.blocks, : one.n_features // one.blocks],
        one.b[: one.n_features // one.blocks],
        density=one.density,
    )
    # The sum by Fourier of the larger models is computed to 1e-7.
    assert loss == pytest.approx(one.blocks * single, rel=1e-7)
    # The search over a free shape takes its slope from a central difference.
    tolerance = 1e-6 if name == "square antiprism" else 1e-8
    assert np.abs(dW).max() < tolerance
    assert np.abs(db).max() < tolerance


@pytest.mark.parametrize("name", PHASES)
def test_no_known_packing_of_as_many_features_is_better_in_its_phase(name):
    for p in (1.01 * PHASES[name][0], 0.99 * PHASES[name][1]):
        model = optimal(name, DIMENSIONS[name], density=p)
        world = as_problem(np.zeros((model.n_hidden, model.n_features)), None, p, None)
        loss, *_ = loss_and_gradient(model.W, model.b, density=p)
        best = packed(world, free=False)
        assert loss <= best.loss * (1 + 1e-7), (p, best.counted)


def test_random_directions_are_long_as_the_best_large_block():
    model = random_directions(12, 5, density=0.1, seed=3)
    assert np.ptp(np.linalg.norm(model.W, axis=0)) < 1e-12
    assert (model.W == random_directions(12, 5, density=0.1, seed=3).W).all()


def test_what_does_not_fill_the_dimensions_is_refused():
    with pytest.raises(ValueError, match="n_hidden must be a multiple of 3"):
        optimal("tetrahedron", 4)
