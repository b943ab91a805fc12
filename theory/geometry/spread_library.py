"""Free blocks of 10, 15 and 20 dimensions down to a density of .01, computed and shipped [D47].

Each was found by :mod:`theory.geometry.spread_blocks` without any training: the k with the most
benefit by its mean row, then polished with the exact loss.  Where n/m would bind, at sparse
features, also blocks of the two ratios that trained models have.  ``python -m
theory.geometry.spread_library`` computes all anew, in a quarter of an hour on one core.
"""

from __future__ import annotations

import sys
from functools import lru_cache
from pathlib import Path

import numpy as np

from ground.checks import FloatArray
from theory.geometry.blocks import FreeBlock
from theory.geometry.spread_blocks import best_count, exact_block, spread_block

__all__ = ["spread_blocks", "spread_blocks_at"]

FILE = Path(__file__).with_name("spread_blocks.npz")
DENSITIES = np.geomspace(1, 0.01, 25)[9:]  # twelve a decade, from .18 on
DIMENSIONS = (10, 15, 20)
RATIOS = (10.0, 40 / 3)  # n/m of 200/20 and of 400/30
LEAST, STEP = 2.0, 1.07  # features for a dimension: the fewest, and to the next tried
MOST_FEATURES = 200  # of a block; a gradient then takes half a second
SAME = 1e-6  # relative difference of densities that are the same


@lru_cache
def spread_blocks() -> tuple[FreeBlock, ...]:
    """All that are shipped, dimension by dimension and sparser and sparser."""
    found = []
    with np.load(FILE, allow_pickle=False) as stored:
        for key in stored:
            name, _, part = key.rpartition(" ")
            if part == "W":
                W = stored[key].astype(np.float64)
                b = stored[f"{name} b"].astype(np.float64)
                p, loss = stored[f"{name} law"]
                found.append(FreeBlock(float(p), float(loss), W, b))
    return tuple(sorted(found, key=lambda f: (f.dimension, -f.density, f.n_features)))


def spread_blocks_at(density: float) -> list[FreeBlock]:
    """Those of one density; none where that is not among :data:`DENSITIES`.

    Examples
    --------
    >>> [block.dimension for block in spread_blocks_at(0.1)]
    [10, 15, 20]
    >>> spread_blocks_at(0.5)
    []
    """
    return [f for f in spread_blocks() if abs(f.density / density - 1) < SAME]


def counts(n_hidden: int) -> list[int]:
    """Numbers of features tried in so many dimensions."""
    most = min(MOST_FEATURES, round(max(RATIOS) * n_hidden))
    steps = int(np.log(most / (LEAST * n_hidden)) / np.log(STEP)) + 1
    tried = LEAST * n_hidden * STEP ** np.arange(steps)
    bound = [round(r * n_hidden) for r in RATIOS if round(r * n_hidden) <= MOST_FEATURES]
    return sorted({*np.round(tried).astype(int).tolist(), *bound})


def entries(n_hidden: int, density: float) -> list[FreeBlock]:
    """The best block of so many dimensions, and where that binds those of the ratios n/m."""
    every = counts(n_hidden)
    bound = [round(r * n_hidden) for r in RATIOS]
    chosen = {best_count([k for k in every if k <= most], n_hidden, density) for most in bound}
    return [rounded(spread_block(k, n_hidden, density)) for k in sorted(chosen)]


def rounded(block: FreeBlock) -> FreeBlock:
    """As it is kept, in half precision: at a minimum that costs the loss a millionth."""
    W, b = (part.astype(np.float16).astype(np.float64) for part in (block.W, block.b))
    return exact_block(W, b, block.density)


def packed_arrays(block: FreeBlock) -> dict[str, FloatArray]:
    """The arrays of one block by name."""
    name = f"dimensions={block.dimension} features={block.n_features} density={block.density:.6g}"
    return {
        f"{name} W": block.W.astype(np.float16),
        f"{name} b": block.b.astype(np.float16),
        f"{name} law": np.array([block.density, block.loss]),
    }


def compute(path: Path = FILE) -> None:
    """Compute all that is shipped anew, each kept as soon as it is there."""
    found: dict[str, FloatArray] = {}
    for d in DIMENSIONS:
        for p in DENSITIES:
            for block in entries(d, float(p)):
                found.update(packed_arrays(block))
                sys.stderr.write(
                    f"d = {d}, p = {p:.4f}: {block.n_features} features, {block.benefit:.6g}\n"
                )
            np.savez_compressed(path, **found)  # type: ignore[arg-type]


if __name__ == "__main__":
    compute()
