"""The fused hot loop: draws, forward, backward and optimiser step of small models, in cache.

Each instance is trained by itself, from its own stream: what it becomes does not depend on its
neighbours or on the number of threads. A batch is taken in blocks, a block in tiles that stay in
the first-level cache, features × samples, so that every inner loop runs over samples and is
vectorised. The batch is float32; gradients are summed over tiles in float64, in fixed order;
parameters and the optimiser's state are float64.
"""

from __future__ import annotations

import numpy as np

from ground.compiled import compiled
from numeric.kernels.lanes import LANES, aligned, padded, silence
from numeric.kernels.patterns import count_ahead, fill_patterns
from numeric.kernels.products import SHAPES, whole_step
from numeric.kernels.samples import sample_block, words_of
from numeric.kernels.spec import Spec, TargetCode
from numeric.kernels.update import corrected, corrections, give, state_of, take
from numeric.kernels.weights import add_of_weights
from numeric.kernels.worlds import Law, Worlds, world_of

__all__ = [
    "advance",
    "gradient_of_batch",
    "sample_of_batch",
]

TILE = 256

REASSOCIATE = {"reassoc", "contract", "nsz", "arcp"}


@compiled(fastmath=REASSOCIATE, borrowing=True)
def _scale_row(out, weight, row):  # type: ignore[no-untyped-def]
    for s in range(out.size):
        out[s] = weight * row[s]


@compiled(fastmath=REASSOCIATE, borrowing=True)
def _add_row(out, weight, row):  # type: ignore[no-untyped-def]
    for s in range(out.size):
        out[s] += weight * row[s]


@compiled(fastmath=REASSOCIATE, borrowing=True)
def _dot(left, right):  # type: ignore[no-untyped-def]
    total = np.float32(0.0)
    for s in range(left.size):
        total += left[s] * right[s]
    return total


@compiled(fastmath=REASSOCIATE, borrowing=True)
def _error_row(d, x, b, weight, relu, absolute, rectified):  # type: ignore[no-untyped-def]
    """d holds z − b on entry, ∂loss/∂z on return; the row's sums of loss and gradient."""
    zero = np.float32(0.0)
    two = np.float32(2.0)
    loss, slope = zero, zero
    for s in range(d.size):
        z = d[s] + b
        target = abs(x[s]) if absolute else x[s]
        target = zero if rectified and target <= zero else target
        # So that NaN is on: a model that has diverged must not pass for one that is silent.
        on = not z <= zero or not relu
        error = (z if on else zero) - target
        loss += error * error
        back = two * weight * error if on else zero
        d[s] = back
        slope += back
    return weight * loss, slope


@compiled(fastmath=REASSOCIATE, borrowing=True)
def _tile(  # type: ignore[no-untyped-def]
    spec, x, start, stop, encoder, decoder, b, weight, h, dh, d, g_encoder, g_decoder, g_bias
):
    """Loss and gradient of samples start…stop of x (n, block), as sums, added to the gradients."""
    n, m, width = spec.n, spec.m, stop - start
    zero = np.float32(0.0)
    for k in range(m):
        row = h[k, :width]
        _scale_row(row, encoder[k, 0], x[0, start:stop])
        for j in range(1, n):
            _add_row(row, encoder[k, j], x[j, start:stop])
        if spec.hidden_relu:
            for s in range(width):
                row[s] = zero if row[s] <= zero else row[s]
    loss = 0.0
    penalty = np.float32(spec.l1)
    for k in range(m):
        row, back = h[k, :width], dh[k, :width]
        if penalty > zero:
            size = zero
            for s in range(width):
                size += abs(row[s])
                back[s] = penalty if row[s] > zero else (-penalty if row[s] < zero else zero)
            loss += penalty * size
        else:
            back[:] = zero
    error = d[:width]
    absolute = spec.target == TargetCode.ABSOLUTE
    for j in range(n):
        _scale_row(error, decoder[j, 0], h[0, :width])
        for k in range(1, m):
            _add_row(error, decoder[j, k], h[k, :width])
        # Two calls, so that the loop over samples that knows no third target has no choice in it.
        goal, relu = x[j, start:stop], spec.output_relu
        if spec.target == TargetCode.RELU:
            part, slope = _error_row(error, goal, b[j], weight[j], relu, False, True)
        else:
            part, slope = _error_row(error, goal, b[j], weight[j], relu, absolute, False)
        loss += part
        g_bias[j] += slope
        for k in range(m):
            g_decoder[j, k] += _dot(error, h[k, :width])
            _add_row(dh[k, :width], decoder[j, k], error)
    for k in range(m):
        row, back = h[k, :width], dh[k, :width]
        if spec.hidden_relu:
            for s in range(width):
                back[s] = back[s] if row[s] > zero else zero
        for j in range(n):
            g_encoder[k, j] += _dot(back, x[j, start:stop])
    return loss


