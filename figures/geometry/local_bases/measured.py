"""Two sets of ten correlated features in ten dimensions: a basis for each set."""

from __future__ import annotations

import xarray as xr

from figures.geometry.cells import measure as measure_cells
from figures.geometry.cells import save_configuration
from figures.geometry.local_bases.plan import DENSITY, NAME, SETUPS, configuration
from figures.kit.profile import Profile


def measure(profile: Profile) -> xr.Dataset:
    """Train several models."""
    result = measure_cells(
        SETUPS[profile.name], [{"density": DENSITY}], profile.parts(NAME) / "all"
    )
    return save_configuration(result.isel(cell=0, drop=True), configuration(profile))
