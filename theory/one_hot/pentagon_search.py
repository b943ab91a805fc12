"""The search behind the pentagon's certificate: boxes halved until each has a reason.

It works in floats and proves nothing: what it writes down, box by box, is read again by
`theory.one_hot.pentagon_replay`, in other arithmetic and by other code.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import NamedTuple

import numpy as np

from ground.checks import FloatArray
from theory.one_hot.pair_energy import ANGLE, gradient_range, least_corner, pair_energy

__all__ = ["NEAR", "Region", "search"]

# Reasons; below them 0 to 4, the axis along which a box is halved; from SLOPED on, the
# coordinate whose derivative keeps its sign.
CORNER, CENTRE, MIRROR, NEAR, SLOPED = 5, 6, 7, 8, 9
_SPARE = 1e-9  # what rounding may cost, many times over
_MOST_BOXES = 4_000_000


class Line(NamedTuple):
    """What the energy is held against: value + slope × (angle − at)."""

    value: float
    slope: float
    at: float


@dataclass(frozen=True)
class Region:
    """Where a search begins, and the box around the minimiser that it leaves alone.

    Attributes
    ----------
    low, high : tuple of 5 float
        Dyadic, so that halving is exact.
    near_low, near_high : tuple of 5 float, or None
    """

    low: tuple[float, ...]
    high: tuple[float, ...]
    near_low: tuple[float, ...] | None = None
    near_high: tuple[float, ...] | None = None


def search(region: Region, line: Line) -> tuple[FloatArray, ...]:
    """Reasons of all boxes, level by level, that the energy is above the line [D44].

    Parameters
    ----------
    region : Region
    line : Line

    Returns
    -------
    tuple of uint8 arrays
        One a level.  The boxes of the next are the lower halves of those that are halved, in
        order, then the upper halves.

    Raises
    ------
    RuntimeError
        If boxes multiply beyond four million: then the inequality fails somewhere, or nearly.
    """
    low, high = np.array([region.low]), np.array([region.high])
    levels: list[FloatArray] = []
    total = 0
    while len(low):
        total += len(low)
        if total > _MOST_BOXES:
            raise RuntimeError(f"{total} boxes and no end: the energy is hardly above {line}")
        reasons, weights = _reasons(low, high, region, line)
        halved = reasons < 0
        axis = weights[halved].argmax(axis=-1)
        reasons[halved] = axis
        levels.append(reasons.astype(np.uint8))
        low, high = _halves(low[halved], high[halved], axis)
    return tuple(levels)


def _reasons(
    low: FloatArray, high: FloatArray, region: Region, line: Line
) -> tuple[FloatArray, FloatArray]:
    """The reason of each box, -1 where there is none; what halving along each axis would gain."""
    centre, half = (low + high) / 2, (high - low) / 2
    least, most = gradient_range(low, high)
    least[:, ANGLE] -= line.slope
    most[:, ANGLE] -= line.slope
    free = half > 0
    steepest = np.where(free, np.maximum(np.abs(least), np.abs(most)), 0.0)
    with np.errstate(invalid="ignore"):
        drop = np.where(free, steepest * half, 0.0).sum(axis=1)
    above_centre = pair_energy(centre) - _height(line, centre) - drop
    above_corner = least_corner(low, high) - _height(line, low)

    reasons = np.full(len(low), -1)
    ends = np.array([region.low, region.high])
    inside = ((low > ends[0]) & (high < ends[1]) | ~free).all(axis=1)
    sloped = ((least > _SPARE) | (most < -_SPARE)) & free & inside[:, None]
    reasons[sloped.any(axis=1)] = SLOPED + sloped.argmax(axis=1)[sloped.any(axis=1)]
    reasons[above_centre > _SPARE] = CENTRE
    reasons[above_corner > _SPARE] = CORNER
    if region.near_low is not None and region.near_high is not None:
        reasons[((low >= region.near_low) & (high <= region.near_high)).all(axis=1)] = NEAR
    reasons[high[:, 1] < low[:, 2]] = MIRROR
    return reasons, np.minimum(steepest, 10.0) * half


def _height(line: Line, points: FloatArray) -> FloatArray:
    """The line at the angle of each point."""
    return np.asarray(line.value + line.slope * (points[:, ANGLE] - line.at))


def _halves(low: FloatArray, high: FloatArray, axis: FloatArray) -> tuple[FloatArray, FloatArray]:
    """Lower halves in order, then upper halves."""
    rows = np.arange(len(low))
    middle = (low[rows, axis] + high[rows, axis]) / 2
    below, above = high.copy(), low.copy()
    below[rows, axis] = middle
    above[rows, axis] = middle
    return np.concatenate([low, above]), np.concatenate([below, high])
