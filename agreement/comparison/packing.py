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
REPRESENTED = 0.3  # ‖W_i‖ from which a feature counts as represented


@dataclass(frozen=True, eq=False)
class Packed:
    """D* = m/‖W‖² and loss of trained models of one size beside the best mixture of blocks.

    Attributes
    ----------
    density : array (density,)
    trained, loss : array (density, run)
        D* and held-out loss.
    predicted, best : array (density,)
        D* and loss of the best mixture of symmetric and large blocks.
    free_density, free_predicted, free_best : array (free_density,)
        The same where free blocks compete too.
    """

    density: FloatArray
    trained: FloatArray
    loss: FloatArray
    predicted: FloatArray
    best: FloatArray
    free_density: FloatArray
    free_predicted: FloatArray
    free_best: FloatArray

    @property
    def plateau(self) -> NDArray[np.bool_]:
        """Densities at which theory has D* close to 1/2, (density,)."""
        return np.abs(self.predicted - 0.5) < FLAT

    @property
    def at_free_densities(self) -> NDArray[np.intp]:
        """Index of the trained density that is that of each free block, (free_density,)."""
        return np.abs(np.log(self.density / self.free_density[:, None])).argmin(axis=1)

    @property
    def distance(self) -> FloatArray:
        """Relative distance of the trained D* to the predicted one, (density, run)."""
        return np.abs(self.trained / self.predicted[:, None] - 1)

    @property
    def gap(self) -> FloatArray:
        """Loss over the best mixture's, minus 1, (density, run)."""
        return self.loss / self.best[:, None] - 1

    @property
    def free_distance(self) -> FloatArray:
        """As `distance`, where free blocks compete, (free_density, run)."""
        return np.abs(self.trained[self.at_free_densities] / self.free_predicted[:, None] - 1)

    @property
    def free_gap(self) -> FloatArray:
        """As `gap`, where free blocks compete, (free_density, run)."""
        return self.loss[self.at_free_densities] / self.free_best[:, None] - 1


def compared(measured: xr.Dataset, derived: xr.Dataset) -> Packed:
    """Hold trained models of one size against the best mixtures at their densities.

    Parameters
    ----------
    measured : Dataset (density, run, hidden, feature)
        With ``W`` and ``loss``.
    derived : Dataset (density, free_density)
        With ``dimensions_per_feature`` and ``loss``, and both with ``free_`` before their names.
    """
    axes = ("density", "run")
    return Packed(
        density=measured["density"].values,
        trained=dimensions_per_feature(measured["W"].transpose(*axes, "hidden", "feature").values),
        loss=measured["loss"].transpose(*axes).values,
        predicted=derived["dimensions_per_feature"].values,
        best=derived["loss"].values,
        free_density=derived["free_density"].values,
        free_predicted=derived["free_dimensions_per_feature"].values,
        free_best=derived["free_loss"].values,
    )


def packing_row(sizes: Sequence[Packed]) -> dict[str, Any]:
    """The row of the table, over the models of all sizes."""

    def every(name: str) -> FloatArray:
        return np.concatenate([getattr(size, name).ravel() for size in sizes])

    flat = np.concatenate([size.distance[size.plateau].ravel() for size in sizes])
    return {
        "cells": sum(size.density.size for size in sizes),
        "runs": int(every("trained").size),
        "dimensions_distance_plateau": float(flat.max()),
        "dimensions_distance_median": float(np.median(every("distance"))),
        "dimensions_distance_max": float(every("distance").max()),
        **gap_entries(every("gap")),
        "free_gap_min": float(every("free_gap").min()),
        "free_gap_max": float(every("free_gap").max()),
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
    "CLEAN",
    "FLAT",
    "REPRESENTED",
    "Cleanliness",
    "Packed",
    "cleanliness",
    "compared",
    "gap_entries",
    "packing_row",
]
