"""Pairs against their best known: gaps, shares of runs, collapses, angles."""

from __future__ import annotations

import numpy as np
import pytest
import xarray as xr

from agreement.comparison.sets import (
    SAME_LOSS,
    arrangement_of,
    arrangements_row,
    best_of,
    collapse_row,
    partner_angles,
    partners_off,
    trained_thresholds,
)
from theory.data_law import feature_variance
from theory.loss.sets import Sets, set_loss

DIGONS = np.array([[1.0, -1, 0, 0], [0, 0, 1, -1]])
APART = np.array([[1.0, 0, -1, 0], [0, 1, 0, -1]])  # partners at right angles
TOGETHER = np.sqrt(0.5) * np.array([[1.0, 1, 0, 0], [0, 0, 1, 1]])  # both pairs collapsed


def models(*W: np.ndarray) -> xr.Dataset:
    """Runs with zero bias."""
    data = np.array(W)
    return xr.Dataset(
        {"W": (("run", "hidden", "feature"), data), "b": (("run", "feature"), 0 * data[:, 0])}
    )


def test_angles_of_known_models():
    W = np.array([[1.0, 0.0, 1.0, 1.0], [0.0, 2.0, 0.0, 0.0]])
    np.testing.assert_allclose(partner_angles(W), [90, 0])
    np.testing.assert_allclose(partner_angles(np.array([DIGONS, APART])), [[180] * 2, [90] * 2])
    assert partners_off(W, W[:, [2, 3, 0, 1]]) == 0
    assert partners_off(W, APART) == pytest.approx(90)


def test_two_digons_of_anticorrelated_pairs_are_the_best_there_is():
    law = Sets("anticorrelated", (2, 2), 0.1)
    nearly = 0.999 * DIGONS
    best = xr.Dataset({"W": (("hidden", "feature"), DIGONS), "loss": 0.0, "next": 0.05})
    found = arrangement_of(models(0 * DIGONS, DIGONS, nearly), best, law)
    # No loss, that of a model that represents nothing but b = 0, and one that is nearly best.
    assert found.gap == pytest.approx(0, abs=1e-15)
    nothing = set_loss(0 * DIGONS, np.zeros(4), law=law)[0]
    empty = 4 * feature_variance(0.1)
    assert found.excess[0] == pytest.approx(nothing / empty)
    assert found.rival == pytest.approx(0.05 / empty)
    assert 0 < found.excess[2] < SAME_LOSS * found.rival
    assert found.fraction == pytest.approx(2 / 3)
    row = arrangements_row([found, found])
    assert (row["cells"], row["runs"], row["below_optimum"]) == (2, 6, 0)
    assert row["runs_arranged"] == pytest.approx(2 / 3)
    assert row["partners_off_max"] == pytest.approx(0, abs=1e-5)  # arccos near −1: √ε


def test_without_a_rival_the_empty_model_is_the_scale():
    best = xr.Dataset({"W": (("hidden", "feature"), DIGONS), "loss": 0.0, "next": np.nan})
    found = arrangement_of(models(DIGONS), best, Sets("anticorrelated", (2, 2), 0.1))
    assert np.isnan(found.rival)
    assert found.fraction == 1


@pytest.fixture(scope="module")
def trained():
    """Two pairs, apart and together, at four densities."""
    runs = models(APART, TOGETHER)
    return xr.concat([runs] * 4, "density").assign_coords(density=[0.05, 0.1, 0.5, 0.9])


def test_sparse_pairs_lie_apart_and_dense_ones_together(trained):
    best = best_of(trained)
    assert best["collapsed"].values.tolist() == [0, 0, 2, 2]
    # A collapsed pair costs p/12, whatever the other does at right angles to it.
    np.testing.assert_allclose(best["loss"][2:], np.array([0.5, 0.9]) / 6, rtol=1e-12)
    assert trained_thresholds(best) == {1: (0.1, 0.5), 2: (0.1, 0.5)}


def test_the_best_agrees_with_itself(trained):
    best = best_of(trained)
    middle = np.sqrt(0.1 * 0.5)
    row = collapse_row(best, best.assign(threshold=("change", [2 * middle]), above=("change", [2])))
    assert (row["cells"], row["agree_collapsed"], row["gap_max"]) == (4, 1.0, 0.0)
    assert row["collapse_decades"] == pytest.approx(np.log10(2))
    assert row["partners_off_median"] == 0


def test_what_lies_below_the_exact_best_is_counted(trained):
    best = best_of(trained)
    too_high = best.assign(
        loss=best["loss"] * 1.001, threshold=("change", [0.2]), above=("change", [2])
    )
    assert collapse_row(best, too_high)["below_optimum"] == 4
