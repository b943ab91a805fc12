r"""How often features occur alone, and whether all of them do [D42].

A sample h = Wx lies on the *ray* of feature i, {t W_i : t > 0}, with positive probability only if
the columns of its active features lie on one line: mixtures of independent directions have a
continuous law.  So without noise two parallel samples prove a ray, and counting them is an
occupancy problem with an exact answer.
"""

from __future__ import annotations

from dataclasses import dataclass
from itertools import product
from math import factorial, log
from typing import Any

import numpy as np
from scipy.optimize import brentq
from scipy.special import gammaln

from ground.binomial import at_most, more_than
from ground.checks import FloatArray, as_density, as_model, check_at_most, check_positive_int

__all__ = ["LoneRays", "all_counts_probability", "lone_rays", "ray_probability"]

NEAR = 0.999  # cosine below which two columns are surely on different lines
PARALLEL = 1e-9  # sine below which two columns are on one line
MOST_ON_LINE = 10  # features of one line: their volumes are sums over 2^k corners
MOST_SAMPLES, MOST_LEAST = 10**6, 100
SERIES = 1.0  # below this mean a Poisson tail is summed from its small end


@dataclass(frozen=True, eq=False)
class LoneRays:
    """Which features show themselves alone in so many samples [D42].

    Attributes
    ----------
    ray : ndarray (n,)
        ρ_i, the probability that a sample lies on the ray of feature i; 0 without a column.
    found : ndarray (n,)
        Probability that at least `least` of the samples do.
    expected : ndarray (n,)
        N ρ_i, samples on each ray.
    all_found : float
        Probability that all rays have so many, exact.
    bounds : tuple of float
        1 − Σ(1 − found) ≤ all_found ≤ Π found, over the different rays.
    """

    ray: FloatArray
    found: FloatArray
    expected: FloatArray
    all_found: float
    bounds: tuple[float, float]


def ray_probability(W: Any, *, density: Any) -> FloatArray:
    r"""Probability that h = Wx lies on the ray of each feature [D42].

    .. math:: \rho_i = P\Big(\sum_{j \parallel i} \pm |W_j| x_j > 0\Big)
              \prod_{j \nparallel i} (1 - p_j)

    Without features on its line ρ_i = p_i ∏(1 − p_j); of an antipodal pair of equal length and
    density ρ = p (1 − p/2)(1 − p)^{n−2}.

    Parameters
    ----------
    W : array_like (m, n)
    density : float or array_like (n,)
        p; an active feature is uniform on [0, 1].

    Returns
    -------
    ndarray (n,)

    Raises
    ------
    ValueError
        More than ten features on one line.

    Examples
    --------
    >>> ray_probability([[1.0, -1.0, 0.0], [0.0, 0.0, 1.0]], density=0.5)
    array([0.1875, 0.1875, 0.125 ])
    """
    weights, p, lines = _lines(W, density)
    present = np.linalg.norm(weights, axis=0) > 0
    ray = np.zeros(weights.shape[1])
    single = [line[0] for line, _ in lines if len(line) == 1]
    quiet = np.where(present, 1 - p, 1.0) * np.ones((len(single), 1))
    quiet[np.arange(len(single)), single] = 1.0
    ray[single] = p[single] * np.prod(quiet, axis=1)
    for line, signed in lines:
        if len(line) == 1:
            continue
        others = present.copy()
        others[line] = False
        silent = float(np.prod(1 - p[others]))
        for i in line:
            ray[i] = silent * _sum_positive(signed * np.sign(signed[line.index(i)]), p[line])
    return ray


