"""One-hot runs against the levels of the k-gons: who settles, on which level, how close."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
import xarray as xr
from numpy.typing import NDArray

from ground.checks import FloatArray
from theory.one_hot.potential import one_hot_loss


@dataclass(frozen=True, eq=False)
class Settled:
    """Where runs end.

    Attributes
    ----------
    history : array (start, instance, snapshot)
        Exact one-hot loss.
    nearest : int array (start, instance)
        Level nearest to the loss at the end.
    distance : array (start, instance)
        Relative distance to it.
    settled : bool array (start, instance)
        Whether that is close enough.
    """

    history: FloatArray
    nearest: NDArray[np.intp]
    distance: FloatArray
    settled: NDArray[np.bool_]

    def row(self) -> dict[str, Any]:
        """The row of the table of agreement; distances are those of runs that settled."""
        on_level = self.distance[self.settled]
        return {
            "runs": int(self.settled.size),
            "runs_settled": float(self.settled.mean()),
            "levels_reached": int(np.unique(self.nearest[self.settled]).size),
            "level_distance_median": float(np.median(on_level)),
            "level_distance_max": float(on_level.max()),
        }


def settled_runs(measured: xr.Dataset, derived: xr.Dataset, *, within: float) -> Settled:
    """Hold the ends of trained runs against the levels.

    Parameters
    ----------
    measured : Dataset (start, instance, snapshot, …)
        With ``W_snapshots`` and ``b_snapshots``.
    derived : Dataset (level)
        With ``loss``.
    within : float
        Relative distance at which a run has settled on a level.
    """
    history = exact_history(measured)
    nearest, distance = settle(history[..., -1], derived["loss"].values)
    return Settled(history, nearest, distance, distance < within)


def exact_history(measured: xr.Dataset) -> FloatArray:
    """Exact one-hot loss at each snapshot, (start, instance, snapshot)."""
    order = ("start", "instance", "snapshot")
    W = measured["W_snapshots"].transpose(*order, "hidden", "feature").values
    b = measured["b_snapshots"].transpose(*order, "feature").values
    return np.asarray(one_hot_loss(W, b))


def settle(losses: FloatArray, levels: FloatArray) -> tuple[NDArray[np.intp], FloatArray]:
    """Nearest level of each loss, and the relative distance to it."""
    distance = np.abs(losses[..., None] - levels) / levels
    return distance.argmin(axis=-1), distance.min(axis=-1)


__all__ = ["Settled", "exact_history", "settle", "settled_runs"]
