"""Trained models beside the limits of compressed sensing, as numbers."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
import xarray as xr
from numpy.typing import NDArray
from scipy.optimize import brentq

from ground.binomial import exactly, quantile
from ground.checks import FloatArray
from numeric.measure.geometry import dimensions_per_feature
from numeric.recovery.critical import represented
from theory.data_law import feature_variance
from theory.ways_out.linear_programmes import programme_success

__all__ = [
    "Compressed",
    "compressed",
    "median_density",
]

_TELLING = 0.02  # chances nearer to 0 or 1 say nothing of a prediction's error


@dataclass(frozen=True, eq=False)
class Compressed:
    """Models by density, what is recovered from their W, and how far samples are from theory.

    Attributes
    ----------
    density, dimensions, features : array (density,)
        p, D* = m/‖W‖² and the number of represented features.
    scale : array (density,)
        p ln(1/p), the paper's, with its constant left out.
    passing : array (density,)
        Dimensions per feature from which message passing recovers everything.
    loss, loss_error, bound : array (density,)
        Per feature and over its variance: held-out, its standard error, and the least of any linear
        encoder with any decoder.
    critical, critical_low, critical_high : array (density,)
        Median density up to which the linear programme recovers samples from this W, with an
        interval of at least 95 %.
    random_critical : array (density,)
        The same predicted for random directions of as many features and dimensions.
    most_active : float
        Most active features that were recovered from any W, over its dimensions.
    pair_over_density : float
        D* of the best known model of (2, 1) over p, least over density.
    below_random : int
        Densities above m/n at which the model loses less than the best decoder of a random W.
    random_z, digon_z, passing_z : float
        Largest distance of sampled success (random directions, digons) and of message passing's
        error from theory, in standard errors.
    """

    density: FloatArray
    dimensions: FloatArray
    features: NDArray[np.intp]
    scale: FloatArray
    passing: FloatArray
    loss: FloatArray
    loss_error: FloatArray
    bound: FloatArray
    critical: FloatArray
    critical_low: FloatArray
    critical_high: FloatArray
    random_critical: FloatArray
    most_active: float
    pair_over_density: float
    below_random: int
    random_z: float
    digon_z: float
    passing_z: float

    @property
    def over_scale(self) -> FloatArray:
        """D* over p ln(1/p), where that is not 0."""
        sparse = self.density < 1
        return self.dimensions[sparse] / self.scale[sparse]

    def row(self) -> dict[str, Any]:
        """The row of the table."""
        sparse = self.density < 1
        return {
            "sensing_models": int(self.density.size),
            "sensing_over_scale_min": float(self.over_scale.min()),
            "sensing_over_passing_min": float((self.dimensions / self.passing)[sparse].min()),
            "sensing_pair_over_density": self.pair_over_density,
            "sensing_below_random": self.below_random,
            "sensing_loss_over_bound_min": float((self.loss / self.bound).min()),
            "sensing_critical_over_random": float(np.median(self.critical / self.random_critical)),
            "sensing_random_z": self.random_z,
            "sensing_digon_z": self.digon_z,
            "sensing_passing_z": self.passing_z,
        }


def median_density(n_features: int, n_hidden: int) -> float:
    """Density at which a linear programme recovers half of all samples, W random, predicted."""
    active = np.arange(n_features + 1)
    success = np.array([programme_success(n_features, n_hidden, int(k)) for k in active])
    if n_features == n_hidden:
        return 1.0

    def off(p: float) -> float:
        return float(exactly(active, n_features, p) @ success) - 0.5

    return float(brentq(off, 1e-9, 1.0))


def compressed(measured: xr.Dataset, derived: xr.Dataset) -> Compressed:
    """Hold models and samples against thresholds, chances and bounds.

    Parameters
    ----------
    measured, derived : Dataset
        As the figure ``compressed_sensing_bound`` makes them.
    """
    W = measured["W"].transpose("density", "hidden", "feature").values
    p = measured["density"].values
    m, n = W.shape[1:]
    counts = np.array([represented(one).sum() for one in W])
    stake = n * feature_variance(p)
    critical = np.sort(measured["critical"].transpose("density", "order").values, axis=1)
    low, high = _ranks(critical.shape[1])
    return Compressed(
        density=p,
        dimensions=np.array([dimensions_per_feature(one) for one in W]),
        features=counts,
        scale=p * np.log(1 / p),
        passing=derived["threshold_at"].values,
        loss=measured["loss"].values / stake,
        loss_error=measured["loss_error"].values / stake,
        bound=derived["model_bound"].values / stake,
        critical=np.median(critical, axis=1),
        critical_low=critical[:, low],
        critical_high=critical[:, high],
        random_critical=np.array([median_density(int(k), m) if k > m else 1.0 for k in counts]),
        most_active=float(measured["critical_active"].max()) / m,
        pair_over_density=float(np.min(derived["pair_dimensions"] / derived["pair_density"])),
        below_random=int(
            np.sum((p > m / n) & (measured["loss"].values < n * derived["best_error_at"].values))
        ),
        random_z=_programme_z(measured, derived),
        digon_z=_digon_z(measured, derived),
        passing_z=_passing_z(measured, derived),
    )


def _ranks(size: int) -> tuple[int, int]:
    """Places in a sorted sample between which its median lies with at least 95 %."""
    low = max(quantile(0.025, size, 0.5) - 1, 0)
    return low, size - 1 - low


def _programme_z(measured: xr.Dataset, derived: xr.Dataset) -> float:
    """Samples of one dictionary are taken together, since they are not independent."""
    active = measured["random_active"].transpose("draw", "each").values
    wanted = derived["success"].values
    telling = (wanted > _TELLING) & (wanted < 1 - _TELLING)
    each = (active[..., None] >= derived["active"].values).mean(axis=1)[:, telling]
    # Of single samples at least, since a few draws may happen to agree.
    error = np.maximum(
        each.std(axis=0, ddof=1),
        np.sqrt(wanted * (1 - wanted) / active.shape[1])[telling],
    ) / np.sqrt(len(each))
    return float(np.max(np.abs(each.mean(axis=0) - wanted[telling]) / error))


def _digon_z(measured: xr.Dataset, derived: xr.Dataset) -> float:
    found = measured["digon_critical"].values
    wanted = derived["digon_recovery"].values
    telling = (wanted > _TELLING) & (wanted < 1 - _TELLING)
    share = (found[:, None] > derived["curve_density"].values[telling]).mean(axis=0)
    error = np.sqrt(wanted * (1 - wanted) / len(found))[telling]
    return float(np.max(np.abs(share - wanted[telling]) / error))


def _passing_z(measured: xr.Dataset, derived: xr.Dataset) -> float:
    """Where state evolution leaves an error; at each density its own spread or all densities'.

    A few runs may agree by chance, and a spread of less than 1 % is not told from finite size.
    """
    found = measured["passed"].transpose("density", "run").values
    wanted = derived["fast_error_at"].values
    left = wanted > 0
    relative = found[left] / wanted[left, None]
    spread = relative.std(axis=1, ddof=1)
    pooled = np.sqrt(np.mean(spread**2))
    error = np.maximum(np.maximum(spread, pooled) / np.sqrt(found.shape[1]), 0.01)
    return float(np.max(np.abs(relative.mean(axis=1) - 1) / error))
