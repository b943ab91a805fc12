"""Three absolute values in six neurons: what is trained, from two starts, at some densities."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from typing import Any

from numeric.training.initialise import XavierNormal
from numeric.training.starts import MatchedOutput


@dataclass(frozen=True)
class Plan:
    """Runs of y = |x| from random and from matched outputs.

    Attributes
    ----------
    densities : tuple of float
        The densest first: its best run is the one that is drawn.
    reached : float
        Loss below which a run has computed all features.
    """

    densities: tuple[float, ...]
    steps: int
    runs: int
    n_features: int = 3
    n_hidden: int = 6
    reached: float = 1e-6
    batch: int = 256
    learning_rate: float = 5e-3
    seed: int = 2209

    @property
    def starts(self) -> dict[str, Any]:
        """Laws of the initial weights, by name."""
        return {"random": XavierNormal(), "matched": MatchedOutput()}

    def configuration(self) -> dict[str, Any]:
        """Everything the data depend on, but for the code; only the picture asks who arrived."""
        return {key: value for key, value in asdict(self).items() if key != "reached"}


PLANS = {
    "paper": Plan(densities=(1.0, 0.3, 0.1, 0.03), steps=24_000, runs=40),
    "quick": Plan(densities=(1.0, 0.1), steps=8000, runs=16),
}
