"""Counts beside what is there: dropped features are not missed, and silence is an error."""

from __future__ import annotations

import numpy as np
import pytest
import xarray as xr

from agreement.comparison.counted import counted_features


@pytest.mark.result("D43")
def test_right_silent_and_over():
    W = np.full((2, 2, 4), np.nan)
    W[0, 0, :3] = [1.0, -1.0, 1e-3]  # a pair, and a dropped feature; one dimension
    angle = 2 * np.pi * np.arange(4) / 7
    W[1] = np.cos(angle), np.sin(angle)  # four lines in a plane: rank 3
    axes = ("model", "noise", "method")
    measured = xr.Dataset(
        {
            "W": (("model", "hidden", "feature"), W),
            "count": (axes, [[[2, 2]], [[4, 3]]]),
            "lines": (axes, [[[0, 1]], [[0, 4]]]),
            "doubts": (axes, [[[0, 1]], [[1, 0]]]),
        }
    )
    found = counted_features(measured, [0.1, 0.2])
    assert found.features.tolist() == [2, 4]
    assert found.countable.tolist() == [True, False]
    assert found.right[:, 0].tolist() == [[True, True], [True, False]]
    assert found.silent[:, 0].tolist() == [[False, False], [False, True]]
    assert found.over[:, 0].tolist() == [0, 1]
    assert found.lone == pytest.approx([0.1 * 0.9, 0.2 * 0.8**3])
    assert found.row()["counted_rank_over"] == 1
