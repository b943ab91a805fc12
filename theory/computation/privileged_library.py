"""Blocks of the privileged basis found once and shipped, as starts at other densities [D30].

For importances that fall by 3/4, as the paper's do: a block of consecutive features has the same
shape wherever it begins.  ``python -m theory.computation.privileged_library 7`` goes on looking
for better ones from the random starts of seed 7, for some ten minutes, and keeps what is best.
"""

from __future__ import annotations

import sys
from functools import lru_cache
from itertools import pairwise
from pathlib import Path
from typing import Any

import numpy as np

from ground.checks import FloatArray
from theory.computation.privileged_blocks import PrivilegedBlock, descend, privileged_block

__all__ = ["SIZES", "nearest"]

DENSITIES = (
    0.5, 0.45, 0.4, 0.35, 0.3, 0.25, 0.2, 0.17, 0.15, 0.12, 0.1, 0.08, 0.06, 0.05, 0.04, 0.03, 0.02,
)  # fmt: skip
# Features and neurons, and the largest density at which the block is looked for.
SIZES = {
    (3, 2): 0.5, (4, 3): 0.4, (5, 3): 0.4, (6, 4): 0.25, (7, 4): 0.15, (8, 5): 0.15,
    (9, 5): 0.1, (10, 5): 0.08,
}  # fmt: skip
RATIO = 0.75
ANCHORS, STARTS = 3, 24  # densities at which all is searched, and descents at each
FILE = Path(__file__).with_name("privileged_blocks.npz")
WITHIN = 1.3  # of the density asked for, relative


def nearest(n_features: int, n_hidden: int, density: float) -> tuple[FloatArray, FloatArray] | None:
    """W and b of the shipped block at the nearest density, or None where there is none near.

    >>> W, b = nearest(3, 2, 0.21)
    >>> W.shape, b.shape
    ((2, 3), (3,))
    """
    densities, W, b = _table(n_features, n_hidden)
    if not len(densities):
        return None
    k = int(np.abs(np.log(densities / density)).argmin())
    apart = abs(np.log(densities[k] / density))
    beyond = density > densities.max() or density < densities.min()
    return None if beyond and apart > np.log(WITHIN) else (W[k].copy(), b[k].copy())


@lru_cache
def _table(j: int, s: int) -> tuple[FloatArray, FloatArray, FloatArray]:
    with np.load(FILE) as file:
        if f"{j}_{s}_W" not in file:  # a size that was never searched
            return np.zeros(0), np.zeros((0, s, j)), np.zeros((0, j))
        return file[f"{j}_{s}_density"], file[f"{j}_{s}_W"], file[f"{j}_{s}_b"]


def improved(
    n_features: int, n_hidden: int, seed: int, starts: int = STARTS
) -> list[PrivilegedBlock]:
    """Blocks of one size at every density, the shipped ones or better: by falling density.

    New starts are tried at some densities, then each block is carried along to its neighbours.
    """
    j, s = n_features, n_hidden
    densities = [p for p in DENSITIES if p <= SIZES[j, s]]
    value = np.asarray(RATIO ** np.arange(j), dtype=np.float64)
    found: dict[float, PrivilegedBlock] = {}

    def keep(block: PrivilegedBlock | None) -> None:
        if block is not None and block.whole:
            p = block.density
            if p not in found or block.loss < found[p].loss:
                found[p] = block

    for p, W, b in zip(*_table(j, s), strict=True):
        keep(descend(W, b, float(p), value))
    for k in np.linspace(0, len(densities) - 1, ANCHORS + 2)[1:-1].round().astype(int):
        if starts:
            stream = [seed, j, s, int(k)]
            keep(privileged_block(j, s, densities[k], value, starts=starts, seed=stream))
    for order in (densities, densities[::-1]):
        for here, there in pairwise(order):
            if here in found:
                keep(descend(found[here].W, found[here].b, there, value))
    return [found[p] for p in sorted(found)]


def main(seed: int) -> None:
    """Look for better blocks from new starts, and write what is best."""
    with np.load(FILE) as file:
        arrays: dict[str, Any] = dict(file)
    for j, s in SIZES:
        blocks = improved(j, s, seed)
        arrays[f"{j}_{s}_density"] = np.array([block.density for block in blocks])
        arrays[f"{j}_{s}_W"] = np.array([block.W for block in blocks]).reshape(-1, s, j)
        arrays[f"{j}_{s}_b"] = np.array([block.b for block in blocks]).reshape(-1, j)
        losses = ", ".join(f"{block.density:g}: {block.loss:.6f}" for block in blocks)
        sys.stderr.write(f"{j} in {s}: {losses}\n")
        np.savez_compressed(FILE, allow_pickle=False, **arrays)


if __name__ == "__main__":
    main(int(sys.argv[1]) if len(sys.argv) > 1 else 0)
