"""Trained: the models that the figure shows."""

from __future__ import annotations

from pathlib import Path

import xarray as xr

from figures.geometry.cells import measure as measure_cells
from figures.geometry.feature_dimensionality.plan import Plan


def measure(plan: Plan, parts: Path) -> xr.Dataset:
    """Train each density."""
    cells = [{"density": float(p), "steps": plan.steps(float(p))} for p in plan.densities]
    result = measure_cells(plan.runs, cells, parts / "all")
    result = result.drop_vars("cell", errors="ignore").rename(cell="density")
    return result.assign_coords(density=plan.densities)
