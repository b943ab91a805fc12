"""The works that are timed: shapes, and the densities at which the public code trains them."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

__all__ = ["WORKS", "Setting", "Work", "held_out_losses"]


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

    def start(self) -> np.ndarray:
        """(instances, m, n): weights from which every side trains, Xavier's normal law."""
        scale = np.sqrt(2 / (self.n + self.m))
        rng = np.random.default_rng(0)
        return scale * rng.standard_normal((self.instances, self.m, self.n))


@dataclass(frozen=True)
class Setting:
    """How a side trains a work: every density 1 or the work's, learning rate, seed, threads."""

    dense: bool = False
    rate: float = 1e-3
    seed: int = 0
    threads: int = 2


WORKS = (
    Work(2, 1, 1000, 1024, 1 / 100),  # the grid of the phase diagrams
    Work(5, 2, 8, 1024, 1 / 20),  # the official notebook: p = 20^−linspace(0, 1)
    Work(20, 5, 10, 1024, 1 / 20),
    Work(80, 20, 10, 1024, 1 / 20),
    Work(200, 20, 20, 1024, 1 / 20),
    Work(400, 30, 1, 1024, 1 / 100),  # 1/p from 1 to 100
)


def held_out_losses(work: Work, W: np.ndarray, b: np.ndarray) -> np.ndarray:
    """(instances,): mean loss on samples that nobody trained on, the same for every side."""
    rng = np.random.default_rng(1)
    losses = np.empty(work.instances)
    for i, p in enumerate(work.densities()):
        u = rng.random((4096, work.n))
        x = np.where(u < p, u / p, 0.0)
        out = np.maximum(x @ W[i].T @ W[i] + b[i], 0.0)
        losses[i] = ((x - out) ** 2).sum(axis=1).mean()
    return losses
