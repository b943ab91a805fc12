"""Features that survive an L1 penalty in trained models, against the predicted number."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
import xarray as xr

from ground.checks import FloatArray
from theory.ways_out.penalty import penalised_loss_and_gradient

__all__ = ["ALIVE", "Paid", "paid", "survivors_row", "trained_counts"]

ALIVE = 1 / 6  # slope of the own output: a living feature has at least 1/3, a dropped one 0
MARGIN = 0.05  # of the sampled objective, above which a model can't be the best
SMALL = 0.02  # weights below it are the optimiser's last steps around 0, and count as 0


@dataclass(frozen=True, eq=False)
class Paid:
    """What the best trained models pay at each penalty.

    Attributes
    ----------
    loss, objective : (l1,)
        Exact, of the model with the lowest objective of all that were trained.
    aligned : (l1,)
        Whether each of its neurons reads at most two features, and no feature two neurons.
    count : (l1,)
        How many features it has kept.
    """

    loss: FloatArray
    objective: FloatArray
    aligned: FloatArray
    count: FloatArray


def trained_counts(slope: xr.DataArray) -> FloatArray:
    """How many features are alive: (..., n) to (...).

    Examples
    --------
    >>> int(trained_counts(xr.DataArray([0.9, 0.4, 0.01], dims="feature")))
    2
    """
    return np.asarray((slope > ALIVE).sum("feature").values)


def paid(measured: xr.Dataset, width: int, *, density: float, importance: Any) -> Paid:
    """Evaluate models with a linear hidden layer exactly, and keep the best at each λ.

    Of those whose sampled objective is near the least; samples are right to a per cent or so.

    Parameters
    ----------
    measured : Dataset
        ``W_compared`` (l1, hidden, feature), ``b_compared``, ``objective_compared``, the same of
        "raised", and of "random" with a further axis ``start``.
    width : int
        m: neurons beyond it are padding.
    """
    l1 = measured["l1"].values
    found = np.empty((len(l1), 4))
    for k, size in enumerate(l1):
        here = measured.isel(l1=k)
        W: Any = [here["W_compared"].values, here["W_raised"].values, *_runs(here["W_random"])]
        b: Any = [here["b_compared"].values, here["b_raised"].values, *_runs(here["b_random"])]
        sampled = np.array(
            [here[f"objective_{name}"].values for name in ("compared", "raised")]
            + here["objective_random"].values.tolist()
        )
        chosen = sampled < (1 + MARGIN) * sampled.min()
        weights, b = np.array(W)[chosen, :width], np.array(b)[chosen]
        weights = np.where(np.abs(weights) < SMALL, 0.0, weights)
        world = {"density": density, "importance": importance}
        objective = penalised_loss_and_gradient(weights, b, l1=float(size), **world)[0]
        best = int(np.argmin(objective))
        loss = penalised_loss_and_gradient(weights[best], b[best], **world)[0]
        there = weights[best] != 0
        aligned = there.sum(1).max() <= 2 and there.sum(0).max() <= 1
        found[k] = loss, objective[best], aligned, there.any(0).sum()
    return Paid(found[:, 0], found[:, 1], found[:, 2], found[:, 3])


def _runs(values: xr.DataArray) -> list[FloatArray]:
    return list(values.transpose("start", ...).values)


def survivors_row(measured: xr.Dataset, derived: xr.Dataset, of: dict[int, Paid]) -> dict[str, Any]:
    """Counts and objectives of the trained against the predicted ones, as a row of the table."""
    row: dict[str, Any] = {"penalties": derived.sizes["l1"]}
    linear = measured.sel(model="linear")
    for kind, (m, best) in zip(("wide", "narrow"), of.items(), strict=True):
        here, there = derived.sel(width=m), linear.sel(width=m)
        off = np.abs(best.count - here["count"].values)
        up = np.abs(trained_counts(there["slope_raised"]) - here["raised"].values)
        gap = best.objective / here["objective"].values - 1
        random = trained_counts(there["slope_random"]) - here["count"].values[:, None]
        row |= {
            f"survivors_right_{kind}": int((off == 0).sum()),
            f"survivors_off_{kind}": int(off.max()),
            f"survivors_raised_right_{kind}": int((up == 0).sum()),
            f"survivors_raised_off_{kind}": int(up.max()),
            f"survivors_random_right_{kind}": float((random == 0).mean()),
            f"survivors_gap_median_{kind}": float(np.median(gap)),
            f"survivors_gap_max_{kind}": float(gap.max()),
            f"survivors_gap_min_{kind}": float(gap.min()),
        }
        hidden = measured.sel(model="relu", width=m)
        least = np.minimum(
            hidden["objective_compared"].values, hidden["objective_random"].min("start").values
        )
        excess = least / here["lone_objective"].values - 1
        row[f"survivors_relu_gap_min_{kind}"] = float(excess.min())
    row["survivors_inhibition"] = inhibition(measured.sel(model="relu", width=max(of)))
    return row


def inhibition(hidden: xr.Dataset) -> float:
    """Of the weights of dropped features on the neurons of living ones, the share below −0.02.

    A living feature's neuron is the one on which its weight is largest.
    """
    below = others = 0
    for k in range(hidden.sizes["l1"]):
        W = hidden["W_compared"].isel(l1=k).values
        alive = hidden["slope_compared"].isel(l1=k).values > ALIVE
        for i in np.flatnonzero(alive):
            row = W[int(np.argmax(W[:, i]))][~alive]
            below += int((row < -SMALL).sum())
            others += len(row)
    return below / others if others else float("nan")
