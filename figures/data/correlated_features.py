"""Pairs of features that come together or exclude each other, in the plane."""

from __future__ import annotations

from dataclasses import asdict
from typing import Any

import numpy as np
import xarray as xr

from figures.geometry import Runs, save_configuration
from figures.geometry import measure as measure_cells
from figures.profile import Profile
from ground.results import configured
from theory.collapse import pair_minima
from theory.correlated import Sets, set_minima

NAME = "correlated_features"
RUNS = {"paper": (64, 4000), "quick": (32, 2500)}
# Label, law, number of pairs, density.  The same two pairs once sparse, once dense.
CASES = (
    ("correlated", "correlated", 2, 0.1),
    ("correlated, dense", "correlated", 2, 0.4),
    ("anticorrelated", "anticorrelated", 2, 0.1),
    ("three correlated", "correlated", 3, 0.05),
)


def runs_of(profile: Profile, law: str, pairs: int) -> Runs:
    """How one case is trained."""
    count, steps = RUNS[profile.name]
    return Runs(2 * pairs, 2, count, steps, law=law, sizes=(2,) * pairs)


def configuration(profile: Profile) -> dict[str, Any]:
    """What the measurement must have been made with."""
    return {
        label: {"density": p, **asdict(runs_of(profile, law, pairs))}
        for label, law, pairs, p in CASES
    }


def measure(profile: Profile) -> xr.Dataset:
    """Train each case: W_0 (run, hidden, feature_0) and so on, in the order of `CASES`."""
    parts = []
    for at, (label, law, pairs, p) in enumerate(CASES):
        runs = runs_of(profile, law, pairs)
        part = measure_cells(runs, [{"density": p}], profile, NAME, label.replace(" ", "_"))
        part = part.isel(cell=0, drop=True).rename(feature=f"feature_{at}")
        parts.append(part.rename({name: f"{name}_{at}" for name in part.data_vars}))
    return save_configuration(xr.merge(parts), configuration(profile))


def derive(profile: Profile) -> xr.Dataset:
    """The exact best model of each case, and the next best minimum."""
    data: dict[str, Any] = {}
    for at, (_, law, pairs, p) in enumerate(CASES):
        minima = set_minima(2, Sets(law, (2,) * pairs, p), starts=32)  # type: ignore[arg-type]
        best = minima[0]
        if law == "correlated":
            best = min([best, *pair_minima(pairs, [p], starts=2)], key=lambda m: m.loss)
        worse = [m.loss for m in minima if m.loss > best.loss + 1e-6 * p]
        data[f"W_{at}"] = (("hidden", f"feature_{at}"), best.W)
        data[f"b_{at}"] = (f"feature_{at}", best.b)
        data[f"loss_{at}"] = best.loss
        data[f"next_{at}"] = worse[0] if worse else np.nan
    return configured(xr.Dataset(data), {"theory": "correlated", **configuration(profile)})
