"""The best of several runs of each cell, and how often a single run does as well."""

from __future__ import annotations

from typing import Any

import numpy as np
import xarray as xr

from ground.structure import structure_of
from numeric.models.network import axes_of

__all__ = ["best_of_restarts"]


def best_of_restarts(
    parameters: dict[str, np.ndarray],
    importance: np.ndarray,
    losses: np.ndarray,
    weights: np.ndarray,
    *,
    z: float,
    floor: float,
    objectives: np.ndarray | None = None,
) -> xr.Dataset:
    """Choose the best run of each cell by its held-out loss or objective, all runs beside it.

    Parameters
    ----------
    parameters : dict of arrays (cell, restart, ...)
    importance : (cell, n)
    losses : (pattern, cell, restart, batch)
        Held-out losses given the active features, the same samples for all restarts of a cell.
    weights : (pattern, cell)
        P(pattern).
    objectives : (pattern, cell, restart, batch), optional
        What was minimised, where that is not the loss: then it decides.
    z, floor : float
        As good as the best is a run whose loss, or objective, exceeds the best one's by no more
        than z standard errors of their paired difference plus floor times the best.

    Returns
    -------
    Dataset
        As `numeric.phase_diagram` says, with the leading dimension ``cell``.  A run that diverged
        is never the best nor as good; where all did, the loss is NaN and the structure "diverged".
    """
    with np.errstate(invalid="ignore", over="ignore"):
        loss = np.einsum("qc,qcr->cr", weights, losses.mean(axis=-1))
        judged = losses if objectives is None else objectives
        objective = np.einsum("qc,qcr->cr", weights, judged.mean(axis=-1))
    finite = np.isfinite(objective)
    loss, objective = np.where(finite, loss, np.nan), np.where(finite, objective, np.nan)
    best = np.argmin(np.where(finite, objective, np.inf), axis=1)
    row = np.arange(len(importance))
    with np.errstate(invalid="ignore", over="ignore"):
        paired = judged - judged[:, row, best][:, :, None]
        error, error_runs = _standard_error(paired, weights), _standard_error(losses, weights)
    excess = objective - objective[row, best][:, None]
    success = excess <= z * error + floor * objective[row, best][:, None]
    runs = ("cell", "restart")
    variables: dict[str, tuple[Any, np.ndarray]] = {}
    for name, value in parameters.items():
        axes = axes_of(name)
        variables[name] = (("cell", *axes), value[row, best])
        variables[f"{name}_runs"] = ((*runs, *axes), value)
    variables["loss"] = ("cell", loss[row, best])
    if "W" in parameters:
        W = parameters["W"][row, best]
        names = [
            str(structure_of(W[c]).canonical(importance[c])) if finite[c, best[c]] else "diverged"
            for c in row
        ]
        variables["structure"] = ("cell", np.array(names, dtype=str))
    variables["success_rate"] = ("cell", success.mean(axis=1))
    variables["best"] = ("cell", best)
    variables["loss_runs"] = (runs, loss)
    variables["loss_error_runs"] = (runs, error_runs)
    variables["success_runs"] = (runs, success)
    if objectives is not None:
        variables["objective"] = ("cell", objective[row, best])
        variables["objective_runs"] = (runs, objective)
    return xr.Dataset(variables)


def _standard_error(losses: np.ndarray, weights: np.ndarray) -> np.ndarray:
    """Standard error of the stratified mean: (pattern, cell, restart, batch) → (cell, restart)."""
    variance = losses.var(axis=-1, ddof=1) / losses.shape[-1]
    return np.sqrt(np.einsum("qc,qcr->cr", weights**2, variance))
