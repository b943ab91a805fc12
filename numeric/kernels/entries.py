"""The active entries of a block of samples, for products that leave out what is zero."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from ground.compiled import compiled
from numeric.kernels.lanes import LANES
from numeric.kernels.narrow import keep_places
from numeric.kernels.runs import keep_active

__all__ = ["SPARSE_BELOW", "SPARSE_FROM", "Entries", "entries_of", "find_entries", "find_places"]

SPARSE_BELOW = 0.2  # mean density from which on dense products are cheaper
SPARSE_FROM = 16  # hidden dimensions: with fewer, listing the entries costs what it saves


class Entries(NamedTuple):
    """Which samples each feature is active in, feature after feature, and its values there."""

    starts: np.ndarray  # (n + 1,): where each feature's begin
    places: np.ndarray  # samples, int32
    values: np.ndarray  # float32


@compiled()
def entries_of(n, block):  # type: ignore[no-untyped-def]
    """Room for the entries of a block."""
    room = n * block + LANES
    return Entries(np.zeros(n + 1, np.int64), np.empty(room, np.int32), np.empty(room, np.float32))


@compiled(borrowing=True)
def find_entries(x, width, entries):  # type: ignore[no-untyped-def]
    """List what is not zero in x[:, :width], whole vectors."""
    starts, places, values = entries
    found = 0
    for j in range(x.shape[0]):
        starts[j] = found
        for s in range(0, width, LANES):
            found += keep_active(x, j * x.shape[1] + s, s, places, values, found)
    starts[x.shape[0]] = found


@compiled(borrowing=True)
def find_places(x, width, entries):  # type: ignore[no-untyped-def]
    """The same without the values."""
    starts, places, _ = entries
    found = 0
    for j in range(x.shape[0]):
        starts[j] = found
        for s in range(0, width, LANES):
            found += keep_places(x, j * x.shape[1] + s, s, places, found)
    starts[x.shape[0]] = found
