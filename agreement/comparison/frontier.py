"""Penalties in training and decoding after it: loss paid against recovery gained."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import xarray as xr
from numpy.typing import NDArray
from scipy.special import stdtrit

from ground.checks import FloatArray
from theory.data_law import feature_variance

__all__ = ["Frontier", "hybrid_frontier", "interval", "pareto"]

LEVEL = 0.95


@dataclass(frozen=True, eq=False)
class Frontier:
    """For each system and condition, the first of which is no penalty.

    Attributes
    ----------
    loss : (system, condition, seed)
        Exact, over n times the variance of a feature: 1 is to ignore all.
    paid, paid_error : (system, condition)
        Its mean above that without penalty, and half of its 95 % interval.
    gained, gained_error : (system, condition)
        Mean F1 over all features above that without penalty, seed by seed, and the same.
    kept_gained, kept_gained_error : (system, condition)
        The same over the features kept.
    crowding : (system, condition)
        Features kept per dimension, mean.
    front : (system, condition) of bool
        No other condition has less loss and more F1 over all features.
    below : float
        By how much the objective of a trained model lies below the best known model's, at most;
        relative, 0 if none does.
    off : float
        Median relative distance of trained losses to those at the best known model.
    """

    loss: FloatArray
    paid: FloatArray
    paid_error: FloatArray
    gained: FloatArray
    gained_error: FloatArray
    kept_gained: FloatArray
    kept_gained_error: FloatArray
    crowding: FloatArray
    front: NDArray[np.bool_]
    below: float
    off: float

    def row(self) -> dict[str, Any]:
        """Numbers for the table of agreement."""
        sure = self.gained - self.gained_error
        return {
            "frontier_models": int(self.loss.size),
            "frontier_gain_max": float(self.gained.max()),
            "frontier_gain_sure": float(sure[:, 1:].max()),
            "frontier_kept_gain_max": float(self.kept_gained.max()),
            "frontier_loss_off": self.off,
            "frontier_below": self.below,
        }


def hybrid_frontier(
    measured: xr.Dataset,
    derived: xr.Dataset,
    systems: Sequence[tuple[str, int, int, float, Any]],
) -> Frontier:
    """Exact losses of trained models, beside those of best known models, against recovery.

    Parameters
    ----------
    measured, derived : Dataset
        Of the figure ways_out.
    systems : sequence of (name, n, m, p, block)
    """
    strengths = measured["strength"].values
    exact = derived["trained_loss"].values
    scale = np.array([n * float(feature_variance(p)) for _, n, _, p, _ in systems])
    loss = exact / scale[:, None, None]
    best, best_loss = derived["objective"].values, derived["loss"].values
    known = np.isfinite(best)
    reached = (exact + strengths[:, None] * derived["trained_penalty"].values)[known]
    below = max(0.0, float(np.max((best[known, None] - reached) / best[known, None])))
    off = np.abs(exact[known] / best_loss[known, None] - 1)
    paid, paid_error = interval(loss - loss[:, :1].mean(axis=-1, keepdims=True))
    all_, kept = measured["f1_all"].values, measured["f1_kept"].values
    gained, gained_error = interval(all_ - all_[:, :1])
    kept_gained, kept_error = interval(kept - kept[:, :1])
    per = np.array([n / m for _, n, m, _, _ in systems])[:, None]
    front = np.array(
        [pareto(a, g) for a, g in zip(loss.mean(axis=-1), all_.mean(axis=-1), strict=True)]
    )
    return Frontier(
        loss, paid, paid_error, gained, gained_error, kept_gained, kept_error,
        per * measured["kept"].values.mean(axis=-1), front, below, float(np.median(off)),
    )  # fmt: skip


def interval(values: FloatArray) -> tuple[FloatArray, FloatArray]:
    """Mean over the last axis, and half of its 95 % interval by Student's t.

    Examples
    --------
    >>> mean, half = interval(np.array([1.0, 2.0, 3.0]))
    >>> float(mean), round(float(half), 3)
    (2.0, 2.484)
    """
    count = values.shape[-1]
    half = stdtrit(count - 1, (1 + LEVEL) / 2) * values.std(axis=-1, ddof=1) / np.sqrt(count)
    return values.mean(axis=-1), np.asarray(half)


def pareto(cost: FloatArray, gain: FloatArray) -> NDArray[np.bool_]:
    """Which points no other beats in cost and gain at once.

    Examples
    --------
    >>> pareto(np.array([0.0, 1.0, 2.0]), np.array([0.5, 0.4, 0.6])).tolist()
    [True, False, True]
    """
    cheaper = cost[None] <= cost[:, None]
    better = gain[None] >= gain[:, None]
    strictly = (cost[None] < cost[:, None]) | (gain[None] > gain[:, None])
    return ~np.any(cheaper & better & strictly, axis=1)
