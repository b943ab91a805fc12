"""Counting features from activations alone: what is counted, what is admitted, what is refused."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from numeric.recovery.counting import count_features
from numeric.recovery.fourth_cumulants import fourth_cumulant, symmetric_squares, whitened
from numeric.recovery.squares_in_span import squares_in_span


def ring(k):
    angle = 2 * np.pi * np.arange(k) / k
    return np.array([np.cos(angle), np.sin(angle)])


DIGONS = np.kron(np.eye(4), [[1.0, -1.0]])
PENTAGONS = np.kron(np.eye(2), ring(5))
TETRAHEDRA = np.kron(
    np.eye(2), np.array([[1, 1, 1], [1, -1, -1], [-1, 1, -1], [-1, -1, 1]]).T / np.sqrt(3)
)


def activations(W, density, samples, noise=0.0, seed=0):
    rng = np.random.default_rng(seed)
    m, n = W.shape
    x = rng.random((samples, n)) * (rng.random((samples, n)) < density)
    return x @ W.T + noise * rng.normal(size=(samples, m))


@given(st.integers(0, 1000), st.integers(1, 4))
def test_squares_carry_squared_inner_products(seed, m):
    v = np.random.default_rng(seed).normal(size=(5, m))
    squares = symmetric_squares(v)
    np.testing.assert_allclose(squares @ squares.T, (v @ v.T) ** 2, atol=1e-12)


@given(st.integers(0, 1000))
def test_the_fourth_cumulant_is_a_tensor(seed):
    """It goes with linear maps, does not see a shift, and one direction's is m₄ − 3 m₂²."""
    rng = np.random.default_rng(seed)
    z, A = rng.exponential(size=(50, 3)), rng.normal(size=(3, 3))
    a = rng.normal(size=3)
    along = z @ a - np.mean(z @ a)
    K = fourth_cumulant(z)
    expected = np.mean(along**4) - 3 * np.mean(along**2) ** 2
    square = symmetric_squares(a[None])[0]
    assert square @ K @ square == pytest.approx(expected, rel=1e-9, abs=1e-9)
    turned = fourth_cumulant(z @ A.T + 5.0)
    carried = symmetric_squares((A.T @ a)[None])[0]
    assert square @ turned @ square == pytest.approx(carried @ K @ carried, rel=1e-8, abs=1e-8)


@pytest.mark.result("D43")
@pytest.mark.parametrize(("W", "lines"), [(DIGONS, 4), (TETRAHEDRA, 8)])
@pytest.mark.parametrize("noise", [0.0, 0.15])
def test_cumulants_count_lines_and_pairs_in_noise(W, lines, noise):
    found = count_features(activations(W, 0.05, 20_000, noise), "cumulants")
    n = W.shape[1]
    assert (found.count, found.lines, found.upper) == (n, lines, 2 * lines)
    assert found.lower <= lines
    assert found.cannot == ()
    cosines = found.directions @ W  # unit columns
    assert found.directions.shape == (n, W.shape[0])
    assert (cosines.max(axis=1) > 0.97).all()
    assert sorted(cosines.argmax(axis=1)) == list(range(n))


@pytest.mark.result("D43")
def test_cumulants_admit_what_they_cannot_count():
    found = count_features(activations(PENTAGONS, 0.05, 20_000), "cumulants")
    assert (found.count, found.upper) == (6, None)
    assert "there may be more lines" in found.cannot[0]
    nothing = count_features(np.random.default_rng(0).normal(size=(4000, 3)), "cumulants")
    assert nothing.count == 0
    assert "not beyond its error" in nothing.cannot[0]
    vanishing = count_features(activations(DIGONS, 0.412927, 4000), "cumulants")
    assert vanishing.count < 8
    assert vanishing.cannot


@pytest.mark.result("D43")
@pytest.mark.parametrize(
    ("W", "noise"), [(PENTAGONS, 0.0), (PENTAGONS, 0.05), (DIGONS, 0.1), (TETRAHEDRA, 0.05)]
)
def test_rays_count_lone_features(W, noise):
    found = count_features(activations(W, 0.05, 10_000, noise), noise=noise)
    assert found.count == found.lower == W.shape[1]
    assert found.upper is None
    assert sorted((found.directions @ W).argmax(axis=1)) == list(range(W.shape[1]))


@pytest.mark.result("D43")
def test_rays_without_a_known_noise():
    found = count_features(activations(ring(5), 0.1, 3000, 0.03))
    assert found.count == 5


def test_rays_are_not_made_up():
    """Background without lone features: dense, or Gaussian."""
    rng = np.random.default_rng(1)
    for h in (rng.normal(size=(3000, 3)), activations(PENTAGONS, 0.9, 3000, 0.05)):
        found = count_features(h, noise=0.05)
        assert found.count == 0
        assert "no direction" in found.cannot[0]


@settings(max_examples=10)
@given(st.floats(1e-8, 1e8), st.integers(0, 100))
def test_scale_turns_and_order_change_nothing(scale, seed):
    rng = np.random.default_rng(seed)
    turn = np.linalg.qr(rng.normal(size=(4, 4)))[0]
    h = activations(DIGONS, 0.05, 3000, 0.03, seed)
    moved = scale * rng.permutation(h) @ turn
    assert count_features(moved, noise=0.03 * scale).count == 8
    assert count_features(moved, "cumulants").lines == 4


def test_dimensions_without_variance_are_left_out():
    h = activations(DIGONS, 0.05, 5000, 0.03)
    flat = np.concatenate([h, np.ones((5000, 3)), h[:, :1]], axis=1)
    assert count_features(flat, "cumulants").count == 8
    white, back = whitened(flat, 16)
    np.testing.assert_allclose(white @ back, flat - flat.mean(axis=0), atol=1e-10)


def test_only_leading_directions_is_said():
    found = count_features(activations(DIGONS, 0.05, 5000, 0.03), "cumulants", dimensions=2)
    assert found.upper is None
    assert "leading principal directions" in found.cannot[0]


def test_a_plane_has_more_lines_than_dimensions():
    """The span of three squares has all lines of the plane, that of two orthogonal ones two."""
    rng = np.random.default_rng(0)
    assert len(squares_in_span(np.eye(3), 2, rng)) == 4
    two = symmetric_squares(np.eye(2)).T
    lines = squares_in_span(two, 2, rng)
    np.testing.assert_allclose(np.sort(np.abs(lines), axis=0), [[0, 0], [1, 1]], atol=1e-6)


@pytest.mark.parametrize(
    ("given_", "match"),
    [
        ({"activations": np.zeros(50)}, "shape"),
        ({"activations": [[np.nan, 1.0]] * 500}, "NaN or infinity in 500 rows, first in row 0"),
        ({"activations": np.ones((500, 2))}, "must vary"),
        ({"activations": np.eye(3)}, "at least 50 samples"),
        ({"activations": np.eye(99), "method": "cumulants"}, "at least 400 samples"),
        ({"activations": np.random.default_rng(0).random((99, 1))}, "2 dimensions"),
        ({"noise": -1.0}, "noise must be"),
        ({"method": "guess"}, "method must be"),
        ({"dimensions": 25}, "dimensions must be at most 24"),
        ({"level": 0.9}, "level must be"),
    ],
)
def test_bad_input_is_named(given_, match):
    with pytest.raises(ValueError, match=match):
        count_features(**{"activations": np.random.default_rng(0).random((500, 2)), **given_})
