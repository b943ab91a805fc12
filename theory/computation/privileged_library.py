"""Blocks of the privileged basis found once and shipped, as starts at other densities [D30].

For importances that fall by 3/4, as the paper's do: a block of consecutive features has the same
shape wherever it begins.  ``python -m theory.computation.privileged_library`` finds them again,
in about half an hour.
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
    (3, 2): 0.5, (4, 3): 0.4, (5, 3): 0.4, (6, 4): 0.25, (7, 4): 0.15, (7, 5): 0.15, (8, 5): 0.15,
    (9, 5): 0.1, (10, 5): 0.08,
}  # fmt: skip
RATIO = 0.75
ANCHORS, STARTS = 4, 60  # densities at which all is searched, and descents at each
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
        names = [f"{j}_{s}_{part}" for part in ("density", "W", "b")]
        return tuple(file[name] if name in file else np.zeros(0) for name in names)


def found_again(n_features: int, n_hidden: int) -> dict[float, PrivilegedBlock]:
    """Search for one size of block at every density where it is looked for."""
    j, s = n_features, n_hidden
    densities = [p for p in DENSITIES if p <= SIZES[j, s]]
    value = np.asarray(RATIO ** np.arange(j), dtype=np.float64)
    found: dict[float, PrivilegedBlock] = {}
    for k in np.linspace(0, len(densities) - 1, ANCHORS + 2)[1:-1].round().astype(int):
        block = privileged_block(j, s, densities[k], value, starts=STARTS, seed=[j, s, int(k)])
        if block is not None:
            found[densities[k]] = block
    # Each is carried along to its neighbours, up and down and up.
    for order in (densities, densities[::-1], densities):
        for here, there in pairwise(order):
            if here in found:
                block = descend(found[here].W, found[here].b, there, value)
                if block.whole and (there not in found or block.loss < found[there].loss):
                    found[there] = block
    return found


def main(path: Path = FILE) -> None:
    """Find all blocks again and write the file."""
    arrays: dict[str, Any] = {}
    for j, s in SIZES:
        found = found_again(j, s)
        blocks = [found[p] for p in sorted(found)]
        arrays[f"{j}_{s}_density"] = np.array([block.density for block in blocks])
        arrays[f"{j}_{s}_W"] = np.array([block.W for block in blocks]).reshape(-1, s, j)
        arrays[f"{j}_{s}_b"] = np.array([block.b for block in blocks]).reshape(-1, j)
        losses = ", ".join(f"{block.density:g}: {block.loss:.6f}" for block in blocks)
        sys.stderr.write(f"{j} in {s}: {losses}\n")
        np.savez_compressed(path, allow_pickle=False, **arrays)


if __name__ == "__main__":
    main(Path(sys.argv[1]) if len(sys.argv) > 1 else FILE)
