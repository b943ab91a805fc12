"""Models trained behind several output activations, against the best behind each."""

from __future__ import annotations

from typing import Any

import numpy as np
import xarray as xr

from ground.structure import structure_of
from theory.ways_out.activation_loss import activation_loss

ROUNDING = 1e-7  # relative: what a search for the optimum leaves, with room
AXES = ("activation", "density", "importance")


def trained_best(measured: xr.Dataset) -> xr.Dataset:
    """The best run of each cell by the exact loss: ``loss``, ``structure``.

    Parameters
    ----------
    measured : Dataset
        ``W_runs``, ``b_runs`` by (activation, density, importance, restart, …).
    """
    W = measured["W_runs"].transpose(*AXES, "restart", "hidden", "feature").values
    b = measured["b_runs"].transpose(*AXES, "restart", "feature").values
    loss = np.empty(W.shape[:4])
    for place in np.ndindex(loss.shape):
        name, p, r = (measured[axis].values[k] for axis, k in zip(AXES, place[:3], strict=True))
        loss[place] = activation_loss(
            W[place], b[place], density=float(p), importance=[1.0, float(r)], activation=str(name)
        )
    best = loss.argmin(-1)
    names = np.empty(best.shape, dtype="<U9")
    for place in np.ndindex(best.shape):
        names[place] = str(structure_of(W[(*place, best[place])]))
    return xr.Dataset(
        {"loss": (AXES, loss.min(-1)), "structure": (AXES, names)},
        {axis: measured[axis].values for axis in AXES},
    )


def activation_row(trained: xr.Dataset, derived: xr.Dataset) -> dict[str, Any]:
    """The row of the table of agreement.

    Parameters
    ----------
    trained : Dataset
        Of `trained_best`.
    derived : Dataset
        ``cell_loss``, ``cell_structure`` of the optimum at the same cells.
    """
    axes = ("activation", "cell_density", "cell_importance")
    gap = trained["loss"].values / derived["cell_loss"].transpose(*axes).values - 1
    same = trained["structure"].values == derived["cell_structure"].transpose(*axes).values
    descended = trained["activation"].values != "jump"
    return {
        "cells": int(same.size),
        "agree_optimum": float(same.mean()),
        "agree_without_jump": float(same[descended].mean()),
        "gap_median": float(np.median(gap)),
        "gap_max": float(gap.max()),
        "gap_median_jump": float(np.median(gap[~descended])),
        "below_optimum": int(np.sum(gap < -ROUNDING)),
    }


__all__ = ["activation_row", "trained_best"]
