"""Orthogonal matching pursuit: one atom after another, all codes fitted anew each time.

The next atom is the one most correlated with what is left of h; of non-negative codes only
positive correlations count, and the fit is by non-negative least squares.  It ends where nothing
is left but rounding, or where no correlation exceeds the threshold of the noise.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from ground.checks import FloatArray

__all__ = ["matching"]

ROUNDING = 1e-10  # of what is left, for activations of size 1
DEPENDENT = 1e-10  # singular values below this share of the largest are no direction of their own


def matching(
    h: FloatArray, unit: FloatArray, limits: FloatArray, *, positive: bool, most: int
) -> FloatArray:
    """Codes of each row of h, each with its own threshold ≥ 0, (samples, n)."""
    codes = np.zeros((len(h), len(unit)))
    left, chosen = np.arange(len(h)), np.zeros((len(h), 0), dtype=np.int_)
    rest = h.copy()
    for _ in range(min(most, len(unit))):
        correlation = rest @ unit.T
        wanted = correlation if positive else np.abs(correlation)
        np.put_along_axis(wanted, chosen, -np.inf, axis=1)
        next_atom = wanted.argmax(axis=1)
        best = np.take_along_axis(wanted, next_atom[:, None], axis=1)[:, 0]
        go_on = (best > limits[left] + ROUNDING) & (np.linalg.norm(rest, axis=1) > ROUNDING)
        left = left[go_on]
        if not left.size:
            break
        chosen = np.hstack([chosen[go_on], next_atom[go_on, None]])
        fitted = _fit(h[left], unit, chosen, positive=positive)
        codes[left] = 0.0
        codes[left[:, None], chosen] = fitted
        rest = h[left] - np.einsum("sk,skm->sm", fitted, unit[chosen])
    return codes


def _fit(
    h: FloatArray, unit: FloatArray, chosen: NDArray[np.int_], *, positive: bool
) -> FloatArray:
    """Least squares of each sample on its own atoms, (samples, k)."""
    fitted = np.einsum("skm,sm->sk", np.linalg.pinv(np.swapaxes(unit[chosen], 1, 2), DEPENDENT), h)
    if positive:
        from scipy.optimize import nnls

        for i in np.flatnonzero((fitted < 0).any(axis=1)):
            fitted[i] = nnls(unit[chosen[i]].T, h[i])[0]
    return np.asarray(fitted)
