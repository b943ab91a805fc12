"""D08: the linear model is PCA weighted by importance, and learns along logistic curves."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp
from scipy.integrate import solve_ivp

from tests.oracles import assert_compatible, monte_carlo_loss
from theory.dynamics.linear import learning_curve, learning_loss
from theory.loss.linear import best_linear_bias, linear_loss, linear_optimum, weighted_variance

seeds = st.integers(0, 2**32 - 1)


@st.composite
def settings_of_features(draw, most=5):
    n = draw(st.integers(1, most))
    m = draw(st.integers(1, n))
    density = draw(hnp.arrays(float, n, elements=st.floats(0.01, 1)))
    importance = draw(hnp.arrays(float, n, elements=st.floats(0, 5)))
    return n, m, density, importance


@st.composite
def models(draw, most=5):
    n, m, density, importance = draw(settings_of_features(most))
    W = draw(hnp.arrays(float, (m, n), elements=st.floats(-1.5, 1.5)))
    b = draw(hnp.arrays(float, n, elements=st.floats(-1, 1)))
    return W, b, density, importance


@pytest.mark.result("D08")
@given(models(4), seeds)
def test_loss_is_the_sampled_mean(model, seed):
    W, b, density, importance = model
    loss = linear_loss(W, b, density=density, importance=importance)
    estimate = monte_carlo_loss(W, b, density, importance, seed=seed, linear=True)
    assert_compatible(estimate, loss)


@pytest.mark.result("D08")
@given(settings_of_features())
def test_the_optimum_has_the_loss_it_states(setting):
    n, m, density, importance = setting
    best = linear_optimum(n, m, density=density, importance=importance)
    loss = linear_loss(best.W, best.b, density=density, importance=importance)
    # A sum of at most five terms of rounding 2^-53 relative each.
    assert abs(float(loss) - best.loss) <= 1e-14 * importance.sum()
    np.testing.assert_allclose(best.b, best_linear_bias(best.W, density=density), atol=1e-16)
    dropped = sorted(set(range(n)) - set(best.kept))
    np.testing.assert_array_equal(best.b[dropped], density[dropped] / 2)
    np.testing.assert_array_equal(best.b[list(best.kept)], 0)


@pytest.mark.result("D08")
@given(models())
def test_no_model_is_better(model):
    """Superposition is never better: the bound holds for every W and b."""
    W, b, density, importance = model
    n, m = W.shape[1], W.shape[0]
    best = linear_optimum(n, m, density=density, importance=importance).loss
    for bias in (b, best_linear_bias(W, density=density)):
        loss = linear_loss(W, bias, density=density, importance=importance)
        assert float(loss) >= best - 1e-14 * (1 + importance.sum())


@pytest.mark.result("D08")
@given(models(), st.floats(0.01, 0.5))
def test_superposition_costs_when_the_optimum_is_unique(model, mixing):
    """Turning the last kept feature towards the first dropped one raises the loss."""
    _, _, density, importance = model
    n = len(density)
    weights = weighted_variance(density, importance, n)
    order = np.argsort(-weights, kind="stable")
    for m in range(1, n):
        best = linear_optimum(n, m, density=density, importance=importance)
        W = best.W.copy()
        W[-1] = np.cos(mixing) * np.eye(n)[order[m - 1]] + np.sin(mixing) * np.eye(n)[order[m]]
        b = best_linear_bias(W, density=density)
        rise = float(linear_loss(W, b, density=density, importance=importance)) - best.loss
        # Step 4 of the proof, the two features alone: (√c' + d sin²)² − c', d = √c − √c'.
        kept, dropped = np.sqrt(weights[order[m - 1]]), np.sqrt(weights[order[m]])
        gap = (dropped + (kept - dropped) * np.sin(mixing) ** 2) ** 2 - dropped**2
        assert rise >= gap - 1e-14 * (1 + importance.sum())


@pytest.mark.result("D08")
@given(st.floats(0.01, 1), st.floats(0, 2 * np.pi))
def test_equal_features_may_be_rotated_at_no_cost(density, angle):
    """With equal features the optimum is not unique: any direction is as good."""
    W = np.array([[np.cos(angle), np.sin(angle)]])
    b = best_linear_bias(W, density=density)
    best = linear_optimum(2, 1, density=density)
    assert not best.unique
    assert abs(float(linear_loss(W, b, density=density)) - best.loss) <= 1e-15


@pytest.mark.result("D08")
@given(models())
def test_the_best_bias_is_the_best(model):
    W, b, density, importance = model
    best = best_linear_bias(W, density=density)
    losses = [float(linear_loss(W, x, density=density, importance=importance)) for x in (best, b)]
    assert losses[0] <= losses[1] + 1e-14 * (1 + losses[1])


@pytest.mark.result("D08")
def test_top_features_are_kept_at_every_density():
    importance = 0.7 ** np.arange(20)
    for density in (1, 0.3, 0.1, 0.03, 0.01, 0.003, 0.001):
        best = linear_optimum(20, 5, density=density, importance=importance)
        assert best.kept == (0, 1, 2, 3, 4)
        assert best.unique
        expected = importance[5:].sum() * (density / 3 - density**2 / 4)
        np.testing.assert_allclose(best.loss, expected, rtol=1e-14)


def test_losses_of_many_models_at_once():
    rng = np.random.default_rng(1)
    W, b = rng.normal(size=(4, 3, 2, 5)), rng.normal(size=(4, 3, 5))
    together = linear_loss(W, b, density=0.2)
    assert together.shape == (4, 3)
    np.testing.assert_allclose(together[2, 1], linear_loss(W[2, 1], b[2, 1], density=0.2))


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
        (lambda: linear_optimum(1, 2, density=0.5), "n_hidden must not exceed"),
        (lambda: linear_optimum(2, 1, density=2), "density must lie in"),
        (lambda: linear_optimum(2, 1, density=0.5, importance=[1, -1]), "importance must be"),
        (lambda: linear_optimum(2, 1, density=[[0.5, 0.5]]), "more axes"),
        (lambda: linear_loss([[1.0, 0.0]], [0.0], density=0.5), "b must have shape"),
        (lambda: learning_curve([0.0], [-1.0], density=0.5), "initial must be"),
        (lambda: learning_curve([-1.0], [1.0], density=0.5), "times must be"),
        (lambda: learning_curve([1.0], [1.0], density=0.5, rate=0), "rate must be positive"),
    ],
)
def test_bad_input_is_named(call, message):
    with pytest.raises(ValueError, match=message):
        call()
