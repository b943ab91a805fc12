"""The works that are timed: shapes, and the densities at which the public code trains them."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

__all__ = ["WORKS", "Work"]


@dataclass(frozen=True)
class Work:
    """One row of the table.

    Attributes
    ----------
    n, m, instances, batch : int
        Features, hidden dimensions, models trained together, samples a step.
    lowest : float
        Densities run from 1 down to this, evenly in the logarithm, one for each instance;
        a single instance has the middle of that range.
    """

    n: int
    m: int
    instances: int
    batch: int
    lowest: float

    @property
    def name(self) -> str:
        """As in the design's table."""
        return f"{self.n}, {self.m}, {self.instances}, {self.batch}"

    def densities(self, dense: bool = False) -> np.ndarray:
        """(instances,): of the sweep, or all 1."""
        if dense:
            return np.ones(self.instances)
        place = np.linspace(0, 1, self.instances) if self.instances > 1 else np.array([0.5])
        return np.asarray(self.lowest**place)


WORKS = (
    Work(2, 1, 1000, 1024, 1 / 100),  # the grid of the phase diagrams
    Work(5, 2, 8, 1024, 1 / 20),  # the official notebook: p = 20^−linspace(0, 1)
    Work(20, 5, 10, 1024, 1 / 20),
    Work(80, 20, 10, 1024, 1 / 20),
    Work(200, 20, 20, 1024, 1 / 20),
    Work(400, 30, 1, 1024, 1 / 100),  # 1/p from 1 to 100
)
