"""What an instance draws its samples from: one value in place of a list of arguments."""

from __future__ import annotations

from collections.abc import Sequence
from enum import IntEnum
from typing import NamedTuple

import numpy as np

from ground.compiled import compiled
from numeric.features.law import Features
from numeric.kernels.streams import keys_of

__all__ = ["SKIP_BELOW", "Law", "World", "Worlds", "density_tables", "world_of"]

SKIP_BELOW = 0.04  # density under which one logarithm an active feature is cheaper than all gates


class Law(IntEnum):
    """The laws that the kernels know."""

    PATTERNS = 0  # independent features, few enough to count the samples of each pattern
    GATES = 1  # independent features: one word a feature is both its gate and its value
    CORRELATED = 2  # one gate a set, independent values
    ANTICORRELATED = 3  # one word a set names its active feature, or none
    K_ACTIVE = 4  # exactly k features
    ROWS = 5  # one of the given rows


class World(NamedTuple):
    """What one instance draws from: its law, the law's numbers, and the key of its stream."""

    law: int  # of `Law`
    n_active: int  # read by `Law.K_ACTIVE` only
    low: np.float32
    span: np.float32  # high − low
    density: np.ndarray  # (n,) float64
    logs: np.ndarray  # (3, n) float64, of `density_tables`
    sets: np.ndarray  # (n,) int64: the set of each feature, ascending from 0; for laws of sets
    rows: np.ndarray  # (rows, n) float32; read by `Law.ROWS` only
    k0: np.uint64
    k1: np.uint64


class Worlds(NamedTuple):
    """What all instances see, side by side: densities, importances, streams."""

    density: np.ndarray  # (instances, n)
    importance: np.ndarray  # (instances, n)
    logs: np.ndarray  # (instances, 3, n)
    sets: np.ndarray  # (n,)
    rows: np.ndarray  # (rows, n)
    keys: np.ndarray  # (instances, 2) uint64

    @classmethod
    def of(cls, features: Features, streams: Sequence[np.random.SeedSequence]) -> Worlds:
        """One world for each stream; the features may differ among them by a leading axis."""
        n = features.n_features
        shape = (len(streams), n)
        # In C order however few instances there are: another order is another kernel to compile.
        density, importance = (
            np.array(np.broadcast_to(values.reshape(-1, n), shape), order="C")
            for values in (features.density, features.importance)
        )
        sizes = getattr(features, "sizes", (1,) * n)
        return cls(
            density,
            importance,
            np.ascontiguousarray(density_tables(density)),
            np.repeat(np.arange(len(sizes)), sizes),
            np.array(getattr(features, "activations", np.empty((0, n))), np.float32, order="C"),
            keys_of(streams),
        )


@compiled()
def world_of(spec, worlds, i):  # type: ignore[no-untyped-def]
    """The world of instance i."""
    return World(
        spec.law,
        spec.n_active,
        spec.low,
        spec.span,
        worlds.density[i],
        worlds.logs[i],
        worlds.sets,
        worlds.rows,
        worlds.keys[i, 0],
        worlds.keys[i, 1],
    )


def density_tables(density: np.ndarray) -> np.ndarray:
    """What the samplers want to know of the densities: (instances, 3, n) of (instances, n).

    Rows log p and log(1 − p), 0 where infinite; then 1 where the active features are few
    enough, and all equally likely, that the samplers skip from one to the next.
    """
    p = np.asarray(density, dtype=np.float64)
    few = np.all((p == p[..., :1]) & (p > 0) & (p <= SKIP_BELOW), axis=-1, keepdims=True)
    return np.stack(
        [
            np.log(np.where(p > 0, p, 1.0)),
            np.log1p(-np.where(p < 1, p, 0.0)),
            np.broadcast_to(few, p.shape).astype(np.float64),
        ],
        axis=-2,
    )
