"""How many features are there, from activations alone: rays of lone features, fourth cumulants."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from scipy.special import gammaincinv

from ground.checks import (
    FloatArray,
    as_at_least_zero,
    as_floats,
    as_number,
    check_choice,
    check_positive_int,
    check_seed,
)
from numeric.recovery.fourth_cumulants import PARTS, cumulant_rank, whitened
from numeric.recovery.line_sides import line_sides
from numeric.recovery.ray_search import USED, Rays, rays_within
from numeric.recovery.squares_in_span import squares_in_span

__all__ = ["FeatureCount", "count_features"]

METHODS = ("rays", "cumulants")
SCALES = (1e-6, 0.02, 0.04, 0.08, 0.15, 0.25)  # of nearly the largest length
# Outer distance over the inner one, and how long a sample must be: few are, or many are unclear.
SHELLS = ((2.0, 3.0), (1.6, 1.8))
WITHIN = 0.9  # of the noise around a ray
LEAST = {"rays": 50, "cumulants": 10 * PARTS}
MOST = 200_000  # samples looked at; more are drawn from
DIMENSIONS = 16


@dataclass(frozen=True)
class FeatureCount:
    """A count of features, and what it does not settle.

    Attributes
    ----------
    method : str
    count : int
    lower : int
        What is beyond chance: there are at least as many.
    upper : int or None
        No more, of those strong enough to be seen; None if nothing bounds them.
    directions : ndarray (k, m)
        Unit vectors along features, with their sign; k is the count if directions could be found.
    lines : int or None
        Distinct lines among them, which is what cumulants count; None for rays.
    evidence : ndarray (k,)
        Samples on each ray, or the eigenvalues of the fourth cumulant, leading first.
    threshold : float
        Distance within which a sample is on a ray, or the error that eigenvalues had to exceed.
    cannot : tuple of str
        What cannot be concluded, in words; empty if nothing stands against the count.
    """

    method: str
    count: int
    lower: int
    upper: int | None
    directions: FloatArray
    lines: int | None
    evidence: FloatArray
    threshold: float
    cannot: tuple[str, ...]


def count_features(
    activations: Any,
    method: str = "rays",
    *,
    noise: float | None = None,
    level: float = 0.01,
    dimensions: int = DIMENSIONS,
    seed: int | list[int] = 0,
) -> FeatureCount:
    r"""Count the features that activations h = Wx + noise are made of, without knowing any.

    *Rays*: samples that hold one feature alone lie along its direction; a direction counts if
    samples crowd around it more than an even background allows. It needs lone features, counts
    each of an antipodal pair, and is not limited by the number of dimensions.

    *Cumulants*: the fourth cumulant of h is a sum of squares of directions and does not see
    Gaussian noise; its rank is the number of lines,

    .. math:: \mathrm{rank} \sum_i κ_4 (w_i ⊗ w_i)(w_i ⊗ w_i)^⊤
       \le \min\big(\text{lines}, \tfrac{m(m+1)}{2}\big)

    and the third cumulant tells which of them hold an equal pair. Nothing needs to be alone. The
    rank of samples is the number of eigenvalues beyond their own error, and where the squares of
    the lines are dependent (three or more lines in a plane) only a lower bound.

    Parameters
    ----------
    activations : array_like (samples, m)
        h; finite. Of more than 200 000 samples so many are drawn.
    method : {"rays", "cumulants"}
    noise : float, optional
        Standard deviation of the noise in each dimension, which sets how far from a ray a sample
        may lie; several distances are tried without it. Cumulants do not need it.
    level : float
        For rays: the chance that a direction of an even background is counted, in (0, 0.5].
        Cumulants test at 1 in 100.
    dimensions : int
        For cumulants: the leading principal directions that are looked at, at most 24, since the
        work grows with the sixth power.
    seed : int or list of int
        Draws starts, and samples where there are many.

    Returns
    -------
    FeatureCount

    Raises
    ------
    ValueError
        Activations that are not a matrix of finite numbers, that do not vary, or are too few;
        rays in one dimension.

    Examples
    --------
    Three features in two dimensions, a triangle:

    >>> rng = np.random.default_rng(0)
    >>> angle = 2 * np.pi * np.arange(3) / 3
    >>> x = rng.random((4000, 3)) * (rng.random((4000, 3)) < 0.1)
    >>> h = x @ np.stack([np.cos(angle), np.sin(angle)], axis=1) + rng.normal(0, 0.02, (4000, 2))
    >>> count_features(h, noise=0.02).count
    3
    >>> found = count_features(h, "cumulants")
    >>> found.count, found.lower, found.upper  # all that two dimensions can tell: at least
    (3, 3, None)
    """
    check_choice("method", method, METHODS)
    h = _as_activations(activations, LEAST[method])
    size = None if noise is None else as_at_least_zero("noise", noise)
    share = as_number("level", level, "a chance in (0, 0.5]", lambda a: 0 < a <= 0.5)
    most = check_positive_int("dimensions", dimensions)
    if most > 24:
        raise ValueError(f"dimensions must be at most 24 (the work grows fast), got {most}")
    rng = np.random.default_rng(check_seed(seed))
    if len(h) > MOST:
        h = h[rng.choice(len(h), MOST, replace=False)]
    if method == "rays":
        return _by_rays(h, size, share, rng)
    return _by_cumulants(h / np.abs(h).max(), most, rng)


def _by_rays(
    h: FloatArray, noise: float | None, level: float, rng: np.random.Generator
) -> FeatureCount:
    m = h.shape[1]
    if m < 2:
        raise ValueError(
            "activations must have at least 2 dimensions to be counted by rays: in one, every "
            f"sample lies along one of two, got shape {h.shape}"
        )
    top = float(np.quantile(np.linalg.norm(h, axis=1), 0.999)) or float(np.abs(h).max())
    scales = SCALES if noise is None else SCALES[:1]
    distances = [scale * top for scale in scales]
    if noise is not None:
        # Noise of many times all lengths leaves nothing, whatever it is.
        around = min(noise, 1e3 * top) * float(np.sqrt(2 * gammaincinv((m - 1) / 2, WITHIN)))
        distances = [max(distances[0], around)]
    share = level / len(distances) / len(SHELLS)
    tries = [
        rays_within(h, distance, share, rng, wide=wide, reach=reach)
        for distance in distances
        for wide, reach in SHELLS
    ]
    best = max(tries, key=lambda rays: len(rays.directions))
    count = len(best.directions)
    return FeatureCount(
        "rays", count, count, None, best.directions, None, best.hits, best.distance,
        _ray_doubts(best, len(h)),
    )  # fmt: skip


def _ray_doubts(rays: Rays, samples: int) -> tuple[str, ...]:
    """What stands against a count of rays."""
    if not len(rays.hits):
        return (
            "samples crowd around no direction: features are hardly ever alone, or the noise is "
            "as large as they are",
        )
    looked_at = min(rays.used, USED)
    doubts = []
    if rays.hits.sum() < looked_at / 2:
        doubts.append(
            f"{100 * (1 - rays.hits.sum() / looked_at):.0f} % of the samples beyond the noise lie "
            "on no ray that was found: features that are hardly ever alone are not counted"
        )
    if rays.used < samples / 20:
        doubts.append(
            f"only {rays.used} of {samples} samples are long enough to be told from noise: shorter "
            "features are not counted"
        )
    return tuple(doubts)


def _by_cumulants(h: FloatArray, most: int, rng: np.random.Generator) -> FeatureCount:
    white, back = whitened(h, most)
    kept, m = back.shape
    found = cumulant_rank(white, rng)
    doubts = []
    if kept == most and m > most:
        doubts.append(
            f"only the {most} leading principal directions of {m} were looked at: lines outside "
            "are not counted"
        )
    if not found.rank:
        doubts.append(
            "the fourth cumulant is not beyond its error: too few samples, Gaussian activations, "
            "or features at the density at which it vanishes"
        )
    lines = squares_in_span(found.vectors[:, : found.rank], kept, rng)
    full = found.rank == len(found.eigenvalues)
    if full or len(lines) > found.rank:
        doubts.append(
            f"the rank {found.rank} is "
            + ("the largest there is" if full else "that of more lines than it counts")
            + f" in {kept} dimensions: there may be more lines"
        )
        return FeatureCount(
            "cumulants", found.rank, found.least, None, np.empty((0, m)), found.rank,
            found.eigenvalues, found.threshold, tuple(doubts),
        )  # fmt: skip
    sides = line_sides(white, lines)
    missing, unclear = found.rank - len(lines), int(np.sum(sides.unclear))
    paired = (
        sides.paired if not missing else np.zeros_like(sides.paired)
    )  # what is not found spoils the others' cumulants
    if missing:
        doubts.append(
            f"{missing} of {found.rank} lines were not found, so that equal pairs count once"
        )
    elif unclear:
        doubts.append(
            f"{unclear} lines may hold one feature or an equal pair: their third cumulants are too "
            "uncertain"
        )
    signed = lines * sides.sign[:, None]
    directions = np.concatenate([signed, -signed[paired]]) @ back
    directions /= np.linalg.norm(directions, axis=1, keepdims=True)
    count = found.rank + int(paired.sum())
    whole = m <= most or kept < most
    upper = 2 * found.rank if found.rank and whole and not missing else None
    return FeatureCount(
        "cumulants", count, found.least, upper, directions, found.rank, found.eigenvalues,
        found.threshold, tuple(doubts),
    )  # fmt: skip


def _as_activations(activations: Any, least: int) -> FloatArray:
    """A matrix of finite numbers with enough rows, in which something varies."""
    h = as_floats("activations", activations)
    if h.ndim != 2 or not h.size:
        raise ValueError(f"activations must have shape (samples, dimensions), got {h.shape}")
    if not np.all(np.isfinite(h)):
        bad = np.flatnonzero(~np.isfinite(h).all(axis=1))
        raise ValueError(
            f"activations must be finite, got NaN or infinity in {len(bad)} rows, first in row "
            f"{bad[0]}"
        )
    if len(h) < least:
        raise ValueError(
            f"activations must have at least {least} samples to be counted, got {len(h)}"
        )
    size = np.abs(h).max()
    if not 1e-100 < size < 1e100:
        raise ValueError(f"activations must be of sizes between 1e-100 and 1e100, got {size:.3g}")
    if not np.any(np.ptp(h, axis=0) > 1e-12 * size):
        raise ValueError("activations must vary, got the same row throughout")
    return h
