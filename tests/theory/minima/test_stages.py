"""The search in stages: minima of the exact loss, reached often, never above what others know."""

from __future__ import annotations

import numpy as np
import pytest

from theory.loss.floats import loss_and_gradient
from theory.loss.problem import as_problem
from theory.minima.composition import best_composition
from theory.minima.descent import descend
from theory.minima.optimum import optimum
from theory.minima.stages import HITS, in_stages


def test_what_is_reported_is_a_minimum_of_the_exact_loss():
    """Warnings are errors here: the best was hit often enough."""
    importance = 0.9 ** np.arange(7)
    found = optimum(7, 2, density=0.3, importance=importance, starts=16)
    for minimum in found.minima:
        loss, dW, db = loss_and_gradient(
            minimum.W, minimum.b, density=0.3, importance=importance, method="exact"
        )
        assert float(loss) == pytest.approx(minimum.loss, rel=1e-12)
        assert max(abs(dW).max(), abs(db).max()) < 1e-9
        assert minimum.curvature > -1e-6
    assert sum(minimum.count for minimum in found.minima) == found.converged <= found.starts
    assert found.hits >= HITS
    assert not found.doubt


@pytest.mark.parametrize(("n", "m", "p"), [(7, 2, 0.1), (7, 3, 0.1)])
def test_no_composition_is_below_it(n, m, p):
    """Blocks put together by hand are upper bounds."""
    found = optimum(n, m, density=p, starts=8)
    assert found.loss <= best_composition(n, m, density=p).loss * (1 + 1e-9)


def test_newtons_steps_from_random_starts_find_nothing_better():
    """The cheap stages lose nothing against exact descents all the way."""
    world = as_problem(np.zeros((2, 7)), None, 0.3, np.linspace(1.0, 0.5, 7))
    staged = in_stages(world, starts=16)
    rng = np.random.default_rng(1)
    W, b = 0.6 * rng.standard_normal((8, 2, 7)), rng.uniform(-0.1, 0.1, (8, 7))
    ended = descend(world.at(W, b, np.zeros(8, dtype=int)), most=60)
    best = staged.ended.loss[staged.ended.converged].min()
    assert best <= ended.loss.min() * (1 + 1e-9)


def test_a_best_that_no_spread_start_came_to_is_doubted():
    with pytest.warns(UserWarning, match="None of the spread starts came to the best"):
        found = optimum(7, 2, density=0.3, starts=0)
    assert found.hits == 0
    assert found.doubt


def test_dense_data_hit_the_best_often_enough_at_once():
    found = in_stages(as_problem(np.zeros((4, 7)), None, 0.9, None), starts=8)
    assert found.hits >= HITS
    assert found.starts == found.counts.sum()


def test_rounds_go_on_until_the_best_was_hit_often_enough():
    """One start makes no three hits; its rounds of 1, 1, 2 and 4 more do, and say so."""
    world = as_problem(np.zeros((2, 7)), None, 0.3, None)
    found = in_stages(world, starts=1)
    natural = in_stages(world, starts=0).starts
    assert found.hits >= HITS
    assert natural + 4 <= found.starts <= natural + 8
    assert found.starts == found.counts.sum()


def test_without_bias_none_is_moved():
    found = optimum(7, 2, density=0.5, bias=False, starts=16)
    assert not any(minimum.b.any() for minimum in found.minima)
