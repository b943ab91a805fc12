"""Descents end at minima: they leave saddles and plateaus."""

from __future__ import annotations

import numpy as np

from theory.loss.problem import as_problem
from theory.minima.descent import descend


def test_descents_leave_saddles_and_plateaus():
    """All weights zero is a saddle, a bias far below zero a plateau; neither is an answer."""
    W = np.zeros((2, 1, 2))
    problem = as_problem(W, [[0.1, 0.1], [-3.0, -3.0]], 0.2, None, 0.0, 1.0)
    ended = descend(problem)
    assert ended.converged.all()
    assert (ended.loss < 0.2 / 3 - 0.01 + 0.2 / 12).all()
    assert (np.abs(ended.W).max(-1) > 0.9).all()
