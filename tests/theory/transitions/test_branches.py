"""Branches of minima of (2, 1): slopes of their losses, and where they die [D09]."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.optimize import root

from theory.loss.floats import loss_and_gradient
from theory.minima.optimum import optimum
from theory.transitions import branches
from theory.transitions.branches import spinodals
from theory.transitions.first_order import first_order_line
from theory.transitions.onset import (
    onset_importance,
)


@given(
    st.floats(0.1, 0.9),
    st.floats(0.1, 1.0),
    st.lists(st.floats(-1.2, 1.2), min_size=4, max_size=4),
)
def test_partials_are_the_differences_of_the_loss(density, r, theta):
    """L is linear in r and quadratic in p, so that central differences are exact."""
    W, b = np.array(theta[:2])[None, None], np.array(theta[2:])[None]

    def loss(p, r):
        return float(loss_and_gradient(W, b, density=p, importance=[1.0, r])[0][0])

    value, by_r, by_p = branches.partials(np.array([density]), np.array([r]), W, b)
    h = 0.1
    size = 1e-13 * (1 + loss(1.0, 1.0)) / h
    assert value[0] == loss(density, r)
    assert by_r[0] == pytest.approx(
        (loss(density, r + h) - loss(density, r - h)) / (2 * h), abs=size
    )
    assert by_p[0] == pytest.approx(
        (loss(density + h, r) - loss(density - h, r)) / (2 * h), abs=size
    )


@pytest.mark.result("D09")
def test_spinodals_bound_the_minima():
    """S is there just above its spinodal and gone just below, where a curvature vanishes."""
    density = 0.3
    found = spinodals([density])
    edge = float(found.superposed[0])
    above, below = (
        optimum(2, 1, density=density, importance=[1.0, edge * s], starts=32).minima
        for s in (1.002, 0.998)
    )
    assert min(minimum.W[0, 1] for minimum in above) < -0.5
    assert min(minimum.W[0, 1] for minimum in below) > -0.1
    soft = next(minimum for minimum in above if minimum.W[0, 1] < -0.5)
    assert soft.curvature < 0.01
    assert float(found.ignored[0]) == float(onset_importance(density))
    assert edge < float(first_order_line([density]).importance[0]) < float(found.ignored[0])


@pytest.mark.result("D09")
@pytest.mark.parametrize("density", [0.2, 1.0])
def test_without_bias_superposition_dies_in_a_fold(density):
    """Against the fold itself: the slope is zero there, and a curvature, by differences, too."""
    branch = branches.superposed(np.array([density]), bias=False)
    last = np.flatnonzero(np.isfinite(branch.loss[:, 0]))[-1]

    def slope(w, r):
        at = loss_and_gradient(w[None], np.zeros(2), density=density, importance=[1.0, r])
        return at[1][0]

    def curvature(w, r):
        ends = [(slope(w + 1e-5 * d, r) - slope(w - 1e-5 * d, r)) / 2e-5 for d in np.eye(2)]
        return np.array(ends)

    def fold(z):
        w, r, soft = z[:2], z[2], z[3:]
        return np.concatenate([slope(w, r), curvature(w, r) @ soft, [soft @ soft - 1.0]])

    w, r = branch.W[last, 0, 0], branch.end[0]
    begun = np.concatenate([w, [r], np.linalg.eigh(curvature(w, r))[1][:, 0]])
    found = root(fold, begun, tol=1e-11)
    assert abs(fold(found.x)).max() < 1e-9
    # Followed to 2⁻²⁰ of its death; the rest is where so soft a minimum is not told from none.
    assert r == pytest.approx(found.x[2], rel=5e-6)
    assert branch.died[0]
