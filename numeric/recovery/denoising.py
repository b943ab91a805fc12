r"""Basis pursuit denoising, exactly, as a problem of least distance.

$$ \min_x ½ ‖h − Σ_i x_i u_i‖² + λ Σ_i x_i,   x ≥ 0,  ‖u_i‖ = 1. $$

What is left, r = h − Σ x_i u_i, is the point nearest to h at which no correlation u_i·r exceeds
λ, and the x_i are the multipliers of these constraints.  Lawson and Hanson (1974, chapter 23)
find such a point by one non-negative least squares, which ends after finitely many exchanges,
however coherent the atoms are.
"""

from __future__ import annotations

import numpy as np

from ground.checks import FloatArray

__all__ = ["denoised"]


def denoised(h: FloatArray, unit: FloatArray, limits: FloatArray, *, positive: bool) -> FloatArray:
    """Codes of each row of h, each with its own λ > 0, (samples, n)."""
    if positive:
        return _least(h, unit, limits)
    both = _least(h, np.concatenate([unit, -unit]), limits)  # x = u − v, of which one is 0
    return np.asarray(both[:, : len(unit)] - both[:, len(unit) :])


def _least(h: FloatArray, unit: FloatArray, limits: FloatArray) -> FloatArray:
    from scipy.optimize import nnls

    codes = np.zeros((len(h), len(unit)))
    excess = h @ unit.T - limits[:, None]
    # Constraints −u_i·z ≥ u_i·h − λ on the way z = r − h; the last row is each sample's own.
    rows = np.vstack([-unit.T, np.zeros(len(unit))])
    target = np.zeros(len(rows))
    target[-1] = 1.0
    for i in np.flatnonzero((excess > 0).any(axis=1)):
        rows[-1] = excess[i]
        multipliers, length = nnls(rows, target)
        codes[i] = multipliers / length**2
    return codes
