"""Training against gradient flow from one start: how far apart, and when each level is crossed."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from ground.checks import FloatArray


@dataclass(frozen=True, eq=False)
class Followed:
    """Runs beside the flow.

    Attributes
    ----------
    apart : (runs,)
        Largest difference of losses over all times, as a share of the loss at the start.
    late : (runs, m)
        Crossing time of a run over that of the flow, less one; NaN where a run never crosses.
    crossed : (m,)
        Crossing times of the flow.
    """

    apart: FloatArray
    late: FloatArray
    crossed: FloatArray

    @property
    def apart_mean(self) -> tuple[float, float]:
        """Mean of `apart` and its standard error."""
        return _mean(self.apart)

    @property
    def late_means(self) -> list[tuple[float, float]]:
        """Mean lateness of each crossing, with its standard error."""
        return [_mean(column) for column in self.late.T]


def follow(
    times: FloatArray,
    runs: FloatArray,
    flow: FloatArray,
    levels: FloatArray,
    crossed: FloatArray | None = None,
) -> Followed:
    """Hold the losses of runs (R, T) against those of the flow (T,) at the same times.

    Parameters
    ----------
    levels : (m + 1,)
        Losses of the plateaus; a crossing is where the loss is half way between two.
    crossed : (m,), optional
        Crossing times of the flow, where it is not followed for as long as it takes to cross.

    Examples
    --------
    >>> times, flow = np.array([1.0, 2.0, 3.0]), np.array([1.0, 0.6, 0.0])
    >>> found = follow(times, np.array([[1.0, 0.8, 0.0]]), flow, np.array([1.0, 0.0]))
    >>> found.apart.round(3).tolist(), found.late.round(3).tolist()
    ([0.2], [[0.096]])
    """
    halves = (levels[:-1] + levels[1:]) / 2
    if crossed is None:
        crossed = np.array([crossing(times, flow, half) for half in halves])
    each = np.array([[crossing(times, run, half) for half in halves] for run in runs])
    apart = np.abs(runs - flow).max(axis=1) / flow[0]
    return Followed(apart, each / crossed - 1, crossed)


def crossing(times: FloatArray, losses: FloatArray, level: float) -> float:
    """First time at which a falling loss is at a level, between snapshots along a line.

    >>> crossing(np.array([1.0, 3.0]), np.array([1.0, 0.0]), 0.25)
    2.5
    """
    below = losses < level
    if not below.any() or below[0]:
        return float("nan")
    k = int(np.argmax(below))
    share = (losses[k - 1] - level) / (losses[k - 1] - losses[k])
    return float(times[k - 1] + share * (times[k] - times[k - 1]))


def _mean(values: FloatArray) -> tuple[float, float]:
    """Mean and standard error of those that are there; NaN for none."""
    there = values[np.isfinite(values)]
    if len(there) < 2:
        return float("nan"), float("nan")
    return float(there.mean()), float(there.std(ddof=1) / np.sqrt(len(there)))
