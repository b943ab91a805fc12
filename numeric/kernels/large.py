"""The hot loop of large models: dense products by BLAS, everything else fused around them.

A batch is cut into blocks of samples × features that stay in cache. Blocks belong to a fixed
number of groups; each group adds up its own gradient and the groups are added in order. So
the bits do not depend on the threads, whether these share one instance's groups or take
instances each, and gradient memory does not grow with the batch.

BLAS must run on one thread here, since the loops around it are parallel: see
`numeric.training.engines`.
"""

from __future__ import annotations

import numpy as np
from numba import prange

from ground.compiled import compiled
from numeric.kernels.samples import sample_rows, words_of
from numeric.kernels.small import REASSOCIATE, silent_samples
from numeric.kernels.spec import Spec, TargetCode
from numeric.kernels.update import update
from numeric.kernels.weights import add_of_weights
from numeric.kernels.worlds import Worlds, world_of

__all__ = ["GROUPS", "advance_large", "advance_one", "large_sample_of_batch"]

GROUPS = 8


@compiled(fastmath=REASSOCIATE)
def _errors(z, x, b, weight, relu, target_code, slopes):  # type: ignore[no-untyped-def]
    """z becomes ∂loss/∂z, its columns' sums are added to `slopes`; returns the loss."""
    zero, two = np.float32(0.0), np.float32(2.0)
    absolute, rectified = target_code == TargetCode.ABSOLUTE, target_code == TargetCode.RELU
    count, n = z.shape
    loss = 0.0
    for s in range(count):
        row, data = z[s], x[s]
        part = zero
        for j in range(n):
            value = row[j] + b[j]
            target = abs(data[j]) if absolute else data[j]
            target = zero if rectified and target <= zero else target
            on = not value <= zero or not relu
            error = (value if on else zero) - target
            part += weight[j] * error * error
            back = two * weight[j] * error if on else zero
            row[j] = back
            slopes[j] += back
        loss += part
    return loss


@compiled()
def _padded(m):  # type: ignore[no-untyped-def]
    """Hidden units that BLAS sees: its kernels are a quarter slower at other than fours."""
    return (m + 3) // 4 * 4


@compiled()
def _group_room(spec):  # type: ignore[no-untyped-def]
    """Working arrays of one group: [∂z; x], [h; ∂h], words, transpose, products, sums."""
    n, m, block, single = spec.n, _padded(spec.m), spec.block, np.float32
    return (
        np.empty((2 * block, n), single),
        np.empty((2 * block, m), single),
        np.empty(words_of(n, block), np.uint32),
        np.empty((n, block), single),
        np.empty((m, n), single),
        np.empty(n, single),
        np.empty((m, n)),
        np.empty((m, n)),
        np.empty(n),
    )


@compiled()
def _shared_room(spec):  # type: ignore[no-untyped-def]
    """Single-precision Eᵀ, Dᵀ, D, b and importance, shared by the groups; padding is zero."""
    n, m, single = spec.n, _padded(spec.m), np.float32
    return (
        np.zeros((n, m), single),
        np.zeros((m, n), single),
        np.zeros((n, m), single),
        np.empty(n, single),
        np.empty(n, single),
    )


@compiled()
def _unpack(spec, theta, importance, shared):  # type: ignore[no-untyped-def]
    encoder_t, decoder_t, decoder, b, weight = shared
    n, m = spec.n, spec.m
    for k in range(m):
        for j in range(n):
            value = np.float32(theta[k * n + j])
            other = value if spec.tied else np.float32(theta[m * n + j * m + k])
            encoder_t[j, k] = value
            decoder_t[k, j] = other
            decoder[j, k] = other
    for j in range(n):
        b[j] = theta[theta.size - n + j] if spec.bias else 0.0
        weight[j] = importance[j]


@compiled()
def _hidden_gradient(spec, h, dh):  # type: ignore[no-untyped-def]
    """Add the penalty's gradient to dh and pass it through g; returns λ Σ|h|."""
    penalty, zero = np.float32(spec.l1), np.float32(0.0)
    size = 0.0
    if not (spec.hidden_relu or penalty > zero):
        return size
    for s in range(h.shape[0]):
        for k in range(h.shape[1]):
            value = h[s, k]
            size += abs(value)
            if value > zero:
                dh[s, k] += penalty
            elif spec.hidden_relu:
                dh[s, k] = zero
            elif value < zero:
                dh[s, k] -= penalty
    return penalty * size


