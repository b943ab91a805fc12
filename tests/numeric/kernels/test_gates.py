"""Independent features: the gate and the value that a word stands for."""

from __future__ import annotations

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from numeric.kernels.gates import draw_apart, draw_gated
from numeric.kernels.lanes import aligned
from numeric.kernels.samples import words_of
from numeric.kernels.streams import fill_words
from numeric.kernels.worlds import Law, World

densities = st.lists(
    st.one_of(st.floats(0, 1), st.sampled_from([0.0, 2.0**-33, 2.0**-32, 1 - 1e-12, 1.0])),
    min_size=1,
    max_size=9,
)
blocks = st.sampled_from([16, 100, 104, 128, 256])


def _world(density, low, key) -> World:
    density = np.array(density)
    n = density.size
    return World(
        *(int(Law.GATES), 1, np.float32(low), np.float32(1 - low), density, np.zeros((3, n))),
        *(np.arange(n), np.empty((0, n), np.float32), np.uint64(key), np.uint64(7)),
    )


def _drawn(draw, world, count) -> np.ndarray:
    n = world.density.size
    x = aligned(n, (count + 31) // 16 * 16)
    draw(world, x, count, np.empty(words_of(n, count), np.uint32), 11, 2)
    return x[:, :count].copy()


@given(densities, blocks, st.sampled_from([0.0, -1.0, 0.25]), st.integers(0, 2**32 - 1))
def test_whole_blocks_are_drawn_as_all_others(density, count, low, key):
    world = _world(density, low, key)
    one, other = _drawn(draw_gated, world, count), _drawn(draw_apart, world, count)
    np.testing.assert_array_equal(one.view(np.uint32), other.view(np.uint32))


@given(densities, blocks, st.sampled_from([0.0, -1.0, 0.25]), st.integers(0, 2**32 - 1))
def test_a_word_is_gate_and_value(density, count, low, key):
    world = _world(density, low, key)
    n = len(density)
    words = np.empty(words_of(n, count), np.uint32)
    fill_words(words, n * count, world.k0, world.k1, 11, 2, 0)
    words = words[: n * count].reshape(n, count).astype(float)
    bound = np.floor(np.array(density)[:, None] * 2.0**32)
    u = (words + 0.5) / np.maximum(bound, 1)
    expected = np.where(words < bound, low + (1 - low) * u, 0.0)
    # Word, scale, shift and value are rounded to single precision.
    found = _drawn(draw_gated, world, count)
    np.testing.assert_allclose(found, expected, rtol=0, atol=4 * (1 + abs(low)) * 2.0**-24)
    assert (found[words >= bound] == 0).all()
