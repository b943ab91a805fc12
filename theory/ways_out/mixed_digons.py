r"""From which density on L1 prefers mixed axes to the axes of digons [D42].

Digons make h of orthogonal coordinates d = x₁ − x₂, of which the best non-negative codes read both
ends: the code of a sample costs f(d) = min_c (d − c)² + λ|c|, a Huber function.  Any other
orthogonal axes serve as well, and read mixtures; by how much they cost less or more is exact.
"""

from __future__ import annotations

import numpy as np
from scipy.optimize import brentq
from scipy.special import erfc

from ground.checks import as_at_least_zero, as_number, as_positive_density, check_positive_int

__all__ = ["digon_code_cost", "mixed_code_cost", "mixing_density"]

MOST_L1 = 2.0  # from here on a lone unit feature has no code
_NODES, _WEIGHTS = np.polynomial.legendre.leggauss(16)
STEP, REACH = 0.5, 400.0  # of the integral, in units of 1/σ


def digon_code_cost(density: float, l1: float) -> float:
    r"""Mean cost of the best code of one unit digon, by its own axis [D42].

    .. math:: E f(d) = 2p(1-p)\Big(L - L^2 + \frac{L^3}{3}\Big)
              + p^2 \Big(\frac{2L}{3} - L^2 + \frac{2L^3}{3} - \frac{L^4}{6}\Big),
              \quad L = \frac{\lambda}{2} \le 1

    Parameters
    ----------
    density : float
        p in (0, 1].
    l1 : float
        λ in [0, 2]: at 2 nothing has a code.

    Returns
    -------
    float

    Raises
    ------
    ValueError
        A density outside (0, 1], or an l1 outside [0, 2].

    Examples
    --------
    >>> round(digon_code_cost(1.0, 2.0), 12)  # no code: the variance of x₁ − x₂
    0.166666666667
    """
    p, L = as_positive_density("density", density), _half(l1)
    alone = L - L**2 + L**3 / 3
    both = 2 * L / 3 - L**2 + 2 * L**3 / 3 - L**4 / 6
    return 2 * p * (1 - p) * alone + p**2 * both


def mixed_code_cost(density: float, l1: float, digons: int | None = None) -> float:
    r"""Mean cost, a digon, of the best code by axes that mix k digons equally [D42].

    Each axis is Σ ± d_j / √k, as the rows of a Hadamard matrix make them.

    .. math:: E f(S) = \frac{2}{\pi} \int_0^\infty
              \Big(2L - \varphi(u / \sqrt k)^k \, \frac{2 \sin u L}{u}\Big) \frac{du}{u^2} - L^2,
              \qquad \varphi(t) = \Big|1 - p + p \frac{e^{it} - 1}{it}\Big|^2

    and for k → ∞, where S is Gaussian of variance σ² = 2p/3 − p²/2,

    .. math:: E f(S) = \sigma^2 - (\sigma^2 + L^2)\,\mathrm{erfc}\frac{L}{\sqrt 2 \sigma}
              + L \sigma \sqrt{2/\pi}\, e^{-L^2/2\sigma^2}

    Parameters
    ----------
    density, l1 : float
        p and λ, as of `digon_code_cost`.
    digons : int, optional
        k, at most 10⁶; the limit of many where None.

    Returns
    -------
    float

    Raises
    ------
    ValueError
        A density outside (0, 1], an l1 outside [0, 2], or digons beyond 10⁶.

    Examples
    --------
    >>> one = mixed_code_cost(0.3, 0.5, digons=1)  # not mixed at all
    >>> bool(abs(one / digon_code_cost(0.3, 0.5) - 1) < 1e-6)
    True
    """
    p, L = as_positive_density("density", density), _half(l1)
    variance = 2 * p / 3 - p**2 / 2
    sigma = float(np.sqrt(variance))
    if digons is None:
        tail = erfc(L / (np.sqrt(2) * sigma))
        peak = L * sigma * np.sqrt(2 / np.pi) * np.exp(-(L**2) / (2 * variance))
        return float(variance - (variance + L**2) * tail + peak)
    k = check_positive_int("digons", digons)
    as_number("digons", k, "a whole number from 1 to 10⁶", lambda count: count <= 10**6)
    if L == 0:
        return 0.0
    step = STEP / max(sigma, 1.0 / 3)
    left = step * np.arange(int(REACH / STEP))
    u = (left[:, None] + step * (_NODES + 1) / 2).ravel()
    weight = np.tile(step * _WEIGHTS / 2, len(left))
    t = u / np.sqrt(k)
    once = 1 - p + p * (np.sin(t) + 1j * (1 - np.cos(t))) / t
    power = np.abs(once) ** (2 * k)
    inner = float(weight @ ((2 * L - power * 2 * np.sin(u * L) / u) / u**2))
    # What is left out: 2L/u², integrated, and something below 2 φ / u³.
    return 2 / np.pi * (inner + 2 * L / float(u[-1] + step * (1 - _NODES[-1]) / 2)) - L**2


def mixing_density(l1: float = 0.0, digons: int | None = None) -> float:
    r"""The density above which mixed axes cost less than those of the features [D42].

    There the features are not what minimises the L1 objective, for a model of so many digons
    (a power of two), whatever the search and however many the samples.  For λ → 0 and many digons
    it is the root below 1 of

    .. math:: p \Big(1 - \frac{2p}{3}\Big)^2 = \frac{2}{\pi} \Big(\frac23 - \frac p2\Big),
              \qquad p = 0.7262

    Parameters
    ----------
    l1 : float
        λ in [0, 2); 0 is the limit.
    digons : int, optional
        k ≥ 2, mixed by each axis; the limit of many where None.

    Returns
    -------
    float

    Raises
    ------
    ValueError
        k = 1, or a λ at which one kind of axes is better at every density.

    Examples
    --------
    >>> round(mixing_density(), 6)
    0.726216
    """
    penalty = 2 * _half(l1)
    small = max(penalty, 1e-6)
    if digons is not None and check_positive_int("digons", digons) == 1:
        raise ValueError("digons must be at least 2, or None: an axis of one mixes nothing, got 1")

    def excess(p: float) -> float:
        return mixed_code_cost(p, small, digons) - digon_code_cost(p, small)

    low, high = 0.05, 1.0
    if not excess(low) > 0 > excess(high):
        raise ValueError(f"l1 must leave codes to compare, got {l1!r}: no exchange in [0.05, 1]")
    return float(brentq(excess, low, high, xtol=1e-13))


def _half(l1: float) -> float:
    """λ/2, in range."""
    penalty = as_at_least_zero("l1", l1)
    return as_number("l1", penalty, "in [0, 2]", lambda value: value <= MOST_L1) / 2
