"""Eight equal features in six, eight and twelve neurons: whether superposition beats naive."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from typing import Any

from figures.computation.runs import Runs, Stage


@dataclass(frozen=True)
class Plan:
    """The nets by their number of neurons, and how their losses are refined.

    Attributes
    ----------
    hidden : tuple of int
        m.
    stages : tuple of Stage
    step : float
        In density, of the branch followed from where nets clearly beat the naive solution.
    clearly : float
        A ratio of losses below 1.
    sparsest : float
        Density to which a branch is followed.
    points, iterations : int
        Of `theory.refine_two_layer`, sparse data, where little of the loss is sampled.
    judged : int
        Points of the fresh samples on which the best nets are judged.
    dense_points : int
        The same from p = 0.2 on.
    block_starts : int
        Descents that look for the best block of four features in six neurons.
    """

    hidden: tuple[int, ...]
    stages: tuple[Stage, ...]
    runs: int = 5
    n_features: int = 8
    step: float = 0.05
    clearly: float = 0.985
    sparsest: float = 0.25
    points: int = 256
    dense_points: int = 1024
    block_starts: int = 12
    judged: int = 4096
    iterations: int = 130
    seed: int = 2606

    def size(self, n_hidden: int) -> Runs:
        """How nets of that many neurons are trained."""
        return Runs(
            self.n_features, n_hidden, 1.0, self.stages, runs=self.runs, held_out=65_536,
            noise=0.05, seed=self.seed + n_hidden,
        )  # fmt: skip

    def configuration(self) -> dict[str, Any]:
        """Everything the data depend on, but for the code."""
        return asdict(self)


PLANS = {
    "paper": Plan(
        (6, 8, 12),
        (
            Stage(0.6, 256, 2000, 1e-2),
            Stage(0.5, 256, 3000, 1e-2),
            Stage(0.4, 256, 3000, 1e-2),
            Stage(0.3, 256, 3000, 1e-2),
            Stage(0.2, 256, 3000, 1e-2),
            Stage(0.1, 256, 2000, 1e-2),
            Stage(0.03, 1024, 1500, 1e-2),
            Stage(0.01, 2048, 1500, 1e-2),
            Stage(0.003, 4096, 1000, 1e-2),
        ),
    ),
    "quick": Plan(
        (6,),
        (Stage(0.3, 256, 1000, 1e-2), Stage(0.1, 256, 1000, 1e-2), Stage(0.01, 1024, 500, 1e-2)),
        runs=3,
        step=0.1,
        dense_points=128,
        block_starts=16,
        iterations=60,
    ),
}
