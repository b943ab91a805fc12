"""The codes: exact for one-hot inputs, and where they beat the naive solution at finite density."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from theory.computation.absolute_codes import (
    circle_code,
    difference_code,
    nested_code,
    parabola_code,
)
from theory.computation.absolute_value import naive_loss
from theory.computation.one_hot_linear import absolute_linear_infimum
from theory.computation.sides import absolute_one_hot_loss, side_decoder
from theory.computation.two_layers import two_layer_loss

pytestmark = pytest.mark.result("D29")


@given(st.integers(1, 60))
def test_whole_numbers_on_a_parabola_lose_nothing(n):
    code = parabola_code(n)
    assert code.W1.shape == (6, n)
    for weights in (code.W1, code.W2):
        assert np.array_equal(weights, np.round(weights)), "exact in floats"
    assert absolute_one_hot_loss(code.W1, code.W2) == 0.0


@given(st.integers(1, 60), st.integers(6, 25))
def test_circles_lose_nothing(n, m):
    code = circle_code(n, m)
    assert code.W1.shape == (m, n)
    # Decoders are up to n²/20 large and see sides of size 2 with rounding 2^-52.
    assert absolute_one_hot_loss(code.W1, code.W2) <= n * n * (n * n * 2.0**-51) ** 2


@pytest.mark.parametrize("n", [1, 2, 5, 12])
def test_the_linear_program_finds_the_circle_separable(n):
    assert side_decoder(circle_code(n).W1[:, :n]).exact


@settings(max_examples=25)
@given(st.integers(2, 12), st.floats(1e-3, 0.25))
def test_four_neurons_lose_little_and_less(n, ratio):
    code = nested_code(n, ratio)
    assert code.W1.shape == (4, n)
    loss = absolute_one_hot_loss(code.W1, code.W2)
    assert 0 < loss <= 5 * n * ratio**2 / 3
    assert not side_decoder(code.W1).exact or n <= 2


@given(st.integers(1, 30))
def test_second_differences_under_a_linear_output_lose_nothing(n):
    code = difference_code(n)
    assert code.W1.shape == (n + 2, n)
    assert np.linalg.matrix_rank(code.W1) == min(n, 2), "two numbers are passed on"
    assert absolute_one_hot_loss(code.W1, code.W2, output="linear") == 0.0
    assert absolute_linear_infimum(n, n + 2) == 0.0


@given(st.integers(1, 10), st.integers(3, 12))
def test_fewer_neurons_reach_the_infimum_in_the_limit(n, m):
    code = difference_code(n, m, 1e-6)
    importance = 0.9 ** np.arange(n)
    loss = absolute_one_hot_loss(code.W1, code.W2, importance=importance, output="linear")
    least = absolute_linear_infimum(n, m, importance=importance)
    assert least - 1e-12 <= loss <= least + 1e-6


@pytest.mark.parametrize(
    ("n", "m", "below"), [(4, 6, 0.218), (8, 6, 0.125), (16, 6, 0.0157), (8, 12, 0.220)]
)
def test_circles_beat_the_naive_solution_below_a_density(n, m, below):
    code = circle_code(n, m)
    for factor, sign in ((0.85, -1), (1.2, 1)):
        p = below * factor
        found = two_layer_loss(code.W1, code.W2, code.b, p, points=256)
        naive = naive_loss(n, m, density=p)
        assert sign * (found.loss - naive) > 4 * found.error


@pytest.mark.parametrize(
    ("n", "m", "K"),
    [(4, 6, 1.443), (5, 6, 3.342), (6, 6, 6.168), (8, 6, 15.18), (12, 6, 67.53), (16, 6, 283.4),
     (8, 12, 2.886)],
)  # fmt: skip
def test_what_circles_lose_is_of_second_order(n, m, K):
    """Regression of D29's table, and that nothing of first order is lost."""
    code = circle_code(n, m)
    for p in (1e-4, 1e-6):
        loss = two_layer_loss(code.W1, code.W2, None, p, points=0).exact
        # To the digits of the table, and (1 − p)^(n−2).
        assert loss / p**2 == pytest.approx(K, rel=4e-4 + n * p)
