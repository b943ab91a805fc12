r"""Two scalars in one by quantising, exactly: the paper's nonlinear compression [D41].

The first is rounded down to Z levels, the second stored within a level: with a staircase s of
Z − 1 steps, each a ramp of width ε about k/Z,

$$ t = (s(x) + y)/Z,   x' = (s(t) + ½)/Z,   y' = Z t − s(t). $$

Encoder and decoder share s; steps of a ReLU net are such ramps, of slope 1/ε.
"""

from __future__ import annotations

from functools import cache
from typing import Any

import numpy as np
import sympy as sp
from scipy.optimize import brentq
from scipy.special import ndtr

from ground.checks import as_number, as_positive_density, check_positive_int

__all__ = [
    "LINEAR_DIRECTION",
    "LINEAR_ERROR",
    "PLAIN_ERROR",
    "compression_loss",
    "compression_polynomial",
    "compression_width",
    "linear_encoder_loss",
    "noisy_compression_loss",
    "sparse_compression_loss",
    "w",
    "z",
]

z, w = sp.symbols("Z w", positive=True)
"""Number of levels, and half the width of a ramp over that of a level, w = Z ε/2 ≤ ½."""

PLAIN_ERROR = sp.Rational(1, 12)
"""Loss of keeping one of two dense features, and of keeping their mean."""
LINEAR_ERROR = sp.Rational(25, 324)
"""Least loss of h = c x + s y with any decoder, dense features …"""
LINEAR_DIRECTION = (3, 1)
"""… and its direction (c, s)."""

_MOST_LEVELS = 10**6
_NARROW = 0.3  # deviation below which kinks are summed, and above which waves
_ROOT_TWO_PI = np.sqrt(2 * np.pi)


@cache
def compression_polynomial() -> tuple[sp.Expr, sp.Expr]:
    """E(Zx − Zx')² and E(y − y')² for Z ≥ 2 levels, polynomials in w = Zε/2 over Z [D41].

    >>> [sp.simplify(part.subs(w, 0)) for part in compression_polynomial()]
    [1/12, 0]
    """
    first = -(w**5) / 3 + 2 * w**4 / 3 + (8 * z - 19) * w**3 / 12
    first += -2 * (z - 2) * w**2 / 3 + (z - 1) * w / 6
    second = -(w**4) / 6 + (8 * z - 9) * w**3 / 12 - (6 * z - 7) * w**2 / 6 + (z - 1) * w / 2
    return PLAIN_ERROR + first / z, second / z


def compression_loss(levels: int, width: float = 0.0) -> float:
    r"""Loss of two dense features in one number, quantised with ramps of width ε [D41].

    .. math:: L = E(x - x')^2 + E(y - y')^2, \qquad L = \frac{1}{12 Z^2} \text{ at } \varepsilon = 0

    Parameters
    ----------
    levels : int
        Z from 1 to 10^6; with one level x is dropped.
    width : float
        ε in [0, 1/Z].

    Returns
    -------
    float

    Raises
    ------
    ValueError
        No whole number of levels from 1 to 10^6, or a width outside [0, 1/Z].

    Examples
    --------
    >>> round(12 * 9 * compression_loss(3), 12)
    1.0

    References
    ----------
    theory/derivations/D41_nonlinear_compression.md
    """
    Z = _levels(levels)
    if Z == 1:
        as_number("width", width, "one number in [0, 1/levels]", lambda e: 0 <= e <= 1)
        return 1 / 12
    e = as_number(
        "width", width, f"one number in [0, 1/levels] = [0, {1 / Z:.3g}]", lambda e: 0 <= e * Z <= 1
    )
    return _loss(Z, Z * e / 2)


def compression_width(levels: int, *, against: float = 1 / 12) -> float:
    r"""Widest ramps with which quantising still loses less than something else [D41].

    .. math:: L(Z, \varepsilon) = L_0

    Parameters
    ----------
    levels : int
        Z from 2 to 10^6.
    against : float
        L_0 in (0, 1/12], by default the loss of dropping or averaging one of two features; 25/324
        is the best of any linear encoder.

    Returns
    -------
    float
        ε at most 1/Z, where ramps fill the levels; 0 where no ramp is steep enough.

    Raises
    ------
    ValueError
        Levels out of range, or a loss outside (0, 1/12].

    Examples
    --------
    Two levels lose less than averaging whatever their ramp, and less than every linear encoder
    where it is steep:

    >>> compression_width(2), round(compression_width(2, against=25 / 324), 4)
    (0.5, 0.374)

    References
    ----------
    theory/derivations/D41_nonlinear_compression.md
    """
    Z = _levels(levels)
    if Z == 1:
        raise ValueError("levels must be at least 2: with 1, x is dropped whatever the ramps")
    level = as_number("against", against, "in (0, 1/12]", lambda v: 0 < v <= 1 / 12)
    if _loss(Z, 0.0) >= level:
        return 0.0
    if _loss(Z, 0.5) < level:
        return 1 / Z
    # The loss rises with the ramps' width [D41, step 4].
    root = brentq(lambda w: _loss(Z, w) - level, 0.0, 0.5, xtol=1e-15, rtol=1e-14)
    return float(2 * root / Z)


