"""Chances of patterns of independently active features, by how many are active [D26].

Products over the features that are not active are never divided by a factor that may be zero.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from ground.checks import FloatArray

__all__ = ["count_chances", "counts_ahead", "few_active", "pattern_chances"]


def few_active(p: FloatArray) -> tuple[float, FloatArray, FloatArray]:
    """Chances that no feature is active, exactly j (n,), exactly i and j (n, n), i < j.

    Examples
    --------
    >>> none, single, pair = few_active(np.array([0.5, 1.0]))
    >>> none, single.tolist(), pair.tolist()
    (0.0, [0.0, 0.5], [[0.0, 0.5], [0.0, 0.0]])
    """
    off = 1.0 - p
    always = off == 0.0
    rest = np.where(always, 1.0, off)
    surely = int(always.sum())
    product = float(rest.prod())
    # What others leave, where every feature that is always active is among those meant.
    one = np.where(surely - always == 0, product / rest, 0.0)
    left = surely - always[:, None].astype(int) - always[None, :]
    with np.errstate(under="ignore"):
        both = np.where(left == 0, product / (rest[:, None] * rest[None, :]), 0.0)
    pair = np.triu(p[:, None] * p[None, :] * both, 1)
    return (product if not surely else 0.0), p * one, pair


def pattern_chances(p: FloatArray, patterns: NDArray[np.integer]) -> FloatArray:
    """Chances that exactly the features of each pattern (P, k) are active, (P,).

    Examples
    --------
    >>> pattern_chances(np.array([0.5, 1.0, 0.5]), np.array([[0, 1], [0, 2]])).tolist()
    [0.25, 0.0]
    """
    off = 1.0 - p
    always = off == 0.0
    rest = np.where(always, 1.0, off)
    known = always[patterns].sum(axis=1) == always.sum()
    return np.where(known, rest.prod() * (p / rest)[patterns].prod(axis=1), 0.0)


def counts_ahead(p: FloatArray) -> FloatArray:
    """Chances (n + 1, n + 2) of how many of the features i … n − 1 are active."""
    n = len(p)
    ahead = np.zeros((n + 1, n + 2))
    ahead[n, 0] = 1.0
    for i in range(n - 1, -1, -1):
        ahead[i, 0] = (1 - p[i]) * ahead[i + 1, 0]
        ahead[i, 1:] = (1 - p[i]) * ahead[i + 1, 1:] + p[i] * ahead[i + 1, :-1]
    return ahead


def count_chances(p: FloatArray) -> FloatArray:
    """Chances of 0 … n active features, (n + 1,).

    Examples
    --------
    >>> count_chances(np.array([0.5, 0.5])).tolist()
    [0.25, 0.5, 0.25]
    """
    return counts_ahead(p)[0, : len(p) + 1]
