r"""Recovery by a linear programme: how many dimensions a random W needs, and how sharply.

$$ \min Σ x_i  with  W x = h, x ≥ 0,   or signed:   \min Σ |x_i|  with  W x = h. $$

Whether x comes back depends on its support alone (and on its signs), not on its values.  With
ε = k/n of the features active and t the threshold, n features spend on average

$$ M(ε, t) = ε (1 + t²) + c (1 − ε) E (g − t)_+²,   g standard normal, c = 1 or 2, $$

dimensions each, the statistical dimension of a cone; least over t, it is the threshold [D40].
"""

from __future__ import annotations

import numpy as np
from scipy.optimize import brentq
from scipy.special import erfcx, ndtr

from ground.checks import (
    as_positive_density,
    check_at_most,
    check_flag,
    check_sizes,
    check_whole,
)

__all__ = ["programme_success", "programme_threshold"]

_ROOT_TWO_PI = np.sqrt(2 * np.pi)


def programme_threshold(density: float, *, nonnegative: bool = True) -> float:
    r"""Dimensions per feature from which a linear programme recovers everything [D40].

    .. math:: p = \frac{c\,g(t)}{t + c\,g(t)}, \quad \delta = \frac{c\,\varphi(t)}{t + c\,g(t)},
       \quad g(t) = \varphi(t) - t\,\Phi(-t)

    with c = 1 for the non-negative programme and 2 for the signed one, and t > 0 eliminated: the
    weak thresholds of Donoho and Tanner.

    Parameters
    ----------
    density : float
        p in (0, 1].
    nonnegative : bool
        Whether x ≥ 0 is known and used.

    Returns
    -------
    float
        δ = m/n in [p, 1], for W with independent Gaussian entries and n → ∞.

    Raises
    ------
    ValueError
        A density outside (0, 1], or nonnegative is no flag.

    Examples
    --------
    >>> round(programme_threshold(0.1), 4), round(programme_threshold(0.1, nonnegative=False), 4)
    (0.2653, 0.3288)
    >>> programme_threshold(1.0)
    1.0

    References
    ----------
    theory/derivations/D40_compressed_sensing.md
    """
    p = as_positive_density("density", density)
    check_flag("nonnegative", nonnegative)
    return _least(p, 1 if nonnegative else 2)[0]


def programme_success(
    n_features: int, n_hidden: int, n_active: int, *, nonnegative: bool = True
) -> float:
    r"""Chance that a linear programme recovers k active features, W random, n finite [D40].

    .. math:: P \approx \Phi\!\left(\frac{m - \bar\delta}{s}\right)

    with the mean and variance of the intrinsic volumes of the cone of descent, to the orders n and
    1: a prediction, whose error falls with n.

    Parameters
    ----------
    n_features, n_hidden, n_active : int
        n, m and k ≤ n; n at most 10^9.
    nonnegative : bool

    Returns
    -------
    float
        A chance.

    Raises
    ------
    ValueError
        Sizes out of range, more active features than there are, or nonnegative is no flag.

    Examples
    --------
    >>> [round(programme_success(100, 50, k), 2) for k in (20, 29, 40)]
    [0.99, 0.47, 0.0]

    References
    ----------
    theory/derivations/D40_compressed_sensing.md
    """
    n, m = check_sizes(n_features, n_hidden)
    check_at_most("n_features", n, 10**9, "beyond, chances are 0 or 1 at any tolerance")
    k = check_at_most("n_active", check_whole("n_active", n_active), n, "all features")
    check_flag("nonnegative", nonnegative)
    c = 1 if nonnegative else 2
    if m == n or k == 0:
        return 1.0
    if k == n:
        return 0.0  # the cone is a half-space, which meets every line
    mean, spread = _cone(n, k, c)
    return float(ndtr((m - mean) / spread))


def _least(p: float, c: int) -> tuple[float, float]:
    """The threshold δ at density p, and t."""
    if p == 1:
        return 1.0, 0.0

    def log_odds(log_t: float) -> float:
        t = np.exp(log_t)
        return float(np.log(c * _gain(t) / t) - np.log(p) + np.log1p(-p))

    t = float(np.exp(brentq(log_odds, -40.0, np.log(36.0), xtol=1e-14, rtol=1e-14)))
    return float(c * _normal(t) / (t + c * _gain(t))), t


def _cone(n: int, k: int, c: int) -> tuple[float, float]:
    """Mean and deviation of the intrinsic volumes of the cone of descent."""
    share = k / n
    delta, t = _least(share, c)
    tail = float(ndtr(-t))
    one = _gain(t)  # E (g − t)_+, and its second and fourth power
    two = (1 + t**2) * tail - t * _normal(t)
    four = (3 + 6 * t**2 + t**4) * tail - (5 * t + t**3) * _normal(t)
    # Of the squared length of the projection of a Gaussian vector, t held at its best value …
    active = 2 + 4 * t**2
    variance = share * active + (1 - share) * (c * four - (c * two) ** 2)
    # … which it is not held at: the minimum over t lies lower by a term of order 1.
    slope = share + (1 - share) * (c * two - (c * one) ** 2)
    bend = share + (1 - share) * c * tail
    mean = n * delta - slope / bend
    # Intrinsic volumes vary less than the squared length, by the variance that chi-squares have.
    return mean, float(np.sqrt(max(n * variance - 2 * n * delta, 1e-12)))


def _gain(t: float) -> float:
    """φ(t) − t Φ(−t), without cancellation."""
    if t < 30:
        return float(_normal(t) * (1 - t * np.sqrt(np.pi / 2) * erfcx(t / np.sqrt(2))))
    return float(_normal(t) / t**2 * (1 - 3 / t**2 + 15 / t**4))


def _normal(t: float) -> float:
    return float(np.exp(-(t**2) / 2) / _ROOT_TWO_PI)
