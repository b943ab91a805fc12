"""Fractions that packing theory predicts for D_i; models at densities where reigns are short.

The other models shown are those of dimensions_per_feature.
"""

from __future__ import annotations

import numpy as np
import xarray as xr

from figures.geometry.feature_dimensionality.plan import (
    COUNTS,
    REPORTED,
    SPARSE,
    densities,
)
from figures.geometry.packing_theory.derived import free_blocks
from figures.geometry.packing_theory.plan import STARTS
from figures.kit.profile import Profile, cores
from ground.results import configured
from theory.geometry.free_blocks import best_free_blocks
from theory.geometry.packing import packing
from theory.polytopes.arrangements import arrangement

# needs: packing_theory.derived


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
