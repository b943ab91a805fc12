"""Starts: natural solutions, each once, and points spread evenly."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from ground.structure import structure_of
from theory.loss.floats import loss_and_gradient
from theory.minima.starts import _points, arrangements, spread_starts, structured_starts

densities = st.floats(0.01, 1.0)


@given(densities)
def test_structured_starts_are_the_natural_solutions(p):
    """(2, 1): either feature alone, its rival at its variance, or the antipodal pair."""
    W, b = structured_starts(2, 1, np.full(2, p / 2))
    losses = np.sort(loss_and_gradient(W, b, density=p)[0])
    wanted = np.sort([p / 3 - p**2 / 4, p / 3 - p**2 / 4, p**2 / 3])
    np.testing.assert_allclose(losses, wanted, rtol=1e-12)


@pytest.mark.parametrize("m", [1, 2, 3])
def test_spread_starts_have_columns_of_the_size_they_say(m):
    W, _ = spread_starts(4, m, 1024, np.zeros(4))
    # Sobol points: a mean of 1024 squares is off by 1 % or so, not by the 3 % of random ones.
    assert np.mean(np.sum(W**2, axis=1)) == pytest.approx(0.8**2, rel=0.03)


def test_the_points_that_are_shipped_are_sobols():
    from scipy.special import ndtri
    from scipy.stats import qmc

    ranks, quantiles = _points()
    points = qmc.Sobol(ranks.shape[1], scramble=False).random_base2(6)
    np.testing.assert_array_equal(ranks / 64, points)
    np.testing.assert_array_equal(quantiles, ndtri(np.arange(0.5, 64) / 64))


def test_arrangements_are_all_there_once():
    """(3, 2): two dedicated, or a digon with a dedicated one, three ways each, or the triangle."""
    full = [W for W in arrangements(3, 2) if np.linalg.matrix_rank(W) == 2]
    assert len(full) == 7
    assert len({str(structure_of(W)) for W in full}) == 7


@pytest.mark.parametrize(("n", "m", "count"), [(16, 5, 2), (40, 8, 1), (12, 3, 8)])
def test_no_start_has_all_its_weights_equal(n, m, count):
    """The first Sobol points are on the diagonal: useless where there are but a few of them."""
    W, b = spread_starts(n, m, count, np.full(n, 0.1))
    assert np.isfinite(W).all()
    assert np.isfinite(b).all()
    assert np.all(W.std(axis=(1, 2)) > 0.5 * 0.8 / np.sqrt(m))
    again = spread_starts(n, m, count, np.full(n, 0.1))
    np.testing.assert_array_equal(W, again[0])
