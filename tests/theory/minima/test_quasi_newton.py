"""One descent from one start: it ends where it says, and says how it ended."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from theory.loss.floats import loss_and_gradient
from theory.loss.problem import Problem, as_problem
from theory.minima.descent import descend
from theory.minima.optimum import optimum
from theory.minima.quasi_newton import descend_each, quasi_newton, value_in

METHODS = st.sampled_from(["BFGS", "L-BFGS-B"])


def problem_of(seed: int, n: int, density: float) -> Problem:
    rng = np.random.default_rng(seed)
    m = int(rng.integers(1, n + 1))
    return as_problem(
        rng.normal(size=(1, m, n)), rng.normal(size=(1, n)) / 4, density, rng.uniform(0.2, 2, n)
    )


@settings(max_examples=20)
@given(st.integers(0, 2**32 - 1), st.integers(1, 4), st.floats(0.02, 1.0), METHODS, st.booleans())
def test_an_end_is_what_it_says(seed, n, density, method, bias):
    """Its loss and slope are those of its W and b, none above the start; b moves only if free."""
    problem = problem_of(seed, n, density)
    W, b, scale = problem.W[0], problem.b[0], n * density / 3
    end = quasi_newton(value_in(problem), W, b, method=method, scale=scale, bias=bias)
    world = {"density": density, "importance": problem.importance[0]}
    loss, dW, db = loss_and_gradient(end.W, end.b, **world)
    assert end.loss == pytest.approx(float(loss), rel=1e-14, abs=1e-18)
    # Dividing by the scale and multiplying again rounds twice.
    assert end.loss <= float(loss_and_gradient(W, b, **world)[0]) * (1 + 4e-16)
    slope = np.hypot(np.linalg.norm(dW), np.linalg.norm(db) if bias else 0.0) / scale
    assert end.slope == pytest.approx(slope, rel=1e-12)
    assert (end.W.shape, end.b.shape) == (W.shape, b.shape)
    if not bias:
        np.testing.assert_array_equal(end.b, b)


def test_it_says_that_steps_ran_out():
    problem = problem_of(1, 3, 0.3)
    start = problem.W[0], problem.b[0]
    end = quasi_newton(value_in(problem), *start, method="BFGS", maxiter=2)
    assert not end.converged
    assert end.steps == 2
    assert "iterations" in end.message.lower()
    assert quasi_newton(value_in(problem), *start, method="L-BFGS-B").converged


def test_lengths_move_where_directions_are_held():
    """A digon of one density: its best member is the best antipodal pair of all weights."""
    value, directions = value_in(as_problem([[1.0, -1.0]], None, 0.1, None)), [[1.0, -1.0]]

    def cost(lengths, b):
        loss, dW, db = value(lengths * np.array(directions), b)
        return loss, (dW * directions).sum(0), db

    end = quasi_newton(cost, np.ones(2), np.zeros(2), method="BFGS", gtol=1e-11)
    assert end.W.shape == (2,)
    assert end.loss == pytest.approx(optimum(2, 1, density=0.1).loss, rel=1e-9)


@pytest.mark.parametrize("bias", [True, False])
def test_it_ends_where_newton_steps_end(bias):
    """From next to minima, that both methods are drawn to; the batch keeps its order."""
    found = [optimum(3, 2, density=p, bias=bias, starts=8) for p in (0.1, 0.4)]
    W = np.stack([best.W for best in found]) + 0.01
    b = np.stack([best.b for best in found]) + 0.01 * bias
    problem = as_problem(W, b, [[0.1] * 3, [0.4] * 3], None)
    here, there = descend_each(problem, bias=bias), descend(problem, bias=bias)
    assert here.converged.all()
    np.testing.assert_allclose(here.loss, there.loss, rtol=1e-9)
    np.testing.assert_allclose(here.loss, [best.loss for best in found], rtol=1e-9)
