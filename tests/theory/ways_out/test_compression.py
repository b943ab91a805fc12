"""D41: two scalars in one by quantising, against rational integration and seeded sampling."""

from __future__ import annotations

from itertools import pairwise

import numpy as np
import pytest
import sympy as sp
from hypothesis import given
from hypothesis import strategies as st
from scipy.integrate import quad

from theory.derivations.D41_nonlinear_compression import linear_encoder, loss_of_full_ramps, t
from theory.ways_out.compression import (
    LINEAR_DIRECTION,
    LINEAR_ERROR,
    PLAIN_ERROR,
    compression_loss,
    compression_polynomial,
    compression_width,
    linear_encoder_loss,
    noisy_compression_loss,
    sparse_compression_loss,
    w,
    z,
)

pytestmark = pytest.mark.result("D41")
levels = st.integers(2, 12)
SAMPLES = 200_000


def integrals(Z, half):
    """E(Zx − Zx')² and E(y − y')², exactly: polynomials on pieces, by Gauss–Legendre.

    Cuts of u = Zt at each kink of the staircase become lines S(a) + y = cut in the plane.
    """
    nodes, weights = np.polynomial.legendre.leggauss(6)
    kinks = sorted({0.0, float(Z), *(k + side * half for k in range(1, Z) for side in (-1, 1))})

    def step(v):
        return np.sum([np.clip((v - k) / (2 * half) + 0.5, 0, 1) for k in range(1, Z)], axis=0)

    first = second = 0.0
    # Where S(a) + 0 or + 1 is at a kink the pieces in y change: cuts of a, on ramps.
    ends = (half, 1 - half)
    cuts = sorted(
        {*kinks, *(k + s * half * (1 - 2 * f) for k in range(1, Z) for s in (-1, 1) for f in ends)}
    )
    for low, high in pairwise(cuts):
        for a, weight in zip((low + high + (high - low) * nodes) / 2, weights, strict=True):
            S = float(step(a))
            inside = sorted({0.0, 1.0, *(kink - S for kink in kinks if 0 < kink - S < 1)})
            for bottom, top in pairwise(inside):
                y = (bottom + top + (top - bottom) * nodes) / 2
                Su = step(S + y)
                share = weight * (high - low) / 2 * (top - bottom) / 2 / Z
                first += share * float(weights @ (a - 0.5 - Su) ** 2)
                second += share * float(weights @ (Su - S) ** 2)
    return first, second


@pytest.mark.parametrize(("Z", "half"), [(2, 0.1), (3, 0.25), (4, 0.4), (6, 0.5), (2, 0.5)])
def test_polynomials_are_the_integrals(Z, half):
    wanted = integrals(Z, half)
    found = [float(part.subs({z: Z, w: half})) for part in compression_polynomial()]
    assert found == pytest.approx(wanted, rel=1e-12)
    assert compression_loss(Z, 2 * half / Z) == pytest.approx(
        wanted[0] / Z**2 + wanted[1], rel=1e-12
    )


@given(levels)
def test_sharp_code_and_full_ramps(Z):
    assert compression_loss(Z) == pytest.approx(1 / (12 * Z**2), rel=1e-14)
    full = float(loss_of_full_ramps().rhs.subs(z, Z))
    assert compression_loss(Z, 1 / Z) == pytest.approx(full, rel=1e-13)
    assert (full < 1 / 12 - 1e-12) == (Z > 2)


@given(levels, st.floats(0, 1), st.floats(0, 1))
def test_loss_rises_with_the_width_and_beats_averaging(Z, one, other):
    narrow, wide = sorted((one / Z, other / Z))
    assert compression_loss(Z, narrow) <= compression_loss(Z, wide) + 1e-15
    assert compression_loss(Z, wide) <= 1 / 12 + 1e-15


def test_the_derivative_has_no_root():
    j = sp.Symbol("j")
    first, second = compression_polynomial()
    slope = sp.expand(sp.expand(sp.diff(first / z**2 + second, w) * z**3).subs(z, 2 + j))
    square, *others = sp.Poly(slope, j).all_coeffs()
    assert sp.expand(square - (1 - 2 * w) ** 2 / 2) == 0
    for coefficient in others:
        assert sp.Poly(coefficient, w).count_roots(0, sp.Rational(1, 2)) == 0
        assert coefficient.subs(w, 0) > 0


