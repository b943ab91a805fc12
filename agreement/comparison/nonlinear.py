"""Two scalars in one number: sampled codes and trained nets beside exact losses."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
import xarray as xr

from ground.checks import FloatArray

__all__ = ["Nonlinear", "levels_of", "nonlinear"]


@dataclass(frozen=True, eq=False)
class Nonlinear:
    """How far samples are from theory, and what nets learn.

    Attributes
    ----------
    width_z, noise_z : float
        Largest distance of a sampled loss from the exact one, in standard errors.
    least_levels : int
        Fewest levels that lose less than dropping or averaging at every width tried.
    sparse_crossing : array (level,)
        Density below which the toy's best model loses less than the code; NaN where none does.
    trained : array (neurons, instance)
        Held-out losses.
    """

    width_z: float
    noise_z: float
    least_levels: int
    sparse_crossing: FloatArray
    trained: FloatArray

    def row(self) -> dict[str, Any]:
        """The row of the table."""
        return {
            "nonlinear_width_z": self.width_z,
            "nonlinear_noise_z": self.noise_z,
            "nonlinear_least_levels": self.least_levels,
            "nonlinear_trained_best": float(self.trained.min()),
            "nonlinear_trained_below_linear": float(np.mean(self.trained < 25 / 324)),
        }


def levels_of(neurons: int) -> int:
    """Levels that a code of ramps has with so many neurons in either hidden layer.

    One carries y, or t, and each of Z − 1 ramps takes two.
    """
    return max((neurons + 1) // 2, 1)


def nonlinear(measured: xr.Dataset, derived: xr.Dataset) -> Nonlinear:
    """Hold samples and nets against exact losses.

    Parameters
    ----------
    measured, derived : Dataset
        As the figure ``nonlinear_compression`` makes them.
    """
    width = derived["width_loss"].transpose("width", "level")
    more = width.sel(level=width["level"] > 1).values
    beats = (more < 1 / 12) | np.isnan(more)  # NaN: ramps wider than a level
    levels = width["level"].values[width["level"].values > 1]
    return Nonlinear(
        width_z=_largest(measured, width, "width"),
        noise_z=_largest(measured, derived["noise_loss"].transpose("noise", "level"), "noise"),
        least_levels=int(levels[beats.all(axis=0)].min()),
        sparse_crossing=np.array([_crossing(derived, int(Z)) for Z in derived["code"].values]),
        trained=measured["trained"].transpose("neurons", "instance").values,
    )


def _largest(measured: xr.Dataset, exact: xr.DataArray, axis: str) -> float:
    found = measured[f"{axis}_loss"].transpose(axis, "level").values
    error = measured[f"{axis}_error"].transpose(axis, "level").values
    return float(np.nanmax(np.abs(found - exact.values) / error))


def _crossing(derived: xr.Dataset, levels: int) -> float:
    """Between two densities, in their logarithm."""
    p = derived["density"].values
    ahead = np.log(derived["toy_loss"].values / derived["code_loss"].sel(code=levels).values)
    change = np.flatnonzero((ahead[:-1] > 0) & (ahead[1:] <= 0))
    if not len(change):
        return float("nan")
    k = change[-1]
    share = ahead[k] / (ahead[k] - ahead[k + 1])
    return float(np.exp(np.log(p[k]) + share * np.log(p[k + 1] / p[k])))
