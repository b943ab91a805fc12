"""Two diagrams held against each other: laws of the comparison, on diagrams made by hand."""

from __future__ import annotations

import json

import numpy as np
import pytest
import xarray as xr
from hypothesis import given
from hypothesis import strategies as st

from agreement import compare
from agreement.comparison.diagrams import agreement_row, exact_loss_of, importances_of
from figures.kit.agreement_table import markdown, write_agreement, write_row
from theory import loss_and_gradient

SIZE = 12
P, R = np.geomspace(1, 0.01, SIZE), np.geomspace(0.1, 10, SIZE)
STEP = 2 / (SIZE - 1)  # decades between neighbouring cells, along both axes
W = {"[1] (2)": [[1.0, 0.0]], "[1 2]": [[1.0, -1.0]]}


def diagram(border: int) -> xr.Dataset:
    """Superposition in the columns of density from `border` on, W of the candidates."""
    names = np.where(np.arange(SIZE)[:, None] >= border, "[1 2]", "[1] (2)") + np.full(SIZE, "")
    weights = np.array([[W[name] for name in row] for row in names])
    ignored = weights[..., 0, :] == 0
    data = xr.Dataset(
        {
            "structure": (("density", "importance"), names),
            "W": (("density", "importance", "hidden", "feature"), weights),
            "b": (("density", "importance", "feature"), ignored * P[:, None, None] / 2),
        },
        coords={"density": P, "importance": R},
    )
    return data.assign(loss=(("density", "importance"), exact_loss_of(data)))


@given(st.integers(1, SIZE - 1))
def test_a_diagram_agrees_with_itself(border):
    same = compare(diagram(border), diagram(border))
    assert same.fraction == 1
    assert np.all(same.gap == 0)
    assert same.below == 0
    assert same.boundary_decades == same.boundary_decades_max == 0


@given(st.integers(1, SIZE - 1), st.integers(1, SIZE - 1))
def test_moving_a_border_shows_as_its_distance(first, second):
    moved = compare(diagram(first), diagram(second))
    apart = abs(first - second)
    assert moved.boundary_decades == pytest.approx(apart * STEP)
    assert moved.boundary_decades_max == pytest.approx(apart * STEP)
    assert moved.fraction == pytest.approx(1 - apart / SIZE)
    # The better candidate on one side is the worse one on the other: signs of gaps tell which.
    assert np.all((moved.gap == 0) == moved.agree)
    assert moved.below == np.sum(moved.gap < 0)


def test_one_phase_has_no_boundary():
    assert np.isnan(compare(diagram(0), diagram(3)).boundary_decades)


def test_the_exact_loss_is_that_of_each_kept_model():
    data = diagram(5)
    losses = exact_loss_of(data)
    for i, j in [(0, 0), (4, 7), (11, 3)]:
        expected, _, _ = loss_and_gradient(
            data.W[i, j], data.b[i, j], density=P[i], importance=[1, R[j]]
        )
        assert losses[i, j] == pytest.approx(float(expected), rel=1e-13)
    assert np.array_equal(importances_of(data)[3, 4], [1, R[4]])


def test_different_grids_are_refused():
    other = diagram(4).assign_coords(density=P * 0.9)
    with pytest.raises(ValueError, match="must share their density axis"):
        compare(diagram(4), other)
    with pytest.raises(ValueError, match="must share their importance axis"):
        compare(diagram(4), diagram(4).isel(importance=slice(3)))


def test_the_table_shows_every_number(tmp_path):
    row = agreement_row(diagram(3), diagram(5), diagram(5))
    assert row["agree_optimum"] == 1
    assert row["agree_candidates"] == pytest.approx(1 - 2 / SIZE)
    assert row["optimum_from_candidates"] == pytest.approx(2 * STEP)
    write_row(tmp_path, "phase_n2_m1", row)
    write_agreement(tmp_path)
    assert json.loads((tmp_path / "agreement.json").read_text()) == {"phase_n2_m1": row}
    text = (tmp_path / "agreement.md").read_text()
    assert text == markdown({"phase_n2_m1": row})
    assert "| phase agrees with the best known model | 100.0 % |" in text
