"""Models trained against a random feature, beside the best digons under that attack."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
import xarray as xr
from numpy.typing import NDArray

from ground.checks import FloatArray
from numeric.measure.geometry import feature_dimensionality, norms

NEAR_HALF = 0.02  # a feature is in a digon where D_i lies this close to 1/2
DIGONS = 0.8  # share of the live features in digons from which a model is one of digons


@dataclass(frozen=True, eq=False)
class Hardened:
    """What training against a random feature made, over ε/E‖x‖; of the runs, the best by J.

    Attributes
    ----------
    modes : tuple of str
    ratio : array (ratio,)
    scale, bias, frobenius, digons : array (mode, ratio)
        Mean ‖W_i‖² and b_i of the live features, ‖W‖²_F/m, and the share of the live in digons.
    objective, clean : array (mode, ratio)
        J of live features' attacks on inputs of their own, and the clean loss on others.
    vulnerability, error : array (mode, ratio, kind)
    predicted : array (ratio,)
        c of the best digons.
    """

    modes: tuple[str, ...]
    ratio: FloatArray
    scale: FloatArray
    bias: FloatArray
    frobenius: FloatArray
    digons: FloatArray
    objective: FloatArray
    clean: FloatArray
    vulnerability: FloatArray
    error: FloatArray
    predicted: FloatArray

    @property
    def are_digons(self) -> NDArray[np.bool_]:
        """Whose live features are in digons, (mode, ratio)."""
        return self.digons >= DIGONS

    @property
    def off(self) -> FloatArray:
        """Relative distance of the scale to the predicted one, (mode, ratio)."""
        return self.scale / self.predicted - 1

    def last_digons(self, mode: str) -> float:
        """The largest ratio up to which all models are digons."""
        broken = np.flatnonzero(~self.are_digons[self.modes.index(mode)])
        return float(self.ratio[broken[0] - 1 if broken.size else -1])

    def of(self, mode: str, name: str) -> FloatArray:
        """One of the arrays, of one mode."""
        return np.asarray(getattr(self, name)[self.modes.index(mode)])


def hardened(measured: xr.Dataset, derived: xr.Dataset, *, live: float) -> Hardened:
    """Choose the best run of each cell by its attacked loss, and look at what it is.

    Parameters
    ----------
    measured : Dataset (mode, ratio, run, hidden, feature)
        ``W``, ``b``, ``loss``, ``attacked``, ``vulnerability`` and its error (…, kind).
    derived : Dataset (ratio,)
        ``scale``.
    live : float
        ‖W_i‖ from which a feature is live.
    """
    cell = ("mode", "ratio", "run")
    W = measured["W"].transpose(*cell, "hidden", "feature").values
    b = measured["b"].transpose(*cell, "feature").values
    ratio = measured["ratio"].values
    J = measured["attacked"].transpose(*cell).values
    best = J.argmin(axis=-1)

    def chosen(values: Any) -> FloatArray:
        picked = np.take_along_axis(values, best.reshape(*best.shape, *[1] * (values.ndim - 2)), 2)
        return np.asarray(picked[:, :, 0])

    W, b = chosen(W), chosen(b)
    length = norms(W)
    alive = length >= live
    count = alive.sum(axis=-1)
    near = np.abs(feature_dimensionality(W) - 0.5) < NEAR_HALF
    return Hardened(
        modes=tuple(map(str, measured["mode"].values)),
        ratio=ratio,
        scale=np.sum(length**2 * alive, axis=-1) / count,
        bias=np.sum(b * alive, axis=-1) / count,
        frobenius=np.sum(W**2, axis=(-1, -2)) / W.shape[-2],
        digons=np.sum(near & alive, axis=-1) / count,
        objective=chosen(J),
        clean=chosen(measured["loss"].transpose(*cell).values),
        vulnerability=chosen(measured["vulnerability"].transpose(*cell, "kind").values),
        error=chosen(measured["vulnerability_error"].transpose(*cell, "kind").values),
        predicted=derived["scale"].values,
    )


def tilts_from(derived: xr.Dataset) -> float:
    """Ratio from which tilted digons have the lower exact objective, between those computed."""
    ratio = derived["tilt_ratio"].values
    excess = derived["tilted_objective"].values - derived["beside_objective"].values
    below = int(np.argmax(excess < 0))
    if not (excess < 0).any() or below == 0:
        return float(ratio[0]) if excess[0] < 0 else float("inf")
    left, right = excess[below - 1], excess[below]
    return float(ratio[below - 1] + (ratio[below] - ratio[below - 1]) * left / (left - right))


def hardened_row(
    found: Hardened, beside: Hardened, measured: xr.Dataset, derived: xr.Dataset
) -> dict[str, Any]:
    """The row of the table of agreement.

    Parameters
    ----------
    found, beside : Hardened
        In the world without features to drop, and with some.
    """
    return {
        "cells": int(found.scale.size + beside.scale.size),
        "robust_scale_off": max(largest_off(found), largest_off(beside, "live")),
        "robust_scale_off_raw": largest_off(beside, "raw"),
        "robust_unit_exact": float(derived["unit_ratio"]),
        "robust_tilt_exact": tilts_from(derived),
        "robust_digons_live": found.last_digons("live"),
        "robust_digons_detached": found.last_digons("detached"),
        "norm_off": abs(float(measured["norm"]) - float(derived["norm"]))
        / float(measured["norm_error"]),
    }


def largest_off(found: Hardened, *modes: str) -> float:
    """Largest relative distance to the predicted scale, of models that are digons."""
    off = [
        np.abs(found.of(mode, "off"))[found.of(mode, "are_digons")] for mode in modes or found.modes
    ]
    return float(np.concatenate(off).max(initial=0.0))


__all__ = ["DIGONS", "Hardened", "hardened", "hardened_row", "largest_off", "tilts_from"]