@compiled(borrowing=True)
def _is_whole(spec):  # type: ignore[no-untyped-def]
    """Whether a step of this model fits into the registers."""
    plain = spec.tied and spec.output_relu and not spec.hidden_relu and spec.l1 == 0.0
    fits = False
    for n, m in SHAPES:
        fits |= spec.n == n and spec.m == m
    return plain and spec.target == TargetCode.IDENTITY and fits


@compiled(borrowing=True)
def silent_samples(spec, count, b, weight, g_bias):  # type: ignore[no-untyped-def]
    """Samples without any active feature: h = 0, so each output is f(b)."""
    loss = 0.0
    for j in range(spec.n):
        on = not b[j] <= 0 or not spec.output_relu
        error = np.float64(b[j]) if on else 0.0
        loss += count * weight[j] * error * error
        g_bias[j] += count * 2.0 * weight[j] * error
    return loss


@compiled()
def _room(spec):  # type: ignore[no-untyped-def]
    """Working arrays of one instance: x, words, pattern counts, h, dh, d."""
    blocks = (spec.batch + spec.block - 1) // spec.block
    single = np.float32
    return (
        aligned(spec.n, padded(spec.block) + LANES),
        np.empty(words_of(spec.n, spec.block), np.uint32),
        np.empty(256, np.int64),
        np.empty((spec.m, TILE), single),
        np.empty((spec.m, TILE), single),
        np.empty(TILE, single),
        np.empty((spec.m, spec.n), single),
        np.empty((spec.n, spec.m), single),
        np.empty(spec.n, single),
        np.empty((spec.m, spec.n)),
        np.empty((spec.n, spec.m)),
        np.empty(spec.n),
        np.empty(spec.n, single),
        np.empty(spec.n, single),
        np.empty(1),
        np.empty((blocks if spec.law == Law.PATTERNS else 1, 8, LANES)),
        np.empty((3, LANES)),
    )


@compiled(borrowing=True)
def _unpack(spec, theta, encoder, decoder, b):  # type: ignore[no-untyped-def]
    """Single-precision E, D, b of the parameters: [W, b] where tied, else [W1, W2, b]."""
    n, m = spec.n, spec.m
    for k in range(m):
        for j in range(n):
            encoder[k, j] = theta[k * n + j]
            decoder[j, k] = theta[k * n + j] if spec.tied else theta[m * n + j * m + k]
    for j in range(n):
        b[j] = theta[theta.size - n + j] if spec.bias else 0.0


@compiled(borrowing=True)
def _pack(spec, g_encoder, g_decoder, g_bias, gradient):  # type: ignore[no-untyped-def]
    """The gradients of the batch mean, in the order of the parameters."""
    n, m = spec.n, spec.m
    scale = 1.0 / spec.batch
    for k in range(m):
        for j in range(n):
            if spec.tied:
                gradient[k * n + j] = scale * (g_encoder[k, j] + g_decoder[j, k])
            else:
                gradient[k * n + j] = scale * g_encoder[k, j]
                gradient[m * n + j * m + k] = scale * g_decoder[j, k]
    for j in range(n):
        gradient[gradient.size - n + j] = scale * g_bias[j] if spec.bias else 0.0


