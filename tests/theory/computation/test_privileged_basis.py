"""The monosemantic solution and its weak arms, against the exact loss and D09 [D30]."""

from __future__ import annotations

import numpy as np
import pytest
import sympy as sp
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.optimize import brentq, minimize

from theory.computation.privileged_basis import (
    NO_ARM,
    cost_of_arms,
    monosemantic_loss,
    monosemantic_model,
    weak_arm_density,
    weak_arm_importance,
    weak_arms,
)
from theory.computation.privileged_loss import privileged_loss
from theory.data_law import feature_variance
from theory.derivations.D30_privileged_basis import papers_monosemantic_loss, papers_onset
from theory.loss.floats import loss_and_gradient
from theory.transitions.onset import ALIGNED, cubic_coefficient, onset_importance

PAPER = 0.75 ** np.arange(10)
densities = st.floats(0.02, 1.0)
importances = st.lists(st.floats(0.01, 2.0), min_size=3, max_size=5)


@pytest.mark.result("D30")
@given(importances, st.integers(1, 3), densities)
def test_the_monosemantic_loss_is_that_of_its_model(importance, m, density):
    n = len(importance)
    W, b = monosemantic_model(n, m, density=density, importance=importance)
    closed = monosemantic_loss(n, m, density=density, importance=importance)
    here = privileged_loss(W, b, density=density, importance=importance).loss
    assert here == pytest.approx(closed, rel=1e-13, abs=1e-15)
    # No weight is negative: the hidden ReLU is not felt.
    linear = loss_and_gradient(W, b, density=density, importance=importance)[0]
    assert here == pytest.approx(float(linear), rel=1e-13, abs=1e-15)


@pytest.mark.result("D30")
@pytest.mark.parametrize("density", ["1", "1/2", "3/10", "1/10", "1/50"])
def test_the_papers_monosemantic_loss_at_five_densities(density):
    exact = papers_monosemantic_loss().rhs.subs(sp.Symbol("p", positive=True), sp.Rational(density))
    p = float(sp.Rational(density))
    assert monosemantic_loss(10, 5, density=p, importance=PAPER) == pytest.approx(
        float(exact), rel=1e-14
    )


@pytest.mark.result("D30")
@given(importances, densities, st.integers(0, 2**32 - 1))
def test_no_other_choice_of_whole_features_costs_less(importance, density, seed):
    """Any m features with a neuron each, and any constants for the others."""
    n, m = len(importance), 2
    rng = np.random.default_rng(seed)
    W, b = np.zeros((m, n)), rng.uniform(0, 1, n)
    kept = rng.permutation(n)[:m]
    W[np.arange(m), kept], b[kept] = 1.0, 0.0
    other = privileged_loss(W, b, density=density, importance=importance).loss
    least = monosemantic_loss(n, m, density=density, importance=importance)
    assert other >= least * (1 - 1e-12)


@pytest.mark.result("D30")
@given(st.floats(NO_ARM, 1.0))
def test_the_onset_formulas_are_inverse_and_those_of_the_aligned_side(ratio):
    density = float(weak_arm_density(ratio))
    assert float(weak_arm_importance(density)) == pytest.approx(ratio, rel=1e-12)
    if density > 1e-9:
        assert float(onset_importance(density, ALIGNED)) == pytest.approx(ratio, rel=1e-12)


def relaxed(w, density, ratio):
    """Least loss of a kept feature and a dropped one with the arm w held, over monosemantic."""

    def value(rest):
        loss, dW, db = loss_and_gradient(
            [[rest[0], w]], rest[1:], density=density, importance=[1.0, ratio]
        )
        return 1e3 * float(loss), 1e3 * np.array([dW[0, 0], *db])

    start = [1.0, -w / 2, density / 2 * (1 - w)]
    end = minimize(value, start, jac=True, method="BFGS", options={"gtol": 1e-11})
    return end.fun * 1e-3 - ratio * feature_variance(density)


@pytest.mark.result("D30")
def test_the_papers_onset_is_where_the_relaxed_loss_turns():
    """The curvature of the exact loss by a small arm vanishes at (17 − √37)/18, to 1e-6."""
    closed = float(papers_onset().rhs)
    assert float(weak_arm_density(0.75)) == pytest.approx(closed, abs=1e-15)
    w = 2e-3

    def curvature(density):
        # L/w² = Q + Cw + O(w²): two arms leave Q.
        return 2 * relaxed(w, density, 0.75) / w**2 - relaxed(2 * w, density, 0.75) / (4 * w**2)

    found = brentq(curvature, 0.59, 0.62, xtol=1e-9)
    assert found == pytest.approx(closed, abs=2e-5)
    # Extrapolated once more: the error falls with w².
    w /= 2
    closer = brentq(curvature, 0.59, 0.62, xtol=1e-9)
    assert (4 * closer - found) / 3 == pytest.approx(closed, abs=1e-6)
    assert cubic_coefficient(closed, ALIGNED) > 0  # so the arm grows from zero


@pytest.mark.result("D30")
@settings(max_examples=10)
@given(st.floats(0.05, 0.95), st.floats(0.1, 0.99))
def test_one_arm_costs_what_the_formula_says(density, ratio):
    quotient, direction = cost_of_arms(density, np.array([ratio]))
    assert quotient == pytest.approx(float(weak_arm_importance(density)) / ratio, rel=1e-9)
    assert direction[0] > 0


@pytest.mark.result("D30")
@pytest.mark.parametrize(("ratio", "together"), [(0.25, True), (0.15, False)])
def test_two_arms_pay_where_one_does_not(ratio, together):
    """At p → 0 one arm needs r > 5/16, two equal ones r > 0.19888 each."""
    assert weak_arm_density(ratio) == 0.0
    arms = weak_arms(3, 1, [1.0, ratio, ratio])
    assert (arms.density > 0) is together
    if together:
        assert np.allclose(arms.arms, [0.0, 1.0, 1.0], atol=1e-4)


@pytest.mark.result("D30")
@settings(max_examples=15)
@given(st.integers(0, 2**32 - 1), st.floats(0.002, 0.02))
def test_above_the_onset_no_small_change_of_any_weight_pays(seed, size):
    importance = 0.75 ** np.arange(4)
    density = float(weak_arm_density(0.75)) + 0.05
    W, b = monosemantic_model(4, 2, density=density, importance=importance)
    rng = np.random.default_rng(seed)
    least = monosemantic_loss(4, 2, density=density, importance=importance)
    changed = privileged_loss(
        W + size * rng.normal(size=W.shape),
        b + size * rng.normal(size=4),
        density=density,
        importance=importance,
    )
    assert changed.loss > least


@pytest.mark.result("D30")
def test_the_papers_arm_is_a_single_one_on_the_least_neuron():
    arms = weak_arms(10, 5, PAPER)
    assert arms.density == pytest.approx(float(papers_onset().rhs), abs=1e-9)
    assert arms.neuron == 4
    assert np.allclose(arms.arms, np.eye(10)[5], atol=1e-6)


def test_features_that_weigh_the_same_have_no_stable_side():
    assert weak_arms(3, 2).density == 1.0
    with pytest.raises(ValueError, match="n_features must exceed n_hidden"):
        weak_arms(2, 2)
    with pytest.raises(ValueError, match=r"ratio must lie in \[0, 1\]"):
        weak_arm_density(1.2)
