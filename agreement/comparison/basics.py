"""The basic results, trained against derived: linear optimum, first pair, dropped biases."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
import xarray as xr

from ground.checks import FloatArray
from ground.structure import IGNORED_BELOW
from numeric.measure.geometry import norms
from theory.loss.floats import loss_and_gradient
from theory.loss.linear import linear_loss
from theory.transitions.first_pair import HALF


@dataclass(frozen=True, eq=False)
class BasicFindings:
    """What training found, and how far it is from theory.

    Attributes
    ----------
    linear_z : array (linear_density, linear_restart)
        (held-out loss − closed form) / standard error of the held-out loss.
    linear_gap : array (linear_density, linear_restart)
        (exact loss of the trained model − closed form) / closed form.
    linear_keeps : bool
        Whether every trained linear model keeps the features that theory keeps, and no other.
    dense_keeps : bool
        The same for the ReLU-output model at the highest density.
    dense_z : float
        Its held-out loss against the linear closed form there, in standard errors.
    bias_ratio, bias_error : float
        Mean of b_i / (p/2) over dropped features whose output is alive, and its standard error.
    dropped, dead : int
        Dropped features of all best models, and those of them with b < 0, which no gradient
        can revive.
    first_pair : (float, float)
        Highest density with a full pair, and the lowest one above it.
    weak_arms : Dataset (weak_density)
        The (m+1)-th feature between onset and full pair, as `weak_arms` has it.
    """

    linear_z: FloatArray
    linear_gap: FloatArray
    linear_keeps: bool
    dense_keeps: bool
    dense_z: float
    bias_ratio: float
    bias_error: float
    dropped: int
    dead: int
    first_pair: tuple[float, float]
    weak_arms: xr.Dataset

    def row(self, derived: xr.Dataset) -> dict[str, Any]:
        """The row of the table of agreement."""
        return {
            "linear_z_max": float(np.abs(self.linear_z).max()),
            "linear_within_error": float(np.mean(np.abs(self.linear_z) <= 1)),
            "linear_gap_max": float(self.linear_gap.max()),
            "first_pair_candidates": float(derived["first_pair_candidates"]),
            "first_pair_onset": float(derived["first_pair_onset"]),
            "first_pair_predicted": float(derived["full_pair"]),
            "first_pair_below": self.first_pair[1],
            "first_pair_from": self.first_pair[0],
            "dropped_bias": self.bias_ratio,
            "dropped_bias_error": self.bias_error,
            "dropped_features": self.dropped,
            "dropped_dead": self.dead,
        }


def basic_findings(measured: xr.Dataset, best: xr.Dataset, derived: xr.Dataset) -> BasicFindings:
    """Hold the trained models of a basic-results figure against theory.

    Parameters
    ----------
    measured : Dataset
        With the linear models by (linear_density, linear_restart).
    best : Dataset
        The best ReLU-output model of each density, falling.
    derived : Dataset
        With ``linear_loss``, ``linear_kept`` and the predicted pair.
    """
    axes = ("linear_density", "linear_restart")
    W = measured["linear_W"].transpose(*axes, "hidden", "feature").values
    b = measured["linear_b"].transpose(*axes, "feature").values
    p = measured["linear_density"].values[:, None, None] * np.ones(b.shape)
    importance = derived["importance"].values
    closed = derived["linear_loss"].values[:, None]
    kept = derived["linear_kept"].values
    relu = best["W"].transpose("density", "hidden", "feature").values
    bias = best["b"].transpose("density", "feature").values
    sizes = norms(relu)
    # Biases of dropped features, as a share of the mean p/2.
    ratio = bias / (best["density"].values[:, None] / 2)
    dropped = sizes < IGNORED_BELOW
    alive = ratio[dropped & (bias > 0)]
    full = sizes[:, relu.shape[1]] >= HALF
    first = int(np.argmax(full))
    densities = best["density"].values
    error = measured["linear_loss_error"].transpose(*axes).values
    return BasicFindings(
        linear_z=(measured["linear_loss"].transpose(*axes).values - closed) / error,
        linear_gap=linear_loss(W, b, density=p, importance=importance) / closed - 1,
        linear_keeps=bool(np.all((norms(W) >= HALF) == kept)),
        dense_keeps=bool(np.all((sizes[0] >= IGNORED_BELOW) == kept)),
        dense_z=float((best["loss"][0] - derived["linear_loss"][0]) / best["loss_error"][0]),
        bias_ratio=float(alive.mean()),
        bias_error=float(alive.std(ddof=1) / np.sqrt(alive.size)),
        dropped=int(dropped.sum()),
        dead=int(np.sum(dropped & (bias <= 0))),
        first_pair=(float(densities[first]), float(densities[max(first - 1, 0)])),
        weak_arms=weak_arms(best, derived),
    )


def weak_arms(best: xr.Dataset, derived: xr.Dataset) -> xr.Dataset:
    """Trained models beside the best pair where its second arm is weak (weak_density).

    Returns
    -------
    Dataset
        ``trained`` and ``exact`` norm of the (m+1)-th feature; ``gap``, the exact loss of the
        trained model over that of the model with the best pair, minus 1.
    """
    trained = best.sel(density=derived["weak_density"].values)
    W = trained["W"].transpose("density", "hidden", "feature").values
    b = trained["b"].transpose("density", "feature").values
    p = trained["density"].values[:, None] * np.ones(b.shape)
    loss = loss_and_gradient(W, b, density=p, importance=derived["importance"].values)[0]
    return xr.Dataset(
        {
            "trained": ("weak_density", norms(W)[:, W.shape[1]]),
            "exact": derived["weak_arm"],
            "gap": ("weak_density", loss / derived["weak_loss"].values - 1),
        },
        {"weak_density": derived["weak_density"].values},
    )


__all__ = ["BasicFindings", "basic_findings", "weak_arms"]
