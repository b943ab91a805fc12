r"""The best of all attacks for each input: no moment, but one integral for orthogonal blocks [D18].

An attack along u_k stays in the orthogonal block B of feature k, whose inputs are independent of
all others.  So the best of all attacks adds the largest of the blocks' own best,

$$ E \max_k L'(x; δ_k) = L + E \max_B Δ_B,   E \max_B Δ_B = ∫ t\, d \prod_B F_B(t), $$

with F_B the distribution of Δ_B, the best increase within a block.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any, NamedTuple

import numpy as np

from ground.checks import FloatArray, check_at_most, check_positive_int
from theory.adversary.block_law import SAMPLES, SCRAMBLINGS, Law, block_law
from theory.adversary.directions import as_threshold, directions_of
from theory.adversary.gain import factors
from theory.adversary.random_feature import as_sized
from theory.loss.clipped_cube import NO_SLOPE

__all__ = ["BestAttack", "best_attack_vulnerability", "expected_largest"]

MOST_WORK = 2e10  # attacks times outputs times inputs: a minute


@dataclass(frozen=True)
class BestAttack:
    """What the best of all attacks for each input adds to the loss [D18].

    Attributes
    ----------
    size : float
        ε.
    vulnerability : float
        (L' − L) / ε².
    error : float
        Standard error of the vulnerability, from independent scramblings; the estimate is from
        all their points together.
    """

    size: float
    vulnerability: float
    error: float

    @property
    def increase(self) -> float:
        """L' − L."""
        return self.vulnerability * self.size**2


class Smooth(NamedTuple):
    """A distribution function that needs no sample, and points from 0 to 1 that resolve it."""

    below: Callable[[FloatArray], FloatArray]
    points: FloatArray


def best_attack_vulnerability(
    W: Any,
    b: Any,
    *,
    size: Any,
    density: Any,
    importance: Any = None,
    live_above: float | None = None,
    samples: int = SAMPLES,
    seed: int = 0,
) -> BestAttack:
    r"""Vulnerability under the best of the attacks on live features for each input [D18].

    .. math:: V = \frac{1}{\varepsilon^2} \int t\, d \prod_B F_B(t)

    Parameters
    ----------
    W : array_like (m, n)
        Orthogonal factors are found and sampled each by itself, like ones once.
    b : array_like (n,)
    size : float
        ε > 0.
    density : array_like, () or (n,)
    importance : array_like, () or (n,), optional
    live_above : float, optional
        As in :func:`theory.attack_directions`.
    samples : int
        Points of each of eight scramblings, in each block.
    seed : int

    Returns
    -------
    BestAttack
        Sampled: `error` is its standard error.

    Raises
    ------
    ValueError
        Naming the argument; also where it would take minutes.

    Examples
    --------
    Dedicated unit features leave the attacker nothing to choose:

    >>> found = best_attack_vulnerability([[1, 0], [0, 1]], [0, 0], size=0.5, density=0.3)
    >>> found.vulnerability, found.error
    (1.0, 0.0)
    """
    problem, sizes = as_sized(W, b, size, density, importance, least="positive")
    if problem.shape:
        raise ValueError(f"W must be one model, with one size, got leading axes {problem.shape}")
    check_at_most("samples", check_positive_int("samples", samples), 2**20, "memory")
    start = as_seed(seed)
    threshold = as_threshold(live_above)
    weights, p, I = problem.W[0], problem.density[0], problem.importance[0]
    live = directions_of(problem.W, threshold).live[0]
    G = weights.T @ weights
    kinds: dict[bytes, list[Any]] = {}
    for members in factors(np.abs(G) > NO_SLOPE, live):
        kinds.setdefault(_look(G, problem.b[0], p, I, members), []).append(members)
    work = sum(len(same[0]) ** 2 for same in kinds.values()) * samples * SCRAMBLINGS
    if work > MOST_WORK:
        raise ValueError(
            f"samples must be fewer for this W: {work:.3g} outputs under attack would take minutes"
        )
    laws = [
        (
            block_law(
                np.ascontiguousarray(weights[:, same[0]]),
                problem.b[0, same[0]],
                p[same[0]],
                I[same[0]],
                float(sizes[0]),
                live_above=threshold,
                copies=float(len(same)),
                samples=samples,
                seed=start,
            ),
            float(len(same)),
        )
        for same in kinds.values()
    ]
    return best_attack_of(laws, float(sizes[0]))


def as_seed(seed: Any) -> int:
    """Check the seed of the scramblings."""
    if isinstance(seed, bool) or not isinstance(seed, int | np.integer) or seed < 0:
        raise ValueError(f"seed must be a whole number, not negative, got {seed!r}")
    return int(seed)


def best_attack_of(
    laws: Sequence[tuple[Law, float]], size: float, smooth: Sequence[Smooth] = ()
) -> BestAttack:
    """Combine laws of blocks, with how many there are of each, and what needs no sample [D18]."""
    together = [
        (np.concatenate(law.values), np.tile(law.weights / len(law.values), len(law.values)), count)
        for law, count in laws
    ]
    value = expected_largest(together, smooth)
    each = [
        expected_largest([(law.values[r], law.weights, count) for law, count in laws], smooth)
        for r in range(SCRAMBLINGS if laws else 0)
    ]
    error = float(np.std(each, ddof=1) / np.sqrt(len(each))) if each else 0.0
    return BestAttack(size, value / size**2, error / size**2)


def expected_largest(
    laws: Sequence[tuple[FloatArray, FloatArray, float]], smooth: Sequence[Smooth] = ()
) -> float:
    r"""Mean of the largest of independent variables, so many of each law [D18].

    .. math:: E \max = \int t\, d \prod_f F_f(t)^{N_f}

    Parameters
    ----------
    laws : sequence of (values, weights, N)
        Points and their chances, of sum 1, and how many variables have this law; N > 0 need not
        be whole.
    smooth : sequence of Smooth
        Distribution functions besides.

    Examples
    --------
    Of two coins, heads being worth 1:

    >>> coin = np.array([0.0, 1.0]), np.array([0.5, 0.5])
    >>> expected_largest([(*coin, 2.0)])
    0.75
    """
    t = np.unique(np.concatenate([values for values, _, _ in laws])) if laws else np.zeros(0)
    for law in smooth:
        t = np.union1d(t, law.points)
    below = np.ones(len(t))
    for values, weights, count in laws:
        order = np.argsort(values)
        sums = np.concatenate([[0.0], np.minimum(np.cumsum(weights[order]), 1.0)])
        sums[-1] = 1.0
        below *= sums[np.searchsorted(values[order], t, side="right")] ** count
    if not smooth:
        return float(t @ np.diff(below, prepend=0.0))
    # Between points of the samples their part is constant, and the smooth part by trapezia.
    curve = np.ones(len(t))
    for law in smooth:
        curve *= law.below(t)
    inside = np.diff(t) * below[:-1] * (curve[1:] + curve[:-1]) / 2
    return float(t[-1] - inside.sum())


def _look(G: FloatArray, b: FloatArray, p: FloatArray, I: FloatArray, members: Any) -> bytes:
    """The same for factors that are equal, in the order of their features."""
    parts = G[np.ix_(members, members)].ravel(), b[members], p[members], I[members]
    return np.round(np.concatenate(parts), 9).tobytes()
