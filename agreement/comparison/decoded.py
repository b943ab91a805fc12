"""Decoders with the true dictionary: shares of samples beside exact probabilities."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
import xarray as xr
from scipy.special import stdtrit

from ground.binomial import at_most, more_than
from ground.checks import FloatArray

LEVEL = 0.95  # of the intervals over seeds
AXES = ("geometry", "density", "noise", "decoder", "seed")

__all__ = ["Decoded", "breaking_density", "decoded", "decoding_row"]


@dataclass(frozen=True, eq=False)
class Decoded:
    """Every geometry, density, noise and decoder, with intervals over seeds.

    Attributes
    ----------
    geometries, decoders : tuple of str
    density, noise : (density,), (noise,)
    exact, within, support, square : (geometry, density, noise, decoder, seed)
        Shares of samples decoded exactly, to ε, in support; mean squared errors.
    predicted : dict of (geometry, density)
        Shares that should be exact without noise, by decoder: "nonnegative" and "signed".
    p_values : dict of (geometry, density)
        Probabilities of shares as far below those predicted, or above those that a lucky choice
        among several minimisers allows, twice the smaller, by decoder.
    broken, broken_error : dict of (geometry,)
        Densities at which half of the samples are decoded exactly, and half-widths of their
        intervals, by decoder; NaN where a half is not met.
    limit : dict of (geometry,)
        The same of theory: "nonnegative", "signed" and "bound", of any decoder.
    support_z : (noise, density)
        Of digons' supports under noise, from the closed form, in standard errors; NaN without
        noise.
    """

    geometries: tuple[str, ...]
    decoders: tuple[str, ...]
    density: FloatArray
    noise: FloatArray
    exact: FloatArray
    within: FloatArray
    support: FloatArray
    square: FloatArray
    predicted: dict[str, FloatArray]
    p_values: dict[str, FloatArray]
    broken: dict[str, FloatArray]
    broken_error: dict[str, FloatArray]
    limit: dict[str, FloatArray]
    support_z: FloatArray

    def of(self, score: str, geometry: str, decoder: str, noise: int = 0) -> FloatArray:
        """A score over densities and seeds, (density, seed)."""
        g, k = self.geometries.index(geometry), self.decoders.index(decoder)
        return np.asarray(getattr(self, score)[g, :, noise, k])

    @property
    def least_p(self) -> float:
        """Least p-value times the number of comparisons."""
        all_of_them = np.concatenate([value.ravel() for value in self.p_values.values()])
        return float(min(1.0, all_of_them.min() * all_of_them.size))

    @property
    def whole(self) -> list[tuple[str, float]]:
        """Geometries and densities at which every sample of every seed came back exactly."""
        k = self.decoders.index("nonnegative")
        complete = (self.exact[:, :, 0, k] == 1).all(axis=-1)
        return [(self.geometries[g], float(self.density[d])) for g, d in np.argwhere(complete)]


def interval(values: FloatArray) -> FloatArray:
    """Half-width of Student's interval of the mean over the last axis."""
    count = values.shape[-1]
    spread = np.std(values, axis=-1, ddof=1) / np.sqrt(count)
    return np.asarray(stdtrit(count - 1, 0.5 + LEVEL / 2) * spread)


def breaking_density(density: FloatArray, share: FloatArray, level: float = 0.5) -> float:
    """Where a falling share passes a level, between two densities by the log; NaN if nowhere.

    Examples
    --------
    >>> round(breaking_density(np.array([0.01, 0.1, 1.0]), np.array([1.0, 0.75, 0.25])), 4)
    0.3162
    """
    below = np.flatnonzero(share < level)
    if not below.size or below[0] == 0:
        return float("nan")
    i = below[0]
    part = (share[i - 1] - level) / (share[i - 1] - share[i])
    return float(density[i - 1] * (density[i] / density[i - 1]) ** part)


def decoded(measured: xr.Dataset, derived: xr.Dataset, samples: dict[str, int]) -> Decoded:
    """Join what was measured and derived.

    Parameters
    ----------
    measured : Dataset (geometry, density, noise, decoder, seed)
        ``exact``, ``within``, ``support``, ``square``.
    derived : Dataset (geometry, density), (geometry, fine)
        ``nonnegative_at``, ``signed_at`` and ``…_tied``; ``nonnegative``, ``signed``, ``bound``;
        ``digon_support`` (noise, density).
    samples : dict
        Of each seed, by decoder.
    """
    scores = {
        name: measured[name].transpose(*AXES).values
        for name in ("exact", "within", "support", "square")
    }
    decoders = tuple(map(str, measured["decoder"].values))
    geometries = tuple(map(str, measured["geometry"].values))
    p = measured["density"].values
    predicted, p_values = {}, {}
    for name in ("nonnegative", "signed"):
        predicted[name] = derived[f"{name}_at"].transpose("geometry", "density").values
        share = scores["exact"][:, :, 0, decoders.index(name)]
        lucky = derived[f"{name}_tied"].transpose("geometry", "density").values
        p_values[name] = _p_values(share, predicted[name], lucky, samples[name])
    pursuits = [name for name in decoders if name != "toy"]
    halves = {
        name: np.array(
            [
                [breaking_density(p, one) for one in geometry.T]
                for geometry in scores["exact"][:, :, 0, decoders.index(name)]
            ]
        )
        for name in pursuits
    }
    fine = derived["fine"].values
    limit = {
        name: np.array([breaking_density(fine, one) for one in derived[name].values])
        for name in ("nonnegative", "signed", "bound")
    }
    return Decoded(
        geometries=geometries,
        decoders=decoders,
        density=p,
        noise=measured["noise"].values,
        **scores,
        predicted=predicted,
        p_values=p_values,
        broken={name: value.mean(axis=1) for name, value in halves.items()},
        broken_error={name: interval(value) for name, value in halves.items()},
        limit=limit,
        support_z=_support_z(scores["support"], derived, geometries, decoders, samples),
    )


def _p_values(share: FloatArray, least: FloatArray, most: FloatArray, samples: int) -> FloatArray:
    """Exact binomial tests of all seeds' samples together."""
    total = samples * share.shape[-1]
    hits = np.rint(share.sum(axis=-1) * samples)
    below = at_most(hits, total, np.clip(least, 0.0, 1.0))
    above = more_than(hits - 1, total, np.clip(most, 0.0, 1.0))
    return np.asarray(np.minimum(1.0, 2 * np.minimum(below, above)))


def _support_z(
    support: FloatArray,
    derived: xr.Dataset,
    geometries: tuple[str, ...],
    decoders: tuple[str, ...],
    samples: dict[str, int],
) -> FloatArray:
    """Distance of digons' supports to the closed form, in standard errors, (noise, density)."""
    share = support[geometries.index("digon"), :, :, decoders.index("nonnegative")]
    chance = derived["digon_support"].transpose("noise", "density").values
    total = samples["nonnegative"] * share.shape[-1]
    error = np.sqrt(np.maximum(chance * (1 - chance), 1 / total) / total)
    z = (share.mean(axis=-1).T - chance) / error
    return np.asarray(np.where(derived["noise"].values[:, None] > 0, z, np.nan))


def decoding_row(found: Decoded) -> dict[str, Any]:
    """The row of the table of agreement."""
    off = np.abs(found.broken["nonnegative"] / found.limit["nonnegative"] - 1)
    return {
        "cells": int(found.exact[..., 0].size),
        "decoded_least_p": found.least_p,
        "decoded_break_off": float(np.nanmax(off)),
        "decoded_support_z": float(np.nanmax(np.abs(found.support_z))),
        "decoded_whole": len(found.whole),
    }
