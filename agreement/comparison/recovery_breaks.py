"""Up to which density a dictionary is found without knowing it, by geometry, method and noise."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import xarray as xr

from agreement.comparison.recovered import Mean, chosen, mean_of
from ground.checks import FloatArray

__all__ = ["Break", "breaks", "last_half", "lone_ray_breaks"]

LEVEL = 0.5  # of the features recovered


@dataclass(frozen=True)
class Break:
    """The density from which on a method recovers less than half of the features.

    Attributes
    ----------
    geometry, method : str
    noise : float
        σ, in units of the length of columns.
    at : Mean
        Of the runs that recover half somewhere; NaN where none does.
    seeds : int
        Of how many runs in all.
    """

    geometry: str
    method: str
    noise: float
    at: Mean
    seeds: int


def last_half(density: FloatArray, share: FloatArray, level: float = LEVEL) -> float:
    """The density at which a share falls below a level for good, between two by the log.

    With noise, shares may rise before they fall: rare features have few samples. The last density
    where the level is never left, NaN where it is never met.

    Examples
    --------
    >>> density = np.array([0.01, 0.1, 1.0])
    >>> round(last_half(density, np.array([0.2, 0.75, 0.25])), 4)
    0.3162
    >>> last_half(density, np.array([0.2, 0.1, 0.0])), last_half(density, np.ones(3))
    (nan, 1.0)
    """
    met = np.flatnonzero(share >= level)
    if not met.size:
        return float("nan")
    i = int(met[-1])
    if i + 1 == len(share):
        return float(density[i])
    part = (share[i] - level) / (share[i] - share[i + 1])
    return float(density[i] * (density[i + 1] / density[i]) ** part)


def breaks(
    measured: xr.Dataset,
    geometries: tuple[str, ...],
    methods: tuple[str, ...],
    noises: tuple[float, ...],
    densities: tuple[float, ...],
    l1: float,
) -> list[Break]:
    """Every geometry, method and noise, over the runs, at one λ.

    Parameters
    ----------
    measured : Dataset (cell,)
        ``recovered``, and as coordinates geometry, density, noise, l1, method, run.
    geometries, methods, noises, densities
        Which cells; all of them were measured.
    l1 : float
    """
    found = []
    p = np.array(densities)
    for name in geometries:
        for noise in noises:
            for method in methods:
                cells = chosen(measured, geometry=name, noise=noise, method=method, l1=l1)
                runs = np.unique(cells["run"].values)
                share = [
                    [float(chosen(one, density=q)["recovered"].item()) for q in densities]
                    for one in (chosen(cells, run=run) for run in runs)
                ]
                at = np.array([last_half(p, np.array(each)) for each in share])
                met = at[np.isfinite(at)]
                mean = mean_of(met) if met.size else Mean(np.nan, np.nan, 0)
                found.append(Break(name, method, float(noise), mean, len(runs)))
    return found


def lone_ray_breaks(derived: xr.Dataset, densities: tuple[float, ...]) -> dict[str, float]:
    """The same of lone rays by theory without noise, read off at the densities measured."""
    p = np.array(densities)
    return {
        str(name): last_half(p, derived["seen"].sel(geometry=name, density=p).values)
        for name in derived["geometry"].values
    }
