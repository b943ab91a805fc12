"""Descents in step: each by itself, to the bottom of a quadratic and past a bent valley."""

from __future__ import annotations

import numpy as np
import pytest

from theory.minima.together import descend_together


def _rosenbrock(theta, _):
    x, y = theta.T
    loss = (1 - x) ** 2 + 100 * (y - x**2) ** 2
    gradient = np.stack([-2 * (1 - x) - 400 * x * (y - x**2), 200 * (y - x**2)], axis=1)
    return loss, gradient


def test_a_bent_valley_is_followed_to_its_end():
    starts = np.array([[-1.2, 1.0], [0.0, 2.0], [2.0, -1.0]])
    course = descend_together(_rosenbrock, starts, most=400, still=np.full(3, 1e-8), gain=0.0)
    assert course.settled.all()
    np.testing.assert_allclose(course.theta, 1.0, atol=1e-6)


def test_neighbours_change_nothing():
    starts = np.array([[-1.2, 1.0], [0.0, 2.0], [2.0, -1.0]])
    options = {"most": 30, "gain": 0.0}
    all_ = descend_together(_rosenbrock, starts, still=np.full(3, 1e-8), **options)
    for k in range(3):
        one = descend_together(_rosenbrock, starts[k : k + 1], still=np.full(1, 1e-8), **options)
        np.testing.assert_array_equal(one.theta[0], all_.theta[k])


def test_no_step_goes_up_and_none_is_made_at_rest():
    starts = np.array([[-1.2, 1.0], [1.0, 1.0]])
    before = _rosenbrock(starts, None)[0]
    for most in range(1, 40, 7):
        course = descend_together(_rosenbrock, starts, most=most, still=np.full(2, 1e-8), gain=0.0)
        assert (course.loss <= before).all()
        np.testing.assert_array_equal(course.theta[1], 1.0)
        before = course.loss


def test_curvatures_that_are_known_save_steps():
    """At the bottom of a long valley the next descent begins as a Newton method, not as none."""
    counted = []

    def bowl(theta, _):
        counted.append(len(theta))
        scale = np.geomspace(1.0, 1e4, 8)
        return 0.5 * (theta - 1e-3) ** 2 @ scale, (theta - 1e-3) * scale

    still = np.full(1, 1e-8)
    first = descend_together(bowl, np.ones((1, 8)), most=200, still=still, gain=0.0)
    alone = len(counted)
    moved = first.theta + 1e-3
    descend_together(bowl, moved, most=200, still=still, gain=0.0)
    without = len(counted) - alone
    descend_together(bowl, moved, most=200, still=still, gain=0.0, known=first)
    assert len(counted) - alone - without < without
    assert first.loss[0] == pytest.approx(0.0, abs=1e-15)
