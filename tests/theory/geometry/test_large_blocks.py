"""Large blocks: the Gaussian integral, its gradient, its optimum, and the limit it stands for."""

from __future__ import annotations

from itertools import pairwise

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.integrate import quad
from scipy.special import roots_legendre
from scipy.stats import norm

from theory.data_law import feature_variance
from theory.geometry.large_blocks import gaussian_loss, large_block
from theory.geometry.packing import best_block
from theory.geometry.takeovers import large_blocks_take_over

scales = st.floats(0.2, 2.0)
biases = st.floats(-1.2, 0.5)
ratios = st.floats(1.02, 30.0)
densities = st.floats(0.005, 1.0)


def quadrature(scale, bias, ratio, density):
    """The same expectation, over the noise instead of in closed form."""
    sigma = scale * np.sqrt((ratio - 1) * (density / 3 - density**2 / 4))

    def given_x(x):
        z = bias + scale * x

        def error(g):
            return norm.pdf(g) * (x - max(z + sigma * g, 0.0)) ** 2

        edges = np.unique(np.clip([-12, -z / sigma, 12], -12, 12))
        pieces = pairwise(edges)
        return sum(quad(error, a, b, epsabs=1e-13, limit=200)[0] for a, b in pieces)

    kink = np.clip([-bias / scale + step * sigma / scale for step in (-4, 0, 4)], 0, 1)
    edges = np.unique([0, *kink, 1])
    active = sum(quad(given_x, a, b, epsabs=1e-11)[0] for a, b in pairwise(edges))
    return (1 - density) * given_x(0.0) + density * active


@pytest.mark.result("D14")
@pytest.mark.parametrize(
    "point",
    [(1.2, -0.3, 5.0, 0.1), (0.7, 0.1, 1.4, 1.0), (1.5, -0.9, 12.0, 0.02), (1.0, 0.3, 1.01, 0.4)],
)
def test_the_integral_is_the_expectation(point):
    assert gaussian_loss(*point)[0] == pytest.approx(quadrature(*point), rel=1e-9, abs=1e-11)


@pytest.mark.result("D14")
@given(scales, biases, ratios, densities)
def test_the_gradient_is_the_derivative(scale, bias, ratio, density):
    point = np.array([scale, bias, ratio])
    gradient = gaussian_loss(*point, density)[1:]
    for axis in range(3):
        step = np.zeros(3)
        step[axis] = 1e-5 * max(1.0, abs(point[axis]))
        if ratio - step[2] <= 1:
            continue
        ends = [gaussian_loss(*(point + sign * step), density)[0] for sign in (1, -1)]
        # Central differences of a loss below 100: 1e-10 from the cubic term, 1e-9 from rounding.
        assert (ends[0] - ends[1]) / (2 * step[axis]) == pytest.approx(
            gradient[axis], rel=1e-5, abs=1e-6
        )


@pytest.mark.result("D14")
@given(scales, biases, densities)
def test_without_company_no_noise(scale, bias, density):
    x, weights = (
        (part + shift) / 2 for part, shift in zip(roots_legendre(200), (1, 0), strict=True)
    )
    exact = density * weights @ (x - np.maximum(bias + scale * x, 0)) ** 2
    exact += (1 - density) * max(bias, 0.0) ** 2
    # 200 nodes see the kink to about 1e-5 of the range.
    assert gaussian_loss(scale, bias, 1.0, density)[0] == pytest.approx(exact, abs=1e-4)


@pytest.mark.result("D14")
@settings(max_examples=max(10, settings.default.max_examples // 5))
@given(densities, st.floats(1.0, 20.0))
def test_more_room_for_choice_never_hurts(density, most):
    narrow, wide = large_block(density, most=most), large_block(density, most=2 * most)
    assert 1 <= narrow.features_per_dimension <= most * (1 + 1e-9)
    assert wide.benefit >= narrow.benefit * (1 - 1e-7)
    fixed = large_block(density, ratio=narrow.features_per_dimension)
    assert fixed.benefit == pytest.approx(narrow.benefit, rel=1e-6)
    # Ratio 1 is the dedicated feature.
    assert narrow.benefit >= feature_variance(density) * (1 - 1e-6)


@pytest.mark.result("D14")
@settings(max_examples=10)
@given(densities, st.floats(1.05, 20.0))
def test_a_block_saves_what_it_says_and_no_neighbour_more(density, ratio):
    block, unit = large_block(density, ratio=ratio), feature_variance(density)
    assert block.features_per_dimension == pytest.approx(ratio, rel=1e-14)
    # Both lose the digits that the difference of two losses does.
    assert block.benefit == pytest.approx(ratio * (unit - block.loss), abs=1e-14 * ratio * unit)
    for scale, bias in ((0.999, 0.0), (1.001, 0.0), (1.0, -1e-3), (1.0, 1e-3)):
        moved = gaussian_loss(block.scale * scale, block.bias + bias, ratio, density)[0]
        assert moved >= block.loss - 1e-11 * unit


@pytest.mark.result("D14")
def test_high_dimensional_frames_approach_the_limit():
    """Random tight frames: the sampled loss tends to the Gaussian one as m grows."""
    density, ratio = 0.2, 2.0
    block = large_block(density, ratio=ratio)
    rng = np.random.default_rng(3)
    distances = []
    for m in (8, 256):
        n = int(ratio * m)
        basis = np.linalg.qr(rng.standard_normal((n, n)))[0][:, :m]
        # A tight frame; then all features to the same length, which keeps it nearly tight.
        W = basis / np.linalg.norm(basis, axis=1, keepdims=True)
        G = block.scale * W @ W.T
        # The block's bias holds the mean of the interference, so it is taken out here.
        b = block.bias - (G - np.diag(np.diag(G))).sum(1) * density / 2
        x = rng.random((1 << 13, n)) * (rng.random((1 << 13, n)) < density)
        errors = (x - np.maximum(x @ G + b, 0)) ** 2
        distances.append(abs(errors.mean() - block.loss) / block.loss)
    assert distances[1] < 0.03 < 0.1 + distances[0]


@pytest.mark.result("D14")
def test_large_blocks_win_when_features_are_sparse():
    change = large_blocks_take_over(0.02, 0.06)
    assert 0.03 < change.density < 0.045
    rival = best_block(change.dense, change.density)
    assert large_block(change.density).benefit == pytest.approx(rival.benefit, rel=1e-5)


@pytest.mark.parametrize("most", [0.5, float("nan"), -1])
def test_fewer_features_than_dimensions_are_refused(most):
    with pytest.raises(ValueError, match="most"):
        large_block(0.1, most=most)


@pytest.mark.parametrize("density", [0.0, 1.2])
def test_bad_densities_are_refused(density):
    with pytest.raises(ValueError, match="density"):
        large_block(density)
