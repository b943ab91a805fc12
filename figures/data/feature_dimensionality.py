"""Fractions that packing theory predicts for D_i; models at densities where reigns are short.

The other models shown are those of dimensions_per_feature.
"""

from __future__ import annotations

from dataclasses import asdict
from typing import Any

import numpy as np
import xarray as xr

from figures.data.dimensions_per_feature import SEED
from figures.data.packing_theory import STARTS, free_blocks
from figures.geometry import Runs, save_configuration
from figures.geometry import measure as measure_cells
from figures.profile import Profile, cores
from ground.checks import FloatArray
from ground.results import configured
from theory.arrangements import arrangement
from theory.free_blocks import best_free_blocks
from theory.packing import packing

NAME = "feature_dimensionality"
NEEDS = (("derive", "packing_theory"), ("measure", "dimensions_per_feature"))
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
    "paper": (Runs(200, 20, runs=2, steps=2500, seed=SEED), 10),
    "quick": (Runs(50, 5, runs=2, steps=600, learning_rate=2e-2, held_out=8192), 3),
}


SPARSE = 0.2  # below this density no symmetric polytope is all that trained models show


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
    """Share and reign of each fraction, and the D_i of free blocks.

    ``from`` … ``to``: densities where a polytope wins.  ``free_D`` (free_density, free_feature):
    of the largest free blocks that packing_theory found, and of others where no polytope wins and
    models were trained at close densities.
    """
    names = [*REPORTED, "4-simplex"]
    grid = packing(np.geomspace(1, 0.01, COUNTS[profile.name]), names=names)
    p, winner = grid["density"].values, grid["winner"].values
    reigns = [p[winner == name] for name in names]
    _, known = free_blocks(profile)
    here = [float(density) for density in densities(profile) if density < SPARSE]
    largest = known[0][-1].dimension
    found = [row[0] for row in best_free_blocks(here, [largest], starts=STARTS, n_jobs=cores())]
    blocks = sorted([*found, *(row[-1] for row in known)], key=lambda block: -block.density)
    shares = np.full((len(blocks), max(block.n_features for block in blocks)), np.nan)
    for row, block in zip(shares, blocks, strict=True):
        row[: block.n_features] = np.sort(block.dimensionality)
    result = xr.Dataset(
        {
            "share": ("fraction", [arrangement(name).dimensionality() for name in names]),
            "from": ("fraction", [r.min() if r.size else np.nan for r in reigns]),
            "to": ("fraction", [r.max() if r.size else np.nan for r in reigns]),
            "free_D": (("free_density", "free_feature"), shares),
        },
        {
            "fraction": names,
            "free_density": [block.density for block in blocks],
            "free_dimension": largest,
        },
    )
    return configured(result, {"theory": "packing", "count": COUNTS[profile.name]})
