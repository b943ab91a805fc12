"""Trained: the models that the figure shows."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
import xarray as xr

from figures.geometry.cells import measure as measure_cells
from figures.geometry.pressure.plan import Plan


def measure(plan: Plan, parts: Path) -> xr.Dataset:
    """Train each ratio for each number of steps: W_2 (steps, run, hidden, feature_2), …"""
    cells = [{"density": plan.density, "steps": steps} for steps in plan.steps]
    results = []
    for ratio in plan.ratios:
        runs = replace(plan.runs, n_features=ratio * plan.runs.n_hidden)
        result = measure_cells(runs, cells, parts / str(ratio))
        result = result.drop_vars("cell", errors="ignore").rename(
            cell="steps", feature=f"feature_{ratio}"
        )
        results.append(result.rename({name: f"{name}_{ratio}" for name in result.data_vars}))
    return xr.merge(results).assign_coords(steps=np.array(plan.steps))
