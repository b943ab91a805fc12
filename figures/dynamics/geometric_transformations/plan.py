"""Two sets of three correlated features in three dimensions: stages on the way to an octahedron."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from typing import Any

from numeric.training.initialise import Gaussian, XavierNormal

SIZES = (3, 3)


@dataclass(frozen=True)
class Plan:
    """Gradient descent from two scales of the start, with snapshots in logarithmic time.

    Attributes
    ----------
    steps, runs : int
        Runs from each start.
    learning_rate : float
        At the start; it falls to 0 by half a cosine, and time is its sum.  Above 1 the biases, of
        curvature 2, overshoot and die.
    flows : int
        Runs of the small start that are held against the flow of the exact loss.
    density : float
        Of a set.
    minima : int
        Starts of the search for the best minimum.
    small : float
        Deviation of the weights of the small start; the other start is Xavier's.
    snapshots, first : int
        How many, and the step of the first one.
    stay : float
        A run is in a stage, and not on its way, if it stays for this much of ln t; fixed before
        the runs.
    """

    steps: int
    runs: int
    learning_rate: float
    flows: int
    density: float = 0.05
    minima: int = 24
    small: float = 1e-3
    snapshots: int = 120
    first: int = 20
    stay: float = 0.2
    batch: int = 512
    seed: int = 2525

    @property
    def starts(self) -> dict[str, Any]:
        """Laws of the initial weights, by name."""
        return {"small": Gaussian(self.small), "Xavier": XavierNormal()}

    def configuration(self) -> dict[str, Any]:
        """Everything the data depend on, but for the code; only the picture asks who stays."""
        return {key: value for key, value in asdict(self).items() if key != "stay"}


PLANS = {
    "paper": Plan(steps=20_000, runs=64, learning_rate=0.5, flows=6),
    "quick": Plan(steps=12_000, runs=8, learning_rate=0.5, flows=1, snapshots=50, minima=4),
}
