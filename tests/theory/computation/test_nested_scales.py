"""Nested scales, and the motif with all weights free."""

from __future__ import annotations

from fractions import Fraction

import numpy as np
import pytest
import sympy as sp
from hypothesis import given
from hypothesis import strategies as st

from tests.theory.computation.test_asymmetric_motif import patterns
from theory.computation.absolute_value import naive_loss
from theory.computation.asymmetric_motif import asymmetric_motif, best_motif, motif_loss
from theory.computation.nested_scales import motif_exchanges, nested_loss, nested_net
from theory.computation.relaxed_motif import motif_bias_slope, relaxed_motif
from theory.computation.two_layers import two_layer_loss

pytestmark = pytest.mark.result("D31")


@pytest.mark.parametrize("p", [0.05, 0.3, 1.0])
def test_the_loss_of_nested_nets_tends_to_the_limit(p):
    off = []
    for scale in (100.0, 1000.0):
        net = nested_net(scale)
        told = two_layer_loss(net.W1, net.W2, net.b, p, points=4096)
        off.append((abs(told.loss - nested_loss(p)), told.error))
    # Sides are mixed up only where |x_1| or |x_2| is below some ε: the distance falls as ε.
    assert off[0][0] < p**2 / 100
    assert off[1][0] < p**2 / 1000 + 6 * off[1][1]


def test_three_at_once_by_hand():
    """In the limit x_3 is read alone, and with x_2 < 0 or one sign of x_1: counted by signs."""
    p = sp.Symbol("p")
    lost = 0
    for first in (-1, 0, 1):
        for second in (-1, 0, 1):
            chance = sp.prod([p / 2 if sign else 1 - p for sign in (first, second)])
            read = 0 if second > 0 else (1 if first == 0 else sp.Rational(1, 2))
            lost += chance * (1 - read)
    assert sp.expand(p / 3 * lost - p**2 * (4 - p) / 12) == 0
    rng, net = np.random.default_rng(0), nested_net(1e4)
    for first, second in [(0, 1), (0, -1), (1, 0), (1, 1), (-1, -1)]:
        x = rng.uniform(0.1, 1, (200, 3)) * np.array([first, second, 1])
        x[100:, 2] *= -1
        y = np.maximum(np.maximum(x @ net.W1.T, 0) @ net.W2.T, 0)
        assert abs(y - abs(x))[:, :2].max() < 1e-3
        read = abs(y - abs(x))[:, 2] < 1e-3
        expected = 0.0 if second > 0 else (1.0 if first == 0 else 0.5)
        assert read.mean() == expected


@given(st.floats(1.0, 1e4), st.floats(1e-3, 1.0), st.floats(0, 1))
def test_nested_scales_beat_every_motif(a, p, share):
    assert nested_loss(p) < motif_loss(a, density=p, share=share)


def test_exchanges_are_ties():
    found = motif_exchanges()
    assert best_motif(found.motif).loss == pytest.approx(naive_loss(3, 5, density=found.motif))
    literal = best_motif(found.literal, share=1.0)
    assert literal.loss == pytest.approx(literal.naive)
    p = found.nested
    assert abs(3 * p**3 - 20 * p**2 + 44 * p - 16) < 1e-10
    for density in (0.02, 0.1, 0.25):
        assert best_motif(density).loss < naive_loss(3, 5, density=density)
    for density in (0.28, 0.5, 1.0):
        assert best_motif(density).loss > naive_loss(3, 5, density=density)


def test_the_family_is_not_stationary():
    """The derivative by b_1 in rationals: 2 E[e_1; y_1 > 0], cell by cell."""
    a, p = Fraction(3, 2), Fraction(2, 7)
    slope = sum(
        2 * chance * size * sum(row[0] for row in errors) / 4
        for chance, size, errors, y in patterns(a, p, Fraction(1, 2), True)
        if sum(row[0] for row in y) > 0
    )
    assert motif_bias_slope(1.5, density=2 / 7) == pytest.approx(float(slope), rel=1e-13)


def test_descent_leaves_the_family_and_keeps_the_motif():
    best, free = best_motif(0.1), relaxed_motif(0.1, points=32, steps=100)
    assert free.loss + 6 * free.error < best.loss
    assert nested_loss(0.1) < free.loss - 6 * free.error
    assert free.in_ratio > 2
    assert free.out_ratio > free.in_ratio
    told = two_layer_loss(free.W1, free.W2, free.b, 0.1, points=512, seed=9)
    assert abs(told.loss - free.loss) < 12 * np.hypot(told.error, free.error)
    assert free.b[0] < 0
    assert asymmetric_motif(best.a).W1.shape == free.W1.shape
