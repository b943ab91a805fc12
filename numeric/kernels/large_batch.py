"""Loss and gradient of one batch of a large model: five products, and all else on the way.

A batch is cut into blocks of features × samples that stay in cache, and every loop runs over
samples.  Blocks belong to a fixed number of groups; each group adds up its own gradient, in
float64, and the groups are added in order.  So the bits do not depend on the threads, whether
these share one instance's groups or take instances each.  The batch is float32; parameters and the
optimiser's state are float64.

Samples without any active feature need no product: h = 0.  Vectors are filled up with such
samples, which are then not counted again.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from ground.compiled import compiled
from numeric.kernels.entries import (
    SPARSE_BELOW,
    SPARSE_FROM,
    Entries,
    entries_of,
    find_entries,
    find_places,
)
from numeric.kernels.lanes import LANES, aligned, padded
from numeric.kernels.narrow import HALF, gather_half, transpose_half
from numeric.kernels.products import errors, multiply, outer
from numeric.kernels.runs import gather, scatter, transpose
from numeric.kernels.samples import sample_block, words_of
from numeric.kernels.small import silent_samples
from numeric.kernels.spec import Spec, TargetCode

__all__ = [
    "GROUPS",
    "Room",
    "Sums",
    "Weights",
    "add",
    "flatten",
    "gradient_of_batch",
    "group",
    "room_of",
    "sums_of",
    "unpack",
    "weights_of",
]

GROUPS = 8


class Room(NamedTuple):
    """Working arrays of one thread: small enough to stay in its own cache."""

    x: np.ndarray  # (n, block), as are the next two
    goal: np.ndarray  # what the output ought to be; x itself where that is it
    back: np.ndarray  # ∂loss/∂z
    h: np.ndarray  # (wide, block): m, padded
    dh: np.ndarray  # (wide, block)
    words: np.ndarray  # random
    counts: np.ndarray  # of patterns
    loss: np.ndarray  # (LANES,)
    rows: np.ndarray  # (block, wide or half a vector): h or ∂h, a row for each sample
    found: np.ndarray  # (n, as rows): a gradient
    entries: Entries


class Sums(NamedTuple):
    """A gradient, summed over samples, in float64."""

    encoder: np.ndarray  # (n, m); tied models have all of theirs here
    decoder: np.ndarray  # (n, m), or empty where tied
    bias: np.ndarray  # (n,)


class Weights(NamedTuple):
    """Parameters in single precision, features × hidden."""

    encoder: np.ndarray
    decoder: np.ndarray
    wide: np.ndarray  # the encoder, padded to whole vectors
    b: np.ndarray
    importance: np.ndarray
    double: np.ndarray  # twice that


@compiled()
def room_of(spec):  # type: ignore[no-untyped-def]
    """Room for one thread."""
    n, block = spec.n, spec.block
    # Another vector a row: rows whole pages apart would fight for places in the cache.
    width, wide = padded(block) + LANES, padded(spec.m)
    row = HALF if spec.m <= HALF else wide
    x = aligned(n, width)
    return Room(
        x,
        x if spec.target == TargetCode.IDENTITY else aligned(n, width),
        aligned(n, width),
        aligned(wide, width),
        aligned(wide, width),
        np.empty(words_of(n, block), np.uint32),
        np.empty(256, np.int64),
        np.empty(LANES, np.float32),
        aligned(padded(block), row),
        aligned(n, row),
        entries_of(n, block),
    )


@compiled()
def sums_of(spec):  # type: ignore[no-untyped-def]
    """Room for the sums of one group, or of all."""
    n, m = spec.n, spec.m
    return Sums(np.empty((n, m)), np.empty((0 if spec.tied else n, m)), np.empty(n))


@compiled()
def weights_of(spec):  # type: ignore[no-untyped-def]
    """Room for the weights of one instance."""
    n, m, single = spec.n, spec.m, np.float32
    encoder = np.empty((n, m), single)
    return Weights(
        encoder,
        encoder if spec.tied else np.empty((n, m), single),
        aligned(n, padded(m)),
        np.zeros(n, single),
        np.empty(n, single),
        np.empty(n, single),
    )


@compiled(borrowing=True)
def unpack(spec, theta, importance, weights, begin, end):  # type: ignore[no-untyped-def]
    """Fill some features' weights from flat parameters: [W, b] where tied, else [W1, W2, b]."""
    n, m = spec.n, spec.m
    for k in range(m):
        for j in range(begin, end):
            weights.encoder[j, k] = theta[k * n + j]
            weights.wide[j, k] = theta[k * n + j]
            if not spec.tied:
                weights.decoder[j, k] = theta[m * n + j * m + k]
    for j in range(begin, end):
        if spec.bias:
            weights.b[j] = theta[theta.size - n + j]
        weights.importance[j] = importance[j]
        weights.double[j] = np.float32(2.0) * weights.importance[j]


@compiled(borrowing=True)
def _targets(spec, x, goal, width):  # type: ignore[no-untyped-def]
    """|x| or ReLU(x), where the output ought to be that."""
    if spec.target == TargetCode.IDENTITY:
        return
    zero = np.float32(0.0)
    for j in range(spec.n):
        for s in range(width):
            value = x[j, s]
            opposite = -value if spec.target == TargetCode.ABSOLUTE else zero
            goal[j, s] = opposite if value <= zero else value


@compiled(borrowing=True)
def _activate(spec, h, width):  # type: ignore[no-untyped-def]
    """The hidden layer's ReLU, where it has one."""
    if spec.hidden_relu:
        for k in range(spec.m):
            for s in range(width):
                value = h[k, s]
                h[k, s] = np.float32(0.0) if value <= np.float32(0.0) else value


