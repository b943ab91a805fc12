"""Coherence: laws of the largest cosine, and the bound that no dictionary can beat."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from agreement.strategies import orders, rotations, weights
from numeric import coherence
from theory.polytopes.catalogue import polytope


@settings(max_examples=25)
@given(st.data(), st.integers(1, 3), st.integers(2, 5), st.booleans())
def test_neither_rotation_nor_order_nor_length_matters(data, m, n, signed):
    W = data.draw(weights(n, m))
    first = coherence(W.T, signed=signed)
    turned = data.draw(rotations(m)) @ W
    lengths = np.array(data.draw(st.lists(st.floats(0.5, 2.0), min_size=n, max_size=n)))
    order = data.draw(orders(n))
    other = coherence((lengths * turned)[:, list(order)].T, signed=signed)
    assert -1 <= first <= 1
    # A column below rounding has no direction that a rotation could keep.
    size = np.linalg.norm(W, axis=0)
    if not ((size > 0) & (size < 1e-8)).any():
        assert other == pytest.approx(first, abs=1e-6)
    assert coherence(W.T, signed=False) >= coherence(W.T)


@pytest.mark.parametrize("name", ["digon", "triangle", "pentagon", "tetrahedron", "cube"])
def test_of_a_polytope_it_is_the_largest_entry_of_its_gram_matrix(name):
    shape = polytope(name)
    gram = np.array(shape.gram.tolist(), dtype=np.float64)
    values, vectors = np.linalg.eigh(gram)
    directions = vectors * np.sqrt(np.maximum(values, 0.0))
    off = gram[~np.eye(len(gram), dtype=bool)]
    assert coherence(directions) == pytest.approx(off.max(), abs=1e-12)
    assert coherence(directions, signed=False) == pytest.approx(np.abs(off).max(), abs=1e-12)


@given(st.integers(0, 10**6), st.integers(2, 5), st.integers(1, 8))
def test_no_dictionary_beats_the_bounds_of_rankin_and_welch(seed, m, more):
    """Rankin: of more than m + 1 directions two are at most at a right angle; Welch: of moduli."""
    n = m + more
    rows = np.random.default_rng(seed).normal(size=(n, m))
    rankin = -1 / (n - 1) if n <= m + 1 else 0.0
    assert coherence(rows) >= rankin - 1e-12
    assert coherence(rows, signed=False) >= np.sqrt((n - m) / (m * (n - 1))) - 1e-12


@pytest.mark.parametrize("rows", [[[1.0, 2.0]], [[0.0], [0.0]], [[1.0], [0.0]]])
def test_without_two_directions_it_is_zero(rows):
    assert coherence(rows) == 0.0


@pytest.mark.parametrize("rows", [[1.0], [[]], [[np.nan]], [[np.inf, 1.0]], [["a"]]])
def test_what_is_no_dictionary_is_refused(rows):
    with pytest.raises(ValueError, match="dictionary"):
        coherence(rows)
