"""Pairs of features that come together or exclude each other, in the plane."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from typing import Any, Literal

from figures.geometry.runs import Runs


@dataclass(frozen=True)
class Case:
    """A law of several pairs at one density.

    Attributes
    ----------
    label : str
    kind : "correlated" or "anticorrelated"
    pairs : int
    density : float
    """

    label: str
    kind: Literal["correlated", "anticorrelated"]
    pairs: int
    density: float

    @property
    def sizes(self) -> tuple[int, ...]:
        """Features of each set."""
        return (2,) * self.pairs


@dataclass(frozen=True)
class Plan:
    """The cases, each trained alike: the same two pairs once sparse, once dense, and two more."""

    runs: int
    steps: int
    cases: tuple[Case, ...] = (
        Case("correlated", "correlated", 2, 0.1),
        Case("correlated, dense", "correlated", 2, 0.4),
        Case("anticorrelated", "anticorrelated", 2, 0.1),
        Case("three correlated", "correlated", 3, 0.05),
    )

    def runs_of(self, case: Case) -> Runs:
        """How one case is trained."""
        return Runs(2 * case.pairs, 2, self.runs, self.steps, law=case.kind, sizes=case.sizes)

    def configuration(self) -> dict[str, Any]:
        """Everything the data depend on, but for the code."""
        return {
            case.label: {"density": case.density, **asdict(self.runs_of(case))}
            for case in self.cases
        }


PLANS = {"paper": Plan(runs=64, steps=4000), "quick": Plan(runs=32, steps=2500)}
