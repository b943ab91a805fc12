"""Onsets, exchange lines, spinodals and special points of (2, 1) [D09]."""

from __future__ import annotations

import numpy as np
import pytest
import sympy as sp
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.optimize import minimize

from theory.loss.floats import hessian, loss_and_gradient
from theory.minima.optimum import optimum
from theory.transitions import branches
from theory.transitions.branches import spinodals
from theory.transitions.first_order import _on, first_order_line
from theory.transitions.onset import (
    ALIGNED,
    SUPERPOSED,
    cubic_coefficient,
    direction,
    onset,
    onset_importance,
    p,
    tricritical_densities,
)
from theory.transitions.special_points import (
    confused_density,
    special_points,
    splitting_density,
    symmetric,
)
from theory.transitions.true_boundary import boundary_importance, true_boundary

sides = st.sampled_from([SUPERPOSED, ALIGNED])


def relaxed_loss(density, r, w):
    """Least loss at fixed w₂ = w near the ignored solution, less r (p/3 − p²/4)."""

    def value(rest):
        loss, dW, db = loss_and_gradient(
            [[rest[0], w]], rest[1:], density=density, importance=[1.0, r]
        )
        return float(loss) * 1e3, np.array([dW[0, 0], *db]) * 1e3

    shift, offset = (float(e.subs(p, density)) for e in direction(int(np.sign(w))))
    start = [1.0 + shift * abs(w), offset * abs(w), density / 2 * (1 - w)]
    end = minimize(value, start, jac=True, method="BFGS", options={"gtol": 1e-13})
    return end.fun * 1e-3 - r * (density / 3 - density**2 / 4)


@pytest.mark.result("D09")
@settings(max_examples=8)
@given(st.floats(0.05, 0.95), sides)
def test_the_onset_is_where_the_relaxed_curvature_vanishes(density, side):
    """Just below it every small w₂ costs, just above it a small one pays; cubic as derived."""
    r = float(onset_importance(density, side))
    variance = density / 3 - density**2 / 4
    w = 0.003 * side
    for change in (-0.05, 0.05):
        curvature = relaxed_loss(density, r * (1 + change), w) / w**2
        wanted = -change * r * variance + float(cubic_coefficient(density, side)) * abs(w)
        assert curvature == pytest.approx(wanted, abs=1e-5)
    cubic = [relaxed_loss(density, r, s * w) / abs(s * w) ** 3 for s in (1, 2)]
    wanted = float(cubic_coefficient(density, side))
    assert 2 * cubic[0] - cubic[1] == pytest.approx(wanted, abs=2e-3 * density)


@pytest.mark.result("D09")
def test_onsets_in_closed_form():
    assert sp.simplify(onset(ALIGNED) - (5 + 8 * p - 9 * p**2) / (4 * (4 - 3 * p))) == 0
    assert sp.simplify(onset(SUPERPOSED).subs(p, 1)) == 1
    small = float(onset_importance(1e-4))
    assert small == pytest.approx(1e-4, rel=1e-3)  # r₋ → p when sparse
    low, high = tricritical_densities()
    middle = cubic_coefficient([low - 1e-3, low + 1e-3, high - 1e-3, high + 1e-3])
    assert list(np.sign(middle)) == [-1, 1, 1, -1]


@pytest.mark.result("D09")
def test_growth_is_continuous_and_cubic():
    """p = 0.7: w₂ ∝ r − onset, and the loss falls by its cube, with 4v³/27C² as derived."""
    density = 0.7
    start = float(onset_importance(density))
    variance = density / 3 - density**2 / 4
    cubic = float(cubic_coefficient(density))
    for excess in (1e-4, 2e-4):
        best = optimum(2, 1, density=density, importance=[1.0, start + excess], starts=8)
        gain = best.loss - (start + excess) * variance
        assert gain == pytest.approx(-4 * variance**3 * excess**3 / (27 * cubic**2), rel=0.2)
        assert best.W[0, 1] == pytest.approx(-2 * variance * excess / (3 * cubic), rel=0.1)


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


def test_losses_on_a_path_are_those_of_its_models():
    """The gaps that bracket an exchange, for I and for a branch on a path not its own."""
    p = np.array([0.1, 0.4, 0.8])
    path = np.geomspace(0.02, 1.0, 5)[:, None] * np.ones(3)
    for branch in (None, branches.superposed(p)):
        loss, W, b = _on(branch, path, p, bias=True)
        on = np.isfinite(loss)
        assert on.any()
        r = np.stack([np.ones_like(path), path], axis=-1)[on]
        again = loss_and_gradient(
            W[on], b[on], density=np.broadcast_to(p, path.shape)[on][:, None] * [1, 1], importance=r
        )[0]
        np.testing.assert_allclose(loss[on], again, rtol=1e-12)


