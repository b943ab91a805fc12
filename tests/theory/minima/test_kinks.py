"""Stationary points at a kink: displaced, and kept only if they are fallen back to."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from theory.loss.problem import as_problem
from theory.minima.kinks import DISPLACED, displaced
from theory.minima.optimum import optimum


def test_the_heir_of_a_kink_may_be_one_itself():
    """Two kinks on the way down: the starts of the first go to the second, and on from there."""
    found = optimum(3, 1, density=0.5625, importance=[4.5, 6.5, 6.5], starts=16)
    assert sum(minimum.count for minimum in found.minima) == found.converged
    assert found.loss <= optimum(3, 1, density=0.5625, importance=[4.5, 6.5, 6.6], starts=16).loss


@pytest.mark.result("D09")
def test_no_false_minimum_at_a_kink():
    """At p = 0.1, r = 0.2 ignoring feature 2 is unstable towards w₂ < 0 only [D09]."""
    found = optimum(2, 1, density=0.1, importance=[1.0, 0.2], starts=16)
    assert [str(minimum.structure) for minimum in found.minima] == ["[1 2]"]
    assert found.minima[0].count == found.converged


@given(st.integers(1, 3), st.integers(0, 2**32 - 1), st.booleans())
def test_every_parameter_is_displaced_both_ways(n, seed, bias):
    rng = np.random.default_rng(seed)
    m = int(rng.integers(1, n + 1))
    W, b = rng.normal(size=(4, m, n)), rng.normal(size=(4, n)) * bias
    kinked = rng.random(4) < 0.5
    if bias:
        b[kinked, 0] = 0.0
    else:
        W[kinked, :, 0] = 0.0
    problem = as_problem(W, b, 0.3, None)
    starts, source = displaced(problem, bias=bias)
    free = m * n + n * bias
    assert sorted(set(source)) == np.flatnonzero(kinked).tolist()
    assert len(source) == 2 * free * kinked.sum()
    off_W, off_b = starts.W - W[source], starts.b - b[source]
    off = np.concatenate([off_W.reshape(-1, m * n), off_b], axis=1)
    off = off.reshape(kinked.sum(), 2 * free, m * n + n)
    # Differences of numbers of size 10 or less round by 1e-15.
    wanted = DISPLACED * np.concatenate([np.eye(m * n + n)[:free], -np.eye(m * n + n)[:free]])
    np.testing.assert_allclose(off, np.broadcast_to(wanted, off.shape), atol=1e-14)


def test_features_that_cost_nothing_make_no_kink():
    problem = as_problem([[[1.0, 0.0]]], [[0.1, 0.0]], 0.5, [1.0, 0.0])
    assert len(displaced(problem)[1]) == 0
