r"""With what probability does gradient flow from random weights end where?  [D23]

$$ P(\text{ending}) = Pr\{ W ~ N(0, σ²), b = 0 \text{ flows there} \} $$

Two features in one dimension: the share s(r) of each circle of starts is computed by bisection, and
the Gaussian's mass of radii is a trapezoidal sum over log r, which converges faster than any power.
More features: flows from points that fill the Gaussian evenly (Sobol), with an error from repeats.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Any

import numpy as np
from scipy.special import ndtri

from ground.checks import (
    FloatArray,
    as_density,
    as_floats,
    as_importance,
    as_number,
    check_at_most,
    check_positive_int,
    check_sizes,
)
from ground.points import sobol
from theory.dynamics.circles import arcs, pair_fates
from theory.dynamics.endings import Ending
from theory.dynamics.fates import Fates, World
from theory.dynamics.many_flows import RTOL

REPEATS = 8  # of the even points, each scrambled in its own way
SEED = 2209
COARSE, FINEST = 0.5, 2.0**-6  # steps of log r
EXACT = 1e-4  # error of a step of a flow, relative to the tolerance
FIRST = 16  # flows from which endings are looked for first


@dataclass(frozen=True, eq=False)
class BasinProbability:
    """Where flows from random weights end, and how often.

    Attributes
    ----------
    endings : tuple of Ending
        Most probable first, at the first scale.
    probability, error : (E, ...)
        Of each ending, at each scale.
    """

    endings: tuple[Ending, ...]
    probability: FloatArray
    error: FloatArray

    def coherent_at_most(self, coherence: float) -> FloatArray:
        """Probability that no two features overlap by more than this |cos|, (...)."""
        level = as_number("coherence", coherence, "a number in [0, 1]", lambda c: 0 <= c <= 1)
        kept = np.array([ending.coherence <= level for ending in self.endings])
        return np.asarray(self.probability[kept].sum(axis=0))

    def named(self, name: str) -> FloatArray:
        """Probability of all endings of that name, 0 where there is none, (...)."""
        kept = np.array([ending.name == name for ending in self.endings])
        return np.asarray(self.probability[kept].sum(axis=0))


def basin_probability(
    n_features: int,
    n_hidden: int,
    *,
    density: Any,
    importance: Any = None,
    scale: Any = 1.0,
    interference: float = 0.0,
    tolerance: float = 1e-4,
    flows: int = 1024,
) -> BasinProbability:
    r"""Probability that gradient flow from W ~ N(0, σ²), b = 0 ends in each ending [D23].

    .. math:: P_k(\sigma) = \int_0^\infty s_k(r)\,\frac{r}{\sigma^2}\,e^{-r^2/2\sigma^2}\,dr

    for two features in one dimension, where s_k(r) is the share of the circle w² = r² that flows to
    ending k.

    Parameters
    ----------
    n_features, n_hidden : int
        n ≤ 5 and m.
    density : array_like, () or (n,)
    importance : array_like, () or (n,), optional
        Positive.
    scale : array_like, any shape
        σ from 1e-4 (flows from smaller weights hardly leave the empty model) to 10; one or several,
        which share their work.
    interference : float
        λ ≥ 0: the flow is that of L + λ Σ_{i≠j} (W_i·W_j)².
    tolerance : float
        Of the integral for (2, 1).  Near a transition, where basins are bounded by flows that
        hardly move, less may be reached: `error` says so.
    flows : int
        For other sizes: flows a scale, rounded up to 8 times a power of two.

    Returns
    -------
    BasinProbability
        The same for the same arguments.  For (2, 1) computed to `error`, the change at the last
        halving of the step, for basins wider than 7° on a circle; otherwise estimated from flows,
        with the standard error of eight repeats.

    Raises
    ------
    ValueError
        Naming the argument.
    RuntimeError
        Where flows are too slow to end: exactly at a transition.

    Examples
    --------
    One important feature among two: from large weights an antipodal pair forms, from small ones the
    other feature is ignored.

    >>> found = basin_probability(
    ...     2, 1, density=0.3, importance=[1.0, 0.2], scale=[0.1, 1.0], tolerance=1e-2
    ... )
    >>> found.named("[1] (2)").round(1).tolist()
    [1.0, 0.6]

    References
    ----------
    theory/derivations/D23_basins.md; the question is MAIS-O50 of L. Levine's open problems.
    """
    n, m = check_sizes(n_features, n_hidden)
    check_at_most("n_features", n, 5, "flows take minutes beyond")
    p, weight = as_density(density, n), as_importance(importance, n)
    for name, value in (("density", p), ("importance", weight)):
        if value.ndim != 1:
            raise ValueError(f"{name} must be one number or {n}, got shape {value.shape}")
    if not np.all(p >= 1e-3):
        raise ValueError(f"density must be at least 0.001 here, got {density!r}")
    if not np.all((weight >= 1e-3) & (weight <= 1e3)):
        raise ValueError(f"importance must lie in [0.001, 1000] here, got {importance!r}")
    sigma = as_floats("scale", scale)
    if not (sigma.size and np.all((sigma >= 1e-4) & (sigma <= 10))):
        raise ValueError(f"scale must lie in [1e-4, 10], got {scale!r}")
    strength = as_number("interference", interference, "in [0, 100]", lambda v: 0 <= v <= 100)
    error = as_number("tolerance", tolerance, "in [1e-8, 0.1]", lambda v: 1e-8 <= v <= 0.1)
    check_at_most("flows", check_positive_int("flows", flows), 100_000, "an hour")
    world = World(m, p, weight, strength)
    if (n, m) == (2, 1):
        # Flows far more exact than the boundaries, which are sought to a tenth of the tolerance.
        exact = replace(world, rtol=float(np.clip(EXACT * error, RTOL, 1e-6)))
        found = _by_circles(exact, sigma.ravel(), error)
    else:
        found = _by_flows(world, sigma.ravel(), flows)
    shape = (len(found.endings), *sigma.shape)
    return BasinProbability(
        found.endings, found.probability.reshape(shape), found.error.reshape(shape)
    )


def _by_circles(world: World, sigma: FloatArray, tolerance: float) -> BasinProbability:
    """Halve the step of log r until the sums at all scales change by less than the tolerance."""
    fates = pair_fates(world)
    known: dict[float, dict[int, float]] = {}  # of log r: shares, sparse
    lowest = np.log(sigma) + np.log(2 * tolerance) / 2  # mass tolerance below it, as above highest
    highest = np.log(sigma) + np.log(-2 * np.log(tolerance)) / 2
    step, before = COARSE, None
    while True:
        needed = [
            step * np.arange(np.floor(lo / step), np.ceil(hi / step) + 1)
            for lo, hi in zip(lowest, highest, strict=True)
        ]
        new = np.array(sorted({float(u) for grid in needed for u in grid} - set(known)))
        fates, found = arcs(fates, np.exp(new), width=min(tolerance, 1e-2) / 10)
        for u, shares in zip(new, found.shares(len(fates.endings)), strict=True):
            known[float(u)] = {int(k): float(shares[k]) for k in np.flatnonzero(shares)}
        count = len(fates.endings)
        total = np.zeros((count, len(sigma)))
        for s, grid in enumerate(needed):
            mass = np.exp(2 * (grid - np.log(sigma[s])) - np.exp(2 * (grid - np.log(sigma[s]))) / 2)
            mass /= mass.sum()
            for u, part in zip(grid, mass, strict=True):
                for k, share in known[float(u)].items():
                    total[k, s] += part * share
        if before is not None:
            padded = np.zeros_like(total)
            padded[: len(before)] = before
            change = np.abs(total - padded)
            if change.max() < tolerance or step <= FINEST:
                return _ranked(fates, total, change + tolerance / 10)
        before, step = total, step / 2


def _by_flows(world: World, sigma: FloatArray, flows: int) -> BasinProbability:
    """Shares of flows from even points, in repeats that are scrambled by themselves."""
    m, n = world.shape
    power = max(0, int(np.ceil(np.log2(flows / REPEATS))))
    points = [
        ndtri(sobol(m * n, np.random.default_rng((SEED, k))).random_base2(power))
        for k in range(REPEATS)
    ]
    W = sigma[:, None, None] * np.concatenate(points)
    starts = np.concatenate([W, np.zeros((*W.shape[:2], n))], axis=2).reshape(-1, m * n + n)
    fates = Fates.found_from(world, starts[:: max(1, len(starts) // FIRST)])
    fates, labels = fates.of(starts)
    count = len(fates.endings)
    table = labels.reshape(len(sigma), REPEATS, -1)
    shares = np.stack([np.mean(table == k, axis=2) for k in range(count)])
    error = shares.std(axis=2, ddof=1) / np.sqrt(REPEATS)
    # Repeats that agree exactly say no more than that 1 / flows was not seen.
    return _ranked(fates, shares.mean(axis=2), np.maximum(error, 1.0 / table[0].size))


def _ranked(fates: Fates, probability: FloatArray, error: FloatArray) -> BasinProbability:
    """Most probable first; what no more than grazes a boundary is left out."""
    seen = np.flatnonzero((probability > error).any(axis=1))
    order = seen[np.argsort(-probability[seen, 0], kind="stable")]
    endings = tuple(fates.endings[k] for k in order)
    return BasinProbability(endings, probability[order], error[order])
