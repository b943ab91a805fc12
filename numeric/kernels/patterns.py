"""Few independent features: how many samples show each pattern of active features, and values."""

from __future__ import annotations

import numpy as np

from ground.compiled import compiled
from numeric.kernels.lanes import pair_runs, uniform_run
from numeric.kernels.streams import fill_words, philox

_WORD = np.float32(2.0**-32)


_TWO_WORDS = 2.0**-53
AHEAD = 16  # steps whose counts are drawn together


def count_tables(block: int) -> np.ndarray:
    """Rows log k! and 1/k for k = 0…block, which `binomial` reads."""
    k = np.arange(block + 1)
    tables = np.zeros((2, block + 1))
    tables[0, 1:] = np.cumsum(np.log(k[1:]))
    tables[1, 1:] = 1 / k[1:]
    return tables


@compiled(borrowing=True)
def binomial(count, p, log_p, log_q, uniform, tables):  # type: ignore[no-untyped-def]
    """Binomial(count, p) by inversion, searched outwards from the mode.

    About √(count p q) steps. `uniform` lies in [0, 1); log_p and log_q are the logarithms of p
    and 1 − p, which the caller holds ready.
    """
    if count == 0 or p <= 0.0:
        return 0
    if p >= 1.0:
        return count
    mode = min(int((count + 1) * p), count)
    factorials, reciprocals = tables[0], tables[1]
    mass = np.exp(
        factorials[count]
        - factorials[mode]
        - factorials[count - mode]
        + mode * log_p
        + (count - mode) * log_q
    )
    rest = uniform - mass
    if rest < 0.0:
        return mode
    odds = p / (1.0 - p)
    below, above = mode, mode
    mass_below, mass_above = mass, mass
    inverse_odds = 1.0 / odds
    while below > 0 or above < count:
        if above < count:
            mass_above *= (count - above) * reciprocals[above + 1] * odds
            above += 1
            rest -= mass_above
            if rest < 0.0:
                return above
        if below > 0:
            mass_below *= below * reciprocals[count - below + 1] * inverse_odds
            below -= 1
            rest -= mass_below
            if rest < 0.0:
                return below
    return mode  # rounding left a sliver of probability: give it to the likeliest count


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
def _split(world, count, words, first, apart, tables, counts):  # type: ignore[no-untyped-def]
    """Counts of the 2ⁿ patterns among `count` samples, by conditional binomials.

    Feature after feature splits what there is; each split reads two words, `apart` from each other.
    """
    density, logs = world.density, world.logs
    counts[0] = count
    for j in range(density.size):
        for q in range(1 << j):
            uniform = _double(words[first], words[first + apart])
            active = binomial(counts[q], density[j], logs[0, j], logs[1, j], uniform, tables)
            counts[q + (1 << j)] = active
            counts[q] -= active
            first += 2 * apart


@compiled(borrowing=True)
def count_ahead(world, count, words, tables, step, steps, block, ahead):  # type: ignore[no-untyped-def]
    """ahead[t, q]: samples with pattern q at step + t, for so many steps, at most `AHEAD`.

    No weights are needed, so that several steps' counts are drawn at once: one step's words are
    too few to fill the vectors, and whoever needs them waits.
    """
    one, b = np.uint64(1), np.uint64(block)
    for g in range(2 * (1 << world.density.size) - 2):
        row = words[g * AHEAD : (g + 1) * AHEAD]
        for t in range(AHEAD):
            word, _, _, _ = philox(
                np.uint64(g), b, np.uint64(step) + np.uint64(t), one, world.k0, world.k1
            )
            row[t] = np.uint32(word)
    for t in range(steps):
        _split(world, count, words, t, AHEAD, tables, ahead[t])


@compiled(borrowing=True)
def _patterns(world, x, count, words, counts, tables, step, block):  # type: ignore[no-untyped-def]
    """Few independent features: counts of the 2ⁿ patterns, then the active values."""
    fill_words(words, 64, world.k0, world.k1, step, block, 1)
    _split(world, count, words, 0, 1, tables, counts)
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
