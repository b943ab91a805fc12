"""Runs held against the robust optimum: the best is chosen by the exact attacked loss."""

from __future__ import annotations

import numpy as np
import xarray as xr

from agreement.comparison.robust import robust_agreement
from theory.adversary.robust_diagram import robust_phase_diagram


def test_the_optimum_agrees_with_itself_and_the_best_run_is_taken():
    derived = robust_phase_diagram([0.1], [1.0, 2.0], size=0.1)
    other = np.array([0.3, 0.2])
    W = np.stack([np.broadcast_to(other, (1, 2, 1, 2)), derived["W"].values], axis=2)
    b = np.stack([np.zeros((1, 2, 2)), derived["b"].values], axis=2)
    measured = xr.Dataset(
        {
            "W_runs": (("density", "importance", "restart", "hidden", "feature"), W),
            "b_runs": (("density", "importance", "restart", "feature"), b),
        },
        coords={"density": derived["density"], "importance": derived["importance"]},
    )
    found = robust_agreement(derived, measured, size=0.1)
    row = found.row()
    assert row["agree_optimum"] == 1.0
    assert row["below_optimum"] == 0
    assert abs(row["gap_max"]) < 1e-6
    np.testing.assert_array_equal(found.best["W"], derived["W"])
    np.testing.assert_array_equal(found.success, 0.5)
