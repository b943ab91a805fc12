"""How near two directions of a dictionary come to each other."""

from __future__ import annotations

from typing import Any

import numpy as np

from ground.checks import FloatArray, as_floats, check_flag

__all__ = ["closest", "coherence"]

LARGEST = 1e100  # squares of what is larger, summed over a row, leave the floats


def coherence(dictionary: Any, *, signed: bool = True) -> float:
    r"""Largest cosine between two directions of a dictionary.

    .. math:: μ = \max_{i \ne j} \hat u_i \cdot \hat u_j

    Features of the toy are not negative, so that a direction and its opposite are as different as
    directions can be: orthogonal digons have μ = 0.  Compressed sensing, whose codes have signs,
    takes the largest modulus; there a digon has μ = 1.

    Parameters
    ----------
    dictionary : array_like (n_features, n_hidden)
        Directions as rows, Wᵀ of a model; rows of zeros have none and are left out.
    signed : bool
        False takes the modulus of each cosine: mutual coherence as compressed sensing has it.

    Returns
    -------
    float
        In [−1, 1]; 0 where there are no two directions.

    Raises
    ------
    ValueError
        Not a matrix of finite numbers.

    Examples
    --------
    >>> coherence([[1.0, 0.0], [-1.0, 0.0], [0.0, 2.0]])
    0.0
    >>> coherence([[1.0, 0.0], [-1.0, 0.0], [0.0, 2.0]], signed=False)
    1.0
    """
    rows = as_floats("dictionary", dictionary)
    if rows.ndim != 2 or 0 in rows.shape:
        raise ValueError(f"dictionary must have shape (n_features, n_hidden), got {rows.shape}")
    if not (np.abs(rows) <= LARGEST).all():
        raise ValueError(
            f"dictionary must have finite entries up to {LARGEST:g}, got NaN, infinity or more"
        )
    return closest(rows, signed=check_flag("signed", signed))


def closest(rows: FloatArray, *, signed: bool) -> float:
    """The same of checked rows."""
    size = np.abs(rows).max(axis=1)
    kept = rows[size > 0] / size[size > 0, None]  # no square of a tiny entry may underflow
    if len(kept) < 2:
        return 0.0
    unit = kept / np.linalg.norm(kept, axis=1, keepdims=True)
    cosines = unit @ unit.T
    if not signed:
        cosines = np.abs(cosines)
    np.fill_diagonal(cosines, -np.inf)
    return float(np.clip(cosines.max(), -1.0, 1.0))
