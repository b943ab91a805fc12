"""Breaks of recovery, on shares that are known."""

import numpy as np
import pytest
import xarray as xr
from hypothesis import given
from hypothesis import strategies as st

from agreement.comparison.recovery_breaks import breaks, breaks_row, last_half, limits

DENSITY = (0.02, 0.1, 0.5)


def cells_of(shares):
    """Cells of one geometry and λ from {(noise, method): (run, density) shares}."""
    rows = [
        ("digon", p, noise, 0.3, method, run, value)
        for (noise, method), runs in shares.items()
        for run, row in enumerate(runs)
        for p, value in zip(DENSITY, row, strict=True)
    ]
    names = ("geometry", "density", "noise", "l1", "method", "run")
    *axes, recovered = zip(*rows, strict=True)
    coordinates = {name: ("cell", list(axis)) for name, axis in zip(names, axes, strict=True)}
    return xr.Dataset({"recovered": ("cell", list(recovered))}, coordinates)


def test_mean_of_the_runs_that_recover_half_and_how_many_there_are():
    measured = cells_of(
        {(0.0, "a"): [[1, 1, 0], [1, 0.5, 0.5]], (0.2, "a"): [[0.1, 0.6, 0], [0, 0, 0]]}
    )
    clean, noisy = breaks(measured, ("digon",), ("a",), (0.0, 0.2), DENSITY, 0.3)
    assert (clean.at.runs, clean.seeds, noisy.at.runs, noisy.seeds) == (2, 2, 1, 2)
    assert clean.at.value == pytest.approx((0.1 * 5**0.5 + 0.5) / 2)
    assert noisy.at.value == pytest.approx(0.1 * 5 ** (0.1 / 0.6))


def test_nowhere_is_said():
    [found] = breaks(
        cells_of({(0.1, "a"): [[0, 0.4, 0]] * 3}), ("digon",), ("a",), (0.1,), DENSITY, 0.3
    )
    assert found.at.runs == 0
    assert np.isnan(found.at.value)


@given(st.lists(st.floats(0, 1), min_size=3, max_size=8))
def test_a_break_is_where_it_says(values):
    share = np.array(values)
    density = np.geomspace(0.01, 1, len(share))
    at = last_half(density, share)
    if np.isnan(at):
        assert (share < 0.5).all()
    else:
        assert (share[density > at * (1 + 1e-12)] < 0.5).all()
        assert density[0] <= at <= density[-1]


def test_limits_and_row_of_exact_curves():
    fine = np.geomspace(0.01, 1, 200)
    curve = (1 - fine)[None]
    derived = xr.Dataset(
        {
            "seen": (("geometry", "density"), [[1, 1, 0]]),
            **dict.fromkeys(
                ("seen_fine", "decoded", "decoded_most"), (("geometry", "density_fine"), curve)
            ),
        },
        {"geometry": ["digon"], "density": list(DENSITY), "density_fine": fine},
    )
    assert limits(derived)["digon"]["lone"] == pytest.approx(0.5, rel=1e-3)
    found = breaks(
        cells_of({(0.0, "lone_rays"): [[1, 1, 0]] * 2}), ("digon",), ("lone_rays",), (0.0,),
        DENSITY, 0.3,
    )  # fmt: skip
    row = breaks_row(found, derived, DENSITY)
    assert row["recovery_lone_break_off"] == pytest.approx(0, abs=1e-12)
    assert (row["recovery_breaks"], row["recovery_breaks_none"]) == (1, 0)
