"""One independent random stream per instance, from a counter and a key, without state.

A draw is a pure function of (key, step, block, slot): it needs no state to carry along, a run can
go on at any step, and what one instance draws depends neither on how many others train beside
it nor on how many threads do the work. The generator is Philox4x32 with ten rounds (Salmon et
al. 2011): a few multiplications a word, which LLVM vectorises over the slots of a block.

References
----------
Salmon, Moraes, Dror, Shaw (2011), *Parallel random numbers: as easy as 1, 2, 3*, SC '11.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from enum import IntEnum

import numpy as np

from ground.compiled import compiled

__all__ = [
    "Purpose",
    "descend",
    "fill_words",
    "instance_streams",
    "keys_of",
    "philox",
    "words_needed",
]

_MULTIPLIER_0 = np.uint64(0xD2511F53)
_MULTIPLIER_1 = np.uint64(0xCD9E8D57)
_WEYL_0 = np.uint64(0x9E3779B9)  # golden ratio
_WEYL_1 = np.uint64(0xBB67AE85)  # √3 − 1
_LOW = np.uint64(0xFFFFFFFF)
_HALF = np.uint64(32)
_GRAIN = 64  # words: sixteen counters, so that no vector loop is left with a scalar remainder


class Purpose(IntEnum):
    """What a stream is for: streams of different purposes never share a key."""

    INITIAL = 0
    TRAINING = 1
    HELD_OUT = 2


def descend(
    seed: int | Sequence[int] | np.random.SeedSequence, *path: int
) -> np.random.SeedSequence:
    """The descendant of a seed along a path: the same however, and wherever, it is reached."""
    if not isinstance(seed, np.random.SeedSequence):
        seed = np.random.SeedSequence(seed)
    return np.random.SeedSequence(seed.entropy, spawn_key=(*seed.spawn_key, *path))


def keys_of(sequences: Iterable[np.random.SeedSequence]) -> np.ndarray:
    """64-bit keys as two 32-bit words each: (streams, 2) uint64, each entry below 2³²."""
    words = [sequence.generate_state(2) for sequence in sequences]
    return np.array(words, dtype=np.uint64).reshape(-1, 2)


def instance_streams(
    seed: int | Sequence[int] | np.random.SeedSequence, indices: Iterable[int], purpose: Purpose
) -> list[np.random.SeedSequence]:
    """The stream of each instance for a purpose: of the seed and the index, nothing else."""
    return [descend(seed, int(purpose), int(index)) for index in indices]


# Inlined before LLVM sees it: behind a call, the loop over slots is not vectorised.
@compiled(inline="always", borrowing=True)
def philox(c0, c1, c2, c3, k0, k1):  # type: ignore[no-untyped-def]
    """Philox4x32-10: four 32-bit words out of a 128-bit counter and a 64-bit key.

    All arguments and results are uint64 below 2³²; a 32 × 32 → 64 product is then one lane of
    the vector multiplier.
    """
    for _ in range(10):
        p0 = _MULTIPLIER_0 * (c0 & _LOW)
        p1 = _MULTIPLIER_1 * (c2 & _LOW)
        c0, c1 = (p1 >> _HALF) ^ c1 ^ k0, p1 & _LOW
        c2, c3 = (p0 >> _HALF) ^ c3 ^ k1, p0 & _LOW
        k0 = (k0 + _WEYL_0) & _LOW
        k1 = (k1 + _WEYL_1) & _LOW
    return c0, c1, c2, c3


@compiled(borrowing=True)
def words_needed(count):  # type: ignore[no-untyped-def]
    """`count` rounded up to what `fill_words` produces."""
    return (count + _GRAIN - 1) // _GRAIN * _GRAIN


@compiled(borrowing=True)
def fill_words(out, count, k0, k1, step, block, lane):  # type: ignore[no-untyped-def]
    """Write at least `count` random 32-bit words to the front of `out` (uint32).

    The words are those of the counters (slot, block, step, lane); word w of counter g of Q lands
    at wQ + g, so that every store is contiguous. `out` must hold ``words_needed(count)`` words.
    """
    quarter = words_needed(count) // 4
    out0, out1 = out[:quarter], out[quarter : 2 * quarter]
    out2, out3 = out[2 * quarter : 3 * quarter], out[3 * quarter : 4 * quarter]
    b, s, c = np.uint64(block), np.uint64(step), np.uint64(lane)
    for g in range(quarter):
        w0, w1, w2, w3 = philox(np.uint64(g), b, s, c, k0, k1)
        out0[g] = np.uint32(w0)
        out1[g] = np.uint32(w1)
        out2[g] = np.uint32(w2)
        out3[g] = np.uint32(w3)
