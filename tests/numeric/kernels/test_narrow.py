"""Few hidden dimensions: the gradient out of active entries, to the last bit as with wide rows."""

from __future__ import annotations

import numpy as np
import pytest

from numeric.kernels.entries import entries_of, find_entries, find_places
from numeric.kernels.lanes import LANES, aligned
from numeric.kernels.narrow import HALF, gather_half, transpose_half
from numeric.kernels.runs import gather, transpose

WIDTH = 64


def _samples(rng, n, density):
    x = aligned(n, WIDTH + LANES)
    x[:, :WIDTH] = np.where(rng.random((n, WIDTH)) < density, rng.standard_normal((n, WIDTH)), 0)
    return x


@pytest.mark.parametrize("density", [0.0, 0.03, 0.2, 1.0])
@pytest.mark.parametrize("m", [1, 5, HALF])
def test_half_a_vector_gives_the_bits_of_a_whole_one(density, m):
    n, rng = 7, np.random.default_rng(m)
    x = _samples(rng, n, density)
    dh = aligned(LANES, WIDTH + LANES)
    dh[:m, :WIDTH] = rng.standard_normal((m, WIDTH))
    wide, listed = entries_of(n, WIDTH), entries_of(n, WIDTH)
    find_entries(x, WIDTH, wide)
    find_places(x, WIDTH, listed)
    np.testing.assert_array_equal(listed.starts, wide.starts)
    count = wide.starts[-1]
    np.testing.assert_array_equal(listed.places[:count], wide.places[:count])
    np.testing.assert_array_equal(
        listed.places[:count], np.concatenate([np.flatnonzero(row[:WIDTH]) for row in x])
    )

    rows, half = aligned(WIDTH, LANES), aligned(WIDTH, HALF)
    transpose(rows, dh, LANES, WIDTH)
    transpose_half(half, dh, WIDTH)
    np.testing.assert_array_equal(half, dh[:HALF, :WIDTH].T)
    found, out = aligned(n, LANES), aligned(n, HALF)
    out[:] = np.nan  # what was there is forgotten
    gather(found, wide.starts, wide.places, wide.values, rows)
    gather_half(out, listed.starts, listed.places, x, half)
    np.testing.assert_array_equal(out, found[:, :HALF])
    # Sums of so many terms, each rounded once or twice.
    exact = x[:, :WIDTH].astype(float) @ dh[:HALF, :WIDTH].T
    size = np.abs(x[:, :WIDTH]).astype(float) @ np.abs(dh[:HALF, :WIDTH].T)
    assert (np.abs(out - exact) <= 2 * WIDTH * 2.0**-24 * size).all()


def test_an_entry_that_is_not_a_number_is_listed():
    x = aligned(2, WIDTH + LANES)
    x[1, 5] = np.nan
    listed = entries_of(2, WIDTH)
    find_places(x, WIDTH, listed)
    assert listed.starts.tolist() == [0, 0, 1]
    assert listed.places[0] == 5
