"""Basins: which ending random starts have, by theory, by flows and by training."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
import xarray as xr
from numpy.typing import NDArray

from ground.checks import FloatArray

# |w| above which a trained model represents a feature: the noise of training leaves less than
# that on one that is ignored, and pairs have more.
REPRESENTED = 0.3
PAIR = 1  # the kind "antipodal pair"


@dataclass(frozen=True, eq=False)
class Shares:
    """Of flows and of trained runs, beside probabilities at the same dots.

    Attributes
    ----------
    theory, flows : (importance, dot, scale, kind)
    trained : (importance, dot, scale)
        Share of antipodal pairs; other kinds are told apart by weights smaller than the noise.
    flows_z : (importance, dot, scale, kind)
        Distance of flows to theory in binomial standard errors, with theory's own error.
    trained_error : (importance, dot, scale)
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
            "basins_trained_off": float(np.abs(self.trained - self.theory[..., PAIR]).max()),
        }


def antipodal(W: FloatArray) -> NDArray[np.bool_]:
    """Whether both features are represented, with opposite signs, (..., 2) → (...).

    Examples
    --------
    >>> antipodal(np.array([[1.0, -0.1], [-1.0, 0.9], [0.8, 0.3]])).tolist()
    [False, True, False]
    """
    return np.asarray((W.prod(axis=-1) < 0) & (np.abs(W).min(axis=-1) > REPRESENTED))


def basin_shares(measured: xr.Dataset, derived: xr.Dataset, *, flows: int) -> Shares:
    """Shares at the dots; `flows` is how many flows there are at each."""
    at = derived.sel(density=derived["dot"].values, method="nearest")
    theory = np.asarray(at["probability"].values, dtype=np.float64)
    error = np.asarray(at["error"].values, dtype=np.float64)[..., None]
    followed = np.asarray(derived["flows"].values, dtype=np.float64)
    W = measured["W"].values
    trained = antipodal(W).mean(axis=-1)
    spread = np.sqrt(np.maximum(theory * (1 - theory), 1 / flows) / flows)
    runs = W.shape[-2]
    trained_error = np.sqrt(np.maximum(trained * (1 - trained), 1 / runs) / runs)
    return Shares(theory, followed, trained, (followed - theory) / (spread + error), trained_error)
