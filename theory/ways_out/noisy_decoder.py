r"""Two features in one dimension with noise: h = w₁x₁ + w₂x₂ + σN, and its posterior mean [D38].

Without noise a decoder reads any number of digits of h; noise takes that away and brings the digon
back.  The posterior is integrated, one feature in closed form, the other and h by quadrature.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache
from typing import Any

import numpy as np
from scipy.optimize import brentq, minimize_scalar
from scipy.special import ndtr

from ground.checks import (
    FloatArray,
    as_density,
    as_floats,
    as_importance,
    as_number,
    as_positive_density,
)

__all__ = ["NoisyDecoder", "best_noisy_decoder", "noisy_decoder_error", "onset_ratio"]

STEPS = 8  # points of h to a standard deviation of the noise
TAILS = 8.5  # standard deviations beyond what h is without noise
SHARPEST = 500.0  # largest |w|/σ
ANGLES = 16  # directions of W from which the best is refined


@dataclass(frozen=True, eq=False)
class NoisyDecoder:
    """The best W for the posterior mean under noise, and its expected loss.

    Attributes
    ----------
    W : (1, 2)
        ‖W‖_F² = 2.
    error : float
        The expected loss of the posterior mean.
    """

    W: FloatArray
    error: float


def noisy_decoder_error(W: Any, *, density: Any, noise: float, importance: Any = None) -> float:
    r"""Expected loss of the best decoder of h = w₁x₁ + w₂x₂ + σN, N normal [D38].

    .. math:: E = \int \sum_i I_i \, Var(x_i \mid h)\, q(h)\, dh

    Parameters
    ----------
    W : array_like (1, 2)
        Not zero; |w_i| ≤ 500 σ.
    density : array_like, () or (2,)
    noise : float
        σ > 0.
    importance : array_like, () or (2,), optional

    Returns
    -------
    float
        Relative error about 1e-9: the sum over h converges geometrically, and posterior variances
        are differences of second moments.

    Raises
    ------
    ValueError
        Naming the argument, its value and what is allowed.

    Examples
    --------
    Noise that drowns everything leaves the variances, p/3 − p²/4 each:

    >>> round(noisy_decoder_error([[1.0, -1.0]], density=0.5, noise=1e4), 6)
    0.208333
    """
    weights = as_floats("W", W)
    if weights.shape != (1, 2) or not np.isfinite(weights).all() or not weights.any():
        raise ValueError(f"W must be (1, 2), finite and not zero, got {W!r}")
    p, weight = as_density(density, 2), as_importance(importance, 2)
    if p.shape != (2,) or weight.shape != (2,):
        raise ValueError(
            f"density and importance must be one value a feature, got {p.shape} and {weight.shape}"
        )
    sigma = as_number("noise", noise, "positive and finite", lambda value: 0 < value < np.inf)
    largest = float(np.abs(weights).max())
    if not largest <= SHARPEST * sigma:
        raise ValueError(
            f"noise must be at least the largest |w| over {SHARPEST:g}, {largest / SHARPEST:.3g} "
            f"(without noise there is theory.decoder_error), got {noise!r}"
        )
    w = weights[0] / sigma  # in units of the noise
    order = np.argsort(-np.abs(w))
    w, p, weight = w[order], p[order], weight[order]
    return posterior_variance(w if w[0] > 0 else -w, p, weight)


def posterior_variance(w: FloatArray, p: FloatArray, importance: FloatArray) -> float:
    """E Σ I_i Var(x_i | h), h = w·x + N, with w₁ > 0 and |w₁| ≥ |w₂|."""
    low, high = np.minimum(w, 0).sum() - TAILS, np.maximum(w, 0).sum() + TAILS
    h = np.linspace(low, high, int(np.ceil((high - low) * STEPS)) + 1)
    # Rounded up, so that few rules are made.
    node, step = unit_rule(16 + 16 * int(np.ceil(3 / 16 * abs(w[1]))))
    x = np.append(0.0, node)
    mass = np.append(1 - p[1], p[1] * step)
    total = 0.0
    size = max(1, 400_000 // len(x))
    for k in range(0, len(h), size):
        total += float(np.sum(_variances(h[k : k + size], x, mass, w, p[0], importance)))
    return total * float(h[1] - h[0])


def _variances(
    h: FloatArray, x: FloatArray, mass: FloatArray, w: FloatArray, p: float, importance: FloatArray
) -> FloatArray:
    """Density of h times Σ I_i Var(x_i | h)."""
    c = h[:, None] - w[1] * x
    d = c - w[0]
    high, low = _normal(c), _normal(d)
    # ∫₀¹ x^k φ(c − w₁ x) dx
    if w[0] < 0.5:  # powers of w₁ would cancel, and the integrand is nearly a polynomial
        t, step = unit_rule(16)
        values = _normal(c[..., None] - w[0] * t) * step
        zeroth, first, second = values.sum(-1), values @ t, values @ t**2
    else:
        side = np.where(c + d > 0, -1.0, 1.0)  # the tail in which nothing is rounded to 1
        between = side * (ndtr(side * c) - ndtr(side * d))
        zeroth = between / w[0]
        first = (c * between + high - low) / w[0] ** 2
        second = ((c**2 + 1) * between + 2 * c * (high - low) - (c * high - d * low)) / w[0] ** 3
    every = ((1 - p) * high + p * zeroth) * mass
    q = every.sum(axis=1)
    moments = (
        ((p * first) @ mass, (p * second) @ mass),
        (every @ x, every @ x**2),
    )
    spread = np.zeros_like(q)
    for weight, (one, two) in zip(importance, moments, strict=True):
        spread += weight * np.maximum(two - np.divide(one**2, q, out=one * 0, where=q > 0), 0.0)
    return spread


@cache
def unit_rule(points: int) -> tuple[FloatArray, FloatArray]:
    """Gauss–Legendre points and weights on [0, 1]."""
    t, step = np.polynomial.legendre.leggauss(points)
    found = (t + 1) / 2, step / 2
    for each in found:
        each.flags.writeable = False
    return found


def _normal(t: FloatArray) -> FloatArray:
    return np.asarray(np.exp(-(t**2) / 2) / np.sqrt(2 * np.pi))


def best_noisy_decoder(*, density: Any, noise: float, importance: Any = None) -> NoisyDecoder:
    r"""Best direction of W (1, 2) at ‖W‖_F² = 2 under noise σ [D38].

    .. math:: W = \sqrt2\, (\cos\theta, \sin\theta), \qquad |\theta| \le \pi/2

    ‖W‖_F² = 2 is the digon (1, −1)'s, so that σ is in units of a feature.  Without such a bound
    on the size of W noise means nothing.  As σ → 0 at p = κσ², equal importance, the best is
    W ∝ (1, −u) with

    .. math:: κ = \frac{6 (1 + u)(1 + u^2)}{u^3 (3u − 1)} , \qquad u = 1 \text{ for } κ \le 12 :

    the digon for p < 12σ².

    Parameters
    ----------
    density : float
        p in (0, 1].
    noise : float
        σ ≥ 0.01, where the search takes a few seconds.
    importance : array_like, () or (2,), optional

    Returns
    -------
    NoisyDecoder
        The best of 16 directions, refined to 1e-6 in angle: searched.

    Raises
    ------
    ValueError
        Naming the argument, its value and what is allowed.

    Examples
    --------
    >>> best_noisy_decoder(density=0.05, noise=0.2).W.round(3).tolist()
    [[1.0, -1.0]]
    """
    p = as_positive_density("density", density)
    weight = as_importance(importance, 2)
    sigma = as_number("noise", noise, "finite and at least 0.01", lambda v: 0.01 <= v < np.inf)

    def cost(angle: float) -> float:
        return noisy_decoder_error(_unit(angle), density=p, noise=sigma, importance=weight)

    # The digon, at −π/4, is on the grid.
    grid = np.pi * np.arange(ANGLES) / ANGLES - np.pi / 2
    values = [cost(angle) for angle in grid]
    best = int(np.argmin(values))
    step = np.pi / ANGLES
    run = minimize_scalar(
        cost,
        bounds=(grid[best] - step, grid[best] + step),
        method="bounded",
        options={"xatol": 1e-6},
    )
    if run.fun < values[best]:
        return NoisyDecoder(_unit(run.x), float(run.fun))
    return NoisyDecoder(_unit(grid[best]), float(values[best]))


def onset_ratio(kappa: float) -> float:
    """The best ratio u of weights as σ → 0 at p = κσ²: 1 up to κ = 12, then down to 1/3 [D38].

    >>> onset_ratio(12.0), round(onset_ratio(1e9), 6)
    (1.0, 0.333333)
    """
    if kappa <= 12:
        return 1.0

    def excess(u: float) -> float:
        return 6 * (1 + u) * (1 + u**2) - kappa * u**3 * (3 * u - 1)

    return float(brentq(excess, 1 / 3, 1.0, xtol=1e-14))


def _unit(angle: float) -> FloatArray:
    return np.sqrt(2) * np.array([[np.cos(angle), np.sin(angle)]])
