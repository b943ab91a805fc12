"""D08: the linear model learns along logistic curves."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp
from scipy.integrate import solve_ivp

from theory.dynamics.linear import learning_curve, learning_loss
from theory.loss.linear import best_linear_bias, linear_loss, weighted_variance


@st.composite
def settings_of_features(draw, most=5):
    n = draw(st.integers(1, most))
    m = draw(st.integers(1, n))
    density = draw(hnp.arrays(float, n, elements=st.floats(0.01, 1)))
    importance = draw(hnp.arrays(float, n, elements=st.floats(0, 5)))
    return n, m, density, importance


def gradient(W, density, importance):
    """∂/∂W of the loss at the best bias, by central differences of fourth-degree polynomials."""
    step, slopes = 1e-4, np.zeros_like(W)
    for index in np.ndindex(W.shape):
        sides = []
        for sign in (-1, 1):
            moved = W.copy()
            moved[index] += sign * step
            b = best_linear_bias(moved, density=density)
            sides.append(float(linear_loss(moved, b, density=density, importance=importance)))
        slopes[index] = (sides[1] - sides[0]) / (2 * step)
    return slopes


@pytest.mark.result("D08")
@pytest.mark.parametrize("angle", [0.0, 0.7])
@pytest.mark.parametrize("rate", [1.0, 0.25])
def test_learning_curve_is_gradient_flow(angle, rate):
    """Integrated numerically from aligned weights, in any orientation of the hidden space."""
    density, importance = np.array([1.0, 0.3, 0.1]), np.array([1.0, 2.0, 0.5])
    norms = np.array([0.02, 0.1, 0.0])
    turn = np.array([[np.cos(angle), -np.sin(angle)], [np.sin(angle), np.cos(angle)]])
    W = turn @ np.hstack([np.diag(np.sqrt(norms[:2])), np.zeros((2, 1))])
    times = np.linspace(0, 20, 9)
    flow = solve_ivp(
        lambda _, w: -rate * gradient(w.reshape(2, 3), density, importance).ravel(),
        (0, times[-1]),
        W.ravel(),
        t_eval=times,
        rtol=1e-9,
        atol=1e-11,
    )
    followed = np.sum(flow.y.T.reshape(-1, 2, 3) ** 2, axis=1)
    curve = learning_curve(times, norms, density=density, importance=importance, rate=rate)
    # Differences: step² × third derivative (< 100) over 20 units of time.
    np.testing.assert_allclose(followed, curve, atol=1e-5)
    b = best_linear_bias(W, density=density)
    start = linear_loss(W, b, density=density, importance=importance)
    np.testing.assert_allclose(
        learning_loss(curve, density=density, importance=importance)[0], start, rtol=1e-13
    )


@pytest.mark.result("D08")
@given(settings_of_features(), st.lists(st.floats(0, 1e6), min_size=2, max_size=5))
def test_learning_lowers_the_loss_and_more_important_features_learn_first(setting, times):
    n, _, density, importance = setting
    curve = learning_curve(sorted(times), np.full(n, 0.01), density=density, importance=importance)
    assert np.all((curve >= 0.01 * (1 - 1e-12)) & (curve <= 1 + 1e-12))
    assert np.all(np.diff(curve, axis=0) >= -1e-12)
    losses = learning_loss(curve, density=density, importance=importance)
    assert np.all(np.diff(losses) <= 1e-12 * (1 + losses[0]))
    order = np.argsort(weighted_variance(density, importance, n))
    assert np.all(np.diff(curve[:, order], axis=1) >= -1e-12)


@pytest.mark.parametrize(
    ("call", "message"),
    [
        (lambda: learning_curve([0.0], [-1.0], density=0.5), "initial must be"),
        (lambda: learning_curve([-1.0], [1.0], density=0.5), "times must be"),
        (lambda: learning_curve([1.0], [1.0], density=0.5, rate=0), "rate must be positive"),
    ],
)
def test_bad_input_is_named(call, message):
    with pytest.raises(ValueError, match=message):
        call()