def lone_rays(W: Any, *, density: Any, samples: int, least: int = 2) -> LoneRays:
    r"""Which rays so many samples show, each and all of them, exactly [D42].

    .. math:: P(\text{all}) = N!\,[z^N]\; e^{(1 - \sum_i \rho_i) z}
              \prod_i \Big(e^{\rho_i z} - \sum_{k < s} \frac{(\rho_i z)^k}{k!}\Big)

    Parameters
    ----------
    W : array_like (m, n)
    density : float or array_like (n,)
    samples : int
        N, at most 10⁶.
    least : int
        s; two samples prove a ray where there is no noise.

    Returns
    -------
    LoneRays

    Raises
    ------
    ValueError
        W is no matrix of finite numbers, a density outside [0, 1], or more samples than exact sums
        take.

    Examples
    --------
    Four orthogonal features, two samples each:

    >>> [round(lone_rays(np.eye(4), density=0.1, samples=N).all_found, 3) for N in (20, 60, 200)]
    [0.021, 0.773, 1.0]
    """
    N = check_at_most("samples", check_positive_int("samples", samples), MOST_SAMPLES, "exact sums")
    s = check_at_most("least", check_positive_int("least", least), MOST_LEAST, "exact sums")
    ray = ray_probability(W, density=density)
    found = np.where(ray > 0, more_than(s - 1, N, ray), 0.0)
    _, _, lines = _lines(W, density)
    # Features that point the same way share a ray, which is counted once.
    first = [next(i for i, x in zip(line, v, strict=True) if np.sign(x) == sign)
             for line, v in lines for sign in np.unique(np.sign(v))]  # fmt: skip
    each = ray[first]
    complete = len(found) == sum(len(line) for line, _ in lines) and bool((each > 0).all())
    exact = all_counts_probability(each, samples=N, least=s) if complete else 0.0
    low = max(0.0, 1 - float(np.sum(at_most(s - 1, N, each)))) if complete else 0.0
    high = float(np.prod(found[first])) if complete else 0.0
    return LoneRays(ray, found, N * ray, exact, (low, high))


