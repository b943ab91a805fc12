"""Hierarchies of directions: which groups of features are worth a look."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from agreement.description.directions import Directions
from ground.checks import FloatArray

__all__ = ["merges", "trees"]


def trees(cloud: Directions, orthogonal_below: float) -> Iterator[list[tuple[int, int]]]:
    """Merges that propose groups."""
    overlaps = np.abs(cloud.columns.T @ cloud.columns)
    yield merges((cloud.whitened.T @ cloud.whitened) ** 2)
    yield merges(overlaps**2)
    # Below the user's threshold there is no link: the last merges are those of factors.
    yield merges(np.where(overlaps < orthogonal_below, 0, overlaps), single=True)


def merges(likeness: FloatArray, *, single: bool = False) -> list[tuple[int, int]]:
    """Merge what is most alike, again and again: the n − 1 pairs of nodes.

    Nodes 0 … n − 1 are the features, n + k is what merge k made.  Likeness of two nodes is the
    mean over pairs of their features, or with `single` the largest.
    """
    n = len(likeness)
    alike = np.array(likeness, dtype=np.float64)
    np.fill_diagonal(alike, -np.inf)
    node, size, found = np.arange(n), np.ones(n), []
    for made in range(n, 2 * n - 1):
        i, j = divmod(int(alike.argmax()), n)
        found.append((int(node[i]), int(node[j])))
        with np.errstate(invalid="ignore"):
            mean = (size[i] * alike[i] + size[j] * alike[j]) / (size[i] + size[j])
        row = np.maximum(alike[i], alike[j]) if single else mean
        row[[i, j]] = -np.inf
        row[size == 0] = -np.inf
        alike[i], alike[:, i] = row, row
        alike[j], alike[:, j] = -np.inf, -np.inf
        node[i], size[i], size[j] = made, size[i] + size[j], 0
    return found