@pytest.mark.result("D09")
def test_exchange_lines():
    """Equal losses, different slopes, both sides minima: first order."""
    densities = np.array([0.05, 0.3, 0.6])
    for pair, many in (("IS", 2), ("TS", 1), ("AS", 2)):
        line = first_order_line(densities, pair)
        on = np.flatnonzero(np.isfinite(line.importance))
        assert len(on) == many
        for j in on:
            r = float(line.importance[j])
            found = optimum(
                2, 1, density=densities[j], importance=[1.0, r], bias=pair != "AS", starts=16
            )
            best = [minimum.loss for minimum in found.minima[:2]]
            np.testing.assert_allclose(best, float(line.loss[j]), rtol=1e-8)
            weights = sorted(minimum.W[0, 1] for minimum in found.minima[:2])
            np.testing.assert_allclose(weights, sorted(line.weight[:, j]), atol=1e-5)
            slopes = line.slope_importance.values[:, j]
            assert slopes[0] > 1.2 * slopes[1]  # the superposed side minds r less
            # The slopes are those of the optimal loss on either side.
            h = 1e-5 * r
            around = [
                optimum(
                    2, 1, density=densities[j], importance=[1.0, r + s * h], bias=pair != "AS"
                ).loss
                for s in (-2, -1, 1, 2)
            ]
            assert (around[1] - around[0]) / h == pytest.approx(slopes[0], rel=1e-3)
            assert (around[3] - around[2]) / h == pytest.approx(slopes[1], rel=1e-3)


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
def test_symmetric_pair_and_its_splitting():
    W, b = symmetric(0.4)
    _, dW, db = loss_and_gradient(W, b, density=0.4)
    assert abs(dW).max() + abs(db).max() < 1e-12
    split = splitting_density()
    for density, sign in ((split - 0.01, 1), (split + 0.01, -1)):
        second = hessian(*symmetric(density), density=density)
        assert np.sign(np.linalg.eigvalsh(second)[0]) == sign
    assert np.isnan(splitting_density(bias=False))


@pytest.mark.result("D09")
def test_the_confused_solution():
    """Without bias at r = 1, w₁ = w₂ costs exactly what PCA does, and wins when dense."""
    edge = confused_density()
    for density, winner in ((edge - 0.01, -1), (edge + 0.01, 1)):
        found = optimum(2, 1, density=density, bias=False, starts=16).minima
        assert np.sign(found[0].W[0, 1]) == winner
        confused = next(minimum for minimum in found if minimum.W[0, 1] > 0)
        assert confused.loss == pytest.approx(density / 3 - density**2 / 4, rel=1e-12)
        np.testing.assert_allclose(confused.W[0], np.sqrt(0.5), atol=1e-7)


@pytest.mark.result("D09")
def test_special_points():
    """At a triple point three kinds of minima have one loss, and none is lower."""
    points = special_points()
    assert [point.kind for point in points] == [
        "triple", "tricritical", "tricritical", "triple", "spinodal"
    ]  # fmt: skip
    first, second = (point for point in points if point.kind == "triple")
    # r is steep there; what T gains on I is too little to see beside S.
    found = optimum(2, 1, density=first.density, importance=[1.0, first.importance], starts=32)
    ignored = first.importance * (first.density / 3 - first.density**2 / 4)
    assert found.loss == pytest.approx(ignored, rel=1e-6)
    assert min(minimum.W[0, 1] for minimum in found.minima) < -0.7
    there = optimum(2, 1, density=second.density, starts=32).minima
    assert there[0].loss == pytest.approx(there[1].loss, rel=1e-8)
    ratios = sorted(abs(minimum.W[0]).min() / abs(minimum.W[0]).max() for minimum in there[:2])
    assert ratios[0] < 0.8
    assert ratios[1] == pytest.approx(1.0, abs=1e-5)


@pytest.mark.result("D09")
def test_boundary_separates_phases():
    """On either side of the true boundary the optimum is ignored, or superposed."""
    r = np.array([0.15, 0.5, 0.7, 1 / 0.7])
    boundary = true_boundary(r)
    assert list(boundary.order) == [1, 1, 3, 3]
    np.testing.assert_allclose(boundary.density[2], boundary.density[3], rtol=1e-12)
    for ratio, density in zip(r[:3], boundary.density.values[:3], strict=True):
        for factor, superposed in ((0.995, True), (1.005, False)):
            best = optimum(2, 1, density=factor * density, importance=[1.0, ratio], starts=16)
            assert (best.W[0, 1] < -1e-3) == superposed
    back = boundary_importance(boundary.density.values[:3]).importance
    np.testing.assert_allclose(back, r[:3], rtol=2e-5)


@pytest.mark.parametrize(
    ("call", "names"),
    [
        (lambda: first_order_line([0.0]), "densities"),
        (lambda: first_order_line([0.5], "XY"), "pair"),
        (lambda: true_boundary([0.0]), "importances"),
        (lambda: onset_importance(0.5, 2), "side"),
        (lambda: onset_importance(1.5), "density"),
    ],
)
def test_bad_input_is_named(call, names):
    with pytest.raises(ValueError, match=names):
        call()
