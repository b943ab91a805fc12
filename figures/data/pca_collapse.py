"""Three correlated pairs in the plane: from a hexagon to three principal components."""

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
from theory.collapse import collapsed_pairs, collapses, pair_minima

NAME = "pca_collapse"
PAIRS = 3
SETUPS = {
    "paper": Runs(6, 2, runs=24, steps=3000, law="correlated", sizes=(2,) * PAIRS),
    "quick": Runs(6, 2, runs=12, steps=1000, law="correlated", sizes=(2,) * PAIRS, held_out=8192),
}
COUNTS = {"paper": 25, "quick": 9}


def densities(profile: Profile) -> FloatArray:
    """Chance of a pair's gate, rising; finer where pairs collapse in the paper's profile."""
    return np.geomspace(0.02, 0.8, COUNTS[profile.name])


def configuration(profile: Profile) -> dict[str, Any]:
    """What the measurement must have been made with."""
    return {"densities": densities(profile).tolist(), **asdict(SETUPS[profile.name])}


def measure(profile: Profile) -> xr.Dataset:
    """Train each density."""
    p = densities(profile)
    cells = [{"density": float(density)} for density in p]
    result = measure_cells(SETUPS[profile.name], cells, profile, NAME)
    result = result.drop_vars("cell", errors="ignore").rename(cell="density")
    return save_configuration(result.assign_coords(density=p), configuration(profile))


def derive(profile: Profile) -> xr.Dataset:
    """The exact best model at each density, and the thresholds."""
    p = densities(profile)
    best = pair_minima(PAIRS, p.tolist(), starts=4)
    found = collapses(PAIRS, [0.05, 0.1, 0.2, 0.5], starts=2)
    result = xr.Dataset(
        {
            "W": (("density", "hidden", "feature"), np.array([m.W for m in best])),
            "b": (("density", "feature"), np.array([m.b for m in best])),
            "loss": ("density", [m.loss for m in best]),
            "collapsed": ("density", [collapsed_pairs(m.W) for m in best]),
            "threshold": ("change", [change.density for change in found]),
            "above": ("change", [change.above for change in found]),
        },
        {"density": p},
    )
    return configured(result, {"theory": "collapse", **configuration(profile)})
