"""Trained: the models that the figure shows."""

from __future__ import annotations

import xarray as xr

from figures.geometry.cells import measure as measure_cells
from figures.geometry.cells import save_configuration
from figures.geometry.feature_dimensionality.plan import (
    FINE,
    NAME,
    configuration,
    densities,
)
from figures.kit.profile import Profile


def measure(profile: Profile) -> xr.Dataset:
    """Train each density."""
    p = densities(profile)
    cells = [{"density": float(density)} for density in p]
    result = measure_cells(FINE[profile.name][0], cells, profile.parts(NAME) / "all")
    result = result.drop_vars("cell", errors="ignore").rename(cell="density")
    return save_configuration(result.assign_coords(density=p), configuration(profile))
