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

    def found(shifts: FloatArray, curves: FloatArray = curves) -> tuple[FloatArray, FloatArray]:
        """Sums of excess and numbers of events by run, both (..., runs), of shifts (..., runs)."""
        sums, counts = np.empty(shifts.shape), np.empty(shifts.shape)
        for k, (one, curve) in enumerate(zip(inside, curves, strict=True)):
            moved = one + shifts[..., k, None]
            within = (moved - half >= time[0]) & (moved + half <= time[-1])
            counts[..., k] = within.sum(axis=-1)
            sums[..., k] = np.where(within, np.interp(moved, grid, curve), 0.0).sum(axis=-1)
        return sums, counts

    runs = len(inside)
    still = np.zeros(runs)
    excess, error = _mean(*found(still))
    rng = np.random.default_rng(seed)
    size = rng.uniform(around.window, around.reach, (around.draws, runs))
    sign = rng.choice([-1.0, 1.0], size.shape)
    shifted = _mean(*found(size * sign))[0]
    shifted = shifted[np.isfinite(shifted)]
    # Every run's events on the curves of every other run: each roll but the first.
    foreign = [found(still, np.roll(curves, j, axis=0)) for j in range(1, runs)]
    others = sum(float(sums.sum()) for sums, _ in foreign)
    shifts = np.linspace(-around.reach, around.reach, 81)
    profile, profile_error = _mean(*found(np.repeat(shifts[:, None], runs, axis=1)))
    return Coincidence(
        events=count,
        runs=sum(len(one) > 0 for one in inside),
        excess=float(excess),
        error=float(error),
        rank=float((1 + np.sum(shifted >= excess)) / (1 + len(shifted))),
        others=others / ((runs - 1) * count) if foreign else np.nan,
        shifts=shifts,
        profile=profile,
        profile_error=profile_error,
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


def _mean(sums: FloatArray, counts: FloatArray) -> tuple[FloatArray, FloatArray]:
    """Mean of all values and its standard error where runs, not values, are independent.

    Of sums and numbers of values by run, (..., runs); NaN without values, or of a single run.
    """
    total, runs = counts.sum(axis=-1), (counts > 0).sum(axis=-1)
    with np.errstate(invalid="ignore", divide="ignore"):
        mean = sums.sum(axis=-1) / total
        spread = np.square(sums - mean[..., None] * counts).sum(axis=-1)
        error = np.sqrt(np.where(runs > 1, runs / (runs - 1.0), np.nan) * spread) / total
    return mean, error


def _within(at: FloatArray, time: FloatArray, half: float) -> FloatArray:
    return np.asarray(at[(at - half >= time[0]) & (at + half <= time[-1])])


def _log_losses(name: str, losses: Any, shape: tuple[int, ...]) -> FloatArray:
    values = as_floats(name, losses)
    if values.shape != shape or not np.all((values > 0) & (values < np.inf)):
        raise ValueError(
            f"{name} must be positive and finite, of shape {shape}, got shape {values.shape}"
        )
    return np.asarray(np.log(values))
