"""Trained: nets of every density from every start."""

from __future__ import annotations

from pathlib import Path

import xarray as xr

from figures.computation.abs_superposition.plan import Plan
from figures.computation.trained_absolute import measure as measure_runs


def measure(plan: Plan, parts: Path) -> xr.Dataset:
    """W1, W2, b, loss, loss_error (start, density, run, …)."""
    return measure_runs(plan.runs, parts)
