"""Trained: the models that the figure shows."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import xarray as xr

from figures.geometry.cells import measure as measure_cells
from figures.geometry.perturbed_feature.plan import Plan


def measure(plan: Plan, parts: Path) -> xr.Dataset:
    """Train every cell; ``feature_density`` (cell, feature) says what it saw."""
    cells = plan.cells()
    p = np.array([cell["density"] for cell in cells])
    result = measure_cells(plan.runs, cells, parts / "all")
    return result.assign(feature_density=(("cell", "feature"), p))
