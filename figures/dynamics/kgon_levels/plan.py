"""One-hot data, six features in two dimensions: runs settling on the levels of the k-gons."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from typing import Any

from numeric.training.initialise import Gaussian, XavierNormal


@dataclass(frozen=True)
class Plan:
    """Runs from two scales of the start, with snapshots on the way.

    Attributes
    ----------
    on_level : float
        Relative distance at which a run has settled on a level.
    n_features : int
        Beyond six, minima that are no k-gon appear between the levels.
    small : float
        Deviation of the weights of the small start; the other start is Xavier's.
    """

    steps: int
    runs: int
    on_level: float
    n_features: int = 6
    n_hidden: int = 2
    small: float = 0.01
    snapshots: int = 60
    batch: int = 256
    learning_rate: float = 5e-3
    seed: int = 2310

    @property
    def starts(self) -> dict[str, Any]:
        """Laws of the initial weights, by name."""
        return {"Xavier": XavierNormal(), "small": Gaussian(self.small)}

    def configuration(self) -> dict[str, Any]:
        """Everything the data depend on, but for the code; only the picture asks who settled."""
        return {key: value for key, value in asdict(self).items() if key != "on_level"}


PLANS = {
    "paper": Plan(steps=5000, runs=100, on_level=1e-3),
    "quick": Plan(steps=2500, runs=20, on_level=1e-2),
}
