"""Uniform features, many more than dimensions: models from dense to sparse, and their packing."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from typing import Any

import numpy as np
import xarray as xr

from figures.data.packing_theory import free_blocks
from figures.geometry import Runs, save_configuration
from figures.geometry import measure as measure_cells
from figures.profile import Profile
from ground.checks import FloatArray
from ground.results import configured
from theory.packing_mixture import mixture

NAME = "dimensions_per_feature"
NEEDS = (("derive", "packing_theory"),)  # what must have been made before


@dataclass(frozen=True)
class Size:
    """One size of model, trained over 1/p from 1 to 100."""

    runs: Runs
    count: int

    @property
    def densities(self) -> FloatArray:
        """p, falling from 1 to 0.01."""
        return np.geomspace(1, 0.01, self.count)

    def steps(self, density: float) -> int:
        """More of them at both ends.

        Dense data have one direction far longer than the rest, which is slow to learn; of sparse
        features few are seen in a step.
        """
        return self.runs.steps * (1 if ENDS[0] < density < ENDS[1] else LONGER)


ENDS = (0.02, 0.6)
LONGER = 4
SEED = 2023  # not the one with which the detection of lines was settled
# Families compared: all, or those that win somewhere.
NAMES = {"paper": None, "quick": ["point", "triangle", "digon", "pentagon", "5-demicube"]}
# The paper's size, and the official notebook's.
SIZES = {
    "paper": {
        "400_30": Size(Runs(400, 30, runs=1, steps=2500, seed=SEED), 13),
        "200_20": Size(Runs(200, 20, runs=2, steps=2500, seed=SEED), 25),
    },
    "quick": {
        "400_30": Size(Runs(80, 8, runs=1, steps=600, learning_rate=2e-2, held_out=8192), 5),
        "200_20": Size(Runs(50, 5, runs=2, steps=600, learning_rate=2e-2, held_out=8192), 5),
    },
}


def configuration(profile: Profile) -> dict[str, Any]:
    """What the measurement must have been made with."""
    sizes = {label: asdict(size) for label, size in SIZES[profile.name].items()}
    return {**sizes, "ends": ENDS, "longer": LONGER}


def measure(profile: Profile) -> xr.Dataset:
    """Train both sizes: W_400_30 (density_400_30, run_400_30, …) and so on."""
    parts = []
    for label, size in SIZES[profile.name].items():
        cells = [{"density": float(p), "steps": size.steps(p)} for p in size.densities]
        part = measure_cells(size.runs, cells, profile, NAME, label).drop_vars(
            "cell", errors="ignore"
        )
        part = part.rename({"cell": "density"}).assign_coords(density=size.densities)
        parts.append(_named(part, f"_{label}"))
    return save_configuration(xr.merge(parts), configuration(profile))


def derive(profile: Profile) -> xr.Dataset:
    """Best mixture of blocks for both sizes at the densities trained.

    ``free_…``: where free blocks compete too, at their densities.
    """
    parts = []
    p, free = free_blocks(profile)
    for label, size in SIZES[profile.name].items():
        n, m = size.runs.n_features, size.runs.n_hidden
        part = mixture(size.densities, n, m, names=NAMES[profile.name])
        parts.append(_named(part, f"_{label}"))
        both = mixture(p, n, m, names=NAMES[profile.name], free=free)
        kept = both[["loss", "dimensions_per_feature", "share", "features"]]
        kept = kept.rename(density="free_density", block="free_block")
        parts.append(kept.rename({name: f"free_{name}_{label}" for name in kept.data_vars}))
    return configured(xr.merge(parts), {"theory": "packing", **configuration(profile)})


def _named(part: xr.Dataset, ending: str) -> xr.Dataset:
    """All names but ``block`` with that ending."""
    return part.rename(
        {name: f"{name}{ending}" for name in [*part.dims, *part.data_vars] if name != "block"}
    )
