"""Products out of tiles: right, and the same to the last bit whatever the tiles."""

from __future__ import annotations

import numpy as np
import pytest

from numeric.kernels.lanes import aligned, padded
from numeric.kernels.products import IN_CACHE, multiply

SIZES = (1, 3, IN_CACHE, IN_CACHE + 1, 3 * IN_CACHE + 5)


@pytest.mark.parametrize("n", SIZES)
@pytest.mark.parametrize("m", [1, 2, 3, 4, 5, 6, 7, 9, 30])
def test_every_tile_and_piece_gives_the_same_bits(n, m):
    rng = np.random.default_rng(n + m)
    width = 144  # two tiles of four vectors, and a vector by itself
    rows = aligned(n, width)
    rows[:] = rng.standard_normal((n, width))
    scalars = rng.standard_normal((n, m)).astype(np.float32)
    out = aligned(padded(m), width)
    out[:] = np.nan  # what was there is forgotten
    multiply(out, rows, scalars, width)
    # Each product once: n roundings of a sum of n terms at most, each half a unit.
    exact = scalars.T.astype(float) @ rows
    bound = n * 2.0**-24 * (np.abs(scalars.T).astype(float) @ np.abs(rows))
    assert (np.abs(out[:m] - exact) <= bound * (1 + n * 2.0**-23)).all()
    for s in range(0, width, 16):
        one, vector = aligned(padded(m), 16), aligned(n, 16)
        vector[:] = rows[:, s : s + 16]
        multiply(one, vector, scalars, 16)
        np.testing.assert_array_equal(one[:m], out[:m, s : s + 16])
