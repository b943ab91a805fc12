"""How often random directions come near a polytope: the law, against counting."""

from __future__ import annotations

from math import comb

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.special import betainc

from theory.polytopes.chance import (
    log_apart,
    log_beta_share,
    log_both,
    log_choices,
    log_flat,
    log_near,
)
from theory.polytopes.shapes import named_shapes

DRAWS = 200_000


@given(
    st.integers(1, 200).map(lambda k: k / 2),
    st.integers(1, 200).map(lambda k: k / 2),
    st.floats(1e-6, 1 - 1e-6),
)
def test_the_incomplete_beta_function_is_scipys(a, b, share):
    wanted = betainc(a, b, share)
    if wanted > 1e-290:
        # Both work with log Γ up to 1000, whose rounding is that of 1e-13.
        assert log_beta_share(a, b, share) == pytest.approx(np.log(wanted), rel=1e-11, abs=1e-11)


def directions(rng: np.random.Generator, draws: int, rank: int, k: int) -> np.ndarray:
    found = rng.normal(size=(draws, rank, k))
    return found / np.linalg.norm(found, axis=1, keepdims=True)


@pytest.mark.parametrize(
    ("k", "name", "rank", "reach"),
    [
        (2, "digon", 2, 0.2),
        (2, "digon", 4, 0.4),
        (3, "triangle", 2, 0.2),
        (3, "triangle", 3, 0.5),
        (4, "tetrahedron", 3, 0.6),
        (5, "pentagon", 2, 0.5),
    ],
)
def test_the_tube_about_a_polytope_has_the_volume_that_is_counted(k, name, rank, reach):
    """Within the error of counting, and the curvature that the leading order leaves out.

    The next order of Weyl's formula is relative η² times curvatures of order one.
    """
    shape = next(shape for shape in named_shapes(k) if shape.name == name)
    found = directions(np.random.default_rng(1), DRAWS, rank, k)
    nuclear = np.linalg.svd(found @ shape.vertices.T, compute_uv=False).sum(axis=-1)
    near = int(np.sum(2 * k - 2 * nuclear <= reach**2))
    spectrum = np.full(shape.dimension, k / shape.dimension)
    expected = DRAWS * np.exp(log_near(spectrum, k, rank, reach))
    assert near > 50
    assert near == pytest.approx(expected, rel=4 / np.sqrt(near) + reach**2)


def test_the_tube_about_a_family_counts_its_shapes():
    """With all heights allowed there are at least as many as at one height."""
    spectrum = np.full(3, 8 / 3)
    assert log_near(spectrum, 8, 3, 0.1, free=True) > log_near(spectrum, 8, 3, 0.1)


def test_directions_near_a_plane():
    """k = 3 directions in 3 dimensions near a plane: the smallest singular value."""
    found = directions(np.random.default_rng(2), DRAWS, 3, 3)
    sizes = np.linalg.svd(found, compute_uv=False)
    reach = 0.02
    near = int(np.sum(sizes[:, 2] <= reach))
    # The law takes the spectrum in the plane: averaged over all that are near.
    laws = [np.exp(log_flat(s[:2] ** 2, 3, 3, reach)) for s in sizes[sizes[:, 2] <= reach][:2000]]
    assert near == pytest.approx(DRAWS * np.mean(laws), rel=4 / np.sqrt(near) + 0.05)


def test_directions_apart_from_a_flat():
    found = directions(np.random.default_rng(3), DRAWS, 5, 2)
    apart = np.all(np.sum(found[:, :2] ** 2, axis=1) <= 0.1, axis=1).mean()
    assert np.exp(log_apart(0.1, 2, 5, 2)) == pytest.approx(apart, abs=4 * np.sqrt(0.25 / DRAWS))
    assert log_apart(0.5, 3, 3, 7) == log_apart(0.5, 1, 3, 0) == 0.0


def test_two_chances_as_one():
    pairs = np.random.default_rng(4).uniform(size=(2, DRAWS))
    below = np.mean(pairs.prod(axis=0) <= 0.01)
    law = np.exp(log_both(np.log(0.1), np.log(0.1)))
    assert law == pytest.approx(below, abs=4 * np.sqrt(0.06 / DRAWS))
    assert log_both(0.0, -3.0) == -3.0


def test_choices_are_counted():
    assert np.exp(log_choices(7, 5, 10)) == pytest.approx(comb(7, 5) * 12)
    assert np.exp(log_choices(7, 5)) == pytest.approx(comb(7, 5))
