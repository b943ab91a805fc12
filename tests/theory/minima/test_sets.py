"""Minima under a law of sets: each once, stationary, as the law wants them."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.oracles import angle
from theory.geometry.collapse import collapsed_pairs
from theory.loss.sets import Sets, set_loss
from theory.minima.set_starts import set_starts
from theory.minima.sets import descend_sets, set_minima


@pytest.mark.result("D16")
@pytest.mark.parametrize("density", [0.02, 0.1, 0.3])
def test_anticorrelated_pairs_are_antipodal_at_no_cost(density):
    best = set_minima(2, Sets("anticorrelated", (2, 2), density), starts=12)[0]
    assert best.loss < 1e-9
    for i, j in ((0, 1), (2, 3)):
        assert angle(best.W, i, j) == pytest.approx(180, abs=0.1)
    for i, j in ((0, 2), (0, 3)):
        assert angle(best.W, i, j) == pytest.approx(90, abs=0.1)


@pytest.mark.result("D16")
@pytest.mark.parametrize("density", [0.02, 0.1])
def test_sparse_correlated_pairs_are_orthogonal(density):
    best = set_minima(2, Sets("correlated", (2, 2), density), starts=12)[0]
    for i, j in ((0, 1), (2, 3)):
        # Orthogonal but for the second-order pull of the other pair.
        assert angle(best.W, i, j) == pytest.approx(90, abs=2)
    assert collapsed_pairs(best.W) == 0


@pytest.mark.result("D16")
def test_dense_correlated_pairs_lie_side_by_side():
    law = Sets("correlated", (2, 2), 0.3)
    best = set_minima(2, law, starts=12)[0]
    assert collapsed_pairs(best.W) == 2
    # The principal component carries (x₁ + x₂)/2 to both: E[(x₁ − x₂)²]/2 a pair, times p.
    assert best.loss == pytest.approx(2 * 0.3 * (1 / 6) / 2, rel=1e-6)


@settings(max_examples=10)
@given(st.floats(0.03, 0.5))
def test_descent_ends_where_the_gradient_vanishes(density):
    law = Sets("correlated", (2, 2), density)
    found = descend_sets(np.array([[1.0, 0.2, -0.7, 0.1], [0.1, 0.9, 0.2, -0.8]]), np.zeros(4), law)
    loss, dW, db = set_loss(found.W, found.b, law=law)
    assert loss == pytest.approx(found.loss, rel=1e-9, abs=1e-12)
    assert np.hypot(np.linalg.norm(dW), np.linalg.norm(db)) < 1e-6 * density


def test_each_minimum_is_listed_once_and_every_start_counted():
    """A correlated pair and a third feature in one dimension: losses well apart."""
    law, starts = Sets("correlated", (2, 1), 0.3), 12
    minima = set_minima(1, law, starts=starts)
    losses = [minimum.loss for minimum in minima]
    assert len(minima) > 1
    assert np.all(np.diff(losses) > 1e-7)
    natural = len(set_starts((2, 1), 1))
    assert sum(minimum.reached for minimum in minima) == starts + natural
    for minimum in minima:
        assert set_loss(minimum.W, minimum.b, law=law)[0] == pytest.approx(minimum.loss, rel=1e-9)


@pytest.mark.result("D16")
def test_two_bases_of_three_are_found_without_luck():
    """(3, 3) in three dimensions at p = 0.2: spread starts alone stop 4.8 % above the best."""
    law = Sets("correlated", (3, 3), 0.2)
    best = set_minima(3, law, starts=1)[0]
    assert best.loss < 0.0385492
    within = best.W.T @ best.W
    for members in (slice(0, 3), slice(3, 6)):
        # Each set is a basis, nearly orthonormal.
        np.testing.assert_allclose(within[members, members], np.eye(3), atol=0.15)
    assert np.sum(within[:3, 3:] < 0) == 7  # most of the interference across is negative


@pytest.mark.parametrize(
    ("sizes", "m"), [((3, 3), 3), ((2, 2), 2), ((3,), 2), ((4, 4), 2), ((2,), 1)]
)
def test_natural_starts_are_sets_in_the_space_there_is(sizes, m):
    W = set_starts(sizes, m)
    assert W.shape[1:] == (m, sum(sizes))
    assert len(W) > 0
    np.testing.assert_array_equal(W, set_starts(sizes, m))
    # A column is a unit vector, or an even share of one; the displacement is small.
    norms = np.linalg.norm(W, axis=1)
    assert np.all((norms > 0.2) & (norms < 1.4))
