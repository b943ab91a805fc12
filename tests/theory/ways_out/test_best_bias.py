"""The best bias of an output, and that opposite signs never cost more: against other ways."""

from __future__ import annotations

from itertools import pairwise

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.oracles import quadrature
from theory.data_law import feature_variance
from theory.loss.floats import loss_and_gradient
from theory.ways_out.best_bias import (
    best_bias,
    lone_bias,
    lone_cost,
    lone_curvature,
    lone_integral,
    lone_slope,
)

SLOPES, OTHERS = st.floats(0.01, 1.4), st.floats(0.01, 1.4)
DENSITIES = st.floats(0.01, 1.0)
ROUNDING = 1e-13


@pytest.mark.result("D35")
@given(SLOPES, OTHERS, DENSITIES)
def test_the_cost_at_the_best_bias_is_that_of_quadrature(a, c, p):
    b, cost = best_bias(a, c, p)
    assert cost == pytest.approx(quadrature(b, [a, -c], p, target=0), abs=ROUNDING / c)


@pytest.mark.result("D35")
@given(SLOPES, OTHERS, DENSITIES, st.floats(-1.5, 2.0))
def test_no_other_bias_is_better(a, c, p, other):
    _, cost = best_bias(a, c, p)
    assert cost <= quadrature(other, [a, -c], p, target=0) + ROUNDING / c


@pytest.mark.result("D35")
@given(st.floats(0.05, 1.2), st.floats(0.05, 1.2), DENSITIES, st.floats(0.1, 3.0))
def test_both_outputs_are_the_exact_loss_and_its_biases_are_at_rest(w, u, p, r):
    (b1, first), (b2, second) = best_bias(w * w, w * u, p), best_bias(u * u, w * u, p)
    loss, _, by_bias = loss_and_gradient([[w, -u]], [b1, b2], density=p, importance=[1, r])
    assert float(loss) == pytest.approx(first + r * second, abs=1e-12)
    assert np.abs(by_bias).max() < 1e-12 * (1 + r)


@pytest.mark.result("D35")
@given(SLOPES, OTHERS, DENSITIES, st.floats(-1.5, 1.5))
def test_weights_of_one_sign_never_cost_less(a, c, p, b):
    assert best_bias(a, c, p)[1] <= quadrature(b, [a, c], p, target=0) + ROUNDING / c


@pytest.mark.result("D35")
@given(st.floats(0.01, 1.0), OTHERS, DENSITIES)
def test_interference_costs_at_least_what_a_lone_feature_costs(a, c, p):
    assert best_bias(a, c, p)[1] >= (1 - a) ** 2 * feature_variance(p) - ROUNDING / c
    assert lone_cost(a, lone_bias(a, p), p) == pytest.approx(
        (1 - a) ** 2 * feature_variance(p), abs=1e-14
    )


@pytest.mark.result("D35")
@given(SLOPES, DENSITIES, st.floats(-1.8, 1.0))
@settings(max_examples=60)
def test_slope_curvature_and_integral_belong_to_the_cost(a, p, offset):
    step = 1e-5
    kinks = np.array([-a, 0.0])
    if np.abs(offset - kinks).min() < 2 * step:
        return
    low, high = (lone_cost(a, offset + s * step, p) for s in (-1, 1))
    # Central differences of cubics: step²/6 of a third derivative of at most 2p (1/a + 1/a²).
    third = 2 * p * (1 / a + 1 / a**2)
    noise = 1e-16 / step
    assert (high - low) / (2 * step) == pytest.approx(
        lone_slope(a, offset, p), abs=third * step**2 + 10 * noise
    )
    slopes = [lone_slope(a, offset + s * step, p) for s in (-1, 1)]
    assert (slopes[1] - slopes[0]) / (2 * step) == pytest.approx(
        lone_curvature(a, offset, p), abs=1e-9 + 10 * noise
    )
    nodes, weights = np.polynomial.legendre.leggauss(3)
    edges = np.sort(np.clip([-1.9, -a, 0.0, offset], -1.9, offset))
    area = sum(
        (high - low) / 2 * w * lone_cost(a, (low + high) / 2 + (high - low) / 2 * x, p)
        for low, high in pairwise(edges)
        for x, w in zip(nodes, weights, strict=True)
    )
    assert lone_integral(a, offset, p) - lone_integral(a, -1.9, p) == pytest.approx(area, abs=1e-13)


@pytest.mark.result("D35")
def test_where_the_lone_cost_is_least():
    for a in (0.2, 1.0, 1.3):
        for p in (0.1, 0.8):
            least = lone_bias(a, p)
            others = np.linspace(-a, 1.0, 301)
            assert lone_cost(a, least, p) <= min(lone_cost(a, b, p) for b in others) + 1e-15
