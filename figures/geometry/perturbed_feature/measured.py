"""Trained: the models that the figure shows."""

from __future__ import annotations

import numpy as np
import xarray as xr

from figures.geometry.cells import measure as measure_cells
from figures.geometry.cells import save_configuration
from figures.geometry.perturbed_feature.plan import NAME, SETUPS, configuration
from figures.kit.profile import Profile


def measure(profile: Profile) -> xr.Dataset:
    """Train every cell; ``feature_density`` (cell, feature) says what it saw."""
    cells = SETUPS[profile.name].cells()
    result = measure_cells(SETUPS[profile.name].runs, cells, profile.parts(NAME) / "all")
    p = np.array([cell["density"] for cell in cells])
    result = result.assign(feature_density=(("cell", "feature"), p))
    return save_configuration(result, configuration(profile))
