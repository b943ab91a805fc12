"""Trained against packed: what orthogonal digons must give, and who counts as clean."""

from __future__ import annotations

import numpy as np
import pytest
import xarray as xr

from agreement.comparison.packing import (
    AGREES,
    CLEAN,
    COUNT,
    FLAT,
    HUBS,
    LOSS,
    UNEXPLAINED,
    cleanliness,
    compared,
    packing_row,
)

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


def mixtures(predicted: list[float], best: list[float], **other: list[float]) -> xr.Dataset:
    """What theory says at the densities: of one run where it hangs on the model."""
    nothing = [np.nan] * len(best)
    given = dict.fromkeys(("exact_loss", "at_count", "least", "most"), nothing) | other
    hubs = {"hub_dimensionality": nothing, "hub_dimensions": nothing}
    hubs |= {name: given.pop(name) for name in hubs if name in given}
    columns = {"dimensions_per_feature": predicted, "loss": best, "named_loss": best} | hubs
    return xr.Dataset(
        {name: ("density", column) for name, column in columns.items()}
        | {name: (("density", "run"), np.array(column)[:, None]) for name, column in given.items()},
        {"density": 10.0 ** -np.arange(len(best))},
    )


def test_digons_lie_on_their_plateau():
    """‖W‖² = 2m for digons of unit length, whatever the rotation: D* = 1/2."""
    turn = np.linalg.qr(np.random.default_rng(0).normal(size=(M, M)))[0]
    models = trained(DIGONS, turn @ DIGONS, np.eye(M, 2 * M), loss=[1.0, 2.0, 3.0])
    theory = mixtures([0.5, 0.5 + 0.9 * FLAT, 1.0], [1.0, 1.6, 4.0])
    found = compared(models, theory)
    assert found.trained[:, 0] == pytest.approx([0.5, 0.5, 1.0], rel=1e-12)
    assert found.plateau.tolist() == [True, True, False]
    assert found.distance[:, 0] == pytest.approx([0, 1 - 0.5 / (0.5 + 0.9 * FLAT), 0], abs=1e-12)
    assert found.gap[:, 0] == pytest.approx([0, 0.25, -0.25])
    assert found.count[:, 0].tolist() == [2 * M, 2 * M, M]


def test_the_exact_loss_goes_before_the_held_out():
    theory = mixtures([0.5], [1.0], exact_loss=[1.5])
    assert compared(trained(DIGONS, loss=[9.0]), theory).gap[0, 0] == pytest.approx(0.5)


@pytest.mark.parametrize(
    ("predicted", "other", "reason"),
    [
        (0.51, {}, AGREES),
        (0.6, {"at_count": [0.49]}, COUNT),
        (0.6, {"at_count": [0.6], "least": [0.45], "most": [0.6]}, LOSS),
        (0.6, {"least": [0.52], "most": [0.6]}, UNEXPLAINED),
    ],
)
def test_a_reason_is_the_first_that_holds(predicted, other, reason):
    found = compared(trained(DIGONS, loss=[1.0]), mixtures([predicted], [1.0], **other))
    assert found.reasons.tolist() == [[reason]]


def test_hubs_take_their_dimensions_from_the_packing():
    """Two of six dimensions hold a hub, D_i = 4/5 and ‖W‖² = 1.25 each, and digons the others."""
    rest = np.zeros((M, 2))
    rest[:2, :2] = 0.5 * np.eye(2)
    W = np.concatenate([np.eye(M), -np.eye(M)[:, 2:], rest], axis=1)
    theory = mixtures([0.5], [1.0], hub_dimensionality=[0.8], hub_dimensions=[0.8])
    found = compared(trained(W, loss=[1.0]), theory)
    assert found.hubs[0, 0] == 2
    assert found.with_hubs[0, 0] == pytest.approx(M / (2 * 1.25 + 4 * 2))
    assert found.trained[0, 0] == pytest.approx(found.with_hubs[0, 0])
    assert found.reasons[0, 0] == HUBS


def test_a_row_is_over_the_models_of_all_sizes():
    flat = compared(trained(DIGONS, loss=[1.1]), mixtures([0.5], [1.0]))
    off = compared(trained(DIGONS, loss=[0.9]), mixtures([0.4], [1.0]))
    row = packing_row([flat, off])
    assert (row["cells"], row["runs"]) == (2, 2)
    assert row["dimensions_distance_plateau"] == pytest.approx(0, abs=1e-12)
    assert row["dimensions_distance_max"] == pytest.approx(0.25)
    assert (row["dimensions_agree"], row["dimensions_unexplained"]) == (1, 1)
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
