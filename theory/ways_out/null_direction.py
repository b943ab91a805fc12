"""The one direction that W does not see, m = n − 1; where it is zero, a feature is known.

The best decoder depends on W through this direction alone: rows may be scaled, exchanged and mixed
by any invertible matrix.
"""

from __future__ import annotations

import numpy as np

from ground.checks import FloatArray

__all__ = ["null_direction"]

RANK = 1e-10  # least over largest singular value, of rows scaled to unit length


def null_direction(W: FloatArray) -> FloatArray:
    """v with W v = 0 for each of many W (B, n − 1, n), the entry that is largest in size being 1.

    Entries that rounding cannot tell from zero are zero: those up to 16 n ε κ, with κ the condition
    of the rows and ε = 2⁻⁵².

    Raises
    ------
    ValueError
        If W is not (n − 1, n), or has not full row rank.
    """
    m, n = W.shape[-2:]
    if m != n - 1:
        raise ValueError(
            f"W must have one hidden dimension less than features, m = n - 1, got shape {(m, n)}; "
            f"for other sizes there is theory.linear_encoder_bound"
        )
    largest = np.abs(W).max(axis=-1, keepdims=True, initial=0.0)
    scaled = np.divide(W, largest, out=np.zeros_like(W), where=largest > 0)
    norms = np.linalg.norm(scaled, axis=-1, keepdims=True)
    scaled = np.divide(scaled, norms, out=np.zeros_like(W), where=norms > 0)
    _, sizes, directions = np.linalg.svd(scaled)
    if not np.all(sizes[:, -1] > RANK * sizes[:, 0]):
        raise ValueError(
            "W must have full row rank n - 1: a row is zero or depends on the others to "
            f"{RANK:g}; a model with such a W has fewer hidden dimensions than it seems"
        )
    v = directions[:, -1]
    least = 16 * n * np.finfo(float).eps * sizes[:, 0] / sizes[:, -1]
    v = np.where(np.abs(v) <= least[:, None], 0.0, v)
    first = np.abs(v).argmax(axis=-1)
    return np.asarray(v / np.take_along_axis(v, first[:, None], axis=-1))
