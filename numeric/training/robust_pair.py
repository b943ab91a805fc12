"""The trained phase diagram of two features in one dimension, every sample at its worst attack."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict, dataclass
from typing import Any

import numpy as np
import xarray as xr

from ground.checks import as_number, check_positive_int
from numeric.features.independent import IndependentFeatures
from numeric.kernels.attacked_pair import advance_attacked_pair
from numeric.kernels.binomials import count_tables
from numeric.kernels.streams import Purpose, descend
from numeric.kernels.worlds import Worlds
from numeric.models.two_layers import ReluOutput
from numeric.schedules import Cosine
from numeric.training.engines import starting_points
from numeric.training.initialise import XavierNormal
from numeric.training.optimisers import Adam
from numeric.training.sweep import Cell
from numeric.training.task import Task
from numeric.training.train import DRAWS

__all__ = ["RobustPair"]


@dataclass(frozen=True)
class RobustPair:
    """How a cell is trained under attack; call it to train cells.

    Each sample of each step is attacked as badly as ε allows, exactly; the gradient runs through
    the attack.  All runs are kept: which is the best under attack is for the reader to say.

    Attributes
    ----------
    size : float
        ε ≥ 0.
    restarts : int
        Independent runs of a cell.
    steps, batch, learning_rate : int, int, float
        Plain Adam, its rate falling to 0 along half a cosine.
    gain : float
        Initial standard deviation of W in units of Xavier's.
    warm_up : float
        The share of the steps in which the attack grows from nothing to ε: attacked at full
        strength from the start, most runs lose a feature for good.

    Raises
    ------
    ValueError
        Naming the attribute and its value.
    """

    size: float
    restarts: int = 8
    steps: int = 1000
    batch: int = 512
    learning_rate: float = 0.02
    gain: float = 1.0
    warm_up: float = 0.3

    def __post_init__(self) -> None:
        as_number("size", self.size, "finite and ≥ 0", lambda v: 0 <= v < np.inf)
        for name in ("restarts", "steps", "batch"):
            check_positive_int(name, getattr(self, name))
        as_number("warm_up", self.warm_up, "in [0, 1)", lambda v: 0 <= v < 1)
        for name in ("learning_rate", "gain"):
            as_number(name, getattr(self, name), "finite and > 0", lambda v: 0 < v < np.inf)

    def configuration(self) -> dict[str, Any]:
        """Everything that the result depends on, as a dictionary that JSON can hold."""
        return {"kind": "robust pair, 1", "draws": DRAWS, **asdict(self)}

    def __call__(self, cells: Sequence[Cell], seeds: list[np.random.SeedSequence]) -> xr.Dataset:
        """Train cells, each from its own seed: what `numeric.training.sweep.sweep` calls `work`.

        Parameters
        ----------
        cells : sequence of {"density": p, "importance": r}
            The importance is (1, r).
        seeds : list of SeedSequence

        Returns
        -------
        Dataset
            ``W_runs`` (cell, restart, hidden, feature), ``b_runs``, and ``loss_runs``, the mean
            attacked loss over the batches of the last tenth of the steps.
        """
        count = len(cells)
        of_run = np.repeat(np.arange(count), self.restarts)
        density = np.array([float(cell["density"]) for cell in cells])[of_run, None]
        importance = np.ones((count, 2))
        importance[:, 1] = [float(cell["importance"]) for cell in cells]
        features = IndependentFeatures(density, importance[of_run], n_features=2)
        task = Task(ReluOutput(), features, 1, self.batch, Adam())
        runs = [(cell, restart) for cell in range(count) for restart in range(self.restarts)]

        def streams(purpose: Purpose) -> list[np.random.SeedSequence]:
            return [descend(seeds[cell], int(purpose), restart) for cell, restart in runs]

        theta = starting_points(task, XavierNormal(self.gain), streams(Purpose.INITIAL))
        worlds = Worlds.of(features, streams(Purpose.TRAINING))
        spec = task.spec()
        losses = np.empty((len(runs), self.steps))
        rates = self.learning_rate * Cosine().factors(self.steps)
        advance_attacked_pair(
            spec,
            self.size * np.minimum(1.0, np.arange(self.steps) / (self.warm_up * self.steps + 1.0)),
            np.arange(len(runs)),
            theta,
            np.zeros_like(theta),
            np.zeros_like(theta),
            worlds,
            count_tables(spec.block),
            0,
            rates,
            losses,
        )
        last = losses[:, -max(1, self.steps // 10) :].mean(axis=1)
        shape = (count, self.restarts)
        return xr.Dataset(
            {
                "W_runs": (
                    ("cell", "restart", "hidden", "feature"),
                    theta[:, :2].reshape(*shape, 1, 2),
                ),
                "b_runs": (("cell", "restart", "feature"), theta[:, 2:].reshape(*shape, 2)),
                "loss_runs": (("cell", "restart"), last.reshape(shape)),
            }
        )
