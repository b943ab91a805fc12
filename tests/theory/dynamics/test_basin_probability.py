"""Probabilities of endings: shares of flows, symmetries, limits, and what is asked of λ."""

from __future__ import annotations

import numpy as np
import pytest
from scipy.stats import norm

from theory.dynamics.basin_probability import basin_probability
from theory.dynamics.circles import arcs, pair_fates, starts_at
from theory.dynamics.endings import dead_outputs, described
from theory.dynamics.fates import Fates, World
from theory.dynamics.flow import gradient_flow
from theory.dynamics.many_flows import flow_ends, polished
from theory.loss.floats import hessian, loss_and_gradient
from theory.minima.optimum import optimum
from theory.transitions.onset import ALIGNED, onset_importance

IGNORED, PAIR = "[1] (2)", "antipodal pair"
WEIGHTS = {"importance": [1.0, 0.2]}


def world(p, importance, interference=0.0):
    return World(1, np.full(2, p), np.array([1.0, importance]), interference)


@pytest.mark.result("D23")
def test_flows_have_the_probabilities():
    """500 flows a scale; all comparisons together at a level of 1 %."""
    flows, scales = 500, (0.3, 2.0)
    found = basin_probability(
        2, 1, density=0.3, importance=[1.0, 0.2], scale=scales, tolerance=1e-2
    )
    fates = pair_fates(world(0.3, 0.2))
    distances = []
    for s, scale in enumerate(scales):
        starts = np.zeros((flows, 4))
        starts[:, :2] = scale * np.random.default_rng(s).standard_normal((flows, 2))
        fates, labels = fates.of(starts)
        names = np.array([ending.name for ending in fates.endings])[labels]
        for k, ending in enumerate(found.endings):
            p = found.probability[k, s]
            spread = np.sqrt(max(p * (1 - p), 1 / flows) / flows)
            share = np.mean(names == ending.name)
            distances.append((share - p) / (spread + found.error[k, s]))
    assert np.abs(distances).max() < norm.isf(0.005 / len(distances))
    np.testing.assert_allclose(found.probability.sum(axis=0), 1, atol=0.01)


@pytest.mark.result("D23")
def test_a_boundary_flows_to_a_saddle():
    """By another integrator: from the boundary the slope all but vanishes, off every minimum."""
    _, found = arcs(pair_fates(world(0.3, 0.2)), np.array([1.0]), width=1e-9)
    minima = optimum(2, 1, density=0.3, **WEIGHTS).minima
    for angle in found.angles[0][:1]:
        start = starts_at(np.ones(1), np.array([angle]))[0]
        flow = gradient_flow(
            [start[:2]], times=np.linspace(40, 400, 37), rtol=1e-8, density=0.3, **WEIGHTS
        )
        slow = int(np.argmax(flow.slope < 2e-4))
        assert flow.slope[slow] < 2e-4
        passing = np.abs(flow.W[slow, 0])
        assert all(np.linalg.norm(passing - np.abs(m.W[0])) > 0.1 for m in minima)


@pytest.mark.result("D23")
def test_stable_from_one_side_between_the_onsets():
    """r₋ < I < r₊: no minimum, and yet half of all small starts end there."""
    p, importance = 0.3, 0.5
    assert onset_importance(p) < importance < onset_importance(p, ALIGNED)
    found = basin_probability(2, 1, density=p, importance=[1.0, importance], tolerance=5e-2)
    ignored = next(ending for ending in found.endings if ending.name == IGNORED)
    assert not ignored.stable
    assert abs(found.named(IGNORED) - 0.5) < 0.1
    losses = [m.loss for m in optimum(2, 1, density=p, importance=[1.0, importance]).minima]
    here = loss_and_gradient(ignored.W, ignored.b, density=p, importance=[1.0, importance])[0]
    assert np.abs(np.array(losses) - here).min() > 1e-4  # no minimum has its loss


@pytest.mark.result("D23")
def test_small_starts_end_where_the_strongly_unstable_orbit_ends():
    """Shares of the other ending fall like r^(1/I − 1) once the drive rules, and vanish."""
    fates = pair_fates(world(0.3, 0.5))
    names = [ending.name for ending in fates.endings]
    _, found = arcs(fates, np.array([1e-1, 1e-3, 1e-5]), width=1e-3)
    shares = found.shares(len(names))[:, names.index(PAIR)]
    assert 0.45 < shares[0] < 0.55 < shares[1] < 0.9 < shares[2]


