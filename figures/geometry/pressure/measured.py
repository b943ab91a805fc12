"""Trained: the models that the figure shows."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import xarray as xr

from figures.geometry.cells import measure as measure_cells
from figures.geometry.cells import save_configuration
from figures.geometry.pressure.plan import NAME, SETUPS, configuration
from figures.kit.profile import Profile


def measure(profile: Profile) -> xr.Dataset:
    """Train each ratio for each number of steps: W_2 (steps, run, hidden, feature_2), …"""
    setup = SETUPS[profile.name]
    cells = [{"density": setup.density, "steps": steps} for steps in setup.steps]
    parts = []
    for ratio in setup.ratios:
        runs = replace(setup.runs, n_features=ratio * setup.runs.n_hidden)
        part = measure_cells(runs, cells, profile.parts(NAME) / str(ratio))
        part = part.drop_vars("cell", errors="ignore").rename(
            cell="steps", feature=f"feature_{ratio}"
        )
        parts.append(part.rename({name: f"{name}_{ratio}" for name in part.data_vars}))
    result = xr.merge(parts).assign_coords(steps=np.array(setup.steps))
    return save_configuration(result, configuration(profile))
