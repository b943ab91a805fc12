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
from numeric.kernels.lanes import LANES, errors, multiply, outer, padded
from numeric.kernels.samples import sample_block, words_of
from numeric.kernels.small import silent_samples
from numeric.kernels.spec import Spec, TargetCode

__all__ = ["GROUPS", "Room", "Weights", "add", "gradient_of_batch", "group", "room_of", "unpack"]

GROUPS = 8


class Room(NamedTuple):
    """Working arrays of one group, and the sums it leaves."""

    x: np.ndarray  # (n, block), as are the next two
    goal: np.ndarray  # what the output ought to be; x itself where that is it
    back: np.ndarray  # ∂loss/∂z
    h: np.ndarray  # (m, block)
    dh: np.ndarray  # (m, block)
    words: np.ndarray  # random
    counts: np.ndarray  # of patterns
    loss: np.ndarray  # (LANES,)
    g_encoder: np.ndarray  # (n, m) float64; tied models have all of their gradient here
    g_decoder: np.ndarray  # (n, m) float64
    g_bias: np.ndarray  # (n,) float64


class Weights(NamedTuple):
    """Parameters in single precision, features × hidden."""

    encoder: np.ndarray
    decoder: np.ndarray
    b: np.ndarray
    importance: np.ndarray
    double: np.ndarray  # twice that


@compiled()
def _aligned(rows, block):  # type: ignore[no-untyped-def]
    """(rows, block) float32 whose vectors lie in one cache line each.

    Another vector a row, since rows whole pages apart would fight for places in the cache.
    """
    width = padded(block) + LANES
    flat = np.zeros(rows * width + LANES, np.float32)
    skip = (-flat.ctypes.data // 4) % LANES
    return flat[skip : skip + rows * width].reshape(rows, width)


@compiled()
def room_of(spec):  # type: ignore[no-untyped-def]
    """Room for one group."""
    n, m = spec.n, spec.m
    x = _aligned(n, spec.block)
    return Room(
        x,
        x if spec.target == TargetCode.IDENTITY else _aligned(n, spec.block),
        _aligned(n, spec.block),
        _aligned(m, spec.block),
        _aligned(m, spec.block),
        np.empty(words_of(n, spec.block), np.uint32),
        np.empty(256, np.int64),
        np.empty(LANES, np.float32),
        np.empty((n, m)),
        np.empty((n, m)),
        np.empty(n),
    )


@compiled()
def unpack(spec, theta, importance):  # type: ignore[no-untyped-def]
    """The weights out of flat parameters: [W, b] where tied, else [W1, W2, b]."""
    n, m = spec.n, spec.m
    encoder = np.empty((n, m), np.float32)
    decoder = encoder if spec.tied else np.empty((n, m), np.float32)
    b = np.zeros(n, np.float32)
    for k in range(m):
        for j in range(n):
            encoder[j, k] = theta[k * n + j]
            if not spec.tied:
                decoder[j, k] = theta[m * n + j * m + k]
    if spec.bias:
        for j in range(n):
            b[j] = theta[theta.size - n + j]
    weight = importance.astype(np.float32)
    return Weights(encoder, decoder, b, weight, np.float32(2.0) * weight)


@compiled()
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


@compiled()
def _activate(spec, h, width):  # type: ignore[no-untyped-def]
    """The hidden layer's ReLU, where it has one."""
    if spec.hidden_relu:
        for k in range(spec.m):
            for s in range(width):
                value = h[k, s]
                h[k, s] = np.float32(0.0) if value <= np.float32(0.0) else value


@compiled()
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


@compiled()
def _block(spec, weights, world, tables, step, block, room):  # type: ignore[no-untyped-def]
    """Loss of one block; its gradient is added to the room's sums."""
    x, back, h, dh = room.x, room.back, room.h, room.dh
    count = min(spec.block, spec.batch - block * spec.block)
    filled = sample_block(world, x, count, room.words, room.counts, tables, step, block)
    width = padded(filled)
    loss = 0.0
    if width != count:
        loss += silent_samples(spec, count - width, weights.b, weights.importance, room.g_bias)
    if filled == 0:
        return loss
    if filled < width:
        x[:, filled:width] = np.float32(0.0)
    multiply(h, x, weights.encoder, width)
    _activate(spec, h, width)
    _targets(spec, x, room.goal, width)
    least = np.float32(0.0) if spec.output_relu else np.float32(-np.inf)
    slopes, double = room.g_bias, weights.double
    loss += errors(
        back, room.goal, h, weights.decoder, weights.b, double, least, slopes, room.loss, width
    )
    multiply(dh, back, weights.decoder, width)
    loss += _penalise(spec, h, dh, width)
    if spec.tied:
        outer(room.g_encoder, x, dh, back, h, width, width)
    else:
        outer(room.g_encoder, x, dh, back, h, width, 0)
        outer(room.g_decoder, back, h, x, dh, width, 0)
    return loss


@compiled()
def group(spec, number, weights, world, tables, step, room):  # type: ignore[no-untyped-def]
    """Loss of the blocks of one group; its gradient is left in the room."""
    room.g_encoder[:] = 0.0
    room.g_decoder[:] = 0.0
    room.g_bias[:] = 0.0
    loss = 0.0
    blocks = (spec.batch + spec.block - 1) // spec.block
    for block in range(blocks * number // GROUPS, blocks * (number + 1) // GROUPS):
        loss += _block(spec, weights, world, tables, step, block, room)
    return loss


@compiled()
def add(spec, room, gradient):  # type: ignore[no-untyped-def]
    """Add a group's sums to the gradient of the batch mean, in the order of the parameters."""
    n, m = spec.n, spec.m
    scale = 1.0 / spec.batch
    for k in range(m):
        for j in range(n):
            gradient[k * n + j] += scale * room.g_encoder[j, k]
            if not spec.tied:
                gradient[m * n + j * m + k] += scale * room.g_decoder[j, k]
    if spec.bias:
        for j in range(n):
            gradient[gradient.size - n + j] += scale * room.g_bias[j]


@compiled()
def gradient_of_batch(  # type: ignore[no-untyped-def]
    spec: Spec, theta, world, importance, tables, step, room, gradient
):
    """Mean loss of one batch of one instance; its gradient is written to `gradient`."""
    weights = unpack(spec, theta, importance)
    gradient[:] = 0.0
    loss = 0.0
    blocks = (spec.batch + spec.block - 1) // spec.block
    for number in range(GROUPS):
        if blocks * number // GROUPS < blocks * (number + 1) // GROUPS:
            loss += group(spec, number, weights, world, tables, step, room)
            add(spec, room, gradient)
    return loss / spec.batch
