"""Adversarial training of two features in one dimension, fused: each sample's own worst attack.

An attack of size ε moves the hidden number h = w·x to any t within ρ = ε‖w‖.  The loss of a
sample as a function of t is made of convex pieces that meet where an output is zero, so that its
maximum is at an end, or at such a kink: four numbers to compare, at each sample and each step.
The gradient runs through the attack: it is that of the maximum, where the maximum has one.
"""

from __future__ import annotations

import numpy as np

from ground.compiled import compiled
from numeric.kernels.lanes import LANES, aligned, padded
from numeric.kernels.samples import sample_block, words_of
from numeric.kernels.update import update
from numeric.kernels.worlds import world_of

__all__ = ["advance_attacked_pair", "attacked_gradient"]


@compiled(fastmath={"contract", "nsz"})
def attacked_gradient(theta, importance, size, x, count, weight, gradient):  # type: ignore[no-untyped-def]
    """Sum of the worst losses of samples x[:, :count]; weight × its gradient is added to (4,).

    The gradient is by w₁, w₂, b₁, b₂.  Where both ends cost the same each has half a say.
    """
    w1, w2, b1, b2 = theta[0], theta[1], theta[2], theta[3]
    i1, i2 = importance[0], importance[1]
    norm = np.sqrt(w1 * w1 + w2 * w2)
    reach = size * norm
    turn1 = size * w1 / norm if norm > 0.0 else 0.0  # dρ/dw
    turn2 = size * w2 / norm if norm > 0.0 else 0.0
    # Kinks stand still: where one is in reach, its own output is 0 and the other's is known.
    far = 1e300
    kink1 = -b1 / w1 if w1 != 0.0 else far
    kink2 = -b2 / w2 if w2 != 0.0 else far
    other2 = max(b2 + w2 * kink1, 0.0) if w1 != 0.0 else 0.0
    other1 = max(b1 + w1 * kink2, 0.0) if w2 != 0.0 else 0.0
    total, g1, g2, h1, h2 = 0.0, 0.0, 0.0, 0.0, 0.0
    c1, c2 = 0.0, 0.0  # sums of dF/dt at kinks, times 1
    for s in range(count):
        x1, x2 = np.float64(x[0, s]), np.float64(x[1, s])
        h = w1 * x1 + w2 * x2
        low, high = h - reach, h + reach
        p1, p2 = max(b1 + w1 * low, 0.0), max(b2 + w2 * low, 0.0)
        q1, q2 = max(b1 + w1 * high, 0.0), max(b2 + w2 * high, 0.0)
        down = i1 * (x1 - p1) * (x1 - p1) + i2 * (x2 - p2) * (x2 - p2)
        up = i1 * (x1 - q1) * (x1 - q1) + i2 * (x2 - q2) * (x2 - q2)
        worst, at_kink = max(down, up), 0
        if low < kink1 < high:
            here = i1 * x1 * x1 + i2 * (x2 - other2) * (x2 - other2)
            if here > worst:
                worst, at_kink = here, 1
        if low < kink2 < high:
            here = i1 * (x1 - other1) * (x1 - other1) + i2 * x2 * x2
            if here > worst:
                worst, at_kink = here, 2
        total += worst
        if at_kink == 0:
            say = 0.5 if down == up else 1.0
            for side in range(2):
                if side == 0 and down >= up:
                    t, z1, z2, sign = low, p1, p2, -1.0
                elif side == 1 and up >= down:
                    t, z1, z2, sign = high, q1, q2, 1.0
                else:
                    continue
                s1 = -2.0 * say * i1 * (x1 - z1) if z1 > 0.0 else 0.0
                s2 = -2.0 * say * i2 * (x2 - z2) if z2 > 0.0 else 0.0
                by_t = s1 * w1 + s2 * w2
                g1 += s1 * t + by_t * (x1 + sign * turn1)
                g2 += s2 * t + by_t * (x2 + sign * turn2)
                h1 += s1
                h2 += s2
        elif at_kink == 1:
            s2 = -2.0 * i2 * (x2 - other2) if other2 > 0.0 else 0.0
            g2 += s2 * kink1
            h2 += s2
            c1 += s2 * w2
        else:
            s1 = -2.0 * i1 * (x1 - other1) if other1 > 0.0 else 0.0
            g1 += s1 * kink2
            h1 += s1
            c2 += s1 * w1
    if c1 != 0.0:
        g1 -= c1 * kink1 / w1
        h1 -= c1 / w1
    if c2 != 0.0:
        g2 -= c2 * kink2 / w2
        h2 -= c2 / w2
    gradient[0] += weight * g1
    gradient[1] += weight * g2
    gradient[2] += weight * h1
    gradient[3] += weight * h2
    return total


@compiled()
def advance_attacked_pair(  # type: ignore[no-untyped-def]
    spec, sizes, chosen, theta, first, second, worlds, tables, start, rates, losses
):
    """Train the chosen instances of (2, 1) for ``rates.size`` steps, in place.

    Parameters
    ----------
    sizes : (steps,) float64
        ε at each step.
    spec, chosen, theta, first, second, worlds, tables, start, rates, losses
        As in `numeric.kernels.small.advance`.
    """
    x = aligned(2, padded(spec.block) + LANES)
    words = np.empty(words_of(2, spec.block), np.uint32)
    counts = np.empty(256, np.int64)
    gradient = np.empty(4)
    nothing = np.zeros((2, 1), np.float32)
    scale = 1.0 / spec.batch
    for i in chosen:
        world, importance = world_of(spec, worlds, i), worlds.importance[i]
        for t in range(rates.size):
            gradient[:] = 0.0
            loss = 0.0
            for block in range((spec.batch + spec.block - 1) // spec.block):
                count = min(spec.block, spec.batch - block * spec.block)
                filled = sample_block(world, x, count, words, counts, tables, start + t, block)
                loss += attacked_gradient(
                    theta[i], importance, sizes[t], x, filled, scale, gradient
                )
                silent = count - filled
                loss += silent * attacked_gradient(
                    theta[i], importance, sizes[t], nothing, 1, silent * scale, gradient
                )
            losses[i, t] = loss * scale
            update(spec, theta[i], first[i], second[i], gradient, rates[t], start + t + 1)
