"""One flow for every law: slopes, curvatures, and where laws are each other's limits."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from theory.dynamics.flow import gradient_flow
from theory.dynamics.landscape import landscape
from theory.loss.sets import Sets

LAWS = [None, "one-hot", Sets("correlated", (2, 2), 0.3), Sets("anticorrelated", (3, 1), 0.2)]
IMPORTANCE = np.array([1.0, 0.8, 1.3, 0.4])


def random_models(rng, count=3):
    return rng.normal(size=(count, 2, 4)), 0.3 * rng.normal(size=(count, 4))


def around(law, W, b, *, bias=True):
    density = 0.3 if law is None else None
    return landscape(W, b, density=density, importance=IMPORTANCE, law=law, bias=bias)


@pytest.mark.result("D03", "D11", "D16")
@pytest.mark.parametrize("law", LAWS)
@pytest.mark.parametrize("bias", [True, False])
@settings(max_examples=10)
@given(seed=st.integers(0, 2**32 - 1))
def test_slopes_and_curvatures_are_those_of_the_loss(law, bias, seed):
    """The fundamental theorem along a short way: Gauss–Legendre of the slope is the difference."""
    rng = np.random.default_rng(seed)
    there = around(law, *random_models(rng), bias=bias)
    theta = there.start
    move = 1e-3 * rng.normal(size=theta.shape)
    move[:, there.free :] = 0.0
    node = np.array([-1, 1]) / np.sqrt(3) / 2 + 0.5
    ends = [there.gradient(theta), there.gradient(theta + move)]
    inner = [there.hessian(theta + t * move) for t in node]
    slope = np.mean([np.sum(g * move, axis=1) for _, g, _ in inner], axis=0)
    bend = np.mean([np.einsum("bij,bj->bi", H, move) for _, _, H in inner], axis=0)
    # Two nodes leave a fourth derivative, |move|⁴ or where a kink is crossed |move|³, with
    # slopes of outputs that may be small below it.
    np.testing.assert_allclose(ends[1][0] - ends[0][0], slope, atol=1e-6)
    np.testing.assert_allclose(ends[1][1] - ends[0][1], bend, atol=2e-4)
    for loss, gradient, _ in [there.hessian(theta)]:
        np.testing.assert_allclose(loss, ends[0][0], rtol=1e-12)
        np.testing.assert_allclose(gradient, ends[0][1], atol=1e-11)


@pytest.mark.parametrize("method", ["LSODA", "RK45"])
def test_sets_of_one_flow_as_independent_features(method):
    W, b = random_models(np.random.default_rng(4))
    world = {"times": [1.0, 20.0], "importance": IMPORTANCE, "method": method}
    one = gradient_flow(W, b, density=0.3, **world)
    other = gradient_flow(W, b, law=Sets("correlated", (1,) * 4, 0.3), **world)
    np.testing.assert_allclose(one.W, other.W, atol=1e-5)
    np.testing.assert_allclose(one.loss, other.loss, atol=1e-6)


def test_the_one_hot_flow_is_the_limit_of_sparse_ones():
    """Per unit of density, from biases that are not positive; what is left is of order p."""
    W, b = random_models(np.random.default_rng(5))
    b = -np.abs(b)
    times = np.array([0.1, 0.3])
    limit = gradient_flow(W, b, times=times, law="one-hot", importance=IMPORTANCE)
    far = []
    for density in (1e-2, 1e-3):
        flow = gradient_flow(W, b, times=times / density, density=density, importance=IMPORTANCE)
        far.append(np.abs(flow.W - limit.W).max())
    assert far[1] < 0.2 * far[0] < 0.02


@pytest.mark.parametrize("law", LAWS)
def test_either_way_of_integrating_is_the_same_flow(law):
    W, b = random_models(np.random.default_rng(6))
    world = {"importance": IMPORTANCE, "law": law, "times": np.geomspace(1, 100, 5)}
    world |= {"density": 0.3} if law is None else {}
    implicit = gradient_flow(W, b, method="LSODA", **world)
    explicit = gradient_flow(W, b, method="RK45", **world)
    np.testing.assert_allclose(implicit.W, explicit.W, atol=1e-4)
    assert np.all(np.diff(implicit.loss, axis=0) <= 1e-7)


def test_a_start_at_a_kink_does_not_stop_the_solver():
    """A weight of 1e-153 beside one of 1.5: found by Hypothesis, an LSODA step of 3e-8 for ever."""
    W = [[-1.54228213e-153, -1.47658986]]
    world = {"times": [1.0, 100.0], "density": 0.9, "importance": [1.0, 0.1558]}
    stiff = gradient_flow(W, method="LSODA", **world)
    np.testing.assert_allclose(stiff.W, gradient_flow(W, method="RK45", **world).W, atol=1e-4)


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({}, "density must be given"),
        ({"law": "one-hot", "density": 0.5}, "law and density cannot both"),
        ({"law": Sets("correlated", (2, 2), 0.3)}, "W must have shape"),
        ({"density": 0.5, "method": "Euler"}, "method must be"),
        ({"density": 0.5, "W": np.zeros((0, 1, 2))}, "at least one model"),
    ],
)
def test_bad_input_is_named(change, message):
    with pytest.raises(ValueError, match=message):
        gradient_flow(**({"W": [[1.0, 0.0]], "times": [1.0]} | change))
    with pytest.raises(TypeError, match="law must be"):
        gradient_flow([[1.0, 0.0]], times=[1.0], law="two-hot")
