"""Two sets of ten correlated features in ten dimensions: a basis for each set."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from typing import Any

from figures.geometry.runs import Runs


@dataclass(frozen=True)
class Plan:
    """How the models are trained, all at one density of a set's gate."""

    runs: Runs
    density: float = 0.05

    def configuration(self) -> dict[str, Any]:
        """Everything the data depend on, but for the code."""
        return {"density": self.density, **asdict(self.runs)}


SIZES = (10, 10)
PLANS = {
    "paper": Plan(Runs(20, 10, runs=16, steps=4000, law="correlated", sizes=SIZES)),
    "quick": Plan(Runs(20, 10, runs=4, steps=1500, law="correlated", sizes=SIZES, held_out=8192)),
}
