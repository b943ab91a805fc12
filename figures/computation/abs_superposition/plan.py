"""A hundred absolute values, falling importance, forty neurons: seven densities, four starts."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from typing import Any

from figures.computation.runs import Runs, Stage


@dataclass(frozen=True)
class Plan:
    """The nets, and how exactly the best are judged.

    Attributes
    ----------
    runs : Runs
    points : int
        Of the sample for inputs with two active features or more, in each of 8 scramblings.
    """

    runs: Runs
    points: int = 512

    @property
    def kept(self) -> int:
        """Features that the naive solution computes."""
        return self.runs.n_hidden // 2

    def configuration(self) -> dict[str, Any]:
        """Everything the data depend on, but for the code."""
        return asdict(self)


PLANS = {
    "paper": Plan(
        Runs(
            n_features=100,
            n_hidden=40,
            falloff=0.8,
            stages=(
                Stage(1.0, 512, 400, 2e-2),
                Stage(0.3, 512, 500, 1e-2),
                # Just below the onset of arms, where they grow slowly.
                Stage(0.1, 512, 1300, 1e-2),
                Stage(0.03, 1024, 550, 5e-3),
                Stage(0.01, 2048, 500, 5e-3),
                Stage(0.003, 2048, 500, 4e-3),
                Stage(0.001, 4096, 500, 4e-3),
            ),
            held_out=16_384,
        )
    ),
    "quick": Plan(
        Runs(
            n_features=30,
            n_hidden=12,
            falloff=0.8,
            stages=(
                Stage(1.0, 256, 300, 2e-2),
                Stage(0.1, 256, 800, 1e-2),
                Stage(0.01, 1024, 500, 5e-3),
            ),
            runs=2,
            held_out=16_384,
        ),
        points=128,
    ),
}
