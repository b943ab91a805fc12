"""The phase boundary of the optimum of (2, 1) separates its phases [D09]."""

from __future__ import annotations

import numpy as np
import pytest

from theory.minima.optimum import optimum
from theory.transitions.onset import onset_importance, tricritical_densities
from theory.transitions.true_boundary import boundary_importance, true_boundary


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


def test_bad_input_is_named():
    with pytest.raises(ValueError, match="importances"):
        true_boundary([0.0])


@pytest.mark.result("D09")
def test_next_to_a_tricritical_point_the_line_is_the_onset():
    """A T that had merged with I passed for an exchange, .0003 below the onset."""
    p = np.append(0.5179474679231211, tricritical_densities()[0] - np.array([0.0005, 0.004]))
    line, onset = boundary_importance(p).importance.values, onset_importance(p)
    # The jump comes before the onset by the square of its small cubic coefficient.
    assert (line <= onset).all()
    np.testing.assert_allclose(line, onset, rtol=0, atol=1e-5)
