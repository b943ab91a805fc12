r"""Inputs with more active features than are integrated: a fixed sample, stratified [D26].

One stratum for each number k of active features, whose chance P(k) is exact.  Within it scrambled
Sobol points say which features are active and what their values are.  Independent scramblings give
the standard error,

$$ Σ_{k > κ} P(k) \frac1{N_k} Σ_r f(x_{kr}). $$

The sample depends on the world and on the seed and not on the net, so that nets are compared on
common inputs.
"""

from __future__ import annotations

from functools import lru_cache
from typing import NamedTuple

import numpy as np

from ground.checks import FloatArray
from ground.points import sobol
from theory.computation.pattern_chances import counts_ahead

__all__ = ["PatternSample", "pattern_sample", "sampled_terms"]

SCRAMBLINGS = 8
LEAST = 8  # points of a stratum that counts at all
NEGLIGIBLE = 1e-13  # chance, relative to all strata's, below which one is left out


class PatternSample(NamedTuple):
    """Inputs of all scramblings, one after the other, and what each counts.

    Attributes
    ----------
    x : (S N, n)
    weight : (N,)
        Chances, the same for each of S scramblings; their sum is that of all strata.
    """

    x: FloatArray
    weight: FloatArray

    @property
    def scramblings(self) -> int:
        """S, or 0 where there is nothing to sample."""
        return len(self.x) // len(self.weight) if len(self.weight) else 0


def pattern_sample(
    p: FloatArray,
    more_than: int,
    *,
    low: float,
    high: float,
    points: int,
    seed: int | list[int] = 0,
) -> PatternSample:
    """Inputs with more than so many active features, of densities p (n,) [D26].

    Parameters
    ----------
    points : int
        Of each scrambling, about; 0 for none.

    Examples
    --------
    >>> sample = pattern_sample(np.full(3, 0.5), 2, low=-1.0, high=1.0, points=64)
    >>> sample.x.shape, float(sample.weight.sum())
    ((512, 3), 0.125)
    """
    stream = seed if isinstance(seed, int) else tuple(seed)
    return _drawn(p.tobytes(), more_than, low, high, points, stream)


@lru_cache(maxsize=4)  # a descent asks for the same one each time
def _drawn(
    densities: bytes,
    more_than: int,
    low: float,
    high: float,
    points: int,
    seed: int | tuple[int, ...],
) -> PatternSample:
    p = np.frombuffer(densities)
    n = len(p)
    ahead = counts_ahead(p)
    sizes = _sizes(ahead[0, : n + 1], more_than, points)
    if not sizes:
        return PatternSample(np.zeros((0, n)), np.zeros(0))
    engines = [
        sobol(n, np.random.default_rng(stream))
        for stream in np.random.SeedSequence(seed).spawn(SCRAMBLINGS)
    ]
    x = [_inputs(e.random(size), p, k, ahead, low, high) for e in engines for k, size in sizes]
    weight = [np.full(size, ahead[0, k] / size) for k, size in sizes]
    sample = PatternSample(np.concatenate(x), np.concatenate(weight))
    for part in sample:
        part.flags.writeable = False
    return sample


def _sizes(chances: FloatArray, more_than: int, points: int) -> list[tuple[int, int]]:
    """Numbers of active features with their points, powers of two, large strata first.

    Points go with P(k) k, since errors grow with k.  Sobol sequences want blocks of powers of two
    at multiples of their size, which the order keeps.
    """
    k = np.arange(len(chances))
    chance = np.where(k > more_than, chances, 0.0)
    kept = np.flatnonzero(chance > NEGLIGIBLE * chance.sum())
    if not points or not len(kept):
        return []
    share = chance[kept] * kept
    size = np.maximum(LEAST, points * share / share.sum())
    size = 2 ** np.round(np.log2(size)).astype(int)
    order = np.argsort(-size, kind="stable")
    return [(int(kept[r]), int(size[r])) for r in order]


def _inputs(
    points: FloatArray, p: FloatArray, k: int, ahead: FloatArray, low: float, high: float
) -> FloatArray:
    """Inputs with exactly k active features, from points of the unit cube (N, n).

    Feature i is active with its chance given how many are still to come; given that it is, what is
    left of its coordinate is uniform, and is its value.
    """
    x = np.zeros_like(points)
    left = np.full(len(points), k)
    for i in range(len(p)):
        whole = ahead[i, left]
        with np.errstate(divide="ignore", invalid="ignore"):
            chance = np.where(left > 0, p[i] * ahead[i + 1, left - 1] / whole, 0.0)
        active = points[:, i] < chance
        x[active, i] = low + (high - low) * points[active, i] / chance[active]
        left = left - active
    return x


def sampled_terms(
    net: tuple[FloatArray, FloatArray, FloatArray],
    importance: FloatArray,
    slopes: tuple[float, float],
    linear: bool,
    sample: PatternSample,
) -> tuple[float, float, tuple[FloatArray, FloatArray, FloatArray]]:
    """Loss on a sample, its standard error, and gradient by W₁, W₂ and b of one net [D26]."""
    W1, W2, b = net
    x, S = sample.x, sample.scramblings
    if not S:
        return 0.0, 0.0, (np.zeros_like(W1), np.zeros_like(W2), np.zeros_like(b))
    pre = x @ W1.T
    h = np.maximum(pre, 0.0)
    z = h @ W2.T + b
    target = np.where(x < 0, -slopes[0] * x, slopes[1] * x)
    error = (z if linear else np.maximum(z, 0.0)) - target
    each = (error**2 @ importance).reshape(S, -1) @ sample.weight
    r = error * (2.0 * importance)
    if not linear:
        r *= z > 0
    r *= np.tile(sample.weight / S, S)[:, None]
    back = (r @ W2) * (pre > 0)
    deviation = float(each.std(ddof=1)) / np.sqrt(S)
    return float(each.mean()), float(deviation), (back.T @ x, r.T @ h, r.sum(axis=0))
