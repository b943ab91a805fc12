"""Few independent features: how many samples show each pattern of active features, and values."""

from __future__ import annotations

import numpy as np

from ground.compiled import compiled
from numeric.kernels.binomials import binomial, binomials
from numeric.kernels.lanes import LANES, pair_runs, uniform_run
from numeric.kernels.streams import fill_words, philox

_WORD = np.float32(2.0**-32)
_TWO_WORDS = 2.0**-53
_COUNTS = np.uint64(1)  # the lane of the counts' words; values have lane 0


@compiled(borrowing=True)
def _double(one, other):  # type: ignore[no-untyped-def]
    """53 bits of two words as a float in [0, 1)."""
    high, low = np.int64(one), np.int64(other)
    return ((high << 21) | (low >> 11)) * _TWO_WORDS


@compiled(fastmath={"contract"}, borrowing=True)
def _uniform_row(row, words, low, span):  # type: ignore[no-untyped-def]
    """row ← low + span·(word + ½)/2³²."""
    scale = span * _WORD
    shift = low + np.float32(0.5) * scale
    for s in range(row.size):
        row[s] = shift + scale * np.float32(words[s])


@compiled(borrowing=True)
def count_ahead(world, count, tables, step, block, work, ahead):  # type: ignore[no-untyped-def]
    """ahead[q, t]: samples with pattern q at step + t, for sixteen steps.

    No weights are needed, so that several steps' counts are drawn at once: one step's are too few
    to fill the vectors.
    """
    density, logs, b = world.density, world.logs, np.uint64(block)
    uniforms = work[2]
    ahead[0] = count
    slot = np.uint64(0)
    for j in range(density.size):
        for q in range(1 << j):
            for t in range(LANES):
                s = np.uint64(step) + np.uint64(t)
                one, _, _, _ = philox(slot, b, s, _COUNTS, world.k0, world.k1)
                other, _, _, _ = philox(slot + np.uint64(1), b, s, _COUNTS, world.k0, world.k1)
                uniforms[t] = _double(one, other)
            slot += np.uint64(2)
            active, left = ahead[q + (1 << j)], ahead[q]
            binomials(
                left, density[j], logs[0, j], logs[1, j], uniforms, j == 0, tables, work, active
            )
            for t in range(LANES):
                left[t] -= active[t]


@compiled(borrowing=True)
def _patterns(world, x, count, words, counts, tables, step, block):  # type: ignore[no-untyped-def]
    """Few independent features: counts of the 2ⁿ patterns, then the active values."""
    density, logs = world.density, world.logs
    fill_words(words, 64, world.k0, world.k1, step, block, 1)
    counts[0] = count
    draw = 0
    for j in range(density.size):
        for q in range(1 << j):
            uniform = _double(words[draw], words[draw + 1])
            active = binomial(counts[q], density[j], logs[0, j], logs[1, j], uniform, tables)
            counts[q + (1 << j)] = active
            counts[q] -= active
            draw += 2
    return fill_patterns(world, x, words, counts, step, block)


@compiled(borrowing=True)
def fill_patterns(world, x, words, counts, step, block):  # type: ignore[no-untyped-def]
    """Samples of so many of each pattern, the silent ones left out; how many.

    The rows of x have room for one vector more than the block.
    """
    low, span, n = world.low, world.span, world.density.size
    values = 0
    for q in range(1, 1 << n):
        for j in range(n):
            values += counts[q] * ((q >> j) & 1)
    fill_words(words, values, world.k0, world.k1, step, block, 0)
    taken, column = 0, 0
    scale = span * _WORD
    shift = low + np.float32(0.5) * scale
    nothing = np.float32(0.0)
    if n == 2:
        pair_runs(x, words, counts[1], counts[2], counts[3], shift, scale)
        return counts[1] + counts[2] + counts[3]
    # Runs are whole vectors: what one writes beyond its end the next one overwrites.
    for q in range(1, 1 << n):
        stop = column + counts[q]
        for j in range(n):
            if (q >> j) & 1:
                uniform_run(x, j, column, stop, words, taken, shift, scale)
                taken += counts[q]
            else:
                uniform_run(x, j, column, stop, words, 0, nothing, nothing)
        column = stop
    return column
