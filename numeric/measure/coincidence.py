"""Whether the loss falls more than usual when something happens, against the same times shifted.

A loss falls fast at some times of a run and slowly at others whatever else happens, so the drop in
a window is compared with the drops around it.  Times are shifted, a run at a time, to see what
the same pattern of times finds elsewhere; they leave the record at its ends and never come
back at the other one, where the loss has long settled.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from ground.checks import FloatArray, as_floats, as_number, check_positive_int
from numeric.measure.jumps import as_rising

__all__ = ["Coincidence", "Surroundings", "coincidence", "excess_drop"]


@dataclass(frozen=True)
class Surroundings:
    """With what a drop is compared, in the coordinate of time.

    Attributes
    ----------
    window : float
        Length over which the loss drops.
    trend : float
        The mean drop of windows up to this far away, on both sides, is what is usual.
    reach : float
        Largest shift of the times; the least is one window.
    draws : int
        Sets of shifted times.
    """

    window: float
    trend: float
    reach: float
    draws: int = 999

    def __post_init__(self) -> None:
        for name in ("window", "trend", "reach"):
            value = as_number(name, getattr(self, name), "positive", lambda v: 0 < v < np.inf)
            object.__setattr__(self, name, value)
        if self.reach <= self.window:
            raise ValueError(f"reach must be above the window {self.window}, got {self.reach}")
        check_positive_int("draws", self.draws)


@dataclass(frozen=True, eq=False)
class Coincidence:
    """Drops of the loss at some events of several runs, beyond what is usual.

    Attributes
    ----------
    events, runs : int
        Events that count, and runs that have some.
    excess : float
        Mean excess drop of ln L.
    error : float
        Its standard error, runs being independent and events of one run not.
    rank : float
        Share of sets of shifted times with at least this excess, the true one among them.
    others : float
        Mean excess in all other runs at the same times: what runs have in common.
    shifts, profile, profile_error : array (S,)
        Mean excess at the events shifted by so much, and its standard error.
    """

    events: int
    runs: int
    excess: float
    error: float
    rank: float
    others: float
    shifts: FloatArray
    profile: FloatArray
    profile_error: FloatArray


def excess_drop(times: Any, loss: Any, at: Any, around: Surroundings) -> FloatArray:
    """Drop of ln L in the window about each time, less the mean drop of windows around it.

    Parameters
    ----------
    times : array_like (T,)
        Rising.
    loss : array_like (T,)
        Positive; its logarithm is linear between the times.
    at : array_like (K,)
    around : Surroundings

    Returns
    -------
    ndarray (K,)
        NaN where the window leaves the record.

    Examples
    --------
    A power law of time falls everywhere alike:

    >>> times = np.linspace(0, 5, 101)
    >>> excess = excess_drop(times, np.exp(-2 * times), [1.0, 2.5], Surroundings(0.4, 1.0, 2.0))
    >>> bool(np.all(np.abs(excess) < 1e-12))
    True
    """
    time = as_rising("times", times)
    level = _log_losses("loss", loss, (len(time),))
    return _excess(time, level, as_floats("at", at), around)


def coincidence(
    times: Any, losses: Any, events: Sequence[Any], around: Surroundings, *, seed: int = 0
) -> Coincidence:
    """Hold the events of several runs against the drops of their losses.

    Parameters
    ----------
    times : array_like (T,)
        Rising, the same for all runs.
    losses : array_like (runs, T)
        Positive.
    events : sequence of array_like (K,), one a run
        Times of the events of each run; those whose window leaves the record do not count.
    around : Surroundings
    seed : int
        Of the shifts.

    Raises
    ------
    ValueError
        Shapes that do not fit, or no event that counts.
    """
    time = as_rising("times", times)
    levels = _log_losses("losses", losses, (len(events), len(time)))
    half = around.window / 2
    inside = [_within(as_floats("events", one), time, half) for one in events]
    count = sum(map(len, inside))
    if not count:
        raise ValueError("events must hold at least one event inside the record, got none")
    # One curve of excess a run, on a fine grid: shifted times only look it up.
    grid = np.linspace(time[0] + half, time[-1] - half, 4 * len(time))
    curves = np.array([_excess(time, level, grid, around) for level in levels])

    def found(shifts: FloatArray, source: Any = None) -> list[FloatArray]:
        return [
            np.interp(
                _within(one + shift, time, half), grid, curves[k if source is None else source]
            )
            for k, (one, shift) in enumerate(zip(inside, shifts, strict=True))
        ]

    still = np.zeros(len(inside))
    excess, error = _mean(found(still))
    rng = np.random.default_rng(seed)
    size = rng.uniform(around.window, around.reach, (around.draws, len(inside)))
    sign = rng.choice([-1.0, 1.0], size.shape)
    shifted = np.array([_mean(found(shifts))[0] for shifts in size * sign])
    shifted = shifted[np.isfinite(shifted)]
    foreign = [
        np.concatenate([found(still, j)[k] for j in range(len(inside)) if j != k] or [np.empty(0)])
        for k in range(len(inside))
    ]
    shifts = np.linspace(-around.reach, around.reach, 81)
    profile = np.array([_mean(found(still + shift)) for shift in shifts])
    return Coincidence(
        events=count,
        runs=sum(len(one) > 0 for one in inside),
        excess=excess,
        error=error,
        rank=float((1 + np.sum(shifted >= excess)) / (1 + len(shifted))),
        others=_mean(foreign)[0],
        shifts=shifts,
        profile=profile[:, 0],
        profile_error=profile[:, 1],
    )


def _excess(
    time: FloatArray, level: FloatArray, at: FloatArray, around: Surroundings
) -> FloatArray:
    half = around.window / 2
    offsets = np.linspace(-around.trend, around.trend, 41)
    middles = at[:, None] + offsets
    drop = np.interp(middles - half, time, level) - np.interp(middles + half, time, level)
    inside = (middles - half >= time[0] - 1e-9) & (middles + half <= time[-1] + 1e-9)
    usual = np.sum(np.where(inside, drop, 0.0), axis=1) / np.maximum(inside.sum(axis=1), 1)
    return np.asarray(np.where(inside[:, 20], drop[:, 20] - usual, np.nan))


def _mean(groups: Sequence[FloatArray]) -> tuple[float, float]:
    """Mean of all values and its standard error where groups, not values, are independent."""
    total = sum(map(len, groups))
    if not total:
        return np.nan, np.nan
    mean = sum(float(group.sum()) for group in groups) / total
    spread = [float(np.sum(group - mean)) for group in groups if len(group)]
    if len(spread) < 2:
        return mean, np.nan
    bessel = len(spread) / (len(spread) - 1)
    return mean, float(np.sqrt(bessel * np.sum(np.square(spread))) / total)


def _within(at: FloatArray, time: FloatArray, half: float) -> FloatArray:
    return np.asarray(at[(at - half >= time[0]) & (at + half <= time[-1])])


def _log_losses(name: str, losses: Any, shape: tuple[int, ...]) -> FloatArray:
    values = as_floats(name, losses)
    if values.shape != shape or not np.all((values > 0) & (values < np.inf)):
        raise ValueError(
            f"{name} must be positive and finite, of shape {shape}, got shape {values.shape}"
        )
    return np.asarray(np.log(values))
