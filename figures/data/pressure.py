"""How clean the digons get: more features that compete, and longer training."""

from __future__ import annotations

from dataclasses import asdict, dataclass, replace
from typing import Any

import numpy as np
import xarray as xr

from figures.geometry import Runs, save_configuration
from figures.geometry import measure as measure_cells
from figures.profile import Profile
from ground.results import configured
from theory.packing_mixture import mixture

NAME = "pressure"


@dataclass(frozen=True)
class Pressure:
    """Features per dimension and lengths of training, at one density of the digons' plateau."""

    runs: Runs
    density: float
    ratios: tuple[int, ...]
    steps: tuple[int, ...]


SETUPS = {
    "paper": Pressure(
        Runs(0, 12, runs=4, steps=0, learning_rate=3e-3),
        0.3,
        (2, 3, 5, 8),
        (250, 500, 1000, 2000),
    ),
    "quick": Pressure(
        Runs(0, 6, runs=4, steps=0, learning_rate=3e-3, held_out=8192), 0.3, (2, 5), (250, 1500)
    ),
}


def configuration(profile: Profile) -> dict[str, Any]:
    """What the measurement must have been made with."""
    return asdict(SETUPS[profile.name])


def measure(profile: Profile) -> xr.Dataset:
    """Train each ratio for each number of steps: W_2 (steps, run, hidden, feature_2), …"""
    setup = SETUPS[profile.name]
    cells = [{"density": setup.density, "steps": steps} for steps in setup.steps]
    parts = []
    for ratio in setup.ratios:
        runs = replace(setup.runs, n_features=ratio * setup.runs.n_hidden)
        part = measure_cells(runs, cells, profile, NAME, str(ratio))
        part = part.drop_vars("cell", errors="ignore").rename(
            cell="steps", feature=f"feature_{ratio}"
        )
        parts.append(part.rename({name: f"{name}_{ratio}" for name in part.data_vars}))
    result = xr.merge(parts).assign_coords(steps=np.array(setup.steps))
    return save_configuration(result, configuration(profile))


def derive(profile: Profile) -> xr.Dataset:
    """Loss of the best packing for each number of features per dimension."""
    setup = SETUPS[profile.name]
    m = setup.runs.n_hidden
    # Others are far behind at such densities (packing_theory).
    names = ["point", "triangle", "digon", "pentagon", "square antiprism"]
    loss = [
        mixture([setup.density], r * m, m, names=names, large=False)["loss"].item()
        for r in setup.ratios
    ]
    result = xr.Dataset({"loss": ("ratio", loss)}, {"ratio": np.array(setup.ratios)})
    return configured(result, {"theory": "packing", **configuration(profile)})
