"""Pictures turned to a reference: rotations, reflections and the order of equal features."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from figures.geometry.correlated_features.figure import orders, partner_angles
from figures.geometry.local_bases.figure import spread
from figures.geometry.perturbed_feature.figure import upright
from figures.kit.planar import matched, procrustes


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


def test_upright_points_the_odd_feature_up():
    turned = upright(np.array([[0.6, 0.0], [0.8, 1.0]]))
    np.testing.assert_allclose(turned[:, 0], [0, 1], atol=1e-12)
    assert np.linalg.norm(turned[:, 1]) == pytest.approx(1)


def test_angles_and_spread_of_known_models():
    W = np.array([[1.0, 0.0, 1.0, 1.0], [0.0, 2.0, 0.0, 0.0]])
    np.testing.assert_allclose(partner_angles(W), [90, 0])
    bases = np.concatenate([np.eye(3), -np.eye(3)], axis=1)
    within, across, diagonal = spread(bases[None])
    assert within[0] == 0
    assert across[0] == pytest.approx(np.sqrt(1 / 3))
    np.testing.assert_allclose(diagonal, 1)
