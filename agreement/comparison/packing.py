"""Trained models against packing theory, as numbers: D*, losses, and how clean digons get."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import xarray as xr
from numpy.typing import NDArray

from ground.checks import FloatArray
from numeric.measure.geometry import dimensions_per_feature, feature_dimensionality, norms

FLAT = 0.0125  # how near to 1/2 theory has D* on the digons' plateau; before it, D* still falls
CLEAN = 0.005  # a feature is a clean digon's where D_i is this close to 1/2
CLOSE = 0.03  # relative distance up to which D* agrees
HUB = 0.05  # a feature is a hub where D_i is this close to the hub's of theory
REPRESENTED = 0.3  # ‖W_i‖ from which a feature counts as represented


AGREES, COUNT, HUBS, LOSS = "agrees", "count", "hubs", "loss"
UNEXPLAINED = "unexplained"


@dataclass(frozen=True, eq=False)
class Packed:
    """D* = m/‖W‖² and loss of trained models of one size beside the best known packing.

    Attributes
    ----------
    density : array (density,)
    trained, loss : array (density, run)
        D* and loss: exact where that was derived, else held-out.
    count, hubs : int array (density, run)
        Features represented, and of them those that are hubs.
    predicted, best, named_best : array (density,)
        D* and loss of the best mixture of blocks, and the loss of the best of named families.
    at_count : array (density, run)
        D* of blocks with as many features a dimension as the trained model; NaN where dense.
    with_hubs : array (density, run)
        D* of as many hubs as the trained model has, the other dimensions as predicted.
    least, most : array (density, run)
        D* of packings that lose no more than the trained model.
    """

    density: FloatArray
    trained: FloatArray
    loss: FloatArray
    count: NDArray[np.int64]
    hubs: NDArray[np.int64]
    predicted: FloatArray
    best: FloatArray
    named_best: FloatArray
    at_count: FloatArray
    with_hubs: FloatArray
    least: FloatArray
    most: FloatArray

    @property
    def plateau(self) -> NDArray[np.bool_]:
        """Densities at which theory has D* close to 1/2, (density,)."""
        return np.abs(self.predicted - 0.5) < FLAT

    @property
    def distance(self) -> FloatArray:
        """Relative distance of the trained D* to the predicted one, (density, run)."""
        return np.abs(self.trained / self.predicted[:, None] - 1)

    @property
    def gap(self) -> FloatArray:
        """Loss over the best packing's, minus 1, (density, run)."""
        return self.loss / self.best[:, None] - 1

    @property
    def reasons(self) -> NDArray[np.str_]:
        """What D* of each model agrees with, to 3 %, the first that does: (density, run).

        "agrees": the best packing; "count": blocks that hold as many features as it holds;
        "hubs": a packing with as many hubs; "loss": some packing that loses no more; or
        "unexplained".
        """
        inside = (self.trained >= self.least * (1 - CLOSE)) & (
            self.trained <= self.most * (1 + CLOSE)
        )
        ruled = [
            self.distance <= CLOSE,
            np.abs(self.trained / self.at_count - 1) <= CLOSE,
            (self.hubs > 0) & (np.abs(self.trained / self.with_hubs - 1) <= CLOSE),
            inside,
        ]
        return np.select(ruled, [AGREES, COUNT, HUBS, LOSS], default=UNEXPLAINED)


def compared(measured: xr.Dataset, derived: xr.Dataset) -> Packed:
    """Hold trained models of one size against the best known packings at their densities.

    Parameters
    ----------
    measured : Dataset (density, run, hidden, feature)
        With ``W`` and ``loss``.
    derived : Dataset (density, run)
        With ``dimensions_per_feature``, ``loss``, ``named_loss``, ``hub_dimensionality`` and
        ``hub_dimensions`` (density,), and ``exact_loss``, ``at_count``, ``least`` and ``most``
        (density, run).
    """
    axes = ("density", "run")
    W = measured["W"].transpose(*axes, "hidden", "feature").values
    exact = derived["exact_loss"].transpose(*axes).values
    held_out = measured["loss"].transpose(*axes).values
    present = norms(W) > REPRESENTED
    hub = derived["hub_dimensionality"].values[:, None, None]
    hubs = (present & (np.abs(feature_dimensionality(W) - hub) < HUB)).sum(axis=-1)
    predicted = derived["dimensions_per_feature"].values
    held = np.minimum(hubs / W.shape[2], 1.0)
    shared = held / derived["hub_dimensions"].values[:, None] + (1 - held) / predicted[:, None]
    return Packed(
        density=measured["density"].values,
        trained=dimensions_per_feature(W),
        loss=np.where(np.isfinite(exact), exact, held_out),
        count=present.sum(axis=-1),
        hubs=hubs,
        predicted=predicted,
        best=derived["loss"].values,
        named_best=derived["named_loss"].values,
        with_hubs=1 / shared,
        **{name: derived[name].transpose(*axes).values for name in ("at_count", "least", "most")},
    )


