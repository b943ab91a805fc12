"""Free blocks survive a Dataset, whatever their sizes."""

from __future__ import annotations

import numpy as np

from figures.geometry.free import free_blocks, free_dataset
from theory.geometry.blocks import FreeBlock


def test_free_blocks_come_back_as_they_were():
    rng = np.random.default_rng(0)
    densities, dimensions = np.array([0.2, 0.1, 0.05]), (2, 3)
    table = [
        [
            FreeBlock(float(p), float(rng.uniform()), rng.normal(size=(d, k)), rng.normal(size=k))
            for d, k in zip(dimensions, rng.integers(3, 9, 2).tolist(), strict=True)
        ]
        for p in densities
    ]
    kept = free_dataset(densities, dimensions, table)
    found, back = free_blocks(kept)
    assert found.tolist() == densities.tolist()
    for row, own in zip(table, back, strict=True):
        for block, other in zip(row, own, strict=True):
            assert (other.density, other.loss) == (block.density, block.loss)
            assert np.array_equal(other.W, block.W)
            assert np.array_equal(other.b, block.b)
    benefits = [[block.benefit for block in row] for row in table]
    assert np.array_equal(kept["free_benefit"].values, benefits)
