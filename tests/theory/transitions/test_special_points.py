"""Triple and tricritical points of (2, 1), and what happens on r = 1 [D09]."""

from __future__ import annotations

import numpy as np
import pytest

from theory.loss.floats import hessian, loss_and_gradient
from theory.minima.optimum import optimum
from theory.transitions.special_points import (
    confused_density,
    special_points,
    splitting_density,
    symmetric,
)


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
