"""Natural starts for sets of features: bases that meet each other in some way [D16].

Features of one correlated set want to be told from each other, and those of different sets to
interfere negatively.  So each set starts as an orthonormal basis, as one direction for all of it,
or as a pair and singles; and the bases of further sets as the first one's antipodes, as shifts of
it, or mirrored in the plane across its diagonal, where all but one inner product are negative.
"""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
from scipy.special import ndtri

from ground.checks import FloatArray
from ground.points import halton

DISPLACED = 0.05  # so that no symmetry is kept for ever: symmetric points may be saddles


def set_starts(sizes: tuple[int, ...], n_hidden: int) -> FloatArray:
    """Starts W for sets of these sizes, (K, m, n); none where no set fits into m dimensions.

    Examples
    --------
    >>> set_starts((2, 2), 2).shape
    (8, 2, 4)
    """
    found = []
    for kind in (_basis, _together, _pair_and_singles):
        made = [kind(size, n_hidden) for size in sizes]
        blocks = [block for block in made if block is not None]
        if len(blocks) == len(sizes):
            for frame in _frames(n_hidden):
                turned, turn = [], np.eye(n_hidden)
                for block in blocks:
                    turned.append(turn @ block)
                    turn = frame @ turn
                found.append(np.concatenate(turned, axis=1))
    if not found:
        return np.zeros((0, n_hidden, sum(sizes)))
    W = np.stack(found)
    return W + DISPLACED * ndtri(halton(len(W), W[0].size)).reshape(W.shape)


def _frames(m: int) -> Iterator[FloatArray]:
    """How the next set's frame comes out of the last one's."""
    unit = np.eye(m)
    across = unit - 2 / m * np.ones((m, m))
    yield -unit
    yield across
    if m > 1:
        yield np.roll(unit, 1, axis=0)
        yield np.roll(across, 1, axis=0)


def _basis(size: int, m: int) -> FloatArray | None:
    """An orthonormal basis."""
    return np.eye(m, size) if size <= m else None


def _together(size: int, m: int) -> FloatArray:
    """All in one direction, as principal components have it."""
    return np.concatenate([np.ones((1, size)), np.zeros((m - 1, size))]) / np.sqrt(size)


def _pair_and_singles(size: int, m: int) -> FloatArray | None:
    """Two in one direction, the others each in one of their own."""
    if not 2 < size <= m + 1:
        return None
    block = np.zeros((m, size))
    block[0, :2] = np.sqrt(0.5)
    block[1 : size - 1, 2:] = np.eye(size - 2)
    return block
