"""Jumps in the curves of a training run: a large change within a short window, between plateaus.

Learning slows down as it goes, so that its changes have a common width in the logarithm of time,
not in time.  The rule knows nothing of that: it takes whatever coordinate it is given, and a window
of it.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from ground.checks import FloatArray, as_floats, as_number, check_kind

__all__ = ["Jump", "JumpRule", "as_rising", "events", "jumps"]


TIE = 1e-9  # relative difference of two changes that are the same but for rounding


@dataclass(frozen=True)
class JumpRule:
    """What counts as a jump; to be fixed before the run that it judges.

    Attributes
    ----------
    window : float
        Length in which the change is made, in the coordinate of time, such as 0.4 of ln t.
    least : float
        The least change in it.
    plateau : float
        Largest range of the curve in the windows just before and just after, as a share of the
        change in the window.  A curve that drifts at an even pace has 1.

    Examples
    --------
    >>> JumpRule(window=0.4, least=0.1).plateau
    0.5
    """

    window: float
    least: float
    plateau: float = 0.5

    def __post_init__(self) -> None:
        for name in ("window", "least"):
            value = as_number(name, getattr(self, name), "positive", lambda v: 0 < v < np.inf)
            object.__setattr__(self, name, value)
        plateau = as_number("plateau", self.plateau, "a number in [0, 1)", lambda v: 0 <= v < 1)
        object.__setattr__(self, "plateau", plateau)


@dataclass(frozen=True)
class Jump:
    """One jump of one curve.

    Attributes
    ----------
    time : float
        Middle of the window.
    curve : int
        Which curve.
    change : float
        From the start of the window to its end.
    """

    time: float
    curve: int
    change: float


def jumps(times: Any, curves: Any, rule: JumpRule, *, present: Any = None) -> list[Jump]:
    r"""Jumps of each curve, in order of time.

    .. math:: |c(t + w/2) - c(t - w/2)| \ge \text{least}, \qquad
       \max c - \min c \le \text{plateau} \cdot |c(t + w/2) - c(t - w/2)|
       \text{ in } [t - 3w/2, t - w/2] \text{ and in } [t + w/2, t + 3w/2]

    Of the times at which both hold, the one with the largest change stands for all within a window
    of it.

    Parameters
    ----------
    times : array_like (T,)
        Rising: the logarithm of the step, say.
    curves : array_like (T, k)
        Such as the D_i of k features; linear between the times.
    rule : JumpRule
    present : array_like of bool (T, k), optional
        Where a curve means something, as D_i does where ‖W_i‖ is not 0.  A jump counts if its
        curve is present at the start or the end of the window.

    Returns
    -------
    list of Jump
        By time, then by curve.

    Raises
    ------
    ValueError
        Times that do not rise, shapes that do not fit, values that are not finite.

    Examples
    --------
    A step between 1.95 and 2, and a drift:

    >>> times = np.linspace(0, 4, 81)
    >>> step = np.where(times < 2, 0.25, 0.5)
    >>> found = jumps(times, np.stack([step, 0.1 * times], axis=1), JumpRule(0.4, 0.08))
    >>> [(round(jump.time, 2), jump.curve, jump.change) for jump in found]
    [(1.95, 0, 0.25)]
    """
    check_kind("rule", rule, JumpRule, "a numeric.JumpRule")
    time = as_rising("times", times)
    values = as_floats("curves", curves)
    if values.ndim != 2 or len(values) != len(time) or not np.isfinite(values).all():
        raise ValueError(f"curves must be finite, of shape ({len(time)}, k), got {values.shape}")
    there = _flags(present, values.shape)
    half = rule.window / 2
    at = time[(time - 3 * half >= time[0]) & (time + 3 * half <= time[-1])]
    if not len(at):
        return []
    start, end = _nearest(time, at - half), _nearest(time, at + half)
    found = []
    for k in range(values.shape[1]):
        curve = values[:, k]
        change = np.interp(at + half, time, curve) - np.interp(at - half, time, curve)
        size = np.abs(change)
        beside = np.maximum(
            _range(time, curve, at - 3 * half, at - half),
            _range(time, curve, at + half, at + 3 * half),
        )
        counts = (
            (size >= rule.least)
            & (beside <= rule.plateau * size)
            & (there[start, k] | there[end, k])
        )
        for i in _peaks(at, np.where(counts, size, 0.0), rule.window):
            found.append(Jump(float(at[i]), k, float(change[i])))
    return sorted(found, key=lambda jump: (jump.time, jump.curve))


def events(found: Sequence[Jump], within: float) -> FloatArray:
    """Times at which a run jumps: jumps of several curves less than `within` apart are one event.

    The largest of them gives the time.
    """
    within = as_number("within", within, "positive", lambda v: 0 < v < np.inf)
    at = np.array([jump.time for jump in found])
    size = np.array([abs(jump.change) for jump in found])
    return np.sort(at[_peaks(at, size, within)])


def as_rising(name: str, times: Any) -> FloatArray:
    """Two times or more, finite, each later than the one before."""
    time = as_floats(name, times)
    if (
        time.ndim != 1
        or len(time) < 2
        or not np.all(np.isfinite(time) & (np.diff(time, prepend=-np.inf) > 0))
    ):
        raise ValueError(f"{name} must be at least two finite numbers that rise, got {times!r}")
    return time


def _flags(present: Any, shape: tuple[int, ...]) -> Any:
    """Where curves are present; everywhere unless it is said."""
    if present is None:
        return np.ones(shape, dtype=bool)
    numbers = as_floats("present", present)
    if numbers.shape != shape or not np.isin(numbers, (0, 1)).all():
        raise ValueError(f"present must be True or False, of shape {shape}, got {present!r}")
    return numbers == 1


def _peaks(at: FloatArray, size: FloatArray, apart: float) -> list[int]:
    """The largest first, each at least `apart` from all that are larger; none of size 0."""
    chosen: list[int] = []
    for i in np.argsort(-size, kind="stable"):
        if size[i] <= 0:
            break
        if all(abs(at[i] - at[j]) >= apart for j in chosen):
            # A step shorter than the window fills all that hold it alike: the middle one.
            alike = np.flatnonzero(np.abs(size - size[i]) <= TIE * size[i])
            alike = alike[np.abs(at[alike] - at[i]) <= apart]
            chosen.append(int(alike[(len(alike) - 1) // 2]))
    return chosen


def _range(time: FloatArray, curve: FloatArray, begin: FloatArray, end: FloatArray) -> FloatArray:
    """Largest less least value of a curve in each of some windows, at its points and the ends."""
    rows = np.arange(len(begin))
    ends = np.stack([np.interp(begin, time, curve), np.interp(end, time, curve)])
    high, low = ends.max(axis=0), ends.min(axis=0)
    first, last = np.searchsorted(time, begin), np.searchsorted(time, end)
    for step in range(int(np.max(last - first, initial=0))):
        inside = rows[first + step < last]
        points = curve[first[inside] + step]
        high[inside] = np.maximum(high[inside], points)
        low[inside] = np.minimum(low[inside], points)
    return np.asarray(high - low)


def _nearest(times: FloatArray, at: FloatArray) -> Any:
    """Index of the nearest of the rising times."""
    right = np.clip(np.searchsorted(times, at), 1, len(times) - 1)
    return right - (at - times[right - 1] < times[right] - at)
