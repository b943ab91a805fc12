"""Compiled samplers: each fills a block of samples, features × samples, from counted draws.

The loss of a batch does not depend on the order of its samples. So for few independent features
nothing is gated: the number of samples with each pattern of active features is drawn (a
multinomial, by conditional binomials), and only active values are. Samples without any active
feature need no draw and no place; the kernels account for them in closed form.
"""

from __future__ import annotations

import numpy as np

from ground.compiled import compiled
from numeric.kernels.gates import draw_gated
from numeric.kernels.patterns import _WORD, _patterns, _uniform_row
from numeric.kernels.streams import fill_words, words_needed
from numeric.kernels.worlds import Law

__all__ = [
    "sample_block",
    "words_of",
]


@compiled(borrowing=True)
def words_of(n, block):  # type: ignore[no-untyped-def]
    """Random words that a block may need, whatever its law."""
    return words_needed(2 * n * block) + 64


@compiled(borrowing=True)
def _sets(world, x, count, words, step, block):  # type: ignore[no-untyped-def]
    """Correlated: the set's gate shared by all members. Anticorrelated: one member at most."""
    density, sets, low, span = world.density, world.sets, world.low, world.span
    n = density.size
    n_sets = sets[n - 1] + 1
    fill_words(words, (n_sets + n) * count, world.k0, world.k1, step, block, 0)
    for j in range(n):
        row = x[j, :count]
        gates = words[sets[j] * count : (sets[j] + 1) * count]
        if world.law == Law.CORRELATED:
            _uniform_row(row, words[(n_sets + j) * count : (n_sets + j + 1) * count], low, span)
            if density[j] < 1.0:
                threshold = np.uint32(density[j] * 2.0**32)
                for s in range(count):
                    row[s] = row[s] if gates[s] < threshold else np.float32(0.0)
        else:
            below = 0.0
            for i in range(j):
                below += density[i] if sets[i] == sets[j] else 0.0
            start = np.uint64(min(below, 1.0) * 2.0**32)
            stop = np.uint64(min(below + density[j], 1.0) * 2.0**32)
            scale = span / np.float32(stop - start) if stop > start else np.float32(0.0)
            for s in range(count):
                word = np.uint64(gates[s])
                value = low + scale * (np.float32(word - start) + np.float32(0.5))
                row[s] = value if start <= word < stop else np.float32(0.0)


@compiled(borrowing=True)
def _k_active(world, x, count, words, step, block):  # type: ignore[no-untyped-def]
    """Exactly k of n, every choice equally likely: Floyd's sampling of a subset."""
    n, k, low, span = world.density.size, world.n_active, world.low, world.span
    fill_words(words, 2 * k * count, world.k0, world.k1, step, block, 0)
    x[:, :count] = np.float32(0.0)
    scale = span * _WORD
    for s in range(count):
        for r in range(k):
            top = n - k + r
            word = np.uint64(words[2 * (s * k + r)])
            chosen = np.int64((word * np.uint64(top + 1)) >> np.uint64(32))
            # An occupied place shows: a drawn value is not 0 (save a rounding, where low < 0).
            if x[chosen, s] != np.float32(0.0):
                chosen = top
            x[chosen, s] = low + scale * (np.float32(words[2 * (s * k + r) + 1]) + np.float32(0.5))


@compiled(borrowing=True)
def _skips(world, x, count, words, step, block):  # type: ignore[no-untyped-def]
    """Independent, equally likely features, from one active entry to the next.

    Sample after sample, the entries are Bernoulli trials: the gap between two successes is
    geometric, ⌊log u / log(1 − p)⌋. Samples without any success get no place.
    """
    low, span = world.low, world.span
    n = world.density.size
    entries = n * count
    mean = entries * world.density[0]
    room = int(mean + 4.0 * np.sqrt(mean)) + 16
    lane, used, filled, current = 0, room, 0, -1
    inverse = 1.0 / world.logs[1, 0]
    scale = span * _WORD
    place = -1
    while True:
        if used == room:
            fill_words(words, 2 * room, world.k0, world.k1, step, block, lane)
            lane, used = lane + 1, 0
        place += 1 + int(np.log((words[used] + 0.5) * 2.0**-32) * inverse)
        if place >= entries:
            return filled
        value = low + scale * (np.float32(words[room + used]) + np.float32(0.5))
        used += 1
        sample = place // n
        if sample != current:
            current = sample
            for j in range(n):
                x[j, filled] = np.float32(0.0)
            filled += 1
        x[place - sample * n, filled - 1] = value


@compiled(borrowing=True)
def _row_number(world, word):  # type: ignore[no-untyped-def]
    """Which of the given rows a word names: ⌊rows·u⌋."""
    return np.int64((np.uint64(word) * np.uint64(world.rows.shape[0])) >> np.uint64(32))


@compiled(borrowing=True)
def sample_block(world, x, count, words, counts, tables, step, block):  # type: ignore[no-untyped-def]
    """Fill x[:, :filled] (features × samples, float32) and return `filled`.

    The other count − filled samples of the block are zero in every feature.

    Parameters
    ----------
    world : World
    x : (n, block and a vector more) float32
    count : int
        Samples of this block.
    words, counts, tables
        Room for `words_of` words and 2ⁿ counts, and the tables of `count_tables`.
    step, block
        Which draws.
    """
    if world.law == Law.PATTERNS:
        return _patterns(world, x, count, words, counts, tables, step, block)
    if world.law == Law.GATES:
        if world.logs[2, 0] > 0.0:
            return _skips(world, x, count, words, step, block)
        draw_gated(world, x, count, words, step, block)
    elif world.law == Law.K_ACTIVE:
        _k_active(world, x, count, words, step, block)
    elif world.law == Law.ROWS:
        fill_words(words, count, world.k0, world.k1, step, block, 0)
        for s in range(count):
            row = _row_number(world, words[s])
            for j in range(world.rows.shape[1]):
                x[j, s] = world.rows[row, j]
    else:
        _sets(world, x, count, words, step, block)
    return count
