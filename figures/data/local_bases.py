"""Two sets of ten correlated features in ten dimensions: a basis for each set."""

from __future__ import annotations

from dataclasses import asdict
from typing import Any

import xarray as xr

from figures.geometry import Runs, save_configuration
from figures.geometry import measure as measure_cells
from figures.profile import Profile

NAME = "local_bases"
DENSITY = 0.05
SETUPS = {
    "paper": Runs(20, 10, runs=16, steps=4000, law="correlated", sizes=(10, 10)),
    "quick": Runs(20, 10, runs=4, steps=1500, law="correlated", sizes=(10, 10), held_out=8192),
}


def configuration(profile: Profile) -> dict[str, Any]:
    """What the measurement must have been made with."""
    return {"density": DENSITY, **asdict(SETUPS[profile.name])}


def measure(profile: Profile) -> xr.Dataset:
    """Train several models."""
    result = measure_cells(SETUPS[profile.name], [{"density": DENSITY}], profile, NAME)
    return save_configuration(result.isel(cell=0, drop=True), configuration(profile))