@compiled()
def _group(spec, group, shared, world, step, room):  # type: ignore[no-untyped-def]
    """Loss and gradient sums of the blocks of one group, left in the group's room."""
    encoder_t, decoder_t, decoder, b, weight = shared
    data, hidden, words, scratch, product, slopes, g_encoder, g_decoder, g_bias = room
    g_encoder[:] = 0.0
    g_decoder[:] = 0.0
    g_bias[:] = 0.0
    loss = 0.0
    blocks = (spec.batch + spec.block - 1) // spec.block
    for block in range(blocks * group // GROUPS, blocks * (group + 1) // GROUPS):
        count = min(spec.block, spec.batch - block * spec.block)
        filled = sample_rows(world, data[spec.block :], count, words, scratch, step, block)
        if filled < count:
            loss += silent_samples(spec, count - filled, b, weight, g_bias)
        if filled == 0:
            continue
        x = data[spec.block : spec.block + filled]
        z = data[spec.block - filled : spec.block]
        dh = hidden[spec.block : spec.block + filled]
        h = hidden[spec.block - filled : spec.block]
        np.dot(x, encoder_t, h)
        if spec.hidden_relu:
            for s in range(filled):
                for k in range(spec.m):
                    h[s, k] = np.float32(0.0) if h[s, k] <= np.float32(0.0) else h[s, k]
        np.dot(h, decoder_t, z)
        slopes[:] = np.float32(0.0)
        loss += _errors(z, x, b, weight, spec.output_relu, spec.target, slopes)
        np.dot(z, decoder, dh)
        loss += _hidden_gradient(spec, h, dh)
        g_bias += slopes
        if spec.tied:
            # hᵀ∂z + ∂hᵀx as one product, since the halves lie one after the other.
            begin, end = spec.block - filled, spec.block + filled
            np.dot(hidden[begin:end].T, data[begin:end], product)
            g_encoder += product
        else:
            np.dot(dh.T, x, product)
            g_encoder += product
            np.dot(h.T, z, product)
            g_decoder += product
    return loss


@compiled()
def _add(spec, first, room, gradient):  # type: ignore[no-untyped-def]
    """Add a group's sums to the gradient of the batch mean."""
    g_encoder, g_decoder, g_bias = room[6], room[7], room[8]
    n, m = spec.n, spec.m
    scale = 1.0 / spec.batch
    if first:
        gradient[:] = 0.0
    for k in range(m):
        for j in range(n):
            gradient[k * n + j] += scale * g_encoder[k, j]
    if not spec.tied:
        for k in range(m):
            for j in range(n):
                gradient[m * n + j * m + k] += scale * g_decoder[k, j]
    if spec.bias:
        for j in range(n):
            gradient[gradient.size - n + j] += scale * g_bias[j]


@compiled()
def _gradient(spec, theta, world, importance, step, shared, room, gradient):  # type: ignore[no-untyped-def]
    """Mean loss of one batch, its gradient written to `gradient`; the groups one by one."""
    _unpack(spec, theta, importance, shared)
    loss = 0.0
    for group in range(GROUPS):
        loss += _group(spec, group, shared, world, step, room)
        _add(spec, group == 0, room, gradient)
    return loss / spec.batch


@compiled()
def advance_large(  # type: ignore[no-untyped-def]
    spec, chosen, theta, first, second, worlds, start, rates, losses
):
    """As `numeric.kernels.small.advance`: whole instances one after the other, on this thread."""
    shared, room = _shared_room(spec), _group_room(spec)
    gradient = np.empty(theta.shape[1])
    for i in chosen:
        world, importance = world_of(spec, worlds, i), worlds.importance[i]
        for t in range(rates.size):
            step = start + t
            losses[i, t] = _gradient(
                spec, theta[i], world, importance, step, shared, room, gradient
            )
            losses[i, t] += add_of_weights(spec, theta[i], gradient)
            update(spec, theta[i], first[i], second[i], gradient, rates[t], step + 1)


@compiled(parallel=True)
def advance_one(  # type: ignore[no-untyped-def]
    spec, i, theta, first, second, worlds, start, rates, losses
):
    """The same for one instance, its groups shared among Numba's threads."""
    shared = _shared_room(spec)
    rooms = [_group_room(spec) for _ in range(GROUPS)]
    gradient = np.empty(theta.shape[1])
    parts = np.empty(GROUPS)
    for t in range(rates.size):
        _unpack(spec, theta[i], worlds.importance[i], shared)
        for group in prange(GROUPS):
            # Numba carries named tuples into a parallel loop only where they are arguments.
            world = world_of(spec, worlds, i)
            parts[group] = _group(spec, group, shared, world, start + t, rooms[group])
        loss = 0.0
        for group in range(GROUPS):
            loss += parts[group]
            _add(spec, group == 0, rooms[group], gradient)
        losses[i, t] = loss / spec.batch + add_of_weights(spec, theta[i], gradient)
        update(spec, theta[i], first[i], second[i], gradient, rates[t], start + t + 1)


@compiled()
def large_sample_of_batch(spec: Spec, worlds: Worlds, i, step):  # type: ignore[no-untyped-def]
    """As `numeric.kernels.small.sample_of_batch`."""
    room, world = _group_room(spec), world_of(spec, worlds, i)
    x, words, scratch = room[0], room[2], room[3]
    out = np.zeros((spec.batch, spec.n), np.float32)
    for block in range((spec.batch + spec.block - 1) // spec.block):
        begin = block * spec.block
        count = min(spec.block, spec.batch - begin)
        filled = sample_rows(world, x, count, words, scratch, step, block)
        out[begin : begin + filled] = x[:filled]
    return out
