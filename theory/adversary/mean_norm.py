r"""Mean length of an input, E‖x‖: the unit in which attacks are measured [D18].

The length is a root, whose mean follows from the Laplace transform φ of ‖x‖²,

$$ E‖x‖ = \frac{1}{2\sqrt π} ∫_0^∞ (1 − φ(t))\, t^{-3/2} dt,
   φ(t) = \prod_i \Big(1 − p_i + p_i ∫_0^1 e^{-t x²} dx\Big), $$

and with t = e^{2s} the integrand is analytic for |Im s| < π/4, where |φ| ≤ 1: the trapezoidal rule
errs by less than a bound that can be written down and that lies below rounding.
"""

from __future__ import annotations

from typing import Any

import numpy as np
from scipy.special import erf, roots_legendre

from ground.checks import FloatArray, as_density, check_positive_int

__all__ = ["mean_norm", "mean_norm_and_bound"]

STEP = 0.125  # leaves exp(−π²/2h) = 7e-18
REACH = 40.0  # leaves e^-40
ROUNDING = 1e-14  # relative: of some 640 positive terms, each right to some units in the last place
_NODES, _WEIGHTS = roots_legendre(24)


def mean_norm(n_features: int, density: Any) -> float:
    r"""Mean Euclidean length of an input, right to rounding [D18].

    .. math:: E\|x\| = \frac{1}{\sqrt\pi} \int_{-\infty}^\infty (1 - \varphi(e^{2s}))\, e^{-s} ds

    Parameters
    ----------
    n_features : int
        n.
    density : float or array_like (n,)
        p, positive for some feature; an active feature is uniform on [0, 1].

    Returns
    -------
    float
        :func:`theory.adversary.mean_norm.mean_norm_and_bound` adds a bound on its error.

    Raises
    ------
    ValueError
        A density that is 0 for all features: nothing is ever active.

    Examples
    --------
    One feature that is always active; the mean distance from a corner of a square:

    >>> round(mean_norm(1, 1.0), 12)
    0.5
    >>> bool(abs(mean_norm(2, 1.0) - (2**0.5 + np.log(1 + 2**0.5)) / 3) < 1e-14)
    True

    References
    ----------
    Bailey, Borwein and Crandall 2007, *Box integrals*: the case p = 1.
    """
    return mean_norm_and_bound(n_features, density)[0]


def mean_norm_and_bound(n_features: int, density: Any) -> tuple[float, float]:
    """E‖x‖ and a bound on its error: of the sum, of its ends, and of rounding [D18].

    Parameters
    ----------
    n_features, density
        As in :func:`mean_norm`.

    Examples
    --------
    >>> value, bound = mean_norm_and_bound(1, 0.3)
    >>> abs(value - 0.15) <= bound < 1e-14
    True
    """
    n = check_positive_int("n_features", n_features)
    if n > 10**15:
        raise ValueError(f"n_features must be at most 10^15, got {n_features}")
    p = as_density(density)
    if p.ndim > 1 or (p.ndim == 1 and p.shape != (n,)):
        raise ValueError(
            f"density must be one number or one for each of {n} features, got shape {p.shape}"
        )
    each, times = np.unique(p, return_counts=True)
    times = times * (n if p.ndim == 0 else 1)
    kept = each > 1e-100
    if not kept.any():
        raise ValueError(f"density must be positive for some feature, got {density!r}")
    return _mean_norm(each[kept], times[kept])


def _mean_norm(p: FloatArray, times: Any) -> tuple[float, float]:
    """For densities p, so many features of each."""
    square = float(p @ times) / 3
    with np.errstate(divide="ignore"):
        active = float(-np.expm1(times @ np.log1p(-p)))  # that not all are zero
        # |1 − φ| ≤ min(2 P(x ≠ 0), e^{2s} E‖x‖²) in the strip: largest, times e^{-s}, where equal.
        middle = 0.5 * np.log(2 * active / square)
        s = middle + STEP * np.arange(-int(REACH / STEP), int(REACH / STEP) + 1)
        missing = _missing(np.exp(s))
        logs = sum(m * np.log1p(-q * missing) for q, m in zip(p, times, strict=True))
    value = STEP * float(-np.expm1(logs) @ np.exp(-s)) / float(np.sqrt(np.pi))
    width = 4 * np.sqrt(2 * active * square / np.pi)
    rule = width / np.expm1(np.pi**2 / (2 * STEP))
    ends = width * np.exp(-REACH)
    return value, float(rule + ends + ROUNDING * value)


def _missing(u: FloatArray) -> FloatArray:
    """1 − ∫_0^1 exp(−u² x²) dx, right to rounding for small and large u."""
    x, weight = (_NODES + 1) / 2, _WEIGHTS / 2
    near = np.minimum(u, 1.5)
    below = -np.expm1(-((near[:, None] * x) ** 2)) @ weight
    far = np.maximum(u, 1.5)
    return np.where(u <= 1.5, below, 1 - np.sqrt(np.pi) / 2 * erf(far) / far)