@given(levels, st.floats(0.01, 1 / 12))
def test_width_is_where_losses_tie(Z, against):
    width = compression_width(Z, against=against)
    assert 0 <= width <= 1 / Z
    if 0 < width < 1 / Z:
        assert compression_loss(Z, width) == pytest.approx(against, rel=1e-10)
    elif width == 0:
        assert compression_loss(Z) >= against
    else:
        assert compression_loss(Z, 1 / Z) <= against + 1e-15


@given(st.floats(0.01, 1))
def test_linear_encoder_is_the_integral_over_chords(ratio):
    c, s = np.array([1, ratio]) / np.hypot(1, ratio)

    def cube(h):
        return (min(1, h / c) - max(0, (h - s) / c)) ** 3 / s**3 / 12

    wanted, error = quad(cube, 0, c + s, points=[s, c])
    assert linear_encoder_loss(ratio) == pytest.approx(wanted, abs=10 * error + 1e-12)
    assert linear_encoder_loss(ratio) >= float(LINEAR_ERROR) * (1 - 1e-14)


def test_best_linear_encoder_is_that_of_one_third():
    printed = linear_encoder().rhs
    large, small = LINEAR_DIRECTION
    assert printed.subs(t, sp.Rational(small, large)) == LINEAR_ERROR
    assert printed.subs(t, 1) == printed.subs(t, 0) == PLAIN_ERROR
    assert linear_encoder_loss(small / large) == pytest.approx(float(LINEAR_ERROR), rel=1e-14)


def scores(errors, wanted):
    return (errors.mean() - wanted) / (errors.std() / np.sqrt(errors.size))


@pytest.mark.parametrize(("Z", "noise"), [(1, 0.2), (3, 0.01), (3, 0.1), (5, 0.06), (2, 0.4)])
def test_noisy_loss_is_what_is_sampled(Z, noise):
    rng = np.random.default_rng(41)
    x, y, g = rng.random(SAMPLES), rng.random(SAMPLES), rng.standard_normal(SAMPLES)
    u = np.floor(Z * x) + y + Z * noise * g
    errors = (x - (np.floor(u) + 0.5) / Z) ** 2 + (y - u + np.floor(u)) ** 2
    assert abs(scores(errors, noisy_compression_loss(Z, noise))) < 4.5


@given(levels, st.floats(0.05, 0.09))
def test_kinks_and_waves_are_the_same_function(Z, noise):
    j = np.arange(1, 60)
    wave = 1 / 6 - np.sum(np.exp(-2 * (np.pi * j * Z * noise) ** 2) / (np.pi * j) ** 2)
    wanted = 1 / (12 * Z**2) + noise**2 + (1 + 1 / Z**2) * wave
    # The 60th wave is below 1e-16 at these noises.
    assert noisy_compression_loss(Z, noise) == pytest.approx(wanted, rel=1e-12)


@pytest.mark.parametrize(("Z", "density"), [(2, 0.05), (3, 0.3), (5, 0.9), (1, 0.4)])
def test_sparse_loss_is_what_is_sampled(Z, density):
    rng = np.random.default_rng(41)
    x = np.where(rng.random(SAMPLES) < density, rng.random(SAMPLES), 0)
    level = np.floor(Z * x)
    zero = (density / (2 * Z**2)) / (1 - density + density / Z)
    errors = (x - np.where(level == 0, zero, (level + 0.5) / Z)) ** 2
    assert abs(scores(errors, sparse_compression_loss(Z, density))) < 4.5
    assert sparse_compression_loss(Z, 1.0) == pytest.approx(compression_loss(Z), rel=1e-14)


def test_refusals_name_the_argument():
    with pytest.raises(ValueError, match=r"width must be one number in \[0, 1/levels\]"):
        compression_loss(3, 0.4)
    with pytest.raises(ValueError, match="levels must be at least 2"):
        compression_width(1)
    with pytest.raises(ValueError, match=r"levels must be at most 10\^6"):
        compression_loss(10**7)
    with pytest.raises(ValueError, match="noise must be"):
        noisy_compression_loss(3, -0.1)
