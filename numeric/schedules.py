"""Learning-rate schedules: the factor that multiplies the learning rate at each step."""

from __future__ import annotations

from dataclasses import asdict, dataclass, field
from typing import Any, Protocol

import numpy as np

from ground.checks import as_at_least_zero, check_positive_int

__all__ = ["Constant", "Cosine", "Linear", "Schedule", "WarmUp"]


class Schedule(Protocol):
    """What a trainer needs of a schedule."""

    def factors(self, steps: int) -> np.ndarray:
        """Factor at each of the steps: (steps,), float64."""

    def configuration(self) -> dict[str, Any]:
        """Everything that defines the schedule, as a dictionary that JSON can hold."""


def _progress(steps: int) -> np.ndarray:
    """From 0 at the first step to 1 at the last; 0 if there is only one."""
    check_positive_int("steps", steps)
    return np.arange(steps) / max(steps - 1, 1)


def _check_final(final: float) -> None:
    as_at_least_zero("final", final)


@dataclass(frozen=True)
class Constant:
    """The same rate at every step.

    Examples
    --------
    >>> Constant().factors(3)
    array([1., 1., 1.])
    """

    def factors(self, steps: int) -> np.ndarray:
        """Ones."""
        return np.ones_like(_progress(steps))

    def configuration(self) -> dict[str, Any]:
        """Name only."""
        return {"schedule": type(self).__name__}


@dataclass(frozen=True)
class Linear:
    """A straight line from 1 at the first step to ``final`` at the last.

    Parameters
    ----------
    final : float
        At least 0.

    Raises
    ------
    ValueError
        A final factor that is negative or not finite.

    Examples
    --------
    >>> Linear(0.5).factors(3)
    array([1.  , 0.75, 0.5 ])
    """

    final: float = 0.0

    def __post_init__(self) -> None:
        _check_final(self.final)

    def factors(self, steps: int) -> np.ndarray:
        """1 + (final − 1) t, with t the progress."""
        return 1 + (self.final - 1) * _progress(steps)

    def configuration(self) -> dict[str, Any]:
        """Name and settings."""
        return {"schedule": type(self).__name__, **asdict(self)}


@dataclass(frozen=True)
class Cosine:
    """Half a cosine from 1 at the first step to ``final`` at the last.

    Parameters
    ----------
    final : float
        At least 0.

    Raises
    ------
    ValueError
        A final factor that is negative or not finite.

    Examples
    --------
    >>> Cosine(0.5).factors(3)
    array([1.  , 0.75, 0.5 ])
    """

    final: float = 0.0

    def __post_init__(self) -> None:
        _check_final(self.final)

    def factors(self, steps: int) -> np.ndarray:
        """final + (1 − final)(1 + cos πt)/2, with t the progress."""
        return self.final + (1 - self.final) * (1 + np.cos(np.pi * _progress(steps))) / 2

    def configuration(self) -> dict[str, Any]:
        """Name and settings."""
        return {"schedule": type(self).__name__, **asdict(self)}


@dataclass(frozen=True)
class WarmUp:
    """A straight rise to 1 over the first ``steps``, then another schedule for the rest.

    Parameters
    ----------
    steps : int
        Of the rise, at least 1.
    then : Schedule
        Of the rest; constant by default.

    Raises
    ------
    ValueError
        No positive number of steps.
    TypeError
        No schedule to follow.

    Examples
    --------
    >>> WarmUp(2).factors(4)
    array([0.5, 1. , 1. , 1. ])
    """

    steps: int
    then: Schedule = field(default_factory=Constant)

    def __post_init__(self) -> None:
        check_positive_int("steps", self.steps)
        if isinstance(self.then, type) or not hasattr(self.then, "factors"):
            raise TypeError(f"then must be a schedule, such as Cosine(), got {self.then!r}")

    def factors(self, steps: int) -> np.ndarray:
        """k / steps at the k-th of the first steps, then the other schedule from its start."""
        check_positive_int("steps", steps)
        rise = np.arange(1, self.steps + 1) / self.steps
        if steps <= self.steps:
            return rise[:steps]
        return np.concatenate([rise, self.then.factors(steps - self.steps)])

    def configuration(self) -> dict[str, Any]:
        """Name and settings, with those of the schedule that follows."""
        return {
            "schedule": type(self).__name__,
            "steps": self.steps,
            "then": self.then.configuration(),
        }
