"""Free blocks in a Dataset and back: padded, since each has its own number of features."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import xarray as xr

from ground.checks import FloatArray
from theory.geometry.blocks import FreeBlock

__all__ = ["free_blocks", "free_dataset"]

AXES = ("free_density", "free_dimension")


def free_dataset(
    densities: FloatArray, dimensions: Sequence[int], table: Sequence[Sequence[FreeBlock]]
) -> xr.Dataset:
    """Free blocks (free_density, free_dimension): benefit, loss, W and b, padded with NaN."""
    d, k = max(dimensions), max(block.n_features for row in table for block in row)
    shape = len(densities), len(dimensions)
    W, b = np.full((*shape, d, k), np.nan), np.full((*shape, k), np.nan)
    for i, row in enumerate(table):
        for j, block in enumerate(row):
            W[i, j, : block.dimension, : block.n_features] = block.W
            b[i, j, : block.n_features] = block.b
    return xr.Dataset(
        {
            "free_benefit": (AXES, [[block.benefit for block in row] for row in table]),
            "free_loss": (AXES, [[block.loss for block in row] for row in table]),
            "free_W": ((*AXES, "hidden", "feature"), W),
            "free_b": ((*AXES, "feature"), b),
        },
        {"free_density": densities, "free_dimension": list(dimensions)},
    )


def free_blocks(derived: xr.Dataset) -> tuple[FloatArray, list[list[FreeBlock]]]:
    """Densities, and the free blocks of each by dimension, as `free_dataset` keeps them."""
    p, sizes = derived["free_density"].values, derived["free_dimension"].values
    W = derived["free_W"].transpose(*AXES, "hidden", "feature").values
    b = derived["free_b"].transpose(*AXES, "feature").values
    loss = derived["free_loss"].transpose(*AXES).values
    kept = np.isfinite(b)
    table = [
        [
            FreeBlock(float(density), float(loss[i, j]), W[i, j, :d, own].T, b[i, j, own])
            for j, (d, own) in enumerate(zip(sizes, kept[i], strict=True))
        ]
        for i, density in enumerate(p)
    ]
    return p, table
