"""Basins: the nearest minimum is told up to symmetry, and flows end in one."""

from __future__ import annotations

from functools import cache

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from theory.dynamics.basins import basins, nearest_minimum
from theory.dynamics.flow import at_rest
from theory.minima.optimum import optimum

WORLD = {"density": 0.1, "importance": [1.0, 1.0, 1.0, 0.5]}


@cache
def minima_of_four():
    """Known minima of (4, 2): the same for every turn that is tried."""
    return optimum(4, 2, starts=8, **WORLD).minima


@settings(max_examples=30)
@given(st.integers(0, 2**32 - 1))
def test_a_minimum_is_its_own_nearest_however_it_is_turned(seed):
    """(4, 2) with three equal features: any rotation, any order of the three."""
    rng = np.random.default_rng(seed)
    found = minima_of_four()
    order = [*rng.permutation(3), 3]
    turn = np.linalg.qr(rng.normal(size=(2, 2)))[0]
    W = np.array([turn @ minimum.W[:, order] for minimum in found])
    b = np.array([minimum.b[order] for minimum in found])
    nearest = nearest_minimum(W, b, found, **WORLD)
    np.testing.assert_array_equal(nearest, np.arange(len(found)))


def test_each_minimum_draws_what_is_near_it():
    world = {"density": 0.3, "importance": [1.0, 0.2]}
    found = optimum(2, 1, **world).minima
    rng = np.random.default_rng(5)
    W = np.array([m.W for m in found])[:, None] + 0.02 * rng.normal(size=(2, 6, 1, 2))
    b = np.array([m.b for m in found])[:, None] + 0.02 * rng.normal(size=(2, 6, 2))
    ends = basins(-W, b, minima=found, **world)
    np.testing.assert_array_equal(ends, [[0] * 6, [1] * 6])


def test_mirror_images_belong_to_one_basin():
    """r = 1, without bias: the sign of W and the order of its features are free."""
    found = optimum(2, 1, density=0.9, bias=False).minima
    W = np.array([[0.9, -0.4], [-0.9, 0.4], [-0.4, 0.9], [0.9, 0.4], [0.4, 0.9]])[:, None]
    ends = basins(W, minima=found, density=0.9, bias=False)
    assert len(set(ends[:3])) == len(set(ends[3:])) == 1
    assert np.sign(found[ends[0]].W).prod() == -1
    assert np.sign(found[ends[3]].W).prod() == 1


def test_a_flow_that_slows_down_by_a_saddle_goes_on():
    """(0.9, 1) with bias: from here the slope is 8e-6 of the scale by w = (1, 0), no minimum."""
    start = np.array([[-1.018181818181818, 0.1454545454545455]])
    found = optimum(2, 1, density=0.9).minima
    passing = at_rest(start, density=0.9, rest=1e-4)
    assert passing.slope < 1e-5
    np.testing.assert_allclose(np.abs(passing.W), [[1.0, 0.0]], atol=1e-2)
    end = at_rest(start, density=0.9, rest=1e-8)
    index = int(basins(start, minima=found, density=0.9))
    assert found[index].loss == pytest.approx(float(end.loss), rel=1e-9)


def test_what_cannot_be_told_is_refused():
    with pytest.raises(ValueError, match="minima must hold at least one"):
        nearest_minimum([[1.0, 0.0]], [0.0, 0.0], (), density=0.5)
    found = optimum(2, 1, density=0.5).minima
    with pytest.raises(ValueError, match="at most 7 features equal, got 8"):
        nearest_minimum(np.ones((1, 8)), np.zeros(8), found, density=0.5)