def packing_row(sizes: Sequence[Packed]) -> dict[str, Any]:
    """The row of the table, over the models of all sizes."""

    def every(name: str) -> FloatArray:
        return np.concatenate([getattr(size, name).ravel() for size in sizes])

    flat = np.concatenate([size.distance[size.plateau].ravel() for size in sizes])
    reasons = every("reasons")
    return {
        "cells": sum(size.density.size for size in sizes),
        "runs": int(every("trained").size),
        "dimensions_distance_plateau": float(flat.max()),
        "dimensions_distance_median": float(np.median(every("distance"))),
        "dimensions_distance_max": float(every("distance").max()),
        "dimensions_agree": int(np.sum(reasons == AGREES)),
        "dimensions_unexplained": int(np.sum(reasons == UNEXPLAINED)),
        **gap_entries(every("gap")),
    }


def gap_entries(gap: FloatArray) -> dict[str, float]:
    """Relative gaps to the best mixture's loss, as the table has them."""
    return {
        "mixture_gap_median": float(np.median(gap)),
        "mixture_gap_min": float(gap.min()),
        "mixture_gap_max": float(gap.max()),
    }


@dataclass(frozen=True, eq=False)
class Cleanliness:
    """How clean digons are, by features per dimension and by length of training.

    Attributes
    ----------
    clean : array (ratio, steps)
        Share of represented features whose D_i is a digon's, of all runs together.
    gaps : array (ratio, steps, run)
        Held-out loss over the best packing's, minus 1.
    """

    clean: FloatArray
    gaps: FloatArray

    @property
    def gap(self) -> FloatArray:
        """Median of the gaps over the runs, (ratio, steps)."""
        return np.asarray(np.median(self.gaps, axis=-1))

    def row(self) -> dict[str, Any]:
        """The row of the table; gaps are those after the longest training."""
        return {
            "cells": int(self.clean.size),
            "runs": int(self.gaps.size),
            "clean_shortest": float(self.clean[:, 0].min()),
            "clean_longest": float(self.clean[:, -1].min()),
            **gap_entries(self.gaps[:, -1]),
        }


def cleanliness(measured: xr.Dataset, derived: xr.Dataset) -> Cleanliness:
    """Hold models of several numbers of features per dimension against the best packing.

    Parameters
    ----------
    measured : Dataset (steps, run, hidden, feature_2, feature_3, …)
        With ``W_2``, ``loss_2``, ``W_3``, … for the ratios that were derived.
    derived : Dataset (ratio,)
        With ``loss``.
    """
    clean, gaps = [], []
    for ratio, best in zip(derived["ratio"].values, derived["loss"].values, strict=True):
        axes = ("steps", "run", "hidden", f"feature_{ratio}")
        W = measured[f"W_{ratio}"].transpose(*axes).values
        present = norms(W) > REPRESENTED
        good = (np.abs(feature_dimensionality(W) - 0.5) < CLEAN) & present
        clean.append(good.sum((1, 2)) / present.sum((1, 2)))
        gaps.append(measured[f"loss_{ratio}"].transpose("steps", "run").values / float(best) - 1)
    return Cleanliness(np.array(clean), np.array(gaps))


__all__ = [
    "AGREES",
    "CLEAN",
    "CLOSE",
    "COUNT",
    "FLAT",
    "HUBS",
    "LOSS",
    "REPRESENTED",
    "UNEXPLAINED",
    "Cleanliness",
    "Packed",
    "cleanliness",
    "compared",
    "gap_entries",
    "packing_row",
]
