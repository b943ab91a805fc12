"""Basins of two features in one dimension, by circles of starts w = r (cos φ, sin φ) [D23]."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from ground.checks import FloatArray
from theory.dynamics.fates import Fates, World

ANGLES = 24  # of half a circle, at which a basin is looked for first
WIDTH = 1e-7  # of a bracket around a boundary, in radians
SCAN = np.array([0.02, 0.2, 0.7, 2.0, 6.0])  # radii of starts from which endings are looked for


@dataclass(frozen=True, eq=False)
class Arcs:
    """The basins on circles of starts: arc after arc, from −π/4 on for half a turn.

    w → −w leaves the loss as it is, so that the other half is the same; where features are equal
    the arcs end at π/4, and exchange makes the rest.

    Attributes
    ----------
    radii : (R,)
    angles : tuple of (B_r,)
        Where one basin ends and the next begins, rising.
    labels : tuple of (B_r + 1,)
        Ending of each arc.
    span : float
        Length of all arcs together: π, or π/2 for equal features.
    """

    radii: FloatArray
    angles: tuple[FloatArray, ...]
    labels: tuple[NDArray[np.int64], ...]
    span: float

    def shares(self, count: int) -> FloatArray:
        """Share of each circle that flows to each of `count` endings, (R, count)."""
        found = np.zeros((len(self.radii), count))
        for r, (angles, labels) in enumerate(zip(self.angles, self.labels, strict=True)):
            edges = np.concatenate([[-np.pi / 4], angles, [-np.pi / 4 + self.span]])
            np.add.at(found[r], labels, np.diff(edges) / self.span)
        return found


def pair_fates(world: World) -> Fates:
    """Endings of flows of two features in one dimension, from starts all around [D23]."""
    angles = -np.pi / 4 + np.pi * (np.arange(16) + 0.5) / 16
    radii, angles = (grid.ravel() for grid in np.meshgrid(SCAN, angles))
    return Fates.found_from(world, starts_at(radii, angles))


def starts_at(radii: FloatArray, angles: FloatArray) -> FloatArray:
    """Starts θ = (r cos φ, r sin φ, 0, 0), (K, 4)."""
    zero = np.zeros(len(radii))
    return np.stack([radii * np.cos(angles), radii * np.sin(angles), zero, zero], axis=1)


def arcs(
    fates: Fates, radii: FloatArray, *, count: int = ANGLES, width: float = WIDTH
) -> tuple[Fates, Arcs]:
    """The basins on circles of these radii: labels at `count` angles, then bisection [D23].

    Where the middle of a bracket belongs to a third basin the bracket becomes two.  A basin that
    is narrower than span / count on a circle may be missed there.

    Returns
    -------
    fates
        With endings that were not known before.
    Arcs
    """
    world = fates.world
    equal = bool(np.ptp(world.density) == np.ptp(world.importance) == 0)
    span = np.pi / 2 if equal else np.pi
    # Half a step from the ends: exactly at −π/4 a start of equal features is symmetric.
    angles = -np.pi / 4 + span * (np.arange(count) + 0.5) / count
    circle, at = np.tile(np.arange(len(radii)), count), np.repeat(angles, len(radii))
    fates, found = fates.of(starts_at(radii[circle], at))
    table = found.reshape(count, len(radii))
    low = [(r, angles[k], table[k, r]) for k in range(count - 1) for r in range(len(radii))]
    high = [(angles[k + 1], table[k + 1, r]) for k in range(count - 1) for r in range(len(radii))]
    if not equal:  # the last arc goes on, mirrored, with the first
        low += [(r, angles[-1], table[-1, r]) for r in range(len(radii))]
        high += [(angles[0] + span, table[0, r]) for r in range(len(radii))]
    open_ = [(r, lo, hi, a, b) for (r, lo, a), (hi, b) in zip(low, high, strict=True) if a != b]
    closed: list[tuple[int, float, int, int]] = []
    while open_:
        middle = np.array([(lo + hi) / 2 for _, lo, hi, _, _ in open_])
        which = np.array([r for r, *_ in open_])
        fates, labels = fates.of(starts_at(radii[which], middle))
        halves = []
        for (r, lo, hi, a, b), mid, label in zip(open_, middle, labels, strict=True):
            if label != a:
                halves.append((r, lo, mid, a, label))
            if label != b:
                halves.append((r, mid, hi, label, b))
        closed += [(r, (lo + hi) / 2, a, b) for r, lo, hi, a, b in halves if hi - lo <= width]
        open_ = [half for half in halves if half[2] - half[1] > width]
    return fates, _sorted(radii, closed, table[0], span)


def _sorted(
    radii: FloatArray,
    boundaries: list[tuple[int, float, int, int]],
    first: NDArray[np.int64],
    span: float,
) -> Arcs:
    """Arcs in order of their angles, from −π/4 to −π/4 + span."""
    angles, labels = [], []
    for r in range(len(radii)):
        mine = sorted(
            # A boundary past the end is one before the first angle, half a turn back.
            (angle - span if angle > -np.pi / 4 + span else angle, a, b)
            for at, angle, a, b in boundaries
            if at == r
        )
        angles.append(np.array([angle for angle, _, _ in mine]))
        start = mine[0][1] if mine else int(first[r])
        labels.append(np.array([start, *(b for _, _, b in mine)], dtype=np.int64))
    return Arcs(radii, tuple(angles), tuple(labels), span)
