"""Pentagon and digons: who counts as which, and where exact branches are found to cross."""

from __future__ import annotations

import numpy as np
import pytest
import xarray as xr

from agreement.comparison.snap import branches_of, crossing_of, snap_row
from theory.geometry.perturbed import crossing, pentagon, two_digons

P = 0.05
RATIOS = (5.0, 2.0, 3.5, 4.0)  # not in order


@pytest.fixture(scope="module")
def measured():
    """Both exact branches as two runs, at several ratios."""
    branches = [[pentagon(P, P / r), two_digons(P, P / r)] for r in RATIOS]
    return xr.Dataset(
        {
            "W": (
                ("cell", "run", "hidden", "feature"),
                np.array([[one.W for one in pair] for pair in branches]),
            ),
            "b": (("cell", "run", "feature"), np.array([[o.b for o in pair] for pair in branches])),
            "feature_density": (("cell", "feature"), [[P / r, P, P, P, P] for r in RATIOS]),
        }
    )


def test_branches_are_told_apart_and_sorted_by_ratio(measured):
    found = branches_of(measured, P)
    np.testing.assert_allclose(found.ratio, sorted(RATIOS))
    assert found.pentagon.tolist() == [[True, False]] * 4
    exact = [(pentagon(P, P / r).loss, two_digons(P, P / r).loss) for r in sorted(RATIOS)]
    np.testing.assert_allclose(np.stack([found.pentagon_loss, found.digons_loss]).T, exact)
    # They tie at 3.72: below it the pentagon is the best run, above it the digons.
    assert found.is_pentagon.tolist() == [True, True, False, False]
    np.testing.assert_allclose(found.loss, np.min(exact, axis=1))


def test_the_crossing_of_exact_branches_is_found_between_ratios(measured):
    ratio, exact = crossing_of(measured, P), crossing(P).ratio
    # A chord's root is off by at most h² max|D″| / (8 min|D′|), D the difference of the losses; the
    # slopes at both ends give D′, and their difference h D″ if D″ is constant, so twice that.
    steep = [two_digons(P, P / r).slope - pentagon(P, P / r).slope for r in (3.5, 4.0)]
    h = P / 3.5 - P / 4.0
    bound = 2 * h * abs(steep[1] - steep[0]) / (8 * min(steep))
    assert abs(P / ratio - P / exact) < bound
    assert abs(ratio / exact - 1) < 0.01
    row = snap_row(measured, {P: ratio, 0.1: float("nan")}, {P: exact, 0.1: 2.35})
    assert (row["cells"], row["snaps"], row["snap_exact"]) == (4, 1, exact)
    assert row["snap_off_max"] == pytest.approx(abs(ratio / exact - 1))


def test_where_one_branch_is_missing_there_is_no_crossing(measured):
    assert np.isnan(crossing_of(measured.isel(run=[0]), P))
