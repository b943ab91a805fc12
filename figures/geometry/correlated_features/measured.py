"""Trained: the models that the figure shows."""

from __future__ import annotations

import xarray as xr

from figures.geometry.cells import measure as measure_cells
from figures.geometry.cells import save_configuration
from figures.geometry.correlated_features.plan import CASES, NAME, configuration, runs_of
from figures.kit.profile import Profile


def measure(profile: Profile) -> xr.Dataset:
    """Train each case: W_0 (run, hidden, feature_0) and so on, in the order of `CASES`."""
    parts = []
    for at, (label, law, pairs, p) in enumerate(CASES):
        runs = runs_of(profile, law, pairs)
        part = measure_cells(runs, [{"density": p}], profile.parts(NAME) / label.replace(" ", "_"))
        part = part.isel(cell=0, drop=True).rename(feature=f"feature_{at}")
        parts.append(part.rename({name: f"{name}_{at}" for name in part.data_vars}))
    return save_configuration(xr.merge(parts), configuration(profile))
