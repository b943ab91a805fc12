"""Pictures in the plane: turned or mirrored to stand upright or like a reference."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from figures.geometry.pairs import orders
from figures.kit.planar import matched, procrustes, upright


@pytest.mark.parametrize("mirrored", [False, True])
def test_pictures_stand_upright(mirrored):
    rng = np.random.default_rng(0)
    for W in rng.normal(size=(8, 2, 5)):
        turned = upright(W, mirrored=mirrored)
        np.testing.assert_allclose(turned.T @ turned, W.T @ W, atol=1e-12)
        assert turned[0, 0] == pytest.approx(0)
        assert turned[1, 0] > 0
        # A turn keeps the orientation of any two features; a mirror puts the second to the right.
        if mirrored:
            assert turned[0, 1] >= 0
        else:
            assert np.linalg.det(turned[:, :2]) == pytest.approx(np.linalg.det(W[:, :2]))


@given(st.integers(0, 2**31), st.floats(0, 2 * np.pi), st.booleans())
def test_procrustes_undoes_rotations_and_reflections(seed, angle, mirrored):
    W = np.random.default_rng(seed).standard_normal((2, 5))
    turn = np.array([[np.cos(angle), -np.sin(angle)], [np.sin(angle), np.cos(angle)]])
    moved = turn @ (W * np.array([[-1.0 if mirrored else 1.0], [1.0]]))
    np.testing.assert_allclose(procrustes(moved, W), W, atol=1e-10)


@given(st.integers(0, 2**31), st.integers(0, 7))
def test_matching_finds_the_order_of_the_pairs(seed, which):
    W = np.random.default_rng(seed).standard_normal((2, 4))
    allowed = orders(2)
    assert len({tuple(order) for order in allowed}) == 8
    shuffled = W[:, np.argsort(allowed[which])]
    turned, _ = matched(shuffled, W, allowed)
    np.testing.assert_allclose(turned, W, atol=1e-10)
