r"""A mixture of experts in its simplest form: what sparse activation saves, exactly [D36].

Of E experts only T pass an input on.  Features are independent, of equal importance, each with a
neuron of its own in one of the experts:  x' = a x + b where the expert passes, b where not.

$$ L = n \Big( E[x²] − 2 b E[x] + b² − (2a − a²) E[x² s] + 2 a b E[x s] \Big) $$

with s = 1 where the feature's expert passes; a and b follow from the two moments of what passes.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np

from ground.binomial import at_most, more_than
from ground.checks import FloatArray, as_positive_density, check_at_most, check_positive_int
from theory.data_law import feature_variance

__all__ = ["Experts", "lone_experts", "paired_experts", "routed_groups"]

MOST = 2000  # features: the integrands are polynomials of that degree


@dataclass(frozen=True)
class Experts:
    """What a mixture of experts does.

    Attributes
    ----------
    loss : float
        Of all features, equally important.
    saved : float
        Loss of no feature at all less this one.
    scale, bias : float
        a = w² and b.
    passed, computed : float
        Activations that pass on each input, and those that are computed, the router's scores with
        them.
    """

    loss: float
    saved: float
    scale: float
    bias: float
    passed: float
    computed: float

    @property
    def saved_per_activation(self) -> float:
        """Loss saved by each activation that passes."""
        return self.saved / self.passed


def lone_experts(n_features: int, n_active: int, *, density: float) -> Experts:
    r"""Each feature an expert of one neuron; the T largest pass [D36].

    $$ E[x^k s] = \frac1n \int_0^1 k u^{k−1} \sum_{t=1}^{T} P(N_u ≥ t) \, du,
       N_u \sim \mathrm{Bin}(n, p (1 − u)) $$

    Parameters
    ----------
    n_features : int
        n, also the number of experts.
    n_active : int
        T ≤ n.
    density : float
        p in (0, 1].

    Returns
    -------
    Experts
        All n activations are computed, to find the largest.

    Raises
    ------
    ValueError
        Naming the argument and its value.

    Examples
    --------
    All pass: every feature is exact.

    >>> abs(lone_experts(4, 4, density=0.1).loss) < 1e-12
    True
    """
    n, active, p = _checked(n_features, n_active, density)
    first, second = (_largest(n, active, p, power) / n for power in (1, 2))
    return _solved(n, p, first, second, passed=active, computed=n)


def paired_experts(n_pairs: int, n_active: int, *, density: float) -> Experts:
    r"""Each antipodal pair an expert of one neuron, h = x₁ − x₂; the T largest |h| pass [D36].

    $$ L = \frac{2 n_p p}{3} − n_p \int_0^1 \big( 2p(1−p) t² + 2p² (1−t) t \big)
           P(N_t < T) \, dt, \quad N_t \sim \mathrm{Bin}(n_p − 1, P(|h| > t)) $$

    at W = (1, −1) and b = 0: superposition within experts.

    Parameters
    ----------
    n_pairs : int
        Experts, each with two features.
    n_active : int
        T ≤ n_pairs.
    density : float
        p in (0, 1].

    Returns
    -------
    Experts

    Raises
    ------
    ValueError
        More experts active than there are, or a density outside (0, 1].

    Examples
    --------
    All pass: each pair costs p²/3.

    >>> round(paired_experts(3, 3, density=0.3).loss, 12)
    0.09
    """
    pairs, active, p = _checked(n_pairs, n_active, density, "n_pairs")
    t, weight = _nodes(2 * pairs + 4)
    above = 1 - ((1 - p) ** 2 + 2 * p * (1 - p) * t + p**2 * (2 * t - t**2))
    chosen = at_most(active - 1, pairs - 1, np.clip(above, 0.0, 1.0))
    kept = 2 * p * (1 - p) * t**2 + 2 * p**2 * (1 - t) * t
    saved = pairs * float(weight @ (kept * chosen))
    loss = 2 * pairs * p / 3 - saved
    nothing = 2 * pairs * float(feature_variance(p))
    return Experts(loss, nothing - loss, 1.0, 0.0, float(active), float(pairs))


def routed_groups(n_features: int, n_experts: int, n_active: int, *, density: float) -> Experts:
    r"""Groups of n/E features, each an expert of n/E neurons; T active groups pass [D36].

    The router knows which groups are active, and where more than T are, takes T of them at random:
    a share s of what is active passes,

    $$ s = \frac{E[\min(A, T)]}{E q}, \quad A \sim \mathrm{Bin}(E, q),
       q = 1 − (1 − p)^{n/E} $$

    Parameters
    ----------
    n_features, n_experts : int
        n, a multiple of E.
    n_active : int
        T ≤ E.
    density : float
        p in (0, 1].

    Returns
    -------
    Experts
        Computed are E scores and T experts of n/E neurons.

    Raises
    ------
    ValueError
        Naming the argument and its value.

    Examples
    --------
    >>> found = routed_groups(100, 10, 1, density=0.001)
    >>> found.computed, round(found.loss / (found.loss + found.saved), 3)
    (20.0, 0.044)
    """
    n, active, p = _checked(n_features, n_active, density)
    groups = check_positive_int("n_experts", n_experts)
    if n % groups or groups < active:
        raise ValueError(
            f"n_experts must divide n_features = {n} and be at least n_active = {active}, "
            f"got {groups}"
        )
    size = n // groups
    q = -np.expm1(size * np.log1p(-p)) if p < 1 else 1.0
    at_least = more_than(np.arange(active), groups, q)  # P(A > k), summed: E min(A, T)
    share = float(np.sum(at_least) / (groups * q))
    first, second = share * p / 2, share * p / 3
    return _solved(n, p, first, second, passed=active * size, computed=groups + active * size)


def _solved(n: int, p: float, first: float, second: float, passed: int, computed: int) -> Experts:
    """The best a and b for E[x s] and E[x² s], and their loss."""
    mean, square = p / 2, p / 3
    bias = (mean - first) / (1 - first**2 / second)
    scale = 1 - bias * first / second
    loss = square - 2 * bias * mean + bias**2
    loss += -(2 * scale - scale**2) * second + 2 * scale * bias * first
    saved = float(feature_variance(p)) - loss
    return Experts(n * loss, n * saved, scale, bias, float(passed), float(computed))


def _largest(n: int, active: int, p: float, power: int) -> float:
    """E of the sum of x^power over the T largest of n features; exact but for rounding."""
    u, weight = _nodes(n + power)
    exceed = np.sum(more_than(np.arange(active)[:, None], n, p * (1 - u)), axis=0)
    return float(weight @ (power * u ** (power - 1) * exceed))


def _nodes(degree: int) -> tuple[FloatArray, FloatArray]:
    """Gauss–Legendre on [0, 1], exact for polynomials of that degree."""
    x, weight = np.polynomial.legendre.leggauss(degree // 2 + 1)
    return np.asarray((x + 1) / 2), np.asarray(weight / 2)


def _checked(
    n_features: Any, n_active: Any, density: Any, name: str = "n_features"
) -> tuple[int, int, float]:
    n = check_at_most(name, check_positive_int(name, n_features), MOST, "a polynomial's degree")
    active = check_at_most("n_active", check_positive_int("n_active", n_active), n, name)
    return n, active, as_positive_density("density", density)
