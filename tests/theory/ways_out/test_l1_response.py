"""A little L1 on h: the turn, what moves at first order, what is paid [D34]."""

from __future__ import annotations

import numpy as np
import pytest

from theory.loss.floats import loss_and_gradient
from theory.loss.problem import as_problem
from theory.minima.descent import descend
from theory.polytopes.coordinates import polygon_vertices
from theory.ways_out.l1_response import l1_response, turned
from theory.ways_out.orthants import descend_in_orthants
from theory.ways_out.penalty import Penalty, hidden_l1

P = 0.05


@pytest.fixture(scope="module")
def pentagon():
    start = as_problem(1.1 * polygon_vertices(5)[None], np.full((1, 5), -0.2), P, None)
    end = descend(start)
    return end.W[0], end.b[0], float(end.loss[0])


@pytest.mark.result("D34")
def test_a_pentagon_is_turned_with_a_corner_on_an_axis(pentagon):
    W, b, _ = pentagon
    answer = l1_response(turned(W, 0.3), b, density=P)
    assert answer.pinned
    assert np.count_nonzero(answer.W == 0.0) == 1
    sizes = [hidden_l1(turned(answer.W, a), density=P).sum() for a in np.linspace(0, 1.57, 50)]
    assert min(sizes) >= answer.size * (1 - 1e-12)
    assert max(sizes) > 1.009 * answer.size


@pytest.mark.result("D34")
def test_corners_move_at_first_order_and_loss_at_second(pentagon):
    """Halving λ halves what is left of the first order, and quarters the loss."""
    W, b, loss = pentagon
    answer = l1_response(W, b, density=P)
    norms = np.linalg.norm(answer.W, axis=0)
    predicted = (answer.W * answer.dW).sum(0) / norms
    assert np.ptp(predicted) > 0.05  # regular no more
    errors, paid = [], []
    for level in (4e-3, 2e-3):
        end = descend_in_orthants(as_problem(answer.W, b, P, None), Penalty(level))
        assert ((end.W == 0.0) == (answer.W == 0.0)).all()  # the corner stays on its axis
        errors.append(np.abs((np.linalg.norm(end.W, axis=0) - norms) / level - predicted).max())
        risen = float(loss_and_gradient(end.W, end.b, density=P)[0]) - loss
        paid.append(risen / level**2 / answer.paid - 1)
    assert errors[0] < 0.01
    assert errors[1] == pytest.approx(errors[0] / 2, rel=0.1)
    assert abs(paid[1]) < abs(paid[0]) < 0.01


@pytest.mark.result("D34")
def test_two_digons_keep_to_the_axes():
    """Even ones move as a pair alone does: dw/dλ by a difference of the pair's branch."""
    start = as_problem([[[1.0, -1.0, 0, 0], [0, 0, 1.0, -1.0]]], [[0.01] * 4], P, None)
    end = descend(start)
    answer = l1_response(end.W[0], end.b[0], density=P)
    assert answer.pinned
    pair = descend_in_orthants(as_problem([[1.0, -1.0]], [0.01, 0.01], P, None), Penalty(0.0))
    moved = descend_in_orthants(as_problem(pair.W, pair.b, P, None), Penalty(1e-4))
    slope = (np.abs(moved.W) - np.abs(pair.W)).mean() / 1e-4
    assert (answer.dW * np.sign(answer.W))[answer.W != 0.0] == pytest.approx(slope, rel=1e-3)


@pytest.mark.parametrize(
    ("W", "named"), [([[1.0, 0.0]], "W"), ([[0.5, 0.0], [0.0, 0.5]], "W"), (np.eye(3), "W")]
)
def test_what_is_no_minimum_of_two_dimensions_is_refused(W, named):
    with pytest.raises(ValueError, match=named):
        l1_response(W, np.zeros(len(W[0])), density=0.2)
