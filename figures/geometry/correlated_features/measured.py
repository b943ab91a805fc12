"""Trained: the models that the figure shows."""

from __future__ import annotations

from pathlib import Path

import xarray as xr

from figures.geometry.cells import measure as measure_cells
from figures.geometry.correlated_features.plan import Plan


def measure(plan: Plan, parts: Path) -> xr.Dataset:
    """Train each case: W_0 (run, hidden, feature_0) and so on, in the order of the plan."""
    trained = []
    for at, case in enumerate(plan.cases):
        folder = parts / case.label.replace(" ", "_")
        part = measure_cells(plan.runs_of(case), [{"density": case.density}], folder)
        part = part.isel(cell=0, drop=True).rename(feature=f"feature_{at}")
        trained.append(part.rename({name: f"{name}_{at}" for name in part.data_vars}).drop_attrs())
    return xr.merge(trained)
