"""Trained: the models that the figure shows."""

from __future__ import annotations

import xarray as xr

from figures.geometry.cells import measure as measure_cells
from figures.geometry.cells import save_configuration
from figures.geometry.dimensions_per_feature.derived import _named
from figures.geometry.dimensions_per_feature.plan import NAME, SIZES, configuration
from figures.kit.profile import Profile


def measure(profile: Profile) -> xr.Dataset:
    """Train both sizes: W_400_30 (density_400_30, run_400_30, …) and so on."""
    parts = []
    for label, size in SIZES[profile.name].items():
        cells = [{"density": float(p), "steps": size.steps(p)} for p in size.densities]
        part = measure_cells(size.runs, cells, profile.parts(NAME) / label).drop_vars(
            "cell", errors="ignore"
        )
        part = part.rename({"cell": "density"}).assign_coords(density=size.densities)
        parts.append(_named(part, f"_{label}"))
    return save_configuration(xr.merge(parts), configuration(profile))