@compiled(borrowing=True)
def gradient_of_batch(  # type: ignore[no-untyped-def]
    spec, theta, world, importance, tables, start, t, together, room, gradient
):
    """Mean loss of one batch of one instance, at step start + t; its gradient is written.

    Where steps are taken `together`, counts of patterns are drawn ahead, sixteen steps at a time.
    """
    x, words, counts, h, dh, d, encoder, decoder, b, g_encoder, g_decoder, g_bias = room[:12]
    weight, double, whole_loss, ahead, work = room[12:]
    step = start + t
    _unpack(spec, theta, encoder, decoder, b)
    for j in range(spec.n):
        weight[j] = importance[j]
        double[j] = np.float32(2.0) * weight[j]
    whole, whole_loss[0] = _is_whole(spec), 0.0
    g_encoder[:] = 0.0
    g_decoder[:] = 0.0
    g_bias[:] = 0.0
    loss = 0.0
    for block in range((spec.batch + spec.block - 1) // spec.block):
        count = min(spec.block, spec.batch - block * spec.block)
        if world.law == Law.PATTERNS and together:
            turn = t % LANES
            if turn == 0:
                count_ahead(world, count, tables, step, block, work, ahead[block])
            for q in range(1 << spec.n):
                counts[q] = int(ahead[block, q, turn])
            filled = fill_patterns(world, x, words, counts, step, block)
        else:
            filled = sample_block(world, x, count, words, counts, tables, step, block)
        if whole:
            # Vectors are filled up with silent samples, which are then not counted again.
            width = padded(filled)
            for j in range(spec.n):
                silence(x, j, filled)
            whole_step(x, decoder, b, double, g_bias, g_decoder, whole_loss, width)
            if width != count:
                loss += silent_samples(spec, count - width, b, weight, g_bias)
            continue
        for start in range(0, filled, TILE):
            loss += _tile(
                spec,
                x,
                start,
                min(start + TILE, filled),
                encoder,
                decoder,
                b,
                weight,
                h,
                dh,
                d,
                g_encoder,
                g_decoder,
                g_bias,
            )
        if filled < count:
            loss += silent_samples(spec, count - filled, b, weight, g_bias)
    _pack(spec, g_encoder, g_decoder, g_bias, gradient)
    return (loss + 0.5 * whole_loss[0]) / spec.batch


@compiled(borrowing=True)
def _train(  # type: ignore[no-untyped-def]
    spec, state, world, importance, tables, start, rates, debiased, room, gradient, losses
):
    """Train one instance, whose parameters and moments are `state`."""
    theta, first, second = state[0], state[1], state[2]
    together = rates.size >= LANES // 4  # of fewer, most would be drawn in vain
    for t in range(rates.size):
        losses[t] = gradient_of_batch(
            spec, theta, world, importance, tables, start, t, together, room, gradient
        )
        losses[t] += add_of_weights(spec, theta, gradient)
        corrected(spec, theta, first, second, gradient, rates[t], debiased[t])


@compiled()
def advance(  # type: ignore[no-untyped-def]
    spec, chosen, theta, first, second, worlds, tables, start, rates, losses
):
    """Train the chosen instances for ``rates.size`` steps, in place.

    Parameters
    ----------
    spec : Spec
    chosen : (c,) int64
        Which instances.
    theta, first, second : (instances, parameters) float64
        Parameters and the optimiser's moments; changed in place.
    worlds : Worlds
    tables : from `count_tables(spec.block)`
    start : int
        Steps already taken.
    rates : (steps,) float64
        Learning rate of each step.
    losses : (instances, steps) float64
        Receives the mean objective of each batch.
    """
    room = _room(spec)
    gradient, state = np.empty(theta.shape[1]), state_of(theta)
    debiased = corrections(spec, start, rates.size)
    for i in chosen:
        take(state, theta[i], first[i], second[i])
        world, importance = world_of(spec, worlds, i), worlds.importance[i]
        _train(
            spec,
            state,
            world,
            importance,
            tables,
            start,
            rates,
            debiased,
            room,
            gradient,
            losses[i],
        )
        give(state, theta[i], first[i], second[i])


@compiled()
def sample_of_batch(spec: Spec, worlds: Worlds, i, tables, step):  # type: ignore[no-untyped-def]
    """The very samples (batch, n) that instance i draws at a step, for tests and other engines."""
    room, world = _room(spec), world_of(spec, worlds, i)
    x, words, counts = room[0], room[1], room[2]
    out = np.zeros((spec.batch, spec.n), np.float32)
    for block in range((spec.batch + spec.block - 1) // spec.block):
        begin = block * spec.block
        count = min(spec.block, spec.batch - begin)
        filled = sample_block(world, x, count, words, counts, tables, step, block)
        for s in range(filled):
            for j in range(spec.n):
                out[begin + s, j] = x[j, s]
    return out
