"""Rays along which samples lie closer than around them: features that were active alone.

A sample that holds one feature lies on a ray, off it only by noise.  Directions climb to where
samples crowd, and one counts if more samples lie within a distance t of it than a background that
is locally even could put there, on an arc between two features or in more dimensions: of those
within ct, at most a share 1/c.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from ground.binomial import more_than
from ground.checks import FloatArray

__all__ = ["Rays", "rays_within"]

USED, CLIMBED = 8_000, 2_500  # samples that directions are tested on, and that they climb on
BATCH, ROUNDS, PATIENCE = 48, 12, 4
CLIMBS = 8
APART = 0.9  # outer distances between directions that are told apart


@dataclass(frozen=True)
class Rays:
    """Directions that samples crowd around.

    Attributes
    ----------
    directions : ndarray (rays, m)
        Unit vectors, most samples first.
    hits : ndarray (rays,)
        Samples within the distance.
    used : int
        Samples far enough from the origin to be looked at.
    distance : float
        t.
    """

    directions: FloatArray
    hits: FloatArray
    used: int
    distance: float


def rays_within(
    activations: FloatArray,
    distance: float,
    level: float,
    rng: np.random.Generator,
    *,
    wide: float,
    reach: float,
) -> Rays:
    """Find rays with samples within a distance of them, beyond an even background.

    Parameters
    ----------
    activations : (samples, m)
    distance : float
        t > 0.
    level : float
        Chance that any direction is counted where the background is even.
    rng : Generator
        Draws samples, and which of them climbs start from.
    wide : float
        The outer distance over t.
    reach : float
        Samples nearer to the origin than so many t are left out: they are near many rays at once.
    """
    m = activations.shape[1]
    h = activations[np.linalg.norm(activations, axis=1) > reach * distance]
    used = len(h)
    h = h[rng.permutation(used)[:USED]]
    lengths = np.linalg.norm(h, axis=1)
    found, hits = np.empty((0, m)), np.empty(0)
    unexplained = np.ones(len(h), dtype=bool)
    misses = 0
    for _ in range(ROUNDS):
        waiting = np.flatnonzero(unexplained)
        if misses == PATIENCE or not len(waiting):
            break
        starts = rng.choice(waiting, min(BATCH, len(waiting)), replace=False)
        unexplained[starts] = False
        directions = _climbed(
            h[:CLIMBED], lengths[:CLIMBED], h[starts] / lengths[starts, None], distance
        )
        squared, ahead = _off(h, lengths, directions)
        inside = np.sum(ahead & (squared <= distance**2), axis=0)
        around = ahead & (squared <= (wide * distance) ** 2)
        chance = more_than(inside - 1, around.sum(axis=0), 1 / wide)
        apart = np.cos(min(APART * wide * distance / np.median(lengths), 1.2))
        misses += 1
        for k in np.argsort(-inside):
            new = not len(found) or np.max(found @ directions[k]) < apart
            if new and chance[k] < level / (BATCH * ROUNDS):
                found, hits = np.vstack([found, directions[k]]), np.append(hits, inside[k])
                unexplained &= ~around[:, k]
                misses = 0
    order = np.argsort(-hits, kind="stable")
    return Rays(found[order], hits[order], used, distance)


def _climbed(
    h: FloatArray, lengths: FloatArray, directions: FloatArray, distance: float
) -> FloatArray:
    """Each direction moved to the mean of the samples near it, until it stays."""
    for step in range(CLIMBS):
        # A sample on the ray is itself off it, and sees others from there at √2 the distance.
        near_by = distance if step >= CLIMBS // 2 else 1.5 * distance
        along = h @ directions.T
        near = (lengths[:, None] ** 2 - along**2 <= near_by**2) & (along > 0)
        means = (along * near).T @ h
        norms = np.linalg.norm(means, axis=1, keepdims=True)
        directions = np.where(norms > 0, means / np.maximum(norms, 1e-300), directions)
    return directions


def _off(
    h: FloatArray, lengths: FloatArray, directions: FloatArray
) -> tuple[FloatArray, NDArray[np.bool_]]:
    """Squared distances of samples from rays, and which lie on their side."""
    along = h @ directions.T
    return lengths[:, None] ** 2 - along**2, along > 0
