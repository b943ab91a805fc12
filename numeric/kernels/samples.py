"""Compiled samplers: each fills a block of samples, features × samples, from counted draws.

The loss of a batch does not depend on the order of its samples. So for few independent features
nothing is gated: the number of samples with each pattern of active features is drawn (a
multinomial, by conditional binomials), and only active values are. Samples without any active
feature need no draw and no place; the kernels account for them in closed form.
"""

from __future__ import annotations

from collections.abc import Sequence
from enum import IntEnum
from typing import NamedTuple

import numpy as np

from ground.compiled import compiled
from numeric.features.law import Features
from numeric.kernels.streams import fill_words, keys_of, words_needed

__all__ = [
    "Law",
    "World",
    "Worlds",
    "binomial",
    "count_tables",
    "density_tables",
    "sample_block",
    "sample_rows",
    "words_of",
    "world_of",
]

SKIP_BELOW = 0.04  # density under which one logarithm an active feature is cheaper than all gates
_WORD = np.float32(2.0**-32)
_TWO_WORDS = 2.0**-53


class Law(IntEnum):
    """The laws that the kernels know."""

    PATTERNS = 0  # independent features, few enough to count the samples of each pattern
    GATES = 1  # independent features: one word a feature is both its gate and its value
    CORRELATED = 2  # one gate a set, independent values
    ANTICORRELATED = 3  # one word a set names its active feature, or none
    K_ACTIVE = 4  # exactly k features
    ROWS = 5  # one of the given rows


class World(NamedTuple):
    """What one instance draws from: its law, the law's numbers, and the key of its stream."""

    law: int  # of `Law`
    n_active: int  # read by `Law.K_ACTIVE` only
    low: np.float32
    span: np.float32  # high − low
    density: np.ndarray  # (n,) float64
    logs: np.ndarray  # (3, n) float64, of `density_tables`
    sets: np.ndarray  # (n,) int64: the set of each feature, ascending from 0; for laws of sets
    rows: np.ndarray  # (rows, n) float32; read by `Law.ROWS` only
    k0: np.uint64
    k1: np.uint64


class Worlds(NamedTuple):
    """What all instances see, side by side: densities, importances, streams."""

    density: np.ndarray  # (instances, n)
    importance: np.ndarray  # (instances, n)
    logs: np.ndarray  # (instances, 3, n)
    sets: np.ndarray  # (n,)
    rows: np.ndarray  # (rows, n)
    keys: np.ndarray  # (instances, 2) uint64

    @classmethod
    def of(cls, features: Features, streams: Sequence[np.random.SeedSequence]) -> Worlds:
        """One world for each stream; the features may differ among them by a leading axis."""
        n = features.n_features
        shape = (len(streams), n)
        density, importance = (
            np.array(np.broadcast_to(values.reshape(-1, n), shape))
            for values in (features.density, features.importance)
        )
        sizes = getattr(features, "sizes", (1,) * n)
        return cls(
            density,
            importance,
            np.ascontiguousarray(density_tables(density)),
            np.repeat(np.arange(len(sizes)), sizes),
            np.array(getattr(features, "activations", np.empty((0, n))), np.float32, order="C"),
            keys_of(streams),
        )


@compiled()
def world_of(spec, worlds, i):  # type: ignore[no-untyped-def]
    """The world of instance i."""
    return World(
        spec.law,
        spec.n_active,
        spec.low,
        spec.span,
        worlds.density[i],
        worlds.logs[i],
        worlds.sets,
        worlds.rows,
        worlds.keys[i, 0],
        worlds.keys[i, 1],
    )


def count_tables(block: int) -> np.ndarray:
    """Rows log k! and 1/k for k = 0…block, which `binomial` reads."""
    k = np.arange(block + 1)
    tables = np.zeros((2, block + 1))
    tables[0, 1:] = np.cumsum(np.log(k[1:]))
    tables[1, 1:] = 1 / k[1:]
    return tables


def density_tables(density: np.ndarray) -> np.ndarray:
    """What the samplers want to know of the densities: (instances, 3, n) of (instances, n).

    Rows log p and log(1 − p), 0 where infinite; then 1 where the active features are few
    enough, and all equally likely, that the samplers skip from one to the next.
    """
    p = np.asarray(density, dtype=np.float64)
    few = np.all((p == p[..., :1]) & (p > 0) & (p <= SKIP_BELOW), axis=-1, keepdims=True)
    return np.stack(
        [
            np.log(np.where(p > 0, p, 1.0)),
            np.log1p(-np.where(p < 1, p, 0.0)),
            np.broadcast_to(few, p.shape).astype(np.float64),
        ],
        axis=-2,
    )


@compiled()
def words_of(n, block):  # type: ignore[no-untyped-def]
    """Random words that a block may need, whatever its law."""
    return words_needed(2 * n * block) + 64


@compiled()
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


@compiled()
def _double(words, index):  # type: ignore[no-untyped-def]
    """53 bits of two words as a float in [0, 1)."""
    high, low = np.int64(words[2 * index]), np.int64(words[2 * index + 1])
    return ((high << 21) | (low >> 11)) * _TWO_WORDS


@compiled(fastmath={"contract"})
def _uniform_row(row, words, low, span):  # type: ignore[no-untyped-def]
    """row ← low + span·(word + ½)/2³²."""
    scale = span * _WORD
    shift = low + np.float32(0.5) * scale
    for s in range(row.size):
        row[s] = shift + scale * np.float32(words[s])


