"""Minima up to rotation and exchange."""

from __future__ import annotations

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from theory.minima.orbits import canonical, groups, invariants, rotated


@given(st.integers(0, 2**32 - 1), st.integers(1, 4), st.integers(0, 2))
def test_canonical_form_forgets_rotation_and_exchange(seed, n, kinds):
    rng = np.random.default_rng(seed)
    m = int(rng.integers(1, n + 1))
    W, b = rng.normal(size=(m, n)), rng.normal(size=n)
    label = groups(rng.integers(0, kinds + 1, size=n) / 4.0, np.ones(n))
    order = np.arange(n)
    for g in range(label.max() + 1):
        order[label == g] = rng.permutation(order[label == g])
    turn = np.linalg.qr(rng.normal(size=(m, m)))[0]
    here, there = canonical(W, b, label), canonical(turn @ W[:, order], b[order], label)
    np.testing.assert_allclose(here[0], there[0], atol=1e-9)
    np.testing.assert_allclose(here[1], there[1], atol=1e-12)
    np.testing.assert_allclose(
        invariants(W, b, label), invariants(turn @ W[:, order], b[order], label), atol=1e-9
    )
    np.testing.assert_allclose(rotated(W).T @ rotated(W), W.T @ W, atol=1e-12)
