"""CPU time of a call, and how it grows along a ladder of sizes."""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np

__all__ = ["Ladder", "Measured", "climb", "cpu_seconds", "growth"]

Call = Callable[[], object]


@dataclass(frozen=True)
class Ladder:
    """One cost against one size.

    Attributes
    ----------
    what, size : str
        What is computed, and which of its sizes is varied.
    values : tuple of float
    make : callable (value) -> callable
        Sets a call up; only the call is timed.
    per : str
        What the time is of.
    law : {"power", "exponential"}
        Cost ∝ valueᵃ or aᵛᵃˡᵘᵉ, and a is fitted.
    counted : str
        a from counting operations.
    why : str
        The count, in a sentence.
    last : int
        How many of the largest values are fitted; below them fixed costs hide the law.
    """

    what: str
    size: str
    values: tuple[float, ...]
    make: Callable[[float], Call]
    per: str
    counted: str
    why: str
    law: str = "power"
    last: int = 3


@dataclass(frozen=True)
class Measured:
    """CPU seconds at each value of a ladder, and the fitted growth."""

    what: str
    size: str
    values: tuple[float, ...]
    seconds: tuple[float, ...]
    growth: float


def cpu_seconds(call: Call, least: float = 0.1, tries: int = 3) -> float:
    """CPU seconds of a call on one thread: the least of a few tries, each of some calls.

    The least, since whatever else a machine does adds to it.
    """
    call()  # compile, fill caches
    begin = time.process_time()
    call()
    once = max(time.process_time() - begin, 1e-7)
    if once > 5 * least:
        return once
    count = max(1, round(least / once))
    best = np.inf
    for _ in range(tries):
        begin = time.process_time()
        for _ in range(count):
            call()
        best = min(best, (time.process_time() - begin) / count)
    return float(best)


def growth(values: Sequence[float], seconds: Sequence[float], law: str) -> float:
    """The exponent, or the base, that least squares in logarithms gives."""
    x = np.log(values) if law == "power" else np.asarray(values, dtype=float)
    slope = float(np.polyfit(x, np.log(seconds), 1)[0])
    return slope if law == "power" else float(np.exp(slope))


def climb(ladder: Ladder, least: float = 0.1) -> Measured:
    """Time every value of a ladder."""
    seconds = tuple(cpu_seconds(ladder.make(value), least) for value in ladder.values)
    chosen = slice(-ladder.last, None)
    fitted = growth(ladder.values[chosen], seconds[chosen], ladder.law)
    return Measured(ladder.what, ladder.size, ladder.values, seconds, fitted)
