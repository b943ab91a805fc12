"""How clean the digons get: more features that compete, and longer training."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from typing import Any

from figures.geometry.runs import Runs


@dataclass(frozen=True)
class Plan:
    """Features per dimension and lengths of training, at one density of the digons' plateau.

    Attributes
    ----------
    runs : Runs
        Features and steps of a cell come from ratios and steps.
    density : float
    ratios, steps : tuple of int
        Rising.
    names : tuple of str
        Families compared; others are far behind at such densities (packing_theory).
    """

    runs: Runs
    density: float
    ratios: tuple[int, ...]
    steps: tuple[int, ...]
    names: tuple[str, ...] = ("point", "triangle", "digon", "pentagon", "square antiprism")

    def configuration(self) -> dict[str, Any]:
        """Everything the data depend on, but for the code."""
        return {"theory": "packing", **asdict(self)}


PLANS = {
    "paper": Plan(
        Runs(0, 12, runs=4, steps=0, learning_rate=3e-3),
        0.3,
        (2, 3, 5, 8),
        (250, 500, 1000, 2000),
    ),
    "quick": Plan(
        Runs(0, 6, runs=4, steps=0, learning_rate=3e-3, held_out=8192), 0.3, (2, 5), (250, 1500)
    ),
}
