"""A model along the density: what counts as the same phase, and what a row says of a gap."""

from __future__ import annotations

import numpy as np
import pytest
import xarray as xr

from agreement.comparison.along import PAPER, compared, phase, structures
from theory.minima.optimum import optimum

IMPORTANCE = 0.9 ** np.arange(5)
DENSITIES = (1.0, 0.4, 0.05)  # one in each phase of the paper


@pytest.fixture(scope="module")
def derived():
    best = [optimum(5, 2, density=p, importance=IMPORTANCE, starts=16) for p in DENSITIES]
    return xr.Dataset(
        {
            "W": (("density", "hidden", "feature"), np.array([one.W for one in best])),
            "b": (("density", "feature"), np.array([one.b for one in best])),
            "loss": ("density", [one.loss for one in best]),
            "structure": ("density", [str(one.structure) for one in best]),
            "importance": ("feature", IMPORTANCE),
            "crossing": ("change", [0.58, 0.16]),
            "after": ("change", list(PAPER[1:])),
        },
        {"density": list(DENSITIES)},
    )


def test_phases_forget_partners_only():
    assert phase("[1 4] [2 3] (5)") == phase("[1 3] [2 4] (5)") != phase("[1 4] [2 5] (3)")


def test_the_optimum_agrees_with_itself(derived):
    assert structures(derived) == list(PAPER)
    row = compared(derived, derived)
    assert (row["cells"], row["agree_optimum"], row["agree_partners"]) == (3, 1.0, 1.0)
    assert row["gap_max"] == pytest.approx(0, abs=1e-9)
    assert (row["crossing_digons"], row["crossing_pentagon"]) == (0.58, 0.16)


def test_a_swap_of_partners_is_a_gap_and_no_other_phase(derived):
    swapped = derived[["W", "b"]].isel(feature=[1, 0, 2, 3, 4])
    row = compared(swapped, derived)
    assert row["agree_optimum"] == 1
    assert row["agree_partners"] == pytest.approx(2 / 3)
    assert row["gap_max"] > 1e-6


def test_what_lies_below_the_optimum_is_counted(derived):
    row = compared(derived, derived.assign(loss=derived["loss"] * (1 + 1e-6)))
    assert row["below_optimum"] == 3