def all_counts_probability(probabilities: Any, *, samples: int, least: int) -> float:
    r"""Probability that each of some exclusive events occurs at least s times in N trials [D42].

    Counts are Poisson variables given their sum, at any rate θ, so that

    .. math:: P = \frac{P(S = N)}{P(\mathrm{Pois}(\theta) = N)}
              \prod_i P(\mathrm{Pois}(\theta \rho_i) \ge s),

    with S the sum of the counts each known to be at least s. θ makes E S = N, and P(S = N) is a
    sum of the characteristic function over roots of unity: nothing cancels, however small P is.

    Parameters
    ----------
    probabilities : array_like (n,)
        ρ > 0, of sum at most 1.
    samples, least : int
        N and s.

    Examples
    --------
    Two fair coins' faces, both at least once in three tosses: 1 − 2/8.

    >>> round(all_counts_probability([0.5, 0.5], samples=3, least=1), 12)
    0.75
    """
    rho = as_density(probabilities)
    N = check_at_most("samples", check_positive_int("samples", samples), MOST_SAMPLES, "exact sums")
    s = check_at_most("least", check_positive_int("least", least), MOST_LEAST, "exact sums")
    if rho.ndim != 1 or not rho.size or not (rho > 0).all() or rho.sum() > 1 + 1e-12:
        raise ValueError(
            f"probabilities must be a list of positive numbers of sum at most 1, got {rho!r}"
        )
    rest = max(0.0, 1 - float(rho.sum()))
    if s * len(rho) > N:
        return 0.0
    if s * len(rho) == N:  # a single outcome of counts
        return float(np.exp(gammaln(N + 1) - len(rho) * gammaln(s + 1) + s * np.log(rho).sum()))
    each, times = np.unique(rho, return_counts=True)

    def surplus(log_rate: float) -> float:
        rate = np.exp(log_rate)
        means = rate * each * np.array([_tail(rate * q, s - 1) / _tail(rate * q, s) for q in each])
        return float(times @ means + rate * rest - N)

    # At rate 2N the mean exceeds N, at a tiny one it is near s n < N.
    low = log(N) - 1.0
    while surplus(low) > 0 and low > -600:
        low -= 5.0
    rate = float(np.exp(brentq(surplus, low, log(2 * N) + 1e-9, xtol=1e-12)))
    size = 4 * N + 400  # so that what is aliased lies where S cannot be
    angle = 2 * np.pi * np.arange(size // 2 + 1) / size
    z = np.exp(1j * angle)
    logs = rate * rest * (z - 1) + 0j
    for q, count in zip(each, times, strict=True):
        ratio = _tail_at(rate * q, z, s) / _tail(rate * q, s)
        logs = logs + count * np.log(
            np.where(ratio == 0, 1e-300, ratio)
        )  # underflown: as good as 0
    terms = (np.exp(logs) * np.exp(-1j * N * angle)).real
    weights = np.full(len(angle), 2.0)
    weights[0] = 1.0
    if size % 2 == 0:
        weights[-1] = 1.0
    at_N = float(weights @ terms) / size
    poisson = N * log(rate) - rate - float(gammaln(N + 1))
    tails = float(times @ np.array([log(_tail(rate * q, s)) for q in each]))
    return float(min(1.0, max(0.0, at_N) * np.exp(tails - poisson)))


def _tail(mean: float, s: int) -> float:
    """P(Pois(mean) ≥ s), without cancellation."""
    return float(_tail_at(mean, np.ones(1, dtype=complex), s).real[0])


def _tail_at(mean: float, z: Any, s: int) -> Any:
    """e^{−mean} Σ_{k ≥ s} (mean z)^k / k! for |z| = 1."""
    if s <= 0:
        return np.exp(mean * (z - 1))
    w = mean * z
    if mean > SERIES + s:
        term = np.full_like(w, np.exp(-mean))
        head = term
        for k in range(1, s):
            term = term * w / k
            head = head + term
        return np.exp(w - mean) - head
    # The terms fall from the first on, since mean < s + 1, and below rounding within so many.
    term = w**s * np.exp(-mean - gammaln(s + 1))
    total = term
    for k in range(s + 1, 4 * s + 40):
        term = term * w / k
        total = total + term
    return total


def _lines(W: Any, density: Any) -> tuple[FloatArray, FloatArray, list[tuple[list[int], Any]]]:
    """W, p, and for each line through columns of W its features and their signed lengths."""
    weights, _ = as_model(W)
    if weights.ndim != 2:
        raise ValueError(f"W must be one model (n_hidden, n_features), got shape {weights.shape}")
    p = as_density(density, weights.shape[1])
    if p.ndim != 1:
        raise ValueError(f"density must have shape () or (n_features,), got {p.shape}")
    length = np.linalg.norm(weights, axis=0)
    left = [i for i in range(len(length)) if length[i] > 0]
    lines: list[tuple[list[int], Any]] = []
    directions = weights[:, left] / length[left]
    likeness = np.abs(directions.T @ directions)
    np.fill_diagonal(likeness, 0.0)
    # Most features are alone on their line, which one table shows; the others are looked at.
    near = (likeness > NEAR).any(axis=1)
    lines += [([i], length[[i]]) for i, other in zip(left, near, strict=True) if not other]
    left = [i for i, other in zip(left, near, strict=True) if other]
    while left:
        unit = weights[:, left[0]] / length[left[0]]
        along = unit @ weights
        across = np.linalg.norm(weights - np.outer(unit, along), axis=0)
        line = [i for i in left if across[i] <= PARALLEL * length[i]]
        check_at_most("W", len(line), MOST_ON_LINE, "features whose columns lie on one line")
        lines.append((line, along[line]))
        left = [i for i in left if i not in line]
    return weights, p, lines


def _sum_positive(signed: FloatArray, p: FloatArray) -> float:
    """P(Σ_j a_j x_j > 0), over which of the features are active."""
    total = 0.0
    for active in product((False, True), repeat=len(signed)):
        on = np.array(active)
        if on.any():
            chance = float(np.prod(np.where(on, p, 1 - p)))
            total += chance * _half_cube(signed[on])
    return total


def _half_cube(a: FloatArray) -> float:
    """Volume of {u in the unit cube : a·u > 0}, from its corners."""
    if (a > 0).all():
        return 1.0
    if (a < 0).all():
        return 0.0
    a = a / np.abs(a).max()
    corners = np.array(list(product((0, 1), repeat=len(a))))
    signs = (-1.0) ** (len(a) - corners.sum(axis=1))
    powers = np.maximum(corners @ a, 0.0) ** len(a)
    return float(np.clip(signs @ powers / (factorial(len(a)) * np.prod(a)), 0.0, 1.0))
