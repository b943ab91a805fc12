"""A dictionary as a direct sum: groups of features whose directions are orthogonal to all others.

Whatever is asked of a decoder that works on each group alone is a product, or a sum, over them.
"""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy.sparse import csr_array
from scipy.sparse.csgraph import connected_components

from ground.checks import FloatArray, as_floats

__all__ = [
    "ORTHOGONAL",
    "as_densities",
    "as_dictionary",
    "groups_of",
    "in_own_space",
    "unit_columns",
]

ORTHOGONAL = 1e-9  # cosines below are rounding
LARGEST = 1e100


def as_dictionary(W: Any) -> FloatArray:
    """One W (n_hidden, n_features), finite; more hidden dimensions than features are allowed."""
    columns = as_floats("W", W)
    if columns.ndim != 2 or 0 in columns.shape:
        raise ValueError(f"W must have shape (n_hidden, n_features), got {columns.shape}")
    if not (np.abs(columns) <= LARGEST).all():
        raise ValueError(f"W must be finite, up to {LARGEST:g}, got NaN, infinity or more")
    return columns


def as_densities(value: Any) -> FloatArray:
    """Densities in [0, 1], each common to all features, of any shape."""
    p = as_floats("density", value)
    if not p.size or not ((p >= 0) & (p <= 1)).all():
        raise ValueError(f"density must lie in [0, 1] (it is p = 1 - sparsity), got {value!r}")
    return p


def unit_columns(W: FloatArray) -> FloatArray:
    """Columns of unit length; columns of zeros stay.  No square of a tiny entry may underflow."""
    largest = np.abs(W).max(axis=0)
    scaled = np.divide(W, largest, out=np.zeros_like(W), where=largest > 0)
    length = np.linalg.norm(scaled, axis=0)
    return np.divide(scaled, length, out=scaled, where=length > 0)


def groups_of(W: FloatArray) -> list[NDArray[np.int_]]:
    """Features of each orthogonal group, in order; a feature without a direction is alone."""
    unit = unit_columns(W)
    touching: Any = csr_array(np.abs(unit.T @ unit) > ORTHOGONAL)
    count, label = connected_components(touching, directed=False)
    return [np.flatnonzero(label == group) for group in range(count)]


def in_own_space(columns: FloatArray) -> FloatArray:
    """The same columns in coordinates of the space they span, (rank, k); their Gram is kept."""
    _, size, right = np.linalg.svd(columns, full_matrices=False)
    rank = int((size > ORTHOGONAL * max(size.max(initial=0.0), 1e-300)).sum())
    return np.asarray(size[:rank, None] * right[:rank])
