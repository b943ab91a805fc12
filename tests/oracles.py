"""Oracles that share no formula with the code under test: quadrature and Monte Carlo.

Both start from the definition, E Σ_i I_i (x_i − ReLU(z_i))², never from the moment M.

Quadrature integrates over the cube of the active features one coordinate at a time.  With the
later coordinates integrated out, the integrand is a polynomial in the next one between the
points where z vanishes at a vertex of the later ones, and of degree 2 + (their number): cutting
there and using enough Gauss–Legendre nodes leaves rounding as the only error.

Monte Carlo returns a mean with its standard error; a comparison passes within a z-score that is
derived from the number of comparisons, so that all of them together fail by chance less than
once in a million.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache
from itertools import product
from typing import Any

import numpy as np
from hypothesis import settings
from numpy.typing import NDArray
from scipy.special import roots_legendre
from scipy.stats import norm

Floats = NDArray[np.float64]
FALSE_ALARM = 1e-6


@dataclass(frozen=True)
class Estimate:
    """A sampled mean with its standard error.

    Attributes
    ----------
    mean, standard_error : float
    range_over_samples : float
        Σ over strata of weight × range / (samples − 1): what an event too rare to have been
        sampled may hide, per unit of −ln(false alarm).
    """

    mean: float
    standard_error: float
    range_over_samples: float = 0.0


def quadrature_loss(
    W: Any,
    b: Any,
    density: Any,
    importance: Any = None,
    *,
    bounds: tuple[float, float] = (0.0, 1.0),
) -> float:
    """Expected loss by quadrature, for up to about five features that interact.

    Parameters are converted to floats; `bounds` is where an active feature is uniform.
    """
    W, b, density, importance = _floats(W, b, density, importance)
    G = W.T @ W
    return float(
        sum(
            weight * quadrature(b[i], G[i], density, target=i, bounds=bounds)
            for i, weight in enumerate(importance)
            if weight
        )
    )


def quadrature(
    b: float,
    a: Any,
    density: Any,
    *,
    target: int | None = None,
    bounds: tuple[float, float] = (0.0, 1.0),
) -> float:
    """E[(x_target − (b + a·x)₊)²], or E[(b + a·x)₊²] without a target, by quadrature."""
    a = np.asarray(a, dtype=np.float64)
    density = np.broadcast_to(np.asarray(density, dtype=np.float64), a.shape)
    total = 0.0
    for active in product((False, True), repeat=len(a)):
        chance = float(np.prod(np.where(active, density, 1 - density)))
        if chance:
            total += chance * _cube(b, a, np.flatnonzero(active), target, bounds)
    return total


def _cube(
    b: float, a: Floats, active: Any, target: int | None, bounds: tuple[float, float]
) -> float:
    """Average over the cube of the active features."""
    low, high = bounds
    z, weight, x = np.array([float(b)]), np.ones(1), np.zeros(1)
    for depth, j in enumerate(active):
        later = a[active[depth + 1 :]]
        vertices = np.array(list(product((low, high), repeat=len(later)))) @ later
        walls = np.full((len(z), len(vertices)), low)
        if a[j]:
            with np.errstate(over="ignore"):
                walls = np.clip(-(z[:, None] + vertices) / a[j], low, high)
        edges = np.sort(np.pad(walls, ((0, 0), (1, 1)), constant_values=((0, 0), (low, high))), 1)
        nodes, node_weights = _gauss(2 + len(later) // 2)
        left, width = edges[:, :-1, None], np.diff(edges, axis=1)[:, :, None]
        places = left + width * (nodes + 1) / 2
        weights = weight[:, None, None] * width / (high - low) * node_weights / 2
        kept = weights > 0
        z = (z[:, None, None] + a[j] * places)[kept]
        x = (places if j == target else np.broadcast_to(x[:, None, None], places.shape))[kept]
        weight = weights[kept]
    return float(np.sum(weight * (x - np.maximum(z, 0)) ** 2))


@lru_cache
def _gauss(nodes: int) -> tuple[Floats, Floats]:
    return tuple(roots_legendre(nodes))


def monte_carlo_loss(
    W: Any,
    b: Any,
    density: Any,
    importance: Any = None,
    *,
    seed: int,
    samples: int = 1 << 16,
    bounds: tuple[float, float] = (0.0, 1.0),
    linear: bool = False,
) -> Estimate:
    """Mean and standard error of the loss over seeded samples, of the linear model if so asked.

    Up to five features are sampled in strata, one for each pattern of active features, so that
    two features active together are seen however sparse they are; more are sampled as they come.
    """
    W, b, density, importance = _floats(W, b, density, importance)
    G, n = W.T @ W, len(b)
    rng = np.random.default_rng(seed)
    patterns = list(product((False, True), repeat=n)) if n <= 5 else [None]
    each = samples // len(patterns)
    mean = variance = hidden = 0.0
    for pattern in patterns:
        chance, active = 1.0, rng.random((each, n)) < density if pattern is None else pattern
        if pattern is not None:
            chance = float(np.prod(np.where(pattern, density, 1 - density)))
        x = rng.uniform(*bounds, size=(each, n)) * active
        output = x @ G + b if linear else np.maximum(x @ G + b, 0)
        errors = ((x - output) ** 2) @ importance
        mean += chance * float(errors.mean())
        variance += chance**2 * float(errors.var(ddof=1)) / each
        hidden += chance * _largest(G, b, importance, bounds, linear) / (each - 1)
    return Estimate(mean, float(np.sqrt(variance)), hidden)


def _largest(
    G: Floats, b: Floats, importance: Floats, bounds: tuple[float, float], linear: bool
) -> float:
    """An upper bound of Σ I_i (x_i − x'_i)² for all x."""
    reach = max(map(abs, bounds))
    if linear or bounds[0] < 0:
        return float(importance @ (reach + abs(b) + reach * abs(G).sum(1)) ** 2)
    # Both x_i and ReLU(z_i) are positive, so their difference is at most the larger.
    z = np.maximum(b + reach * np.maximum(G, 0).sum(1), 0)
    return float(importance @ np.maximum(reach, z) ** 2)


def z_bound(comparisons: int) -> float:
    """Two-sided z-score that `comparisons` exceed by chance with probability below 1e-6."""
    return float(norm.isf(FALSE_ALARM / (2 * comparisons)))


def assert_compatible(estimate: Estimate, value: Any, *, per_example: int = 1) -> None:
    """Assert that an exact value is within the z-score bound of a sampled one.

    Parameters
    ----------
    per_example : int
        Comparisons a Hypothesis example makes, or all there are in a test without Hypothesis;
        the bound allows for that many in each of the profile's examples.
    """
    comparisons = per_example * settings.default.max_examples
    # The last term of the empirical Bernstein inequality (Maurer & Pontil 2009, theorem 4):
    # it holds for any distribution, where the z-score alone needs a normal mean.
    rare = 7 / 3 * np.log(4 * comparisons / FALSE_ALARM) * estimate.range_over_samples
    slack = z_bound(comparisons) * estimate.standard_error + rare + 1e-12 * abs(estimate.mean)
    distance = abs(estimate.mean - float(value))
    assert distance <= slack, (
        f"exact {float(value)} and sampled {estimate.mean} ± {estimate.standard_error} differ by "
        f"more than {z_bound(comparisons):.2f} standard errors and {rare} for rare events"
    )


def assert_same(value: Any, expected: Any, *, scale: float = 1.0) -> None:
    """Assert equality up to the rounding of a quadrature whose terms are of size `scale`."""
    # At most 10^6 positive terms, each good to some units in the last place; 1e-12 is generous
    # for their random accumulation and far below any wrong term.
    difference = abs(float(value) - float(expected))
    assert difference <= 1e-12 * max(scale, abs(float(expected))), (value, expected)


def angle(W: Floats, i: int, j: int) -> float:
    """Degrees between columns i and j."""
    cosine = W[:, i] @ W[:, j] / np.linalg.norm(W[:, i]) / np.linalg.norm(W[:, j])
    return float(np.degrees(np.arccos(np.clip(cosine, -1, 1))))


def _floats(W: Any, b: Any, density: Any, importance: Any) -> tuple[Floats, ...]:
    W = np.asarray(W.tolist() if hasattr(W, "tolist") else W, dtype=np.float64)
    n = W.shape[1]
    b = np.zeros(n) if b is None else np.asarray([float(value) for value in b])
    density = np.broadcast_to(np.asarray(density, dtype=np.float64), (n,))
    ones = np.ones(n)
    importance = ones if importance is None else np.asarray(importance, dtype=np.float64) * ones
    return W, b, density, importance
