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
    flatten,
    gradient_of_batch,
    group,
    room_of,
    sums_of,
    unpack,
    weights_of,
)
from numeric.kernels.samples import sample_block
from numeric.kernels.spec import Spec
from numeric.kernels.update import corrected, corrections, give, state_of, take
from numeric.kernels.weights import add_of_weights
from numeric.kernels.worlds import Worlds, world_of

__all__ = ["advance_large", "advance_one", "large_sample_of_batch"]

SLICE = 16  # features whose sums are added up, and parameters moved, while they are in cache


@compiled()
def advance_large(  # type: ignore[no-untyped-def]
    spec, chosen, theta, first, second, worlds, tables, start, rates, losses
):
    """As `numeric.kernels.small.advance`: whole instances one after the other, on this thread."""
    room, weights, sums, total = room_of(spec), weights_of(spec), sums_of(spec), sums_of(spec)
    gradient, state = np.zeros(theta.shape[1]), state_of(theta)
    scales = corrections(spec, start, rates.size)
    for i in chosen:
        world, importance = world_of(spec, worlds, i), worlds.importance[i]
        take(state, theta[i], first[i], second[i])
        for t in range(rates.size):
            unpack(spec, state[0], importance, weights, 0, spec.n)
            losses[i, t] = gradient_of_batch(
                spec, world, tables, start + t, weights, room, sums, total, gradient
            )
            losses[i, t] += add_of_weights(spec, state[0], gradient)
            corrected(spec, state[0], state[1], state[2], gradient, rates[t], scales[t])
        give(state, theta[i], first[i], second[i])


@compiled(borrowing=True)
def _move(spec, theta, first, second, gradient, rate, scales, begin, end):  # type: ignore[no-untyped-def]
    """One optimiser step of some features' parameters."""
    n, m = spec.n, spec.m
    for k in range(m):
        a, b = k * n + begin, k * n + end
        corrected(spec, theta[a:b], first[a:b], second[a:b], gradient[a:b], rate, scales)
    if not spec.tied:
        a, b = m * n + begin * m, m * n + end * m
        corrected(spec, theta[a:b], first[a:b], second[a:b], gradient[a:b], rate, scales)
    a, b = theta.size - n + begin, theta.size - n + end
    corrected(spec, theta[a:b], first[a:b], second[a:b], gradient[a:b], rate, scales)


@compiled(parallel=True)
def advance_one(  # type: ignore[no-untyped-def]
    spec, i, threads, theta, first, second, worlds, tables, start, rates, losses
):
    """The same for one instance, shared among so many of Numba's threads.

    Each takes some groups of the batch, with a room of its own; then each takes some features,
    adds up their gradients over the groups and moves their parameters.
    """
    hands = min(GROUPS, threads)
    rooms = [room_of(spec) for _ in range(hands)]
    sums = [sums_of(spec) for _ in range(GROUPS)]
    # Numba carries named tuples into a parallel loop only where they are arguments, or in lists.
    shared, totals = [weights_of(spec)], [sums_of(spec)]
    gradient = np.zeros(theta.shape[1])
    parts = np.empty(GROUPS)
    scales = corrections(spec, start, rates.size)
    penalised = spec.weight_decay > 0.0 or spec.interference > 0.0
    slices = (spec.n + SLICE - 1) // SLICE
    unpack(spec, theta[i], worlds.importance[i], shared[0], 0, spec.n)
    for t in range(rates.size):
        for hand in prange(hands):
            world = world_of(spec, worlds, i)
            for number in range(GROUPS * hand // hands, GROUPS * (hand + 1) // hands):
                parts[number] = group(
                    spec, number, shared[0], world, tables, start + t, rooms[hand], sums[number]
                )
        for hand in prange(hands):
            for one in range(slices * hand // hands, slices * (hand + 1) // hands):
                begin, end = one * SLICE, min(spec.n, (one + 1) * SLICE)
                for number in range(GROUPS):
                    add(spec, sums[number], totals[0], number == 0, begin, end)
                flatten(spec, totals[0], gradient, begin, end)
                if not penalised:
                    _move(
                        spec,
                        theta[i],
                        first[i],
                        second[i],
                        gradient,
                        rates[t],
                        scales[t],
                        begin,
                        end,
                    )
                    unpack(spec, theta[i], worlds.importance[i], shared[0], begin, end)
        loss = 0.0
        for number in range(GROUPS):
            loss += parts[number]
        losses[i, t] = loss / spec.batch
        if penalised:
            losses[i, t] += add_of_weights(spec, theta[i], gradient)
            _move(spec, theta[i], first[i], second[i], gradient, rates[t], scales[t], 0, spec.n)
            unpack(spec, theta[i], worlds.importance[i], shared[0], 0, spec.n)


@compiled()
def large_sample_of_batch(spec: Spec, worlds: Worlds, i, tables, step):  # type: ignore[no-untyped-def]
    """As `numeric.kernels.small.sample_of_batch`."""
    room, world = room_of(spec), world_of(spec, worlds, i)
    out = np.zeros((spec.batch, spec.n), np.float32)
    for block in range((spec.batch + spec.block - 1) // spec.block):
        begin = block * spec.block
        count = min(spec.block, spec.batch - begin)
        filled = sample_block(world, room.x, count, room.words, room.counts, tables, step, block)
        for s in range(filled):
            for j in range(spec.n):
                out[begin + s, j] = room.x[j, s]
    return out
