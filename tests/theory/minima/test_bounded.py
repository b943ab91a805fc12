"""A descent with a bound on evaluations."""

from __future__ import annotations

import numpy as np
import pytest

import theory.minima.bounded as bounded
from theory.loss.floats import gradient_of
from theory.loss.problem import as_problem
from theory.minima.bounded import descend_within
from theory.minima.descent import descend


def start(n=6, m=3, seed=0):
    rng = np.random.default_rng(seed)
    return as_problem(rng.normal(size=(m, n)) / 2, np.zeros(n), 0.2, None)


@pytest.mark.parametrize("evaluations", [1, 7, 30])
def test_no_more_than_so_many_evaluations(evaluations, monkeypatch):
    used = []
    original = bounded.value_in

    def counted(problem, **options):
        value = original(problem, **options)

        def one(W, b):
            used.append(1)
            return value(W, b)

        return one

    monkeypatch.setattr(bounded, "value_in", counted)
    problem = start()
    end = descend_within(problem, evaluations)
    assert len(used) == end.steps <= evaluations
    assert not end.converged
    assert end.loss <= float(gradient_of(problem)[0][0])
    again = gradient_of(problem.at(end.W[None], end.b[None]))[0][0]
    assert end.loss == float(again)


def test_with_enough_of_them_the_gradient_vanishes():
    problem = start()
    end = descend_within(problem, 2000)
    assert end.converged
    loss, dW, db = gradient_of(problem.at(end.W[None], end.b[None]))
    assert np.sqrt((dW**2).sum() + (db**2).sum()) < 1e-4 * 6 * 0.2  # Σ I_i p_i = 6 · 0.2
    # Newton's steps find nothing below, but where an output is dead, which they wake.
    near = descend(problem.at(end.W[None], end.b[None]))
    assert float(near.loss[0]) <= float(loss[0])
    assert np.array_equal(end.W, descend_within(problem, 2000).W)
