"""Trained against packed: what orthogonal digons must give, and who counts as clean."""

from __future__ import annotations

import numpy as np
import pytest
import xarray as xr

from agreement.comparison.packing import CLEAN, FLAT, cleanliness, compared, packing_row

M = 6
DIGONS = np.concatenate([np.eye(M), -np.eye(M)], axis=1)


def trained(*models: np.ndarray, loss: list[float]) -> xr.Dataset:
    """One model for each density 1, 0.1, …, and its loss."""
    p = 10.0 ** -np.arange(len(models))
    axes = ("density", "run", "hidden", "feature")
    return xr.Dataset(
        {"W": (axes, np.array(models)[:, None]), "loss": (axes[:2], np.array(loss)[:, None])},
        {"density": p},
    )


def mixtures(predicted: list[float], best: list[float], free: dict[float, float]) -> xr.Dataset:
    """What theory says at the densities, and at those of free blocks: loss by density."""
    values = list(free.values())
    return xr.Dataset(
        {
            "dimensions_per_feature": ("density", predicted),
            "loss": ("density", best),
            "free_loss": ("free_density", values),
            "free_dimensions_per_feature": ("free_density", [0.5] * len(values)),
        },
        {"density": 10.0 ** -np.arange(len(best)), "free_density": list(free)},
    )


def test_digons_lie_on_their_plateau():
    """‖W‖² = 2m for digons of unit length, whatever the rotation: D* = 1/2."""
    turn = np.linalg.qr(np.random.default_rng(0).normal(size=(M, M)))[0]
    models = trained(DIGONS, turn @ DIGONS, np.eye(M, 2 * M), loss=[1.0, 2.0, 3.0])
    theory = mixtures([0.5, 0.5 + 0.9 * FLAT, 1.0], [1.0, 1.6, 4.0], {0.01: 2.0, 0.1: 2.5})
    found = compared(models, theory)
    assert found.trained[:, 0] == pytest.approx([0.5, 0.5, 1.0], rel=1e-12)
    assert found.plateau.tolist() == [True, True, False]
    assert found.distance[:, 0] == pytest.approx([0, 1 - 0.5 / (0.5 + 0.9 * FLAT), 0], abs=1e-12)
    assert found.gap[:, 0] == pytest.approx([0, 0.25, -0.25])
    # Free blocks stand at two of the three densities, in their own order.
    assert found.at_free_densities.tolist() == [2, 1]
    assert found.free_gap[:, 0] == pytest.approx([0.5, -0.2])


def test_a_row_is_over_the_models_of_all_sizes():
    flat = compared(trained(DIGONS, loss=[1.1]), mixtures([0.5], [1.0], {1.0: 1.0}))
    off = compared(trained(DIGONS, loss=[0.9]), mixtures([0.4], [1.0], {1.0: 1.0}))
    row = packing_row([flat, off])
    assert (row["cells"], row["runs"]) == (2, 2)
    assert row["dimensions_distance_plateau"] == pytest.approx(0, abs=1e-12)
    assert row["dimensions_distance_max"] == pytest.approx(0.25)
    assert (row["mixture_gap_min"], row["mixture_gap_max"]) == pytest.approx((-0.1, 0.1))


def test_clean_are_represented_features_of_undisturbed_digons():
    """A third feature on a digon's axis leaves all three with D_i = 1/3; others stay clean."""
    unused = np.concatenate([DIGONS, np.zeros((M, 1))], axis=1)
    disturbed = np.concatenate([DIGONS, np.eye(M)[:, :1]], axis=1)
    measured = xr.Dataset(
        {
            "W_2": (
                ("steps", "run", "hidden", "feature_2"),
                np.array([unused, disturbed])[:, None],
            ),
            "loss_2": (("steps", "run"), [[1.5], [1.0]]),
        }
    )
    found = cleanliness(measured, xr.Dataset({"loss": ("ratio", [1.0])}, {"ratio": [2]}))
    assert abs(1 / 3 - 1 / 2) > CLEAN
    assert found.clean[0] == pytest.approx([1.0, (2 * M - 2) / (2 * M + 1)])
    assert found.gap[0] == pytest.approx([0.5, 0.0])
    row = found.row()
    assert (row["cells"], row["runs"], row["clean_shortest"]) == (2, 2, 1.0)
    assert row["mixture_gap_max"] == pytest.approx(0.0)
