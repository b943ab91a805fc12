"""Blocks computed once and shipped: symmetric ones along a line of densities, and free ones [D14].

What :func:`theory.geometry.packing.best_block` and
:func:`theory.geometry.free_blocks.best_free_block` find takes seconds to hours.  Whoever only
asks which blocks are worth a closer look reads it here.  Entries are named by their
configuration, so that each can be computed again; ``python -m theory.geometry.library`` does it
for all of them, and with ``symmetric``, ``wide`` or ``free`` behind it for these alone: seconds for
the symmetric families, minutes for the wide blocks, hours for the free ones.
"""

from __future__ import annotations

import sys
from collections.abc import Iterator, Sequence
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
# Free blocks of more dimensions, at thirteen densities from 1 to 0.01 as far as features neither
# pack as polytopes nor are more than ten a dimension: those that figure packing_theory draws.
WIDE = tuple((d, float(p)) for p in np.geomspace(1, 0.01, 13)[4:12] for d in (4, 6, 8))
WIDE_STARTS = 1
WIDE_FILE = Path(__file__).with_name("wide_blocks.npz")
_SAME = 1e-9


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
    return tuple(_stored(FREE_FILE, FREE, STARTS))


@lru_cache
def wide_blocks() -> tuple[FreeBlock, ...]:
    """Those of 4, 6 and 8 dimensions, sparser and sparser, of one start each."""
    return tuple(_stored(WIDE_FILE, WIDE, WIDE_STARTS))


def shipped_block(n_hidden: int, density: float) -> FreeBlock | None:
    """The free block of these dimensions at exactly this density, if one is shipped.

    Examples
    --------
    >>> shipped_block(8, 0.1).n_features
    30
    >>> shipped_block(8, 0.3) is None
    True
    """
    for block in (*wide_blocks(), *free_blocks()):
        if block.dimension == n_hidden and abs(block.density / density - 1) < _SAME:
            return block
    return None


def _stored(file: Path, jobs: Sequence[tuple[int, float]], starts: int) -> Iterator[FreeBlock]:
    with np.load(file, allow_pickle=False) as stored:
        for d, p in jobs:
            key = free_key(d, p, starts)
            if f"{key} W" in stored:
                W, b = stored[f"{key} W"], stored[f"{key} b"]
                yield FreeBlock(p, float(stored[f"{key} loss"]), W, b)


def free_key(n_hidden: int, density: float, starts: int = STARTS) -> str:
    """What an entry of the free blocks is called: its configuration."""
    return f"dimensions={n_hidden} density={density:g} starts={starts}"


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


def free_entry(
    n_hidden: int, density: float, starts: int = STARTS
) -> Iterator[tuple[str, FloatArray]]:
    """The arrays of one free block, by name."""
    from theory.geometry.free_blocks import best_free_block

    key = free_key(n_hidden, density, starts)
    block = best_free_block(n_hidden, density, starts=starts)
    yield from ((f"{key} W", block.W), (f"{key} b", block.b))
    yield f"{key} loss", np.array(block.loss)


def compute_symmetric() -> None:
    """Compute the tables of the families anew."""
    tables = {a.name: symmetric_table(a.name) for a in arrangements()}
    np.savez(SYMMETRIC_FILE, **tables)  # type: ignore[arg-type]


def compute_free(file: Path, jobs: Sequence[tuple[int, float]], starts: int) -> None:
    """Compute the free blocks of one file anew."""
    found: dict[str, FloatArray] = {}
    # The cheap ones first, each kept as soon as it is there.
    for d, p in sorted(jobs, key=lambda job: job[0] / job[1]):
        found.update(free_entry(d, p, starts))
        np.savez(file, **found)  # type: ignore[arg-type]
        sys.stderr.write(f"{free_key(d, p, starts)}\n")


if __name__ == "__main__":
    chosen = sys.argv[1:] or ["symmetric", "wide", "free"]
    if "symmetric" in chosen:
        compute_symmetric()
    if "wide" in chosen:
        compute_free(WIDE_FILE, WIDE, WIDE_STARTS)
    if "free" in chosen:
        compute_free(FREE_FILE, FREE, STARTS)
