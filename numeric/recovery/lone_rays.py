"""Lone rays: a feature that occurs alone makes samples that are parallel, and nothing else does."""

from __future__ import annotations

import numpy as np

from ground.checks import FloatArray
from numeric.recovery.dictionary_learning import unit_rows

__all__ = ["lone_rays"]

EXACT = 1e-6  # without noise, parallel to within rounding of float32 activations
FLOOR = 1.5  # a sample within so many tubes of the origin has no direction
ROUNDS = 3  # of averaging a ray over its samples
AT_ONCE = 2**21  # entries of a block of the table of distances


def lone_rays(
    activations: FloatArray, n_atoms: int, *, noise: float = 0.0, least: int = 2
) -> tuple[FloatArray, FloatArray]:
    r"""Directions along which at least `least` samples lie, the most frequent first.

    A sample h counts for the ray of u where its distance from it is what noise makes it,

    .. math:: |h - (h \cdot u)_+ u| \le \sigma (\sqrt{m - 1} + 1) + 10^{-6} |h|

    Every sample's direction is tried; the one with most samples in its tube is averaged over them,
    its samples are taken away, and so on.  Antipodal features are two rays.  Without noise two
    parallel samples are proof: mixtures have continuous directions.

    Parameters
    ----------
    activations : ndarray (samples, n_hidden)
    n_atoms : int
        Rays at most.
    noise : float
        σ, the standard deviation of the noise in each coordinate of h.
    least : int
        Samples that a ray needs.

    Returns
    -------
    rays (found, n_hidden), samples on each (found,)
        found ≤ n_atoms.
    """
    m = activations.shape[1]
    tube = noise * (np.sqrt(m - 1) + 1)  # some nine in ten lone samples lie in it
    size = np.linalg.norm(activations, axis=1)
    with_direction = size > FLOOR * tube
    h, size = activations[with_direction], size[with_direction]
    near = _near(h, size, unit_rows(h), tube)
    free = np.ones(len(h), dtype=bool)
    count = near.sum(axis=1)
    rays: list[FloatArray] = []
    counts: list[int] = []
    while len(rays) < n_atoms and free.any():
        best = int(np.argmax(np.where(free, count, 0)))
        if count[best] < least:
            break
        on = near[best] & free
        ray = unit_rows(h[best])
        for _ in range(ROUNDS):
            ray = unit_rows(h[on].sum(axis=0))
            new = _near(h, size, ray[None], tube)[0] & free
            if new.sum() < least or np.array_equal(new, on):
                break
            on = new
        rays.append(ray)
        counts.append(int(on.sum()))
        on[best] = True  # averaging may have moved the ray away from where it began
        free &= ~on
        count -= near[:, on].sum(axis=1)
    return np.array(rays).reshape(len(rays), m), np.array(counts, dtype=int)


def _near(h: FloatArray, size: FloatArray, rays: FloatArray, tube: float) -> np.ndarray:
    """Which samples lie in the tube of which ray, (rays, samples)."""
    found = np.empty((len(rays), len(h)), dtype=bool)
    # |h|² − (h·u)² ≤ a² is h·u ≥ √(|h|² − a²): one comparison, whose rounding, of 1e-16 |h|², is
    # below the 1e-12 |h|² that are allowed.
    least = np.sqrt(np.maximum(size**2 - (tube + EXACT * size) ** 2, 0.0))
    step = max(1, AT_ONCE // max(len(h), 1))
    for first in range(0, len(rays), step):
        found[first : first + step] = rays[first : first + step] @ h.T >= least
    return found