@compiled(borrowing=True)
def _penalise(spec, h, dh, width):  # type: ignore[no-untyped-def]
    """Add the gradient of λ Σ|h| to dh and pass it through the hidden ReLU; returns λ Σ|h|."""
    penalty, zero = np.float32(spec.l1), np.float32(0.0)
    size = 0.0
    if spec.hidden_relu or penalty > zero:
        for k in range(spec.m):
            for s in range(width):
                value = h[k, s]
                size += abs(value)
                if value > zero:
                    dh[k, s] += penalty
                elif spec.hidden_relu:
                    dh[k, s] = zero
                elif value < zero:
                    dh[k, s] -= penalty
    return penalty * size


@compiled(borrowing=True)
def _block(spec, weights, world, tables, step, block, room, sums):  # type: ignore[no-untyped-def]
    """Loss of one block; its gradient is added to the sums."""
    x, back, h, dh, entries = room.x, room.back, room.h, room.dh, room.entries
    count = min(spec.block, spec.batch - block * spec.block)
    filled = sample_block(world, x, count, room.words, room.counts, tables, step, block)
    width = padded(filled)
    loss = 0.0
    if width != count:
        loss += silent_samples(spec, count - width, weights.b, weights.importance, sums.bias)
    if filled == 0:
        return loss
    x[:, filled:width] = np.float32(0.0)
    sparse = h.shape[0] >= SPARSE_FROM and world.density.mean() <= SPARSE_BELOW
    narrow = room.rows.shape[1] == HALF
    if sparse and narrow:
        find_places(x, width, entries)
    elif sparse:
        find_entries(x, width, entries)
    # Rows are whole vectors: where most of one is padding, the dense product has h for less, and
    # bit for bit the same.
    if sparse and spec.m >= SPARSE_FROM:
        room.rows[:width] = np.float32(0.0)
        scatter(room.rows, entries.starts, entries.places, entries.values, weights.wide)
        transpose(h, room.rows, width, h.shape[0])
    else:
        multiply(h, x, weights.encoder, width)
    _activate(spec, h, width)
    _targets(spec, x, room.goal, width)
    least = np.float32(0.0) if spec.output_relu else np.float32(-np.inf)
    slopes, double = sums.bias, weights.double
    loss += errors(
        back, room.goal, h, weights.decoder, weights.b, double, least, slopes, room.loss, width
    )
    multiply(dh, back, weights.decoder, width)
    loss += _penalise(spec, h, dh, width)
    if sparse:
        if narrow:
            transpose_half(room.rows, dh, width)
            gather_half(room.found, entries.starts, entries.places, x, room.rows)
        else:
            transpose(room.rows, dh, h.shape[0], width)
            gather(room.found, entries.starts, entries.places, entries.values, room.rows)
        for j in range(spec.n):
            for k in range(spec.m):
                sums.encoder[j, k] += room.found[j, k]
    # What is left of hᵀ∂z + ∂hᵀx, as one product where it goes to one place.
    if spec.tied:
        outer(sums.encoder, back, h, x, dh, width, 0 if sparse else width)
    else:
        outer(sums.decoder, back, h, x, dh, width, 0)
        outer(sums.encoder, x, dh, back, h, 0 if sparse else width, 0)
    return loss


@compiled(borrowing=True)
def group(spec, number, weights, world, tables, step, room, sums):  # type: ignore[no-untyped-def]
    """Loss of the blocks of one group; its gradient is left in the sums."""
    sums.encoder[:] = 0.0
    sums.decoder[:] = 0.0
    sums.bias[:] = 0.0
    loss = 0.0
    blocks = (spec.batch + spec.block - 1) // spec.block
    for block in range(blocks * number // GROUPS, blocks * (number + 1) // GROUPS):
        loss += _block(spec, weights, world, tables, step, block, room, sums)
    return loss


@compiled(borrowing=True)
def add(spec, sums, total, first, begin, end):  # type: ignore[no-untyped-def]
    """Add a group's sums of some features to the batch mean; the `first` group starts it."""
    scale = 1.0 / spec.batch
    for whole, part in ((total.encoder, sums.encoder), (total.decoder, sums.decoder)):
        for j in range(begin, min(end, whole.shape[0])):
            for k in range(spec.m):
                value = scale * part[j, k]
                whole[j, k] = value if first else whole[j, k] + value
    for j in range(begin, end):
        value = scale * sums.bias[j]
        total.bias[j] = value if first else total.bias[j] + value


@compiled(borrowing=True)
def flatten(spec, total, gradient, begin, end):  # type: ignore[no-untyped-def]
    """Write some features' gradient in the order of the parameters."""
    n, m = spec.n, spec.m
    for k in range(m):
        for j in range(begin, end):
            gradient[k * n + j] = total.encoder[j, k]
    if not spec.tied:
        for j in range(begin, end):
            for k in range(m):
                gradient[m * n + j * m + k] = total.decoder[j, k]
    if spec.bias:
        for j in range(begin, end):
            gradient[gradient.size - n + j] = total.bias[j]


@compiled(borrowing=True)
def gradient_of_batch(  # type: ignore[no-untyped-def]
    spec: Spec, world, tables, step, weights, room, sums, total, gradient
):
    """Mean loss of one batch of one instance; its gradient is written to `gradient`."""
    loss = 0.0
    blocks = (spec.batch + spec.block - 1) // spec.block
    first = True
    for number in range(GROUPS):
        if blocks * number // GROUPS < blocks * (number + 1) // GROUPS:
            loss += group(spec, number, weights, world, tables, step, room, sums)
            add(spec, sums, total, first, 0, spec.n)
            first = False
    flatten(spec, total, gradient, 0, spec.n)
    return loss / spec.batch
