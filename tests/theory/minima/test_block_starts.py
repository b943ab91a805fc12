"""Block starts: full hidden spaces, orthogonal blocks, the features worth most placed first."""

from __future__ import annotations

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st

from theory.minima.block_starts import block_starts


@settings(max_examples=20)
@given(st.integers(7, 12), st.data())
def test_they_fill_the_hidden_space_with_unit_vectors(n, data):
    m = data.draw(st.integers(1, n))
    worth = np.array(data.draw(st.lists(st.floats(0.1, 2.0), min_size=n, max_size=n)))
    W, b = block_starts(m, worth, np.full(n, 0.05))
    assert W.shape[1:] == (m, n)
    assert b.shape == (len(W), n)
    norms = np.linalg.norm(W, axis=1)
    np.testing.assert_allclose(norms[norms > 0], 1.0, rtol=1e-9)
    assert (np.linalg.matrix_rank(W) == m).all()
    assert ((norms == 0) == (b > 0)).all()
    for each in norms:
        placed, left = worth[each > 0], worth[each == 0]
        assert not len(left) or placed.min() >= left.max()


def test_the_list_holds_what_is_best_when_sparse():
    """Eight features in three dimensions: the square antiprism; ten in four: two pentagons."""
    for n, m, inner in ((8, 3, 4), (10, 4, 3)):
        W, _ = block_starts(m, np.ones(n), np.full(n, 0.05))
        # One feature's inner products: with itself, and each other value once.
        kinds = {len(np.unique(np.round(w.T[0] @ w, 6))) for w in W if w.any(axis=0).all()}
        assert inner in kinds
