"""The decoder under noise: against quadrature over both features, sampling, and its limits."""

from __future__ import annotations

import numpy as np
import pytest
import sympy as sp
from hypothesis import given, settings
from hypothesis import strategies as st

from theory.data_law import feature_variance
from theory.derivations.D38_price_of_a_decoder import kappa, noisy_limit, onset_equation, u
from theory.ways_out.decoder_error import decoder_error
from theory.ways_out.noisy_decoder import best_noisy_decoder, noisy_decoder_error, onset_ratio


def grid(density, points):
    """Points and masses of one feature: zero, and Gauss–Legendre."""
    t, step = np.polynomial.legendre.leggauss(points)
    return np.append(0.0, (t + 1) / 2), np.append(1 - density, density * step / 2)


def posterior(h, w, density, sigma, points=80):
    """Density of h and the means and second moments of x, from a grid over both features."""
    x, mass = grid(density, points)
    pairs = np.stack(np.meshgrid(x, x, indexing="ij"), -1).reshape(-1, 2)
    weight = np.outer(mass, mass).ravel()
    likely = np.exp(-(((h[:, None] - pairs @ w) / sigma) ** 2) / 2) * weight
    return (part / np.sqrt(2 * np.pi) / sigma for part in (
        likely.sum(axis=1), likely @ pairs, likely @ (pairs**2)
    ))  # fmt: skip


@pytest.mark.result("D38")
@pytest.mark.parametrize(
    ("w", "density", "sigma"),
    [((1.0, -1.0), 0.3, 0.2), ((1.0, -0.3), 0.05, 0.1), ((-0.4, 1.2), 0.8, 0.3),
     ((1.0, 0.7), 0.5, 0.15), ((0.2, -0.1), 0.3, 1.0)],
)  # fmt: skip
def test_against_a_grid_over_both_features(w, density, sigma):
    w = np.array(w)
    low, high = np.minimum(w, 0).sum() - 9 * sigma, np.maximum(w, 0).sum() + 9 * sigma
    h = np.linspace(low, high, int((high - low) / sigma * 10))
    mass, first, second = posterior(h, w, density, sigma)
    spread = np.sum(second - first**2 / mass[:, None], axis=1)
    wanted = spread.sum() * (h[1] - h[0])
    found = noisy_decoder_error([w], density=density, noise=sigma)
    assert found == pytest.approx(wanted, rel=1e-9)


@pytest.mark.result("D38")
def test_against_sampling():
    rng, w, density, sigma = np.random.default_rng(38), np.array([1.0, -0.5]), 0.4, 0.2
    x = (rng.random((3000, 2)) < density) * rng.random((3000, 2))
    h = x @ w + sigma * rng.normal(size=3000)
    mass, first, _ = posterior(h, w, density, sigma, points=40)
    cost = ((x - first / mass[:, None]) ** 2).sum(axis=1)
    found = noisy_decoder_error([w], density=density, noise=sigma)
    assert abs(cost.mean() - found) < 4 * cost.std() / np.sqrt(len(cost))


@pytest.mark.result("D38")
@settings(max_examples=20)
@given(st.floats(0.05, 1.5), st.floats(-1.5, -0.05) | st.floats(0.05, 1.5), st.floats(0.02, 1.0),
       st.floats(0.05, 2.0))  # fmt: skip
def test_noise_only_harms_and_at_most_all_is_lost(one, two, density, sigma):
    W = [[one, two]]
    clean = decoder_error(W, density=density)
    error = noisy_decoder_error(W, density=density, noise=sigma)
    more = noisy_decoder_error(W, density=density, noise=1.5 * sigma)
    assert clean * (1 - 1e-9) <= error <= more * (1 + 1e-9)
    assert more <= 2 * feature_variance(density) * (1 + 1e-9)
    flipped = noisy_decoder_error([[-two, -one]], density=density, noise=sigma)
    assert flipped == pytest.approx(error, rel=1e-9)


@pytest.mark.result("D38")
def test_noise_that_vanishes_leaves_the_noiseless_error():
    clean = float(decoder_error([[1.0, -0.5]], density=0.6))
    off = [noisy_decoder_error([[1.0, -0.5]], density=0.6, noise=s) / clean - 1 for s in
           (0.08, 0.04, 0.02)]  # fmt: skip
    assert 0 < off[2] < off[1] < off[0]
    assert off[2] < 0.6 * off[1] < 0.36 * off[0] * 1.2


@pytest.mark.result("D38")
def test_digons_come_back_at_twelve_times_the_squared_noise():
    sigma = 0.1
    for ratio, digon in ((4, True), (8, True), (40, False)):
        W = best_noisy_decoder(density=ratio * sigma**2, noise=sigma).W[0]
        off = abs(np.log(-W[1] / W[0]))
        assert off < 1e-3 if digon else off > 0.1
        assert np.sum(W**2) == pytest.approx(2)


@pytest.mark.result("D38")
def test_the_limit_is_that_of_small_noise():
    """E/p² at p = κσ² is off the printed form by c σ (2 ln(1/(pσ)))^{3/2}, as the proof has it."""
    k = 20.0
    form = float(noisy_limit().subs({u: 1, kappa: k}))
    scaled = []
    for sigma in (0.04, 0.01):
        density = k * sigma**2
        found = noisy_decoder_error([[1.0, -1.0]], density=density, noise=sigma) / density**2
        rate = sigma * (2 * np.log(1 / (density * sigma))) ** 1.5
        scaled.append((found / form - 1) / rate)
    # The rate itself falls to less than half; the next order is 1/ln, here 1/10.
    assert scaled[1] == pytest.approx(scaled[0], rel=0.1)
    assert 0 < scaled[1] < 0.2


LIMIT = sp.lambdify((u, kappa), noisy_limit())
ONSET = sp.lambdify(u, onset_equation().rhs)


@pytest.mark.result("D38")
@given(st.floats(12.01, 1e5))
def test_the_onset_is_the_printed_equation(k):
    ratio = onset_ratio(k)
    # dκ/du there is κ over at most 3u − 1, and u is right to 1e-14.
    assert ONSET(ratio) == pytest.approx(k, rel=1e-12 / (3 * ratio - 1))
    values = [LIMIT(ratio * factor, k) for factor in (0.99, 1.0, min(1.01, 1 / ratio))]
    assert values[1] <= min(values) * (1 + 1e-12)
    assert onset_ratio(12.0) == 1


def test_importance_is_weighed():
    each = [
        noisy_decoder_error([[1.0, -0.6]], density=0.3, noise=0.2, importance=weight)
        for weight in ([1.0, 0.0], [0.0, 1.0], [2.0, 3.0])
    ]
    assert each[2] == pytest.approx(2 * each[0] + 3 * each[1], rel=1e-11)


@pytest.mark.parametrize(
    ("change", "match"),
    [({"W": [[0.0, 0.0]]}, "W"), ({"W": [[1.0, 0.0], [0.0, 1.0]]}, "W"), ({"noise": 0.0}, "noise"),
     ({"noise": 1e-4}, "noise must be at least"), ({"density": 2.0}, "density"),
     ({"density": [[0.1, 0.2]]}, "density")],
)  # fmt: skip
def test_bad_input(change, match):
    with pytest.raises(ValueError, match=match):
        noisy_decoder_error(**{"W": [[1.0, -1.0]], "density": 0.5, "noise": 0.1, **change})


def test_bad_input_of_the_best():
    with pytest.raises(ValueError, match="noise"):
        best_noisy_decoder(density=0.5, noise=0.001)
    with pytest.raises(ValueError, match="density"):
        best_noisy_decoder(density=0.0, noise=0.1)
