"""Up to which density a dictionary is found without knowing it, by geometry, method and noise."""

from __future__ import annotations

from dataclasses import dataclass
from itertools import product
from typing import Any

import numpy as np
import xarray as xr

from agreement.comparison.recovered import Mean, mean_of
from ground.checks import FloatArray

__all__ = ["Break", "breaks", "breaks_row", "last_half", "limits", "lone_ray_breaks"]

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
    coordinates = [
        measured[name].values for name in ("geometry", "method", "noise", "density", "run")
    ]
    usual = np.flatnonzero(np.isclose(measured["l1"].values, l1))
    share = dict(
        zip(
            zip(*(_keys(values[usual]) for values in coordinates), strict=True),
            measured["recovered"].values[usual].tolist(),
            strict=True,
        )
    )
    runs = np.unique(measured["run"].values).tolist()
    p = np.array(densities)
    found = []
    for name, noise, method in product(geometries, noises, methods):
        at = np.array(
            [
                last_half(p, np.array([share[name, method, q, d, run] for d in _keys(p)]))
                for q in _keys(np.array([noise]))
                for run in runs
            ]
        )
        met = at[np.isfinite(at)]
        mean = mean_of(met) if met.size else Mean(np.nan, np.nan, 0)
        found.append(Break(name, method, float(noise), mean, len(runs)))
    return found


def _keys(values: Any) -> list[Any]:
    """Coordinates as keys: numbers to nine places, which no two differ by less."""
    return np.round(values, 9).tolist() if values.dtype.kind == "f" else values.tolist()


def lone_ray_breaks(derived: xr.Dataset, densities: tuple[float, ...]) -> dict[str, float]:
    """The same of lone rays by theory without noise, read off at the densities measured."""
    p = np.array(densities)
    return {
        str(name): last_half(p, derived["seen"].sel(geometry=name, density=p).values)
        for name in derived["geometry"].values
    }


def breaks_row(
    found: list[Break], derived: xr.Dataset, densities: tuple[float, ...]
) -> dict[str, Any]:
    """What the table of agreement says of the breaks."""
    exact = lone_ray_breaks(derived, densities)
    lone = [each for each in found if each.method == "lone_rays" and each.noise == 0]
    off = [abs(each.at.value / exact[each.geometry] - 1) for each in lone]
    return {
        "recovery_breaks": len(found),
        "recovery_breaks_none": sum(each.at.runs == 0 for each in found),
        "recovery_lone_break_off": float(np.nanmax(off)),
    }


def limits(derived: xr.Dataset) -> dict[str, dict[str, float]]:
    """Densities of theory by geometry, without noise; NaN where there is none.

    "lone": half of the features have two lone samples; "decoded" and "decoded_most": half of the
    samples are decoded exactly by pursuit with the true dictionary, and by any decoder at most.
    """
    fine = derived["density_fine"].values
    named = {"lone": "seen_fine", "decoded": "decoded", "decoded_most": "decoded_most"}
    return {
        str(name): {
            key: last_half(fine, derived[curve].sel(geometry=name).values)
            for key, curve in named.items()
        }
        for name in derived["geometry"].values
    }
