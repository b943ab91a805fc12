"""Fractions that packing theory predicts for D_i; models where the small polytopes should win.

The other models shown are those of dimensions_per_feature.
"""

from __future__ import annotations

from dataclasses import asdict
from typing import Any

import numpy as np
import xarray as xr

from figures.geometry import Runs, save_configuration
from figures.geometry import measure as measure_cells
from figures.profile import Profile
from ground.checks import FloatArray
from ground.results import configured
from theory.arrangements import arrangement
from theory.packing import packing

NAME = "feature_dimensionality"
# What the paper and others report, as a label on the axis.
REPORTED = {
    "point": "1",
    "tetrahedron": "3/4",
    "triangle": "2/3",
    "digon": "1/2",
    "triangle × triangle": "4/9",
    "pentagon": "2/5",
    "square antiprism": "3/8",
    "5-demicube": "5/16",
    "2_21 polytope": "2/9",
}
COUNTS = {"paper": 97, "quick": 13}
# Between digons and large blocks, where the reigns are short: (models, densities).
FINE = {
    "paper": (Runs(200, 20, runs=2, steps=2500), 10),
    "quick": (Runs(50, 5, runs=2, steps=600, learning_rate=2e-2, held_out=8192), 3),
}


def configuration(profile: Profile) -> dict[str, Any]:
    """What the measurement must have been made with."""
    return {"densities": densities(profile).tolist(), **asdict(FINE[profile.name][0])}


def densities(profile: Profile) -> FloatArray:
    """p, falling."""
    return np.geomspace(0.27, 0.17, FINE[profile.name][1])


def measure(profile: Profile) -> xr.Dataset:
    """Train each density."""
    p = densities(profile)
    cells = [{"density": float(density)} for density in p]
    result = measure_cells(FINE[profile.name][0], cells, profile, NAME)
    result = result.drop_vars("cell", errors="ignore").rename(cell="density")
    return save_configuration(result.assign_coords(density=p), configuration(profile))


def derive(profile: Profile) -> xr.Dataset:
    """Share and reign of each fraction: densities ``from`` … ``to`` where its polytope wins."""
    names = [*REPORTED, "4-simplex"]
    grid = packing(np.geomspace(1, 0.01, COUNTS[profile.name]), names=names)
    p, winner = grid["density"].values, grid["winner"].values
    reigns = [p[winner == name] for name in names]
    result = xr.Dataset(
        {
            "share": ("fraction", [arrangement(name).dimensionality() for name in names]),
            "from": ("fraction", [r.min() if r.size else np.nan for r in reigns]),
            "to": ("fraction", [r.max() if r.size else np.nan for r in reigns]),
        },
        {"fraction": names},
    )
    return configured(result, {"theory": "packing", "count": COUNTS[profile.name]})
