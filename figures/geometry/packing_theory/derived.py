"""Benefit per dimension of every arrangement, winners, free blocks, and the limit of large ones."""

from __future__ import annotations

import numpy as np
import xarray as xr

from figures.geometry.packing_theory.plan import (
    COUNTS,
    FREE,
    FREE_BETWEEN,
    NAME,
    NAMES,
    STARTS,
    configuration,
)
from figures.kit.profile import Profile, cores
from ground.checks import FloatArray
from ground.results import configured, load
from theory.geometry.free_blocks import FreeBlock, best_free_blocks
from theory.geometry.large_blocks import large_block
from theory.geometry.packing import packing
from theory.geometry.takeovers import large_blocks_take_over, packing_transitions


def derive(profile: Profile) -> xr.Dataset:
    """Everything over 1/p from 1 to 100."""
    p = np.geomspace(1, 0.01, COUNTS[profile.name])
    large = [large_block(float(density)) for density in p]
    found = [
        *packing_transitions(np.geomspace(1, 0.01, COUNTS["quick"]), names=NAMES[profile.name]),
        large_blocks_take_over(0.02, 0.06, names=NAMES[profile.name]),
    ]
    result = packing(p, names=NAMES[profile.name]).assign(
        large_benefit=("density", [block.benefit for block in large]),
        large_ratio=("density", [block.features_per_dimension for block in large]),
        large_scale=("density", [block.scale for block in large]),
        transition=("change", [change.density for change in found]),
        accuracy=("change", [change.accuracy for change in found]),
        dense=("change", [change.dense for change in found]),
        sparse=("change", [change.sparse for change in found]),
    )
    return configured(
        xr.merge([result, derive_free(profile)]), {"theory": "packing", **configuration(profile)}
    )


def derive_free(profile: Profile) -> xr.Dataset:
    """Free blocks (free_density, free_dimension): benefit, loss, W and b, padded with NaN."""
    dimensions, count = FREE[profile.name]
    every = np.geomspace(1, 0.01, count)
    p = every[(every > FREE_BETWEEN[0]) & (every < FREE_BETWEEN[1])]
    table = best_free_blocks(p, dimensions, starts=STARTS, n_jobs=cores())
    d, k = max(dimensions), max(block.n_features for row in table for block in row)
    W, b = (
        np.full((len(p), len(dimensions), d, k), np.nan),
        np.full((len(p), len(dimensions), k), np.nan),
    )
    for i, row in enumerate(table):
        for j, block in enumerate(row):
            W[i, j, : block.dimension, : block.n_features] = block.W
            b[i, j, : block.n_features] = block.b
    axes = ("free_density", "free_dimension")
    return xr.Dataset(
        {
            "free_benefit": (axes, [[block.benefit for block in row] for row in table]),
            "free_loss": (axes, [[block.loss for block in row] for row in table]),
            "free_W": ((*axes, "hidden", "feature"), W),
            "free_b": ((*axes, "feature"), b),
        },
        {"free_density": p, "free_dimension": list(dimensions)},
    )


def free_blocks(profile: Profile) -> tuple[FloatArray, list[list[FreeBlock]]]:
    """Densities, and the free blocks of each, as they were derived."""
    wanted = {"theory": "packing", **configuration(profile)}
    derived = load(profile.data(NAME, "derived"), configuration=wanted)
    p = derived["free_density"].values
    axes = ("free_density", "free_dimension")
    W = derived["free_W"].transpose(*axes, "hidden", "feature").values
    b = derived["free_b"].transpose(*axes, "feature").values
    loss = derived["free_loss"].transpose(*axes).values
    sizes = derived["free_dimension"].values
    table = []
    for i, density in enumerate(p):
        row = []
        for j, d in enumerate(sizes):
            kept = np.isfinite(b[i, j])
            row.append(
                FreeBlock(float(density), float(loss[i, j]), W[i, j, :d, kept].T, b[i, j, kept])
            )
        table.append(row)
    return p, table
