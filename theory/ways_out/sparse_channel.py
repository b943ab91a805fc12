r"""One sparse feature seen through Gaussian noise: what the best decoder still gets wrong.

$$ y = x + τ g,   x = 0 with probability 1 − p, else uniform on [0, 1],   g standard normal. $$

Whoever decodes many features from h = Wx with a random W ends with n such channels, one a
feature; the noise τ is what the others leave [D40].  The density of y is
(1 − p) φ(y/τ)/τ + p Z(y) with Z(y) = Φ(y/τ) − Φ((y − 1)/τ), and given y and that x is active,
x is a normal number cut off at 0 and 1.
"""

from __future__ import annotations

import numpy as np
from scipy.special import ndtr, roots_legendre

from ground.checks import FloatArray, as_number

__all__ = [
    "as_channel_density",
    "as_channel_noise",
    "channel_error",
    "channel_information",
    "moments_of_channel",
]

LEAST, MOST = 1e-6, 1e6  # noises between which the quadrature keeps its accuracy
_NODES, _WEIGHTS = roots_legendre(40)
# Cuts between pieces on which the integrand is smooth, in noises from 0 and from 1.
_FROM_ZERO = np.array([-9.0, -4.0, -1.5, 0.0, 1.5, 3.0, 6.0, 10.0])
_FROM_ONE = np.array([-9.0, -3.0, 0.0, 3.0, 9.0])
# From this noise on values of x are summed: nothing cancels, and 40 nodes are as good as exact.
_WIDE = 0.5
_ROOT_TWO_PI = np.sqrt(2 * np.pi)


def as_channel_density(density: object) -> float:
    """One density that the quadrature can take."""
    allowed = "one number in [1e-6, 1] (it is p = 1 - sparsity)"
    return as_number("density", density, allowed, lambda p: 1e-6 <= p <= 1)


def as_channel_noise(noise: object) -> float:
    """One noise that the quadrature can take."""
    allowed = f"one number in [{LEAST:g}, {MOST:g}]"
    return as_number("noise", noise, allowed, lambda tau: LEAST <= tau <= MOST)


def channel_error(density: float, noise: float) -> float:
    r"""Least mean squared error of one sparse feature in Gaussian noise [D40].

    .. math:: mmse(\tau) = E\,(x - E[x \mid x + \tau g])^2

    Parameters
    ----------
    density : float
        p in [1e-6, 1].
    noise : float
        τ in [1e-6, 1e6].

    Returns
    -------
    float
        With a relative error of about 1e-10.

    Raises
    ------
    ValueError
        Density or noise out of range.

    Examples
    --------
    Much noise leaves the variance, little noise its own square for each active feature:

    >>> round(channel_error(0.1, 1e3) / (0.1 / 3 - 0.1**2 / 4), 4)
    1.0
    >>> round(channel_error(0.1, 1e-5) / (0.1 * 1e-10), 3)
    1.0

    References
    ----------
    theory/derivations/D40_compressed_sensing.md
    """
    p, tau = as_channel_density(density), as_channel_noise(noise)
    return float(moments_of_channel(p, np.array([tau]))[0][0])


def channel_information(density: float, noise: float) -> float:
    r"""Nats that y = x + τ g carries on one sparse feature [D40].

    .. math:: I(x; y) = h(y) - \tfrac12 \ln(2\pi e \tau^2), \qquad
       \frac{dI}{d\tau^{-2}} = \tfrac12\, mmse(\tau)

    Parameters
    ----------
    density : float
        p in [1e-6, 1].
    noise : float
        τ in [1e-6, 1e6].

    Returns
    -------
    float
        With an absolute error of about 1e-12.

    Raises
    ------
    ValueError
        Density or noise out of range.

    Examples
    --------
    Without bound as noise goes, by p bits for each bit of the noise:

    >>> gained = channel_information(0.1, 1e-6) - channel_information(0.1, 2e-6)
    >>> round(float(gained / np.log(2)), 3)
    0.1

    References
    ----------
    theory/derivations/D40_compressed_sensing.md
    """
    p, tau = as_channel_density(density), as_channel_noise(noise)
    return float(moments_of_channel(p, np.array([tau]))[1][0])


def moments_of_channel(p: float, noises: FloatArray) -> tuple[FloatArray, FloatArray]:
    """Error and information at each of some noises; arguments are not checked."""
    both = [_one(p, float(tau)) for tau in noises]
    return np.array([error for error, _ in both]), np.array([nats for _, nats in both])


def _one(p: float, tau: float) -> tuple[float, float]:
    cuts = np.sort(np.clip(np.concatenate([tau * _FROM_ZERO, 1 + tau * _FROM_ONE]),
                           -9 * tau, 1 + 9 * tau))  # fmt: skip
    middle, half = (cuts[1:] + cuts[:-1]) / 2, (cuts[1:] - cuts[:-1]) / 2
    y = (middle[:, None] + half[:, None] * _NODES).ravel()
    weights = (half[:, None] * _WEIGHTS).ravel()
    alone = (1 - p) * _normal(y / tau) / tau
    active, mean, variance = (_summed if tau >= _WIDE else _cut_off)(y, tau)
    density = alone + p * active
    share = p * active / density
    # Of a mixture of 0 and a cut-off normal.
    left = share * variance + share * (1 - share) * mean**2
    entropy = -float(weights @ (density * np.log(density)))
    nats = entropy - 0.5 * np.log(2 * np.pi * np.e) - np.log(tau)
    return float(weights @ (density * left)), max(nats, 0.0)


def _cut_off(y: FloatArray, tau: float) -> tuple[FloatArray, FloatArray, FloatArray]:
    """Z(y), and mean and variance of x given y and that it is active, in closed form."""
    up, down = y / tau, (1 - y) / tau
    # Differences of tails, taken on the side where they are small.
    mass = np.where(
        up < 0,
        ndtr(up) - ndtr(-down),
        np.where(down < 0, ndtr(down) - ndtr(-up), 1 - ndtr(-up) - ndtr(-down)),
    )
    first, second = _normal(up) / mass, _normal(down) / mass
    mean = y + tau * (first - second)
    variance = tau**2 * (1 - up * first - down * second - (first - second) ** 2)
    return mass, mean, variance


def _summed(y: FloatArray, tau: float) -> tuple[FloatArray, FloatArray, FloatArray]:
    """The same by a sum over values of x."""
    x, weights = (_NODES + 1) / 2, _WEIGHTS / 2
    each = weights * _normal((y[:, None] - x) / tau) / tau
    mass = each.sum(axis=1)
    mean = each @ x / mass
    variance = np.sum(each * (x - mean[:, None]) ** 2, axis=1) / mass
    return mass, mean, variance


def _normal(u: FloatArray) -> FloatArray:
    return np.asarray(np.exp(-(u**2) / 2) / _ROOT_TWO_PI)
