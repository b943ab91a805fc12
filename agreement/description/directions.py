"""The directions of some features and what they span, but for noise."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from ground.checks import FloatArray

__all__ = ["Directions", "directions_of", "principal", "spanned"]

RANK_BELOW = 0.4  # singular values of unit columns below are noise: a tight part has at least 1


@dataclass(frozen=True, eq=False)
class Directions:
    """The directions of some features, and what chance is reckoned against."""

    features: tuple[int, ...]
    columns: FloatArray  # unit columns
    inner: FloatArray  # unit columns in the r dimensions that are not noise
    whitened: FloatArray

    @property
    def rank(self) -> int:
        return len(self.inner)


def directions_of(directions: FloatArray, members: tuple[int, ...]) -> Directions:
    columns = directions[:, members]
    sizes, span = principal(columns)
    r = max(1, int(np.sum(sizes >= RANK_BELOW**2)))
    inner = span[:, :r].T @ columns
    return Directions(members, columns, _unit(inner), _unit(inner / np.sqrt(sizes[:r, None])))


def spanned(columns: FloatArray) -> int:
    """Dimensions of a cloud: singular values above those of noise of 10 % (Marchenko–Pastur)."""
    m, k = columns.shape
    sizes, _ = principal(columns)
    return max(1, int(np.sum(sizes >= (0.1 * (1 + np.sqrt(k / m))) ** 2)))


def _unit(columns: FloatArray) -> FloatArray:
    return columns / np.maximum(np.linalg.norm(columns, axis=0), 1e-12)


def principal(columns: FloatArray) -> tuple[FloatArray, FloatArray]:
    """Squared singular values, falling, and directions of the columns' span.

    From the smaller Gram matrix: where processors are shared, a decomposition of the columns
    themselves takes a hundred times as long.
    """
    r, k = columns.shape
    if r <= k:
        sizes, span = np.linalg.eigh(columns @ columns.T)
        return np.maximum(sizes[::-1], 0), span[:, ::-1]
    sizes, rows = np.linalg.eigh(columns.T @ columns)
    sizes, rows = np.maximum(sizes[::-1], 0), rows[:, ::-1]
    return sizes, columns @ rows / np.sqrt(np.maximum(sizes, 1e-18))
