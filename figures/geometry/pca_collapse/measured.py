"""Trained: the models that the figure shows."""

from __future__ import annotations

from pathlib import Path

import xarray as xr

from figures.geometry.cells import measure as measure_cells
from figures.geometry.pca_collapse.plan import Plan


def measure(plan: Plan, parts: Path) -> xr.Dataset:
    """Train each density."""
    cells = [{"density": float(density)} for density in plan.densities]
    result = measure_cells(plan.runs, cells, parts / "all")
    result = result.drop_vars("cell", errors="ignore").rename(cell="density")
    return result.assign_coords(density=plan.densities)
