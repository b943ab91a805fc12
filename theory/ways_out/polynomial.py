"""Means over which features are active: polynomials in the density."""

from __future__ import annotations

import numpy as np

from ground.checks import FloatArray

__all__ = ["in_density"]


def in_density(coefficients: FloatArray, p: FloatArray) -> FloatArray:
    r"""Σ_k c_k p^k (1 − p)^{n−k}, with c_k the sum over supports of size k, p of any shape.

    Every term is of one sign where the c_k are, so that nothing cancels.

    Examples
    --------
    >>> in_density(np.array([1.0, 2.0, 1.0]), np.array(0.25)).item()  # all supports
    1.0
    """
    n = len(coefficients) - 1
    k = np.arange(n + 1)
    p = np.asarray(p, dtype=np.float64)[..., None]
    return np.asarray((coefficients * p**k * (1 - p) ** (n - k)).sum(axis=-1))
