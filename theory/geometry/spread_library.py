"""Free blocks of 20 and 30 dimensions down to a density of .01, computed and shipped [D47].

Each was found by :mod:`theory.geometry.spread_blocks` without any training.  In 20 dimensions, of
up to 200 features, the number with the most benefit by its mean row.  Sparser than a density of
.016 more would be better: there also 400 in 30.  ``python -m theory.geometry.spread_library``
computes all anew, in six minutes on one core.
"""

from __future__ import annotations

import sys
from collections.abc import Iterator
from functools import lru_cache
from pathlib import Path

import numpy as np

from ground.checks import FloatArray
from theory.geometry.blocks import FreeBlock
from theory.geometry.spread_blocks import best_count, exact_block, spread_block

__all__ = ["spread_blocks", "spread_blocks_at"]

FILE = Path(__file__).with_name("spread_blocks.npz")
DENSITIES = np.geomspace(1, 0.01, 25)[9:]  # twelve a decade, from .18 on
DIMENSIONS, MOST_FEATURES = 20, 200  # a gradient of 200 features takes half a second
LARGER = 30, 400
LARGER_AT = DENSITIES[[13, 15]]  # those of models that size below .016
LEAST, STEP = 2.0, 1.07  # features for a dimension: the fewest, and to the next number tried
EVALUATIONS = {DIMENSIONS: 30, LARGER[0]: 8}
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
    [20]
    >>> spread_blocks_at(0.5)
    []
    """
    return [f for f in spread_blocks() if abs(f.density / density - 1) < SAME]


def counts() -> list[int]:
    """Numbers of features tried in twenty dimensions."""
    least = LEAST * DIMENSIONS
    steps = int(np.log(MOST_FEATURES / least) / np.log(STEP)) + 1
    tried = np.round(least * STEP ** np.arange(steps)).astype(int)
    return sorted({*tried.tolist(), MOST_FEATURES})


def planned() -> Iterator[tuple[int, int, float]]:
    """Features, dimensions and density of all that is shipped."""
    for p in DENSITIES.tolist():
        yield best_count(counts(), DIMENSIONS, p), DIMENSIONS, p
    for p in LARGER_AT.tolist():
        yield LARGER[1], LARGER[0], p


def entry(n_features: int, n_hidden: int, density: float) -> FreeBlock:
    """One block, as it is kept."""
    return rounded(spread_block(n_features, n_hidden, density, evaluations=EVALUATIONS[n_hidden]))


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
    for k, d, p in planned():
        block = entry(k, d, p)
        found.update(packed_arrays(block))
        np.savez_compressed(path, **found)  # type: ignore[arg-type]
        sys.stderr.write(f"p = {p:.4f}: {k} features in {d} dimensions, {block.benefit:.6g}\n")


if __name__ == "__main__":
    compute()
