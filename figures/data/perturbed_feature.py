"""Five features in the plane, one of them sparser or denser than the others."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from typing import Any

import numpy as np
import xarray as xr

from figures.geometry import Runs, save_configuration
from figures.geometry import measure as measure_cells
from figures.profile import Profile
from ground.results import configured
from theory.perturbed import crossing, pentagon, snapping_ratio, two_digons

NAME = "perturbed_feature"
# Of a branch drawn as a curve, and of the crossing against density.
POINTS = {"paper": (41, 12), "quick": (13, 5)}


@dataclass(frozen=True)
class Perturbation:
    """The paper's density, followed over many ratios; other densities, over few."""

    runs: Runs
    density: float
    ratios: tuple[float, ...]
    densities: tuple[float, ...]
    few: tuple[float, ...]

    def cells(self) -> list[dict[str, Any]]:
        """One cell a pair (p, p/q); the odd feature comes first."""
        pairs = [(self.density, r) for r in self.ratios]
        pairs += [(p, r) for p in self.densities for r in self.few]
        return [{"density": [p / r, p, p, p, p]} for p, r in pairs]


SETUPS = {
    "paper": Perturbation(
        Runs(5, 2, runs=24, steps=2500),
        density=0.05,
        ratios=(0.25, 0.5, 0.7, 1, 1.4, 2, 2.5, 3, 3.5, 4, 5, 6.5, 8),
        densities=(0.02, 0.035, 0.07, 0.1, 0.15, 0.2),
        few=(1, 1.5, 2.2, 3.3, 5, 7),
    ),
    "quick": Perturbation(
        Runs(5, 2, runs=16, steps=800, held_out=8192),
        density=0.05,
        ratios=(0.5, 1, 2, 2.5, 4, 5),
        densities=(0.1,),
        few=(1.5, 3),
    ),
}


def configuration(profile: Profile) -> dict[str, Any]:
    """What the measurement must have been made with."""
    return asdict(SETUPS[profile.name])


def measure(profile: Profile) -> xr.Dataset:
    """Train every cell; ``feature_density`` (cell, feature) says what it saw."""
    cells = SETUPS[profile.name].cells()
    result = measure_cells(SETUPS[profile.name].runs, cells, profile, NAME)
    p = np.array([cell["density"] for cell in cells])
    result = result.assign(feature_density=(("cell", "feature"), p))
    return save_configuration(result, configuration(profile))


def derive(profile: Profile) -> xr.Dataset:
    """Both branches along the ratio at the paper's density; the crossing against density."""
    setup = SETUPS[profile.name]
    p = setup.density
    count, _ = POINTS[profile.name]
    ratio = np.geomspace(min(setup.ratios), snapping_ratio(p), count)
    branches: dict[int, Any] = {}
    start = int(np.argmin(np.abs(ratio - 1)))
    for order in (range(start, count), range(start, -1, -1)):
        near = None
        for k in order:
            near = branches[k] = pentagon(p, float(p / ratio[k]), near=near)
    digons = [two_digons(p, float(p / r)) for r in ratio]
    p_axis = np.geomspace(0.01, 0.22, POINTS[profile.name][1])
    crossings = [crossing(float(density)) for density in p_axis]
    at = crossing(p)
    result = xr.Dataset(
        {
            "pentagon_loss": ("ratio", [branches[k].loss for k in range(count)]),
            "pentagon_W": (
                ("ratio", "hidden", "feature"),
                np.array([branches[k].W for k in range(count)]),
            ),
            "digons_loss": ("ratio", [branch.loss for branch in digons]),
            "crossing_ratio": ("density", [found.ratio for found in crossings]),
            "snapping_ratio": float(ratio[-1]),
            "at": at.ratio,
            "pentagon_slope": at.pentagon.slope,
            "digons_slope": at.digons.slope,
        },
        {"ratio": ratio, "density": p_axis},
    )
    return configured(result, {"theory": "perturbed", **configuration(profile)})
