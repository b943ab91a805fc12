"""Gradient flow on the exact loss: its energy, its symmetries, its ends."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays
from scipy.integrate import cumulative_simpson

from theory.dynamics.flow import REST, at_rest, gradient_flow
from theory.loss.floats import loss_and_gradient
from theory.minima.optimum import optimum

densities = st.floats(0.05, 1.0)


@st.composite
def starts(draw, most=3):
    n = draw(st.integers(1, most))
    m = draw(st.integers(1, n))
    W = draw(arrays(float, (m, n), elements=st.floats(-1.2, 1.2)))
    b = draw(arrays(float, n, elements=st.floats(-0.5, 0.5)))
    importance = draw(arrays(float, n, elements=st.floats(0.1, 2.0)))
    return W, b, importance


@settings(max_examples=30)
@given(starts(), densities, st.booleans())
def test_the_loss_falls_along_the_flow_by_the_square_of_the_slope(start, density, bias):
    """dL/dτ = −η |∂L|², so that what is lost is its integral."""
    W, b, importance = start
    scale = float(importance.sum()) * density
    times = np.linspace(0.0, 4.0 / scale, 401)
    flow = gradient_flow(W, b, times=times, density=density, importance=importance, bias=bias)
    assert np.all(np.diff(flow.loss) <= 1e-9 * (scale + flow.loss[0]))
    rate = (scale * flow.slope) ** 2
    lost = cumulative_simpson(rate, x=times, initial=0.0)
    # Intervals go in pairs, each by weights (5, 8, −1)/12 of three values that differ from its mean
    # by no more than the pair's variation V: an error of 2 · (14/12) h V a pair, kinks or not.
    variation = np.cumsum(np.abs(np.diff(rate)))
    bound = 7 / 3 * times[1] * np.append(variation, variation[-1])
    rounding = 1e-6 * (scale + flow.loss[0] + rate.max() / scale)
    assert np.all(np.abs(flow.loss[0] - flow.loss - lost) <= bound + rounding)
    if not bias:
        np.testing.assert_array_equal(flow.b, np.broadcast_to(b, flow.b.shape))


@given(st.floats(0.05, 1.5), st.floats(0.5, 2.0), st.floats(0.2, 2.0))
def test_one_feature_learns_along_a_logistic_curve(w, rate, importance):
    """L = I (1 − w²)²/3, so that s = w² obeys ds/dτ = (8/3) η I s (1 − s)."""
    times = np.array([0.3, 1.0, 4.0])
    flow = gradient_flow(
        [[w]], times=times, density=1.0, importance=importance, rate=rate, bias=False
    )
    s = w**2
    wanted = s / (s + (1 - s) * np.exp(-8 / 3 * rate * importance * times))
    np.testing.assert_allclose(flow.W[:, 0, 0] ** 2, wanted, atol=1e-5)


@settings(max_examples=20)
@given(starts(), densities, st.floats(0, 2 * np.pi), st.floats(0.5, 4.0))
def test_rotations_and_rates_go_through(start, density, angle, rate):
    """Turned starts have turned paths; a rate is a unit of time."""
    W, b, importance = start
    if len(W) == 1:
        R = np.array([[-1.0]])
    else:
        R = np.eye(len(W))
        R[:2, :2] = [[np.cos(angle), -np.sin(angle)], [np.sin(angle), np.cos(angle)]]
    times = np.array([1.0, 3.0])
    world = {"density": density, "importance": importance}
    flow = gradient_flow(W, b, times=times, **world)
    turned = gradient_flow(R @ W, b, times=times / rate, rate=rate, **world)
    np.testing.assert_allclose(turned.W, R @ flow.W, atol=1e-4)
    np.testing.assert_allclose(turned.b, flow.b, atol=1e-4)


def test_many_starts_flow_as_each_alone():
    rng = np.random.default_rng(3)
    W, b = rng.normal(size=(3, 4, 1, 2)), rng.normal(size=(3, 4, 2)) / 4
    together = gradient_flow(W, b, times=[0.5, 5.0], density=0.3)
    assert together.W.shape == (2, 3, 4, 1, 2)
    assert together.loss.shape == together.slope.shape == (2, 3, 4)
    alone = gradient_flow(W[2, 1], b[2, 1], times=[0.5, 5.0], density=0.3)
    np.testing.assert_allclose(together.W[:, 2, 1], alone.W, atol=1e-5)
    np.testing.assert_allclose(together.b[:, 2, 1], alone.b, atol=1e-5)


@settings(max_examples=10)
@given(
    arrays(float, (4, 1, 2), elements=st.floats(-1.5, 1.5)),
    st.floats(0.1, 0.9),
    st.floats(0.1, 1.0),
)
def test_a_flow_ends_where_the_slope_is_small_and_no_lower_than_the_optimum(W, density, ratio):
    world = {"density": density, "importance": np.array([1.0, ratio])}
    flow = at_rest(W, **world)
    assert np.any(flow.slope <= REST)
    loss, dW, db = loss_and_gradient(flow.W, flow.b, **world)
    np.testing.assert_allclose(flow.loss, loss, rtol=1e-12)
    size = np.sqrt((dW**2).sum(axis=(-2, -1)) + (db**2).sum(axis=-1))
    np.testing.assert_allclose(flow.slope, size / (density * (1 + ratio)), rtol=1e-9)
    assert np.all(flow.loss >= optimum(2, 1, **world).loss * (1 - 1e-9))
    assert np.all(flow.loss <= loss_and_gradient(W, **world)[0] + 1e-12)


def test_the_end_is_that_of_a_tighter_tolerance():
    """Twelve starts at (0.3, 0.2), where two minima coexist: the same ends, of either."""
    W = np.stack(np.meshgrid([0.3, 0.8, 1.3], [-1.0, -0.5, 0.2, 0.9]), axis=-1)[..., None, :]
    world = {"density": 0.3, "importance": [1.0, 0.2]}
    ends = [at_rest(W, rtol=rtol, **world) for rtol in (1e-6, 1e-7, 1e-9)]
    for end in ends[:2]:
        # What is left to go is the slope over the least curvature, REST · 0.36 / 0.014.
        np.testing.assert_allclose(end.W, ends[2].W, atol=1e-4)
        np.testing.assert_allclose(end.b, ends[2].b, atol=1e-4)
    found = {round(float(loss), 6) for loss in ends[2].loss.ravel()}
    known = optimum(2, 1, **world).minima
    assert found == {round(minimum.loss, 6) for minimum in known}


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"times": [-1.0]}, "times must be a list"),
        ({"times": 1.0}, "times must be a list"),
        ({"times": []}, "times must be a list"),
        ({"times": [2.0, 1.0]}, "times must rise"),
        ({"rate": 0.0}, "rate must be positive"),
        ({"rtol": -1.0}, "rtol must be a number in"),
        ({"density": 1.5}, "density must lie in"),
        ({"b": [0.0]}, "b must have shape"),
    ],
)
def test_bad_input_is_named(change, message):
    arguments = {"W": [[1.0, 0.0]], "times": [1.0], "density": 0.5} | change
    with pytest.raises(ValueError, match=message):
        gradient_flow(**arguments)
