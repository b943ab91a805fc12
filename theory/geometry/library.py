"""Blocks computed once and shipped: symmetric ones along a line of densities, and free ones [D14].

What :func:`theory.geometry.packing.best_block` and
:func:`theory.geometry.free_blocks.best_free_block` find takes seconds to hours.  Whoever only
asks which blocks are worth a closer look reads it here.  Entries are named by their
configuration, so that each can be computed again; ``python -m theory.geometry.library`` does it
for all of them, and with ``symmetric`` behind it for the families alone, in a quarter of a minute.
"""

from __future__ import annotations

import sys
from collections.abc import Iterator
from functools import lru_cache
from pathlib import Path

import numpy as np

from ground.checks import FloatArray
from theory.data_law import feature_variance
from theory.geometry.blocks import Block, FreeBlock
from theory.polytopes.arrangements import SHAPES, arrangement, arrangements

__all__ = ["DENSITIES", "block_at", "free_blocks", "relative_loss"]

# Where the symmetric families are tabulated: twelve densities a decade.
DENSITIES = np.geomspace(1.0, 10.0**-2.5, 31)
# Free blocks (d, p): sparser ones hold so many features that a search takes hours.
FREE = tuple((d, p) for d in (2, 3, 4) for p in (0.3, 0.2, 0.1, 0.07, 0.05, 0.03, 0.02))
STARTS = 2
FIELDS = ("loss", "scale", "bias", "shape")
SYMMETRIC_FILE = Path(__file__).with_name("symmetric_blocks.npz")
FREE_FILE = Path(__file__).with_name("free_blocks.npz")


def block_at(name: str, density: float) -> Block:
    """A family's best member near one density, read off the table: a start for the exact one.

    Parameters
    ----------
    name : str
        Of a family of :mod:`theory.polytopes.arrangements`.
    density : float
        p in (0, 1].

    Examples
    --------
    >>> block_at("pentagon", 0.1).n_features
    5
    """
    family = arrangement(name)
    x = -np.log(density)
    loss, scale, bias, shape = (np.interp(x, *column) for column in _columns(name))
    free = None if family.tight is None else float(np.clip(shape, *SHAPES))
    return Block(
        name,
        family.dimension,
        family.n_features,
        density,
        float(loss * feature_variance(density)),
        float(scale),
        float(bias),
        free,
        family.dimensionality(free),
    )


def relative_loss(name: str, densities: FloatArray) -> FloatArray:
    """Loss of a feature of a family's best member over that of ignoring it, interpolated."""
    return np.asarray(np.interp(-np.log(densities), *_columns(name)[0]))


@lru_cache
def free_blocks() -> tuple[FreeBlock, ...]:
    """The free blocks that are shipped, dimension by dimension and sparser and sparser."""
    with np.load(FREE_FILE, allow_pickle=False) as stored:
        found = []
        for d, p in FREE:
            key = free_key(d, p)
            if f"{key} W" in stored:
                W, b = stored[f"{key} W"], stored[f"{key} b"]
                found.append(FreeBlock(p, float(stored[f"{key} loss"]), W, b))
    return tuple(found)


def free_key(n_hidden: int, density: float) -> str:
    """What an entry of the free blocks is called: its configuration."""
    return f"dimensions={n_hidden} density={density:g} starts={STARTS}"


@lru_cache
def _tables() -> dict[str, FloatArray]:
    with np.load(SYMMETRIC_FILE, allow_pickle=False) as stored:
        return dict(stored)


@lru_cache
def _columns(name: str) -> tuple[tuple[FloatArray, FloatArray], ...]:
    """Abscissa −log p and ordinate of each field, the loss over that of ignoring."""
    table = _tables()[name]
    x = -np.log(DENSITIES)
    return ((x, table[0] / feature_variance(DENSITIES)), *((x, row) for row in table[1:]))


def symmetric_table(name: str, densities: FloatArray = DENSITIES) -> FloatArray:
    """Loss, scale, bias and shape (NaN where none is free) of a family, (4, n_densities)."""
    from theory.geometry.packing import along  # what searches is not for readers to load

    [line] = along([name], densities)
    return np.array([[getattr(block, field) for block in line] for field in FIELDS], float)


def free_entry(n_hidden: int, density: float) -> Iterator[tuple[str, FloatArray]]:
    """The arrays of one free block, by name."""
    from theory.geometry.free_blocks import best_free_block

    key, block = free_key(n_hidden, density), best_free_block(n_hidden, density, starts=STARTS)
    yield from ((f"{key} W", block.W), (f"{key} b", block.b))
    yield f"{key} loss", np.array(block.loss)


def compute_symmetric() -> None:
    """Compute the tables of the families anew."""
    tables = {a.name: symmetric_table(a.name) for a in arrangements()}
    np.savez(SYMMETRIC_FILE, **tables)  # type: ignore[arg-type]


def compute_free() -> None:
    """Compute the free blocks anew, in hours."""
    found: dict[str, FloatArray] = {}
    # The cheap ones first, each kept as soon as it is there.
    for d, p in sorted(FREE, key=lambda job: job[0] / job[1]):
        found.update(free_entry(d, p))
        np.savez(FREE_FILE, **found)  # type: ignore[arg-type]
        sys.stderr.write(f"{free_key(d, p)}\n")


if __name__ == "__main__":
    compute_symmetric()
    if sys.argv[1:] != ["symmetric"]:
        compute_free()
