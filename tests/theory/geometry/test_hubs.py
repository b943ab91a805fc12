"""Hubs: the formula against the exact loss of models that have them, and where it is known."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from theory.data_law import feature_variance
from theory.geometry.hubs import hub_benefit, hub_block
from theory.geometry.packing import best_block
from theory.loss.floats import loss_and_gradient

pytestmark = pytest.mark.result("D47")


@settings(deadline=None, max_examples=25)
@given(st.floats(0.3, 1.2), st.floats(0.01, 1.0), st.floats(-0.3, 0.3), st.floats(0.05, 1.0))
def test_the_slopes_are_those_of_the_benefit(hub, rest, bias, p):
    point, step = np.array([hub, rest, bias]), 1e-6
    slope = hub_benefit(*point, p)[1]
    for j in range(3):
        ahead, behind = (
            hub_benefit(*(point + sign * step * np.eye(3)[j]), p)[0] for sign in (1, -1)
        )
        assert slope[j] == pytest.approx((ahead - behind) / (2 * step), abs=1e-7)


@settings(deadline=None)
@given(st.floats(0.3, 1.2), st.floats(0.0, 1.0), st.floats(0.05, 1.0))
def test_a_hub_without_its_kink_saves_what_a_line_does(hub, rest, p):
    """With a bias so high that nothing is clipped only a² + s counts, up to the bias's own cost."""
    high, v = 5.0, feature_variance(p)
    off = high + (hub - 1) * p / 2  # of the mean output from the mean input
    benefit = hub_benefit(hub, rest, high, p)[0]
    assert benefit + off**2 == pytest.approx(v * (1 - (1 - hub - rest) ** 2), rel=1e-9, abs=1e-9)


def hubs(n_rest: int, p: float) -> float:
    """Saved by two dimensions, the rest spread over both with rows that are orthogonal, exactly."""
    best = hub_block(p)
    a, s, v = np.sqrt(best.hub), best.rest, feature_variance(p)
    one = np.resize([1.0, -1.0], n_rest)
    two = np.resize([1.0, 1.0, -1.0, -1.0], n_rest)
    E = np.sqrt(s / n_rest) * np.stack([one, two])
    W = np.concatenate([a * np.eye(2), E], axis=1)
    b = p / 2 * (1 - (W.T @ W).sum(axis=1))  # what makes linear outputs unbiased
    b[:2] = best.bias - p / 2 * a * E.sum(axis=1)
    loss = loss_and_gradient(W, b, density=p)[0]
    return ((n_rest + 2) * v - float(loss)) / 2


def test_many_others_approach_the_formula():
    """With signs that balance what is left falls as one over their number."""
    p = 0.6813
    off = [hubs(n, p) - hub_block(p).benefit for n in (16, 32)]
    assert abs(off[1]) < 0.6 * abs(off[0])
    assert abs(off[1]) < 2e-3 * hub_block(p).benefit


def test_a_dimension_of_its_own_has_nearly_the_hub_of_the_limit():
    """Six features on a line, exactly: D_i = .734 against .746 with very many."""
    from scipy.optimize import minimize

    p, k = 0.6813, 6

    def lost(point):
        a, e, b, c = point
        W = np.concatenate([[a], np.full(k - 1, -e)])[None]
        loss, dW, db = loss_and_gradient(W, np.concatenate([[b], np.full(k - 1, c)]), density=p)
        return float(loss), np.array([dW[0, 0], -dW[0, 1:].sum(), db[0], db[1:].sum()])

    found = minimize(lost, [0.9, 0.2, 0.4, 0.3], jac=True, method="L-BFGS-B")
    a, e = found.x[:2]
    assert a**2 / (a**2 + (k - 1) * e**2) == pytest.approx(0.734, abs=1e-3)
    saved = k * feature_variance(p) - found.fun
    assert saved == pytest.approx(hub_block(p).benefit, rel=5e-3)
    assert saved < best_block("triangle", p).benefit


def test_hubs_save_less_than_the_best_polytope_and_more_than_a_feature_alone():
    for p, name in ((0.9, "tetrahedron"), (0.6813, "triangle"), (0.5, "digon")):
        assert feature_variance(p) < hub_block(p).benefit < best_block(name, p).benefit