def test_exchange_and_scale_go_through():
    """Features in the other order; twice the importances is twice the time, no more."""
    first = basin_probability(2, 1, density=0.3, importance=[1.0, 0.3], tolerance=5e-2)
    other = basin_probability(2, 1, density=0.3, importance=[0.6, 2.0], tolerance=5e-2)
    assert [e.name for e in other.endings] == [
        e.name.replace("[1] (2)", "[2] (1)") for e in first.endings
    ]
    np.testing.assert_allclose(other.probability, first.probability, atol=0.1)


@pytest.mark.result("D23")
def test_the_penalty_makes_pairs_rarer_here():
    """P(one feature is left) along λ, and the threshold (I − r₋) v / 2 at which I is a minimum."""
    p, importance = 0.3, 0.5
    v = p / 3 - p**2 / 4
    threshold = (importance - onset_importance(p)) * v / 2
    chance, stable = [], []
    for strength in (0.8 * threshold, 1.2 * threshold):
        found = basin_probability(
            2, 1, density=p, importance=[1.0, importance], interference=strength, tolerance=1e-2
        )
        chance.append(found.coherent_at_most(0.0))
        stable.append(next(e.stable for e in found.endings if e.name == IGNORED))
    assert chance[1] > chance[0] + 0.03
    assert stable == [False, True]


@pytest.mark.result("D23")
def test_low_coherence_is_not_monotone_in_the_penalty():
    """(0.6, 0.8): at λ = 0.02 there is a minimum of coherence 1, at 0.01 no flow finds one."""
    p, weights, strength = 0.6, [1.0, 0.8], 0.02
    end, _, _ = flow_ends(
        np.array([[0.2, 1.5, 0.0, 0.0]]),
        (1, 2),
        np.full(2, p),
        np.array(weights),
        interference=strength,
    )
    theta = polished(end[0], (1, 2), np.full(2, p), np.array(weights), interference=strength)
    w1, w2 = theta[:2]
    assert (w1, w2) == pytest.approx((0.065, 1.007), abs=2e-3)
    _, dW, db = loss_and_gradient([theta[:2]], theta[2:], density=p, importance=weights)
    slope = dW[0] + 4 * strength * w1 * w2 * np.array([w2, w1])
    assert max(np.abs(slope).max(), np.abs(db).max()) < 1e-12
    curvature = hessian([theta[:2]], theta[2:], density=p, importance=weights)
    curvature[:2, :2] += 4 * strength * np.array([[w2**2, 2 * w1 * w2], [2 * w1 * w2, w1**2]])
    assert np.linalg.eigvalsh(curvature)[0] > 1e-3
    fates = pair_fates(world(p, weights[1], 0.01))
    starts = np.zeros((200, 4))
    starts[:, :2] = np.random.default_rng(50).standard_normal((200, 2))
    fates, _ = fates.of(starts)
    assert max(ending.coherence for ending in fates.endings if ending.stable) == 0


def test_three_features_in_two_dimensions_by_flows():
    """Sparse and equal: whatever the start, two share a dimension; every flow is counted."""
    found = basin_probability(3, 2, density=0.1, scale=[0.5], flows=16)
    assert found.probability.shape == (len(found.endings), 1)
    np.testing.assert_allclose(found.probability.sum(axis=0), 1)
    best = optimum(3, 2, density=0.1, starts=8)
    assert str(found.endings[0].structure) == str(best.structure)


def test_endings_are_told_by_what_is_alive():
    dead = described(np.array([[1.0, 0.0]]), np.array([0.0, -0.3]), stable=True)
    assert (dead.name, dead.dead, dead.coherence) == ("[1] (2) 2−", (1,), 0.0)
    pair = described(np.array([[1.0, -0.5]]), np.array([0.0, 0.1]), stable=True)
    assert (pair.name, pair.coherence) == (PAIR, 1.0)
    assert dead_outputs(np.array([[1.0, -1.0]]), np.array([-0.5, -2.0])).tolist() == [False, True]


def test_what_cannot_be_is_refused():
    for bad in ({"scale": 0}, {"scale": []}, {"interference": -1}, {"density": 0.0}, {"flows": 0}):
        with pytest.raises(ValueError, match=next(iter(bad))):
            basin_probability(2, 1, **{"density": 0.3, **bad})
    with pytest.raises(ValueError, match="n_features must be at most 5"):
        basin_probability(6, 2, density=0.3)
    fates = Fates(world(0.3, 0.5), (), np.zeros((0, 4)), np.zeros(0, dtype=int))
    assert fates.endings == ()
