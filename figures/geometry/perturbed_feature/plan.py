"""Five features in the plane, one of them sparser or denser than the others."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from typing import Any

from figures.geometry.runs import Runs


@dataclass(frozen=True)
class Plan:
    """The paper's density, followed over many ratios; other densities, over few.

    Attributes
    ----------
    runs : Runs
    density : float
        The paper's p.
    ratios, few : tuple of float
        p/q, at the paper's density and at the others.
    densities : tuple of float
        The others.
    branch_points, crossing_points : int
        Of a branch drawn as a curve, and of the crossing against density.
    """

    runs: Runs
    density: float
    ratios: tuple[float, ...]
    densities: tuple[float, ...]
    few: tuple[float, ...]
    branch_points: int
    crossing_points: int

    @property
    def all_densities(self) -> tuple[float, ...]:
        """The paper's, then the others."""
        return (self.density, *self.densities)

    def cells(self) -> list[dict[str, Any]]:
        """One cell a pair (p, p/q); the odd feature comes first."""
        pairs = [(self.density, r) for r in self.ratios]
        pairs += [(p, r) for p in self.densities for r in self.few]
        return [{"density": [p / r, p, p, p, p]} for p, r in pairs]

    def configuration(self) -> dict[str, Any]:
        """Everything the data depend on, but for the code."""
        return asdict(self)


PLANS = {
    "paper": Plan(
        Runs(5, 2, runs=24, steps=2500),
        density=0.05,
        ratios=(0.25, 0.5, 0.7, 1, 1.4, 2, 2.5, 3, 3.5, 4, 5, 6.5, 8),
        densities=(0.02, 0.035, 0.07, 0.1, 0.15, 0.2),
        few=(1, 1.5, 2.2, 3.3, 5, 7),
        branch_points=41,
        crossing_points=12,
    ),
    "quick": Plan(
        Runs(5, 2, runs=16, steps=800, held_out=8192),
        density=0.05,
        ratios=(0.5, 1, 2, 2.5, 4, 5),
        densities=(0.1,),
        few=(1.5, 3),
        branch_points=13,
        crossing_points=5,
    ),
}
