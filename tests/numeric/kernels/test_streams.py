"""The counter-based generator, and the keys of the instances."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from numeric.kernels.streams import (
    Purpose,
    descend,
    fill_words,
    instance_streams,
    keys_of,
    philox,
    words_needed,
)

# counter, key → words: the known answers that Salmon et al. distribute with Random123.
KNOWN = (
    (
        (0, 0, 0, 0),
        (0, 0),
        (0x6627E8D5, 0xE169C58D, 0xBC57AC4C, 0x9B00DBD8),
    ),
    (
        (0xFFFFFFFF,) * 4,
        (0xFFFFFFFF,) * 2,
        (0x408F276D, 0x41C83B0E, 0xA20BC7C6, 0x6D5451FD),
    ),
    (
        (0x243F6A88, 0x85A308D3, 0x13198A2E, 0x03707344),
        (0xA4093822, 0x299F31D0),
        (0xD16CFE09, 0x94FDCCEB, 0x5001E420, 0x24126EA1),
    ),
)
word = st.integers(0, 2**32 - 1)


def _fill(count: int, key: tuple[int, int], step: int, block: int, lane: int) -> np.ndarray:
    out = np.zeros(words_needed(count), np.uint32)
    fill_words(out, count, np.uint64(key[0]), np.uint64(key[1]), step, block, lane)
    return out


@pytest.mark.parametrize(("counter", "key", "answer"), KNOWN)
def test_known_answers(counter, key, answer):
    arguments = [np.uint64(value) for value in (*counter, *key)]
    assert tuple(int(value) for value in philox(*arguments)) == answer


@given(word, word, word, st.integers(0, 1000), st.integers(0, 3), st.integers(1, 300))
def test_filled_words_are_those_of_their_counters(k0, k1, step, block, lane, count):
    out = _fill(count, (k0, k1), step, block, lane)
    quarter = len(out) // 4
    for slot in (0, quarter - 1):
        counter = (slot, block, step, lane)
        expected = philox(*(np.uint64(value) for value in (*counter, k0, k1)))
        assert [int(out[w * quarter + slot]) for w in range(4)] == [int(e) for e in expected]


@given(word, word)
def test_words_are_uniform(k0, k1):
    count = 1 << 14
    u = (_fill(count, (k0, k1), 3, 1, 0) + 0.5) / 2.0**32
    # Mean 1/2, variance 1/12; (u − 1/2)² has mean 1/12 and variance 1/180.
    z_mean = (u.mean() - 1 / 2) * np.sqrt(12 * count)
    z_spread = (np.mean((u - 1 / 2) ** 2) - 1 / 12) * np.sqrt(180 * count)
    # Neighbours in the order of use: the product of two centred ones has variance 1/144.
    z_pair = np.mean((u[1:] - 1 / 2) * (u[:-1] - 1 / 2)) * 12 * np.sqrt(count - 1)
    # 50 examples × 3 scores: |z| < 5 fails one sound generator in ten thousand.
    assert max(abs(z_mean), abs(z_spread), abs(z_pair)) < 5


def test_every_coordinate_of_the_counter_matters():
    base = _fill(64, (1, 2), 3, 4, 0)
    for other in (
        _fill(64, (2, 2), 3, 4, 0),
        _fill(64, (1, 3), 3, 4, 0),
        _fill(64, (1, 2), 4, 4, 0),
        _fill(64, (1, 2), 3, 5, 0),
        _fill(64, (1, 2), 3, 4, 1),
    ):
        assert not np.any(base == other)


@given(st.integers(0, 2**64), st.integers(0, 10**6), st.integers(0, 20))
def test_key_of_an_instance_does_not_depend_on_its_company(seed, index, company):
    alone = keys_of(instance_streams(seed, [index], Purpose.TRAINING))
    among = keys_of(instance_streams(seed, range(index, index + company + 1), Purpose.TRAINING))
    assert np.array_equal(alone[0], among[0])
    assert alone.max() < 2**32


def test_instances_and_purposes_have_different_keys():
    keys = np.concatenate([keys_of(instance_streams(0, range(2000), p)) for p in Purpose])
    packed = keys[:, 0] * np.uint64(2**32) + keys[:, 1]
    assert len(np.unique(packed)) == 6000


def test_descending_in_steps_or_at_once_is_the_same():
    once = descend(7, 1, 2, 3).generate_state(4)
    assert np.array_equal(descend(descend(descend(7), 1), 2, 3).generate_state(4), once)
    child = np.random.SeedSequence(7, spawn_key=(1, 2, 3))
    assert np.array_equal(child.generate_state(4), once)
