r"""Which regular polygon gains most: the heptagon, against all others at once [D11].

A k-gon lowers the one-hot potential by the gain

.. math::  g_k = \frac{k}{12}\,\max_s \frac{A(s)^2}{B_k(s)} , \qquad
           A = (1-s)^2 (2+s), \quad B_k = \sum_{c_d > s} \frac{(c_d - s)^3}{c_d} ,

and by 1/(4n) for each feature that it leaves out.  Both A and B fall with s, so between two
neighbouring s the quotient is at most A² at the lower over B at the upper one: a grid bounds
the maximum, without any root.  For large k the sum is an integral to within a known error.
"""

from __future__ import annotations

from math import pi, sqrt

import numpy as np
from scipy.special import zeta

from ground.checks import FloatArray, check_positive_int

__all__ = ["SPLIT", "gain_at_high_threshold", "gain_bound", "gain_bound_from"]

SPLIT = 0.8  # s from which on one bound serves all k
_GRID = 4000
# Of the second derivative of (cos θ − s)₊³ / cos θ around the circle, at every s.
_VARIATION = 12.0
# h Σ (1 − h²d²)₊³ over all integers d is at least this, at every h > 0.
_LEAST_SUM = 0.75


def gain_bound(k: int) -> float:
    """Upper bound of what a regular k-gon gains, g_k of [D11], over all biases β ≤ 0.

    Parameters
    ----------
    k : int ≥ 1

    Returns
    -------
    float
        From seven corners on at most 5 % above the gain.

    Examples
    --------
    >>> from theory.one_hot.kgons import kgon
    >>> heptagon = 7 / 3 - kgon(7).loss  # the gain itself, from its root
    >>> all(gain_bound(k) < heptagon for k in (6, 8, 9, 10))
    True
    """
    k = check_positive_int("k", k)
    s = np.linspace(0.0, SPLIT, _GRID + 1)
    cosines = np.cos(2 * pi * np.arange(k) / k)
    cosines = cosines[cosines > 0]
    sums = (np.clip(cosines - s[1:, None], 0, None) ** 3 / cosines).sum(axis=1)
    return max(_over_intervals(s, sums / k), gain_at_high_threshold())


def gain_bound_from(k: int) -> float:
    """Upper bound of what any regular polygon of k or more corners gains [D11].

    A sum over equidistant angles misses the mean over the circle by at most
    12 ζ(3) / (π k³): the Fourier coefficients fall with the third power.

    Parameters
    ----------
    k : int ≥ 40
        Below, the error is no longer small beside the mean.

    Returns
    -------
    float

    Raises
    ------
    ValueError
        If k is below 40.

    Examples
    --------
    >>> round(gain_bound_from(61), 3), round(gain_bound_from(10**6), 3)
    (1.731, 1.731)
    """
    k = check_positive_int("k", k)
    if k < 40:
        raise ValueError(f"k must be at least 40, got {k}: below, bound each polygon by itself")
    s = np.linspace(0.0, SPLIT, _GRID + 1)
    error = _VARIATION * float(zeta(3)) / (pi * k**3)
    return max(_over_intervals(s, _mean(s[1:]) - error), gain_at_high_threshold())


def gain_at_high_threshold() -> float:
    r"""Upper bound of what any regular polygon gains with s = −β/l² at or above 0.8 [D11].

    With δ = 1 − s, :math:`\cos\theta - s \ge \delta - \theta^2/2` leaves a sum of
    :math:`(1 - h^2 d^2)_+^3`, and with it at most
    :math:`2\pi \sqrt\delta\,(3-\delta)^2 / (12 \sqrt2 \cdot 0.75)`, which grows with δ up to 0.6.

    Returns
    -------
    float
    """
    delta = 1 - SPLIT
    return 2 * pi * sqrt(delta) * (3 - delta) ** 2 / (12 * sqrt(2) * _LEAST_SUM)


def _over_intervals(s: FloatArray, least: FloatArray) -> float:
    """The greatest A² / 12B, where B at the upper end of each interval is at least `least`."""
    A = (1 - s[:-1]) ** 2 * (2 + s[:-1])
    return float((A**2 / (12 * least)).max())


def _mean(s: FloatArray) -> FloatArray:
    """Mean of (cos θ − s)₊³ / cos θ over the circle: B_k / k as k grows."""
    end = np.arccos(s)
    secant = np.arctanh(np.sin(end))  # ∫ dθ / cos θ
    terms = end / 2 + np.sin(2 * end) / 4 - 3 * s * np.sin(end) + 3 * s**2 * end - s**3 * secant
    return np.asarray(terms / pi)
