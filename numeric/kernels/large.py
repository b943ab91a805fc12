"""The hot loop of large models: batches and the optimiser's step, instance by instance.

The threads take instances each, or share the groups of one instance's batch: either way the
bits are the same.
"""

from __future__ import annotations

import numpy as np
from numba import prange

from ground.compiled import compiled
from numeric.kernels.large_batch import (
    GROUPS,
    add,
    gradient_of_batch,
    group,
    room_of,
    unpack,
    weights_of,
)
from numeric.kernels.samples import sample_block
from numeric.kernels.spec import Spec
from numeric.kernels.update import update
from numeric.kernels.weights import add_of_weights
from numeric.kernels.worlds import Worlds, world_of

__all__ = ["advance_large", "advance_one", "large_sample_of_batch"]


@compiled()
def advance_large(  # type: ignore[no-untyped-def]
    spec, chosen, theta, first, second, worlds, tables, start, rates, losses
):
    """As `numeric.kernels.small.advance`: whole instances one after the other, on this thread."""
    room, weights = room_of(spec), weights_of(spec)
    gradient = np.empty(theta.shape[1])
    for i in chosen:
        world, importance = world_of(spec, worlds, i), worlds.importance[i]
        for t in range(rates.size):
            step = start + t
            losses[i, t] = gradient_of_batch(
                spec, theta[i], world, importance, tables, step, weights, room, gradient
            )
            losses[i, t] += add_of_weights(spec, theta[i], gradient)
            update(spec, theta[i], first[i], second[i], gradient, rates[t], step + 1)


@compiled(parallel=True)
def advance_one(  # type: ignore[no-untyped-def]
    spec, i, theta, first, second, worlds, tables, start, rates, losses
):
    """The same for one instance, its groups shared among Numba's threads."""
    rooms = [room_of(spec) for _ in range(GROUPS)]
    # Numba carries named tuples into a parallel loop only where they are arguments, or in lists.
    shared = [weights_of(spec)]
    gradient = np.empty(theta.shape[1])
    parts = np.empty(GROUPS)
    for t in range(rates.size):
        unpack(spec, theta[i], worlds.importance[i], shared[0])
        for number in prange(GROUPS):
            world = world_of(spec, worlds, i)
            parts[number] = group(spec, number, shared[0], world, tables, start + t, rooms[number])
        gradient[:] = 0.0
        loss = 0.0
        for number in range(GROUPS):
            loss += parts[number]
            add(spec, rooms[number], gradient)
        losses[i, t] = loss / spec.batch + add_of_weights(spec, theta[i], gradient)
        update(spec, theta[i], first[i], second[i], gradient, rates[t], start + t + 1)


@compiled()
def large_sample_of_batch(spec: Spec, worlds: Worlds, i, tables, step):  # type: ignore[no-untyped-def]
    """As `numeric.kernels.small.sample_of_batch`."""
    room, world = room_of(spec), world_of(spec, worlds, i)
    out = np.zeros((spec.batch, spec.n), np.float32)
    for block in range((spec.batch + spec.block - 1) // spec.block):
        begin = block * spec.block
        count = min(spec.block, spec.batch - begin)
        filled = sample_block(world, room.x, count, room.words, room.counts, tables, step, block)
        out[begin : begin + filled] = room.x[:, :filled].T
    return out
