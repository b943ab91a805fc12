"""Models trained with L1 on h against the exact penalised optimum, and thresholds, as numbers."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
import xarray as xr
from numpy.typing import NDArray

from agreement.comparison.diagrams import importances_of
from ground.checks import FloatArray
from ground.structure import structure_of
from theory.ways_out.penalty import penalised_loss_and_gradient

__all__ = ["Penalised", "penalised_agreement", "threshold_residuals"]

ROUNDING = 1e-10  # relative, of a loss in floats


@dataclass(frozen=True, eq=False)
class Penalised:
    """The best run of each cell, and how far it is from the optimum.

    Attributes
    ----------
    best : Dataset (density, importance)
        ``structure``, ``W``, ``b`` and exact penalised ``loss`` of the run with the least of it.
    agree : bool array (density, importance)
        Whether its phase is that of the optimum.
    gap : float array (density, importance)
        Its penalised loss over the optimum's, minus 1.
    """

    best: xr.Dataset
    agree: NDArray[np.bool_]
    gap: FloatArray

    def row(self) -> dict[str, Any]:
        """Its part of a row of the table of agreement."""
        return {
            "cells": int(self.agree.size),
            "agree_optimum": float(self.agree.mean()),
            "gap_median": float(np.median(self.gap)),
            "gap_max": float(self.gap.max()),
            "below_optimum": int(np.sum(self.gap < -ROUNDING)),
        }


def penalised_agreement(derived: xr.Dataset, measured: xr.Dataset, *, l1: float) -> Penalised:
    """Hold runs trained with an L1 penalty against the optimum with the same.

    Parameters
    ----------
    derived : Dataset (density, importance)
        From `theory.l1_phase_diagram`.
    measured : Dataset (density, importance, restart, …)
        With ``W_runs`` and ``b_runs`` of (2, 1).
    l1 : float
        λ of both.
    """
    order = ("density", "importance", "restart")
    W = measured["W_runs"].transpose(*order, "hidden", "feature").values
    b = measured["b_runs"].transpose(*order, "feature").values
    p, r = measured["density"].values, measured["importance"].values
    weights = importances_of(measured)
    loss, _, _ = penalised_loss_and_gradient(
        W, b, density=p[:, None, None, None], importance=weights[:, :, None], l1=l1
    )
    rows, columns = np.indices(loss.shape[:2])
    chosen = rows, columns, loss.argmin(-1)
    structure = [
        [str(structure_of(W[chosen][i, j]).canonical(weights[i, j])) for j in range(len(r))]
        for i in range(len(p))
    ]
    best = xr.Dataset(
        {
            "structure": (("density", "importance"), np.array(structure)),
            "W": (("density", "importance", "hidden", "feature"), W[chosen]),
            "b": (("density", "importance", "feature"), b[chosen]),
            "loss": (("density", "importance"), loss.min(-1)),
        },
        coords={"density": p, "importance": r},
    )
    optimum = derived["loss"].transpose("density", "importance").values
    names = derived["structure"].transpose("density", "importance").values
    return Penalised(best, names == best["structure"].values, loss.min(-1) / optimum - 1)


def threshold_residuals(predicted: Any, measured: Any) -> dict[str, Any]:
    """How far thresholds followed in λ are from the predicted ones: rows of the table.

    Parameters
    ----------
    predicted, measured : array_like of one shape
        NaN where there is none; both must have none in the same places.

    Examples
    --------
    >>> threshold_residuals([0.5, np.nan], [0.5 + 1e-9, np.nan])["thresholds"]
    1
    """
    first, second = (np.asarray(values, dtype=float) for values in (predicted, measured))
    if not (np.isnan(first) == np.isnan(second)).all():
        raise ValueError(f"predicted and measured must be there together, got {first} and {second}")
    apart = np.abs(first - second)
    return {
        "thresholds": int(np.isfinite(apart).sum()),
        "threshold_off_max": float(np.nanmax(apart)),
    }