@compiled()
def _patterns(world, x, count, words, counts, tables, step, block):  # type: ignore[no-untyped-def]
    """Few independent features: counts of the 2ⁿ patterns, then the active values."""
    density, logs, low, span = world.density, world.logs, world.low, world.span
    n = density.size
    fill_words(words, 64, world.k0, world.k1, step, block, 1)
    counts[0] = count
    draw = 0
    for j in range(n):
        for q in range(1 << j):
            uniform = _double(words, draw)
            active = binomial(counts[q], density[j], logs[0, j], logs[1, j], uniform, tables)
            counts[q + (1 << j)] = active
            counts[q] -= active
            draw += 1
    values = 0
    for q in range(1, 1 << n):
        for j in range(n):
            values += counts[q] * ((q >> j) & 1)
    fill_words(words, values, world.k0, world.k1, step, block, 0)
    taken, column = 0, 0
    for q in range(1, 1 << n):
        stop = column + counts[q]
        for j in range(n):
            if (q >> j) & 1:
                _uniform_row(x[j, column:stop], words[taken : taken + counts[q]], low, span)
                taken += counts[q]
            else:
                x[j, column:stop] = np.float32(0.0)
        column = stop
    return column


@compiled(fastmath={"contract"})
def _gated_row(row, words, p, low, span):  # type: ignore[no-untyped-def]
    """row[s] ← low + span·u/p where u < p, else 0, with u = (word + ½)/2³²."""
    if p >= 1.0:
        _uniform_row(row, words, low, span)
        return
    threshold = np.uint32(p * 2.0**32)
    # Given word < threshold, (word + ½)/threshold is uniform and symmetric on (0, 1).
    scale = span / np.float32(threshold) if threshold > 0 else np.float32(0.0)
    shift = low + np.float32(0.5) * scale
    for s in range(row.size):
        value = shift + scale * np.float32(words[s])
        row[s] = value if words[s] < threshold else np.float32(0.0)


@compiled()
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


@compiled()
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


@compiled()
def _skips(world, x, by_sample, count, words, step, block):  # type: ignore[no-untyped-def]
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
            if by_sample:
                x[filled, :] = np.float32(0.0)
            else:
                for j in range(n):
                    x[j, filled] = np.float32(0.0)
            filled += 1
        if by_sample:
            x[filled - 1, place - sample * n] = value
        else:
            x[place - sample * n, filled - 1] = value


@compiled()
def _row_number(world, word):  # type: ignore[no-untyped-def]
    """Which of the given rows a word names: ⌊rows·u⌋."""
    return np.int64((np.uint64(word) * np.uint64(world.rows.shape[0])) >> np.uint64(32))


@compiled()
def sample_block(world, x, count, words, counts, tables, step, block):  # type: ignore[no-untyped-def]
    """Fill x[:, :filled] (features × samples, float32) and return `filled`.

    The other count − filled samples of the block are zero in every feature.

    Parameters
    ----------
    world : World
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
        density = world.density
        if world.logs[2, 0] > 0.0:
            return _skips(world, x, False, count, words, step, block)
        fill_words(words, density.size * count, world.k0, world.k1, step, block, 0)
        for j in range(density.size):
            drawn = words[j * count : (j + 1) * count]
            _gated_row(x[j, :count], drawn, density[j], world.low, world.span)
    elif world.law == Law.K_ACTIVE:
        _k_active(world, x, count, words, step, block)
    elif world.law == Law.ROWS:
        fill_words(words, count, world.k0, world.k1, step, block, 0)
        for s in range(count):
            x[:, s] = world.rows[_row_number(world, words[s])]
    else:
        _sets(world, x, count, words, step, block)
    return count


@compiled(fastmath={"contract"})
def _gated_rows(x, words, last, shift, scale):  # type: ignore[no-untyped-def]
    """x[s, j] ← shift_j + scale_j·word where word ≤ last_j, else 0."""
    count, n = x.shape
    for s in range(count):
        row, drawn = x[s], words[s * n : (s + 1) * n]
        for j in range(n):
            value = shift[j] + scale[j] * np.float32(drawn[j])
            row[j] = value if drawn[j] <= last[j] else np.float32(0.0)


@compiled()
def sample_rows(world, x, count, words, scratch, step, block):  # type: ignore[no-untyped-def]
    """As `sample_block`, but samples × features: fill x[:filled, :] and return `filled`.

    `scratch` has room for the transpose of x; other laws than gates are drawn there.
    """
    density, low, span = world.density, world.low, world.span
    n = density.size
    if world.law == Law.GATES and world.logs[2, 0] > 0.0:
        return _skips(world, x, True, count, words, step, block)
    if world.law == Law.GATES:
        last = np.empty(n, np.uint32)
        shift = np.empty(n, np.float32)
        scale = np.empty(n, np.float32)
        for j in range(n):
            threshold = np.floor(density[j] * 2.0**32)
            last[j] = np.uint32(max(threshold - 1.0, 0.0))
            scale[j] = span / np.float32(threshold) if threshold > 0.0 else np.float32(0.0)
            # Of a feature that is never active, the value is 0 whatever the word.
            shift[j] = low + np.float32(0.5) * scale[j] if threshold > 0.0 else np.float32(0.0)
        fill_words(words, n * count, world.k0, world.k1, step, block, 0)
        _gated_rows(x[:count], words, last, shift, scale)
        return count
    if world.law == Law.ROWS:
        fill_words(words, count, world.k0, world.k1, step, block, 0)
        for s in range(count):
            x[s] = world.rows[_row_number(world, words[s])]
        return count
    unused = np.empty(1, np.int64)
    filled = sample_block(world, scratch, count, words, unused, np.empty((2, 1)), step, block)
    for j in range(n):
        for s in range(filled):
            x[s, j] = scratch[j, s]
    return filled
