"""What L1 leaves of lone features: quadrature, and encoders tried one by one."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.integrate import quad

from theory.ways_out.lone_codes import encoder_threshold, lone_code

pytestmark = pytest.mark.result("D42")


def kgon(k):
    angle = 2 * np.pi * np.arange(k) / k
    return np.array([np.cos(angle), np.sin(angle)])


@settings(max_examples=25)
@given(l1=st.floats(0.0, 5.0), length=st.floats(0.1, 3.0))
def test_kept_active_and_cost_are_integrals(l1, length):
    code = lone_code(l1, length)

    def c(x):
        return max(0.0, length * x - l1 / 2)

    kink = [min(1.0, l1 / 2 / length)]
    kept = quad(c, 0, 1, points=kink)[0] / (length / 2)
    cost = quad(lambda x: (length * x - c(x)) ** 2 + l1 * c(x), 0, 1, points=kink)[0]
    assert abs(code.kept - kept) < 1e-9
    assert abs(code.active - (1 - kink[0])) < 1e-12
    assert abs(code.cost - cost) < 1e-9


@pytest.mark.parametrize("k", [5, 6, 7, 9])
def test_polygons_need_twice_the_cosine_of_neighbours(k):
    assert abs(encoder_threshold(kgon(k)) - 2 * np.cos(2 * np.pi / k)) < 1e-9


@pytest.mark.parametrize(
    "W", [np.eye(3), kgon(3), kgon(4), [[1.0, -1.0]], [[1.0, 0.9], [0.0, 0.1]]]
)
def test_simplices_pairs_and_independent_columns_need_nothing(W):
    assert encoder_threshold(W) < 1e-9


@settings(max_examples=10)
@given(seed=st.integers(0, 10**6))
def test_no_encoder_of_a_grid_does_better(seed):
    W = np.random.default_rng(seed).standard_normal((2, 4))
    unit = W / np.linalg.norm(W, axis=0)
    y = np.linspace(-60, 60, 24_001)
    worst = 0.0
    for i in range(4):
        across = np.array([-unit[1, i], unit[0, i]])
        others = np.delete(W, i, axis=1)
        e = unit[:, i] + y[:, None] * across
        best = np.maximum(e @ others, 0).max(axis=1).min()
        worst = max(worst, best)
    found = encoder_threshold(W) / 2
    assert found <= worst + 1e-9
    # A grid of step 0.005 misses the best by at most its half times the largest column.
    if np.abs(unit.T @ unit - np.eye(4)).max() < 0.99:
        assert worst - found < 0.0026 * np.linalg.norm(W, axis=0).max()


def test_units_are_those_of_the_columns():
    assert abs(encoder_threshold(3 * kgon(5)) - 3 * encoder_threshold(kgon(5))) < 1e-9


def test_two_columns_in_one_direction_are_refused():
    with pytest.raises(ValueError, match="W must have no two columns that point the same way"):
        encoder_threshold([[1.0, 2.0]])
    with pytest.raises(ValueError, match="W must have no column of zeros"):
        encoder_threshold([[1.0, 0.0]])
