"""A diagram trained under attack against the exact robust optimum, as numbers."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
import xarray as xr
from numpy.typing import NDArray

from agreement.comparison.diagrams import importances_of
from ground.checks import FloatArray
from ground.structure import structure_of
from theory.adversary.pair_kernel import pair_loss

# Both losses are integrals good to about this, relative to p Σ I.
INTEGRAL = 1e-7


@dataclass(frozen=True, eq=False)
class Robust:
    """The best run of each cell, and how far it is from the optimum.

    Attributes
    ----------
    best : Dataset (density, importance)
        ``structure``, ``W``, ``b`` and exact attacked ``loss`` of the run with the least of it.
    agree : bool array (density, importance)
        Whether its phase is that of the robust optimum.
    gap : float array (density, importance)
        Its attacked loss over the optimum's, minus 1.
    success : float array (density, importance)
        Share of the runs within 1 % of the best.
    """

    best: xr.Dataset
    agree: NDArray[np.bool_]
    gap: FloatArray
    success: FloatArray

    def row(self) -> dict[str, Any]:
        """The row of the table of agreement."""
        return {
            "cells": int(self.agree.size),
            "agree_optimum": float(self.agree.mean()),
            "gap_median": float(np.median(self.gap)),
            "gap_max": float(self.gap.max()),
            "below_optimum": int(np.sum(self.gap < -10 * INTEGRAL)),
            "success_rate_mean": float(self.success.mean()),
        }


def robust_agreement(derived: xr.Dataset, measured: xr.Dataset, *, size: float) -> Robust:
    """Hold runs trained under attack against the robust optimum of the same attack.

    Parameters
    ----------
    derived : Dataset (density, importance)
        From `theory.robust_phase_diagram`.
    measured : Dataset (density, importance, restart, …)
        With ``W_runs`` and ``b_runs``.
    size : float
        ε of both.
    """
    order = ("density", "importance", "restart")
    W = measured["W_runs"].transpose(*order, "hidden", "feature").values[..., 0, :]
    b = measured["b_runs"].transpose(*order, "feature").values
    p, r = measured["density"].values, measured["importance"].values
    weights = importances_of(measured)
    loss = attacked_losses(W, b, p[:, None, None], weights[:, :, None], size)
    chosen = loss.argmin(-1)
    rows, columns = np.indices(chosen.shape)
    best_W, best_b = W[rows, columns, chosen], b[rows, columns, chosen]
    structure = [
        [str(structure_of(best_W[i, j][None]).canonical(weights[i, j])) for j in range(len(r))]
        for i in range(len(p))
    ]
    lowest = loss.min(-1)
    best = xr.Dataset(
        {
            "structure": (("density", "importance"), np.array(structure)),
            "W": (("density", "importance", "hidden", "feature"), best_W[:, :, None]),
            "b": (("density", "importance", "feature"), best_b),
            "loss": (("density", "importance"), lowest),
        },
        coords={"density": p, "importance": r},
    )
    optimum = derived["loss"].transpose("density", "importance").values
    names = derived["structure"].transpose("density", "importance").values
    success = (loss <= 1.01 * lowest[..., None]).mean(-1)
    return Robust(best, names == best["structure"].values, lowest / optimum - 1, success)


def attacked_losses(
    W: FloatArray, b: FloatArray, p: FloatArray, importance: FloatArray, size: float
) -> FloatArray:
    """Exact loss under each input's worst attack of models W, b (..., 2) of (2, 1)."""
    theta = np.concatenate([W, b], axis=-1)
    shape = theta.shape[:-1]
    world = (
        np.broadcast_to(importance, (*shape, 2)).reshape(-1, 2),
        np.broadcast_to(p[..., None], (*shape, 2)).reshape(-1, 2),
        np.full(int(np.prod(shape)), size),
    )
    return pair_loss(theta.reshape(-1, 4), *world, INTEGRAL)[0][:, 0].reshape(shape)


__all__ = ["Robust", "attacked_losses", "robust_agreement"]
