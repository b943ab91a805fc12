"""Stages of two correlated sets: critical, with the losses, rates and directions that D25 gives."""

from __future__ import annotations

from functools import cache

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.spatial.transform import Rotation

from theory.derivations import D25_stages_of_two_sets as formulas
from theory.geometry.set_stages import SIZES, set_stages, twist_loss
from theory.loss.sets import Sets, set_loss
from theory.minima.sets import descend_sets, set_minima

SPARSE = 0.05
densities = pytest.mark.parametrize("p", [0.01, SPARSE, 0.12])


def law(p: float, sizes: tuple[int, ...] = SIZES) -> Sets:
    return Sets("correlated", sizes, p)


def loss(W: np.ndarray, b: np.ndarray, p: float) -> float:
    return set_loss(W, b, law=law(p))[0]


@cache
def found(p: float):
    """Stages by name."""
    return {stage.name: stage for stage in set_stages(p)}


@pytest.mark.result("D25")
@densities
def test_every_stage_is_critical_and_each_is_below_the_one_before(p):
    stages = found(p).values()
    assert all(stage.slope < 1e-7 for stage in stages)
    assert np.all(np.diff([stage.loss for stage in stages]) < 0)
    for stage in stages:
        assert abs(loss(stage.W, stage.b, p) - stage.loss) < 1e-14


@pytest.mark.result("D25")
@given(st.lists(st.integers(2, 4), min_size=1, max_size=2), st.floats(0.01, 1.0))
def test_clusters_cost_what_their_principal_components_leave(sizes, p):
    """For sets of any sizes, at every density, and critical: a law of theirs, not of SIZES."""
    W = np.concatenate(
        [np.outer(u, np.full(s, s**-0.5)) for u, s in zip(np.eye(len(sizes)), sizes, strict=True)],
        axis=1,
    )
    value, dW, db = set_loss(W, law=law(p, tuple(sizes)))
    exact = sum(
        float(formulas.cluster_loss().rhs.subs({formulas.s: s, formulas.p: p})) for s in sizes
    )
    assert abs(value - exact) < 1e-12
    assert max(np.abs(dW).max(), np.abs(db).max()) < 1e-12


@pytest.mark.result("D25")
@given(st.floats(0.01, 0.3), st.integers(0, 2**31))
def test_sets_come_apart_at_the_rate_of_the_theorem(p, seed):
    """−∂L/∂W along a e is (p/3) a, but for terms of third order, whatever a is."""
    W = np.zeros((3, 6))
    W[0, :3] = W[1, 3:] = 3**-0.5
    a = np.random.default_rng(seed).normal(size=(2, 3))
    a = (a - a.mean(axis=1, keepdims=True)).ravel()
    step = 1e-4 / np.linalg.norm(a)
    W[2] = step * a
    _, dW, _ = set_loss(W, law=law(p))
    rate = float(formulas.second_rate().rhs.subs(formulas.p, p))
    # The third order: of slopes up to 1 by (W step)², of either set on the other.
    assert np.abs(-dW[2] / step - rate * a).max() < 1e-6 * np.abs(a).max()


@pytest.mark.result("D25")
@densities
def test_from_nothing_the_sum_of_a_set_grows_at_the_rate_of_the_theorem(p):
    fastest = found(p)["nothing"].fastest
    rate = float(formulas.first_rate().rhs.subs({formulas.p: p, formulas.s: 3}))
    assert abs(fastest - rate) < 1e-7


@pytest.mark.result("D25")
def test_directions_of_descent_by_counting():
    """From each saddle descents reach lower losses, along as many directions as are said."""
    stages = found(SPARSE)
    assert [stage.descents for stage in stages.values()] == [18, 4, 2, 1, 2]
    for name in ("two clusters", "pair and single", "prism", "octahedron"):
        here = stages[name]
        rng = np.random.default_rng(1)
        for _ in range(3):
            start = here.W + 1e-2 * rng.normal(size=here.W.shape)
            assert descend_sets(start, here.b, law(SPARSE)).loss < here.loss - 1e-9


@pytest.mark.result("D25")
@given(st.floats(0.01, 0.3), st.integers(0, 5))
def test_one_feature_may_step_against_the_other_cluster_and_not_towards_it(p, feature):
    """Outputs of a set that is not active are at their kink: the loss has two sides."""
    W = np.zeros((3, 6))
    W[0, :3] = W[1, 3:] = 3**-0.5
    step = 1e-4
    against, towards = W.copy(), W.copy()
    against[int(feature < 3), feature] -= step
    towards[int(feature < 3), feature] += step
    here, zero = loss(W, np.zeros(6), p), np.zeros(6)
    change = formulas.one_sided().rhs.subs({formulas.p: p, formulas.epsilon: step})
    # Third orders: a few of step³, and rounding of the loss.
    assert abs(loss(against, zero, p) - here - float(change)) < 10 * step**3 * p + 1e-15
    cost = float(change) + 7 / 6 * p * (1 - p) * step**2
    assert abs(loss(towards, zero, p) - here - cost) < 10 * step**3 * p + 1e-15
    assert loss(towards, zero, p) > here


@pytest.mark.result("D25")
@given(st.floats(-np.pi / 3, np.pi / 3))
def test_the_twist_costs_what_the_closed_form_says(delta):
    """Against the exact loss at p = 1e-8, where terms of order p² are 1e-8 of those of order p."""
    Q = Rotation.from_rotvec((np.pi + delta) * np.full(3, 3**-0.5)).as_matrix()
    value = loss(np.hstack([np.eye(3), -Q]), np.zeros(6), 1e-8) / 1e-8
    assert abs(value - float(twist_loss(delta))) < 1e-7


@pytest.mark.result("D25")
def test_only_permutations_leak_nothing_and_every_turn_flows_to_one():
    """f > 0 at 200 random turns of either handedness; the six permutations have f = 0."""
    rng = np.random.default_rng(0)
    for Q in Rotation.random(200, random_state=rng).as_matrix():
        for hand in (1, -1):
            W = np.hstack([np.eye(3), -hand * Q])
            assert loss(W, np.zeros(6), 1e-8) / 1e-8 > 1e-6
    for order in ([0, 1, 2], [1, 2, 0], [2, 1, 0]):
        assert loss(np.hstack([np.eye(3), -np.eye(3)[order]]), np.zeros(6), SPARSE) <= SPARSE**2


@pytest.mark.result("D25")
@densities
def test_bounds_of_pair_and_single_and_of_the_octahedron(p):
    stages = {name: stage.loss for name, stage in found(p).items()}
    assert stages["pair and single"] < p / 6 + p**2 / 3
    assert stages["octahedron"] < p**2
    # What relaxes is of order p, its slope of order p²: what it gains is of order p³.
    assert p / 6 + p**2 / 3 - stages["pair and single"] < 2 * p**3


@pytest.mark.result("D25")
def test_the_symmetric_octahedron_is_a_saddle_and_its_minimum_a_little_lower():
    best = set_minima(3, law(SPARSE), starts=8)[0]
    symmetric = found(SPARSE)["octahedron"].loss
    assert 0 < symmetric / best.loss - 1 < 1e-3
    # At the minimum sets still have antipodes across: -1 in each row of the block.
    unit = best.W / np.linalg.norm(best.W, axis=0)
    across = unit[:, :3].T @ unit[:, 3:]
    assert np.all(np.sort(across, axis=1)[:, 0] < -0.99)


def test_bad_angles_and_densities_are_named():
    with pytest.raises(ValueError, match="angle must lie in"):
        twist_loss(1.2)
    with pytest.raises(ValueError, match="density"):
        set_stages(0.0)
