"""Trained: nets of each size, at every density from every start."""

from __future__ import annotations

from pathlib import Path

import xarray as xr

from figures.computation.computation_gain.plan import Plan
from figures.computation.trained_absolute import measure as measure_runs


def measure(plan: Plan, parts: Path) -> xr.Dataset:
    """W1_6, W2_6, b_6, loss_6, loss_error_6 (start, density, run, …) and so on."""
    done = []
    for m in plan.hidden:
        result = measure_runs(plan.size(m), parts / str(m)).rename(hidden=f"hidden_{m}")
        done.append(result.rename({name: f"{name}_{m}" for name in result.data_vars}))
    return xr.merge([part.drop_attrs() for part in done])
