"""Basins: which ending random starts have, by theory, by flows and by training."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
import xarray as xr

from ground.checks import FloatArray

IGNORED = 0.1  # |w₂| below which a trained model ignores feature 2


@dataclass(frozen=True, eq=False)
class Shares:
    """Of flows and of trained runs, beside probabilities at the same dots.

    Attributes
    ----------
    theory, flows, trained : (importance, dot, scale, kind)
    flows_z : (importance, dot, scale, kind)
        Distance of flows to theory in binomial standard errors, with theory's own error.
    trained_error : (importance, dot, scale, kind)
        Binomial standard error of a trained share.
    """

    theory: FloatArray
    flows: FloatArray
    trained: FloatArray
    flows_z: FloatArray
    trained_error: FloatArray

    def row(self) -> dict[str, Any]:
        """Numbers for the table of agreement."""
        return {
            "basins_compared": int(self.flows_z.size),
            "basins_z_max": float(np.abs(self.flows_z).max()),
            "basins_trained_off": float(np.abs(self.trained - self.theory).max()),
        }


def kinds_of(W: FloatArray) -> FloatArray:
    """0 where feature 2 is ignored, 1 for opposite signs, 2 for equal ones, (..., 2) → (...).

    Examples
    --------
    >>> kinds_of(np.array([[1.0, 0.0], [-1.0, 0.9], [0.8, 0.3]])).tolist()
    [0, 1, 2]
    """
    signs = np.where(W.prod(axis=-1) < 0, 1, 2)
    return np.asarray(np.where(np.abs(W[..., 1]) < IGNORED, 0, signs))


def basin_shares(measured: xr.Dataset, derived: xr.Dataset, *, flows: int) -> Shares:
    """Shares at the dots; `flows` is how many flows there are at each."""
    at = derived.sel(density=derived["dot"].values, method="nearest")
    theory = np.asarray(at["probability"].values, dtype=np.float64)
    error = np.asarray(at["error"].values, dtype=np.float64)[..., None]
    followed = np.asarray(derived["flows"].values, dtype=np.float64)
    W = measured["W"].values
    kinds = kinds_of(W)
    trained = np.stack([np.mean(kinds == k, axis=-1) for k in range(theory.shape[-1])], axis=-1)
    spread = np.sqrt(np.maximum(theory * (1 - theory), 1 / flows) / flows)
    runs = W.shape[-2]
    trained_error = np.sqrt(np.maximum(trained * (1 - trained), 1 / runs) / runs)
    return Shares(theory, followed, trained, (followed - theory) / (spread + error), trained_error)
