"""Features found again in activations of known models, beside what theory says can be found."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
import xarray as xr
from scipy.special import stdtrit

from ground.checks import FloatArray

__all__ = [
    "Mean",
    "chosen",
    "complete_settings",
    "encoder_gaps",
    "lone_ray_scores",
    "mean_of",
    "recovered_row",
]

LEARNERS = ("autoencoder", "dictionary")
BELOW = 1e-3  # relative: a loss so much below the truth's is not the truth's
COMPLETE = 0.99  # of MCC
ENOUGH = 100  # samples with one feature, for a mean over them


@dataclass(frozen=True)
class Mean:
    """A mean over runs with the half width of its 95 % interval (Student's), and how many."""

    value: float
    half: float
    runs: int


def mean_of(values: Any) -> Mean:
    """Mean and interval of runs; half a width of 0 where all runs agree.

    Examples
    --------
    >>> mean_of([1.0, 1.0, 1.0])
    Mean(value=1.0, half=0.0, runs=3)
    """
    runs = np.asarray(values, dtype=float)
    count = len(runs)
    if count < 2:
        return Mean(float(runs.mean()), np.nan, count)
    error = float(runs.std(ddof=1) / np.sqrt(count))
    return Mean(float(runs.mean()), float(stdtrit(count - 1, 0.975)) * error, count)


def chosen(measured: xr.Dataset, **where: Any) -> xr.Dataset:
    """The cells whose coordinates have these values."""
    keep = np.ones(measured.sizes["cell"], dtype=bool)
    for name, value in where.items():
        got = measured[name].values
        keep &= np.isclose(got, value) if got.dtype.kind == "f" else got == value
    return measured.isel(cell=np.flatnonzero(keep))


def lone_ray_scores(measured: xr.Dataset, derived: xr.Dataset) -> FloatArray:
    """z of the rays found, in all runs of a (geometry, density), against their exact number.

    Counts of different rays are negatively associated, so that the sum of their variances bounds
    the variance of the sum: |z| errs on the small side.  NaN where nothing was measured.
    """
    z = np.full((derived.sizes["geometry"], derived.sizes["density"]), np.nan)
    for i, name in enumerate(derived["geometry"].values):
        for j, p in enumerate(derived["density"].values):
            cells = chosen(measured, geometry=name, density=p, noise=0.0, method="lone_rays")
            if not cells.sizes["cell"]:
                continue
            n = float(derived["features"][i])
            share = float(derived["seen"][i, j])
            found = float(cells["recovered"].sum()) * n
            runs = cells.sizes["cell"]
            # Never less than one ray's: a share that is 1 to rounding has no variance.
            spread = np.sqrt(max(runs * n * share * (1 - share), 1.0))
            z[i, j] = (found - runs * n * share) / spread
    return z


def missed(measured: xr.Dataset) -> tuple[int, int, int]:
    """Noiseless cells of the learners; those that miss a feature; of them with less than its loss.

    Where the loss found is below that of the true directions, with the best codes, no search could
    have found these; an autoencoder's codes cost more than the best, so that it proves it less
    often.
    """
    plain = np.isin(measured["method"].values, LEARNERS) & (measured["noise"].values == 0)
    cells = measured.isel(cell=np.flatnonzero(plain))
    short = cells["recovered"].values < 1
    below = cells["loss"].values < (1 - BELOW) * cells["truth"].values
    return int(plain.sum()), int(short.sum()), int((short & below).sum())


def complete(measured: xr.Dataset) -> np.ndarray:
    """Cells in which everything was found: MCC above 0.99, every feature an atom's nearest.

    MCC and uniqueness are over the atoms there are, of which lone rays may be few: every feature
    must have been recovered as well.
    """
    return np.asarray(
        (measured["mcc"].values > COMPLETE)
        & (measured["uniqueness"].values > 1 - 1e-9)
        & (measured["recovered"].values > 1 - 1e-9)
    )


def complete_settings(measured: xr.Dataset) -> list[tuple[str, float, float, str]]:
    """(geometry, density, λ, method) without noise at which every run found everything."""
    plain = measured.isel(cell=np.flatnonzero(measured["noise"].values == 0))
    done = complete(plain)
    settings: dict[tuple[str, float, float, str], list[bool]] = {}
    names = ("geometry", "density", "l1", "method")
    for k in range(plain.sizes["cell"]):
        g, p, l1, method = (plain[name].values[k] for name in names)
        settings.setdefault((str(g), float(p), float(l1), str(method)), []).append(bool(done[k]))
    return [key for key, runs in settings.items() if all(runs)]


def kept_errors(measured: xr.Dataset, derived: xr.Dataset) -> FloatArray:
    """Kept activity of lone features less (1 − λ/2ℓ)², where all were found without noise.

    By dictionary learning, whose codes are the best for its atoms, on best known models, whose
    columns are of one length; from a hundred samples or more that show one feature.
    """
    usual = measured["method"].values == "dictionary"
    usual &= (measured["noise"].values == 0) & complete(measured)
    usual &= measured["alone"].values >= ENOUGH
    usual &= ~np.isin(measured["geometry"].values, ["random", "random, large", "trained"])
    cells = measured.isel(cell=np.flatnonzero(usual & np.isfinite(measured["kept"].values)))
    expected = np.interp(cells["l1"].values, derived["l1_fine"].values, derived["kept"].values)
    return np.asarray(cells["kept"].values - expected)


def encoder_gaps(measured: xr.Dataset, name: str, density: float) -> tuple[FloatArray, FloatArray]:
    """λ/ℓ, and there the least relative excess of an autoencoder's loss over all runs.

    Over the loss of the true directions with the best codes: of the best start, so that local
    minima do not count against the encoder.
    """
    cells = chosen(measured, geometry=name, density=density, noise=0.0, method="autoencoder")
    gap = cells["loss"].values / cells["truth"].values - 1
    penalties = np.unique(cells["l1"].values)
    return penalties, np.array([gap[cells["l1"].values == at].min() for at in penalties])


def recovered_row(measured: xr.Dataset, derived: xr.Dataset, density: float) -> dict[str, Any]:
    """The row of the table of agreement; λ was swept at this density."""
    z = lone_ray_scores(measured, derived)
    z = z[np.isfinite(z)]
    cells, short, below = missed(measured)
    errors = kept_errors(measured, derived)
    signed = chosen(measured, method="signed")
    swept = chosen(measured, density=density, noise=0.0, method="autoencoder")
    needed, free = [], []
    for name in np.unique(swept["geometry"].values):
        bound = float(derived["threshold"].sel(geometry=name))
        penalties, gaps = encoder_gaps(measured, str(name), density)
        if bound > 0:
            needed += gaps[penalties < bound].tolist()
        else:
            free += gaps.tolist()
    return {
        "recovery_cells": cells,
        "recovery_short": short,
        "recovery_short_below": below,
        "recovery_complete": len(complete_settings(measured)),
        "recovery_lone_compared": len(z),
        "recovery_lone_z_max": float(np.abs(z).max()),
        "recovery_kept_off": float(np.abs(errors).max()) if errors.size else np.nan,
        "recovery_gap_below": min(needed, default=np.nan),
        "recovery_gap_free": max(free, default=np.nan),
        "recovery_signed": float(signed["recovered"].max()),
    }
