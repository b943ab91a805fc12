"""Where correlated pairs collapse to their principal component."""

from __future__ import annotations

import numpy as np
import pytest

from tests.oracles import angle
from theory.geometry import collapse
from theory.geometry.collapse import collapses, pair_minima


@pytest.mark.result("D16")
def test_two_pairs_collapse_together():
    [found] = collapses(2, [0.1, 0.4], starts=8)
    assert (found.below, found.above) == (0, 2)
    assert found.density == pytest.approx(0.25787, abs=1e-4)
    assert found.loss == pytest.approx(found.density / 6, rel=1e-6)


@pytest.mark.result("D16")
def test_three_pairs_give_in_one_after_the_other():
    found = collapses(3, [0.06, 0.1, 0.2, 0.5], starts=2)
    assert [(change.below, change.above) for change in found] == [(0, 1), (1, 2), (2, 3)]
    thresholds = [change.density for change in found]
    np.testing.assert_allclose(thresholds, [0.0713272, 0.1405502, 0.3936228], atol=1e-6)


@pytest.mark.result("D16")
def test_an_exchange_does_not_depend_on_the_grid():
    """It had come out as .1409 where a minimum with a closed pair was followed that is not best."""
    [found] = collapses(3, [0.13, 0.155], starts=2)
    assert (found.below, found.above) == (1, 2)
    assert found.density == pytest.approx(0.1405502, abs=1e-6)


@pytest.mark.result("D16")
def test_a_third_kind_between_two_exchanges_is_found(monkeypatch):
    """Two minima are followed far apart, and tie where a third one is better than both."""
    monkeypatch.setattr(collapse, "NEAR", 4.0)
    found = collapses(3, [0.06, 0.2], starts=2)
    assert [(change.below, change.above) for change in found] == [(0, 1), (1, 2)]
    thresholds = [change.density for change in found]
    np.testing.assert_allclose(thresholds, [0.0713272, 0.1405502], atol=1e-6)


@pytest.mark.result("D16")
def test_sparse_pairs_make_a_hexagon_with_partners_adjacent():
    [best] = pair_minima(3, [0.02], starts=8)
    angles = np.sort(np.degrees(np.arctan2(best.W[1], best.W[0])) % 360)
    gaps = np.diff(np.append(angles, angles[0] + 360))
    assert np.all(np.abs(gaps - 60) < 8)
    for i in (0, 2, 4):
        others = [angle(best.W, i, j) for j in range(6) if j not in (i, i + 1)]
        assert angle(best.W, i, i + 1) < 90
        assert min(others) > 50
