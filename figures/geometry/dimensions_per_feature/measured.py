"""Trained: the models that the figure shows."""

from __future__ import annotations

from pathlib import Path

import xarray as xr

from figures.geometry.cells import measure as measure_cells
from figures.geometry.dimensions_per_feature.plan import Plan
from figures.geometry.labels import labelled


def measure(plan: Plan, parts: Path) -> xr.Dataset:
    """Train both sizes: W_400_30 (density_400_30, run_400_30, …) and so on."""
    results = []
    for label, size in plan.sizes.items():
        cells = [{"density": float(p), "steps": plan.steps(size, p)} for p in size.densities]
        result = measure_cells(size.runs, cells, parts / label).drop_vars("cell", errors="ignore")
        result = result.rename({"cell": "density"}).assign_coords(density=size.densities)
        results.append(labelled(result, label))
    return xr.merge(results)
