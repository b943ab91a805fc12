"""Where branches cross the naive solution, and gains with their errors."""

from __future__ import annotations

import numpy as np
import pytest
import xarray as xr
from hypothesis import given
from hypothesis import strategies as st

from agreement.comparison.absolute import of_starts
from agreement.comparison.gain import crossing, gain_of, gain_row
from theory import naive_net


@given(st.floats(0.06, 0.94), st.floats(0.1, 5.0), st.floats(0.001, 0.1))
def test_a_straight_branch_crosses_where_it_does(place, slope, error):
    """Exactly; and its error is that of the losses over the slope, at most."""
    p = np.linspace(0.05, 0.95, 10)
    found = crossing(p, 1 + slope * (p - place), np.full(10, error))
    assert found.density == pytest.approx(place, abs=1e-10)
    assert found.slope == pytest.approx(slope, rel=1e-6)
    assert error / slope / np.sqrt(2) - 1e-12 <= found.error <= error / slope + 1e-12


def test_order_does_not_matter_and_no_crossing_is_none():
    p, ratio, error = np.array([0.4, 0.2, 0.3]), np.array([1.2, 0.8, 1.0]), np.full(3, 0.01)
    assert crossing(p, ratio, error).density == pytest.approx(0.3)
    assert np.isnan(crossing(p, ratio - 0.5, error).density)


def datasets():
    rng = np.random.default_rng(0)
    runs = ("start", "density", "run")
    measured = xr.Dataset(
        {
            "loss": (runs, rng.uniform(1, 2, (4, 2, 3))),
            "loss_error": (runs, np.full((4, 2, 3), 0.1)),
        },
        {"density": [0.3, 0.1]},
    )
    derived = xr.Dataset(
        {
            "naive": ("density", [2.0, 1.0]),
            "loss": (runs, measured["loss"].values + 0.2),
            "error": (runs, np.full((4, 2, 3), 0.1)),
            "best": ("density", [1.0, 0.25]),
            "best_error": ("density", [0.1, 0.1]),
            "code": ("density", [3.0, 0.5]),
            "branch_density": ("step", [0.3, 0.4]),
            "branch_naive": ("step", [2.0, 2.5]),
            "branch": ("step", [1.8, 2.75]),
            "branch_error": ("step", [0.02, 0.025]),
        },
        {"density": [0.3, 0.1]},
    )
    return measured, derived


def test_gains_are_one_minus_ratios_of_losses():
    measured, derived = datasets()
    gain = gain_of(measured, derived)
    np.testing.assert_allclose(gain.gain, [0.5, 0.75])
    np.testing.assert_allclose(gain.code, [1.5, 0.5])
    mean, error = gain.of_start(2)
    values = 1 - derived["loss"].values[2] / np.array([[2.0], [1.0]])
    np.testing.assert_allclose(mean, values.mean(axis=1))
    spread = values.std(axis=1, ddof=1) / np.sqrt(3)
    np.testing.assert_allclose(error, np.hypot(spread, [0.05, 0.1]))
    assert gain.meets.density == pytest.approx(0.35)
    assert gain.off == pytest.approx(np.sqrt(2))
    row = gain_row({"6": gain}, 0.2225, gain.meets)
    assert row["gain_crossing_block"] == row["gain_crossing_6"]
    assert row["gain_sparsest_6"] == 0.75
    assert row["gain_crossing_6"] == pytest.approx(0.35)


def test_the_naive_net_is_counted_as_monosemantic_without_dead_sides():
    """Beside a net whose second layer is negative: all its sides are dead."""
    n, m, p = 4, 4, np.array([0.5, 0.1])
    nets = [naive_net(n, m, density=x) for x in p]
    W1 = np.array([[[net.W1] for net in nets]] * 2)
    W2 = np.array([[[net.W2] for net in nets], [[-net.W2] for net in nets]])
    b = np.array([[[net.b] for net in nets], [[0 * net.b] for net in nets]])
    naive = np.array([net.loss for net in nets])
    runs = ("start", "density", "run")
    measured = xr.Dataset(
        {
            "W1": ((*runs, "hidden", "feature"), W1),
            "W2": ((*runs, "feature", "hidden"), W2),
            "b": ((*runs, "feature"), b),
            "loss": (runs, np.array([naive, 3 * naive])[..., None]),
            "loss_error": (runs, np.zeros((2, 2, 1))),
        },
        {"start": ["naive", "xavier"], "density": p},
    )
    found = of_starts(measured, xr.Dataset({"naive": ("density", naive)}), kept=2)
    assert found.start.tolist() == [0, 0]
    np.testing.assert_allclose(found.ratio[..., 0], [[1, 1], [3, 3]])
    np.testing.assert_array_equal(found.dead[..., 0], [[0, 0], [1, 1]])
    row = found.row()
    assert row["monosemantic_sparse"] == 1
    assert row["dead_random"] == 1
    assert row["naive_ratio_random"] == pytest.approx(3)
    assert found.secondary().size == 0
