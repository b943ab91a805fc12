"""Two sets of ten correlated features in ten dimensions: a basis for each set."""

from __future__ import annotations

from pathlib import Path

import xarray as xr

from figures.geometry.cells import measure as measure_cells
from figures.geometry.local_bases.plan import Plan


def measure(plan: Plan, parts: Path) -> xr.Dataset:
    """Train several models."""
    result = measure_cells(plan.runs, [{"density": plan.density}], parts / "all")
    return result.isel(cell=0, drop=True)
