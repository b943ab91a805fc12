"""Natural starts for more than six features: named shapes in orthogonal subspaces, one of a kind.

Where :mod:`theory.minima.starts` lists every labelled way, here features are sorted by how much
they are worth, and each block takes the next ones: a list that stays short up to a dozen features.
"""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from ground.checks import FloatArray
from theory.polytopes.shapes import Shape, named_shapes

__all__ = ["block_starts"]

MOST = 200  # of them, the first: with few blocks


def block_starts(
    n_hidden: int, worth: FloatArray, ignored_bias: FloatArray
) -> tuple[FloatArray, FloatArray]:
    """Products of named shapes that fill the hidden space, W (K, m, n) and b (K, n).

    Parameters
    ----------
    worth : (n,)
        What ignoring a feature costs; features left over are those worth least.
    ignored_bias : (n,)
        Bias of an ignored feature, p E[x].

    Examples
    --------
    Four features in two dimensions: two points, a point and a digon, a triangle, two digons:

    >>> W, b = block_starts(2, np.ones(4), np.full(4, 0.1))
    >>> sorted(int(np.any(each, axis=0).sum()) for each in W)
    [2, 3, 3, 4]
    """
    n = len(worth)
    order = np.argsort(-worth, kind="stable")
    found = []
    for blocks in _fillings(_shapes(n, n_hidden), n, n_hidden):
        # Points to the features worth most, which pay for a dimension of their own; and, where
        # features differ, the largest blocks too.
        orders = [blocks] if np.ptp(worth) == 0 or len(blocks) == 1 else [blocks, blocks[::-1]]
        found += [_placed(each, order, n_hidden) for each in orders]
        if len(found) >= MOST:
            break
    W = np.stack(found)
    return W, np.where(W.any(axis=1), 0.0, ignored_bias)


def _shapes(n: int, m: int) -> list[Shape]:
    """Small ones first."""
    return [shape for k in range(1, n + 1) for shape in named_shapes(k) if shape.dimension <= m]


def _fillings(shapes: list[Shape], n: int, m: int) -> Iterator[tuple[Shape, ...]]:
    """Every multiset of shapes that fills m dimensions with at most n features."""
    if m == 0:
        yield ()
        return
    for at, shape in enumerate(shapes):
        if shape.n_vertices <= n and shape.dimension <= m:
            for rest in _fillings(shapes[at:], n - shape.n_vertices, m - shape.dimension):
                yield (shape, *rest)


def _placed(blocks: tuple[Shape, ...], order: np.ndarray, m: int) -> FloatArray:
    W = np.zeros((m, len(order)))
    row = at = 0
    for shape in blocks:
        members = order[at : at + shape.n_vertices]
        W[row : row + shape.dimension, members] = shape.vertices
        row, at = row + shape.dimension, at + shape.n_vertices
    return W