def linear_encoder_loss(ratio: float) -> float:
    r"""Loss of h = c x + s y with its best decoder, two dense features, c² + s² = 1 [D41].

    .. math:: L = \frac{(1 + t^2)(2 - t)}{24}, \qquad t = s/c \in [0, 1]

    Least at t = 1/3, where it is 25/324; 1/12 at both ends.

    Parameters
    ----------
    ratio : float
        t in [0, 1]; other directions are these by symmetry.

    Returns
    -------
    float

    Raises
    ------
    ValueError
        A ratio outside [0, 1].

    Examples
    --------
    >>> round(324 * linear_encoder_loss(1 / 3), 12)
    25.0

    References
    ----------
    theory/derivations/D41_nonlinear_compression.md
    """
    t = as_number("ratio", ratio, "one number in [0, 1]", lambda t: 0 <= t <= 1)
    return (1 + t**2) * (2 - t) / 24


def noisy_compression_loss(levels: int, noise: float) -> float:
    r"""Loss of the sharp code where t is read with Gaussian noise of deviation σ [D41].

    .. math:: L = \frac{1}{12 Z^2} + \sigma^2 + \left(1 + \frac{1}{Z^2}\right) B(Z\sigma), \qquad
       B(s) = \frac16 - \sum_{j \ge 1} \frac{e^{-2 \pi^2 j^2 s^2}}{\pi^2 j^2}

    The decoder is x' = (⌊u⌋ + ½)/Z, y' = u − ⌊u⌋ with u = Z(t + σg), ⌊u⌋ not held within 0 and
    Z − 1, which would only help.

    Parameters
    ----------
    levels : int
        Z from 1 to 10^6.
    noise : float
        σ from 0 to 10^6.

    Returns
    -------
    float

    Raises
    ------
    ValueError
        Levels or noise out of range.

    Examples
    --------
    >>> round(noisy_compression_loss(3, 0.01), 5)
    0.03496

    References
    ----------
    theory/derivations/D41_nonlinear_compression.md
    """
    Z = _levels(levels)
    sigma = as_number("noise", noise, "one number in [0, 10^6]", lambda s: 0 <= s <= 1e6)
    return float(1 / (12 * Z**2) + sigma**2 + (1 + 1 / Z**2) * _wrapped(Z * sigma))


def sparse_compression_loss(levels: int, density: float) -> float:
    r"""Loss of the sharp code for features of density p, each level read as its mean [D41].

    .. math:: L = \frac{p (Z-1)}{12 Z^3} + \frac{p}{3 Z^3}
       - \frac{p^2}{4 Z^4 \left(1 - p + p/Z\right)}

    Parameters
    ----------
    levels : int
        Z from 1 to 10^6.
    density : float
        p in (0, 1].

    Returns
    -------
    float

    Raises
    ------
    ValueError
        Levels out of range, or a density outside (0, 1].

    Examples
    --------
    >>> round(12 * 4 * sparse_compression_loss(2, 1.0), 12)
    1.0

    References
    ----------
    theory/derivations/D41_nonlinear_compression.md
    """
    Z = _levels(levels)
    p = as_positive_density("density", density)
    return float(p * (Z - 1) / (12 * Z**3) + p / (3 * Z**3) - p**2 / (4 * Z**4 * (1 - p + p / Z)))


def _levels(levels: int) -> int:
    Z = check_positive_int("levels", levels)
    if Z > _MOST_LEVELS:
        raise ValueError(f"levels must be at most 10^6, got {Z}")
    return Z


def _loss(Z: int, half: float) -> float:
    first, second = _evaluated()
    return float(first(Z, half) / Z**2 + second(Z, half))


@cache
def _evaluated() -> tuple[Any, ...]:
    return tuple(sp.lambdify((z, w), part, "math") for part in compression_polynomial())


def _wrapped(s: float) -> float:
    """E {v}(1 − {v}) of the fractional part of v, normal with deviation s."""
    if s == 0:
        return 0.0
    if s < _NARROW:
        # |v| − v² up to the kinks at ±1, ±2, each of which adds twice a ramp on both sides.
        u = np.array([1.0, 2.0]) / max(s, 0.02)  # from 50 deviations on, nothing
        ramps = s * (np.exp(-(u**2) / 2) / _ROOT_TWO_PI - u * ndtr(-u))
        return float(s * 2 / _ROOT_TWO_PI - s**2 + 4 * ramps.sum())
    j = np.arange(1, 12)
    return float(1 / 6 - np.sum(np.exp(-2 * (np.pi * j * s) ** 2) / (np.pi * j) ** 2))
