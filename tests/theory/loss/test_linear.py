"""D08: the linear model is PCA weighted by importance."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp

from tests.oracles import assert_compatible, monte_carlo_loss
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


@pytest.mark.parametrize(
    ("call", "message"),
    [
        (lambda: linear_optimum(1, 2, density=0.5), "n_hidden must not exceed"),
        (lambda: linear_optimum(2, 1, density=2), "density must lie in"),
        (lambda: linear_optimum(2, 1, density=0.5, importance=[1, -1]), "importance must be"),
        (lambda: linear_optimum(2, 1, density=[[0.5, 0.5]]), "more axes"),
        (lambda: linear_loss([[1.0, 0.0]], [0.0], density=0.5), "b must have shape"),
    ],
)
def test_bad_input_is_named(call, message):
    with pytest.raises(ValueError, match=message):
        call()
