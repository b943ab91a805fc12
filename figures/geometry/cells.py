"""What the figures of geometry share: models trained cell by cell."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from typing import Any

import numpy as np
import xarray as xr

from figures.kit.profile import Profile, cores, digest_of
from ground.results import configured
from numeric import AnticorrelatedSets, CorrelatedSets, Features, IndependentFeatures, ReluOutput
from numeric.training.schedules import Cosine
from numeric.training.sweep import sweep
from numeric.training.train import train

LAWS = {"correlated": CorrelatedSets, "anticorrelated": AnticorrelatedSets}


@dataclass(frozen=True)
class Runs:
    """How the cells of one figure are trained: several runs a cell, by Adam, rate by a cosine.

    Attributes
    ----------
    n_features, n_hidden : int
    runs : int
        Models trained in each cell, from different starts on different samples.
    steps : int
    learning_rate : float
        At the start; it falls to zero.  A hot start lets models leave poor packings.
    law : "independent", "correlated" or "anticorrelated"
    sizes : tuple of int
        Of the sets.
    batch, held_out : int
    seed : int
    """

    n_features: int
    n_hidden: int
    runs: int
    steps: int
    learning_rate: float = 1e-2
    law: str = "independent"
    sizes: tuple[int, ...] = ()
    batch: int = 1024
    held_out: int = 65_536
    seed: int = 2022

    def features(self, density: Any) -> Features:
        """The law of the data at one density, or at one for each feature."""
        if self.law == "independent":
            return IndependentFeatures(density, n_features=self.n_features)
        return LAWS[self.law](self.sizes, density)

    def __call__(
        self, cells: Sequence[Mapping[str, Any]], seeds: list[np.random.SeedSequence]
    ) -> xr.Dataset:
        """Train some cells, each with its own seed: W, b, loss, loss_error (cell, run, …)."""
        done = []
        for cell, seed in zip(cells, seeds, strict=True):
            result = train(
                ReluOutput(),
                self.features(cell["density"]),
                n_hidden=self.n_hidden,
                seed=[int(word) for word in seed.generate_state(4)],
                instances=self.runs,
                steps=int(cell.get("steps", self.steps)),
                batch=self.batch,
                learning_rate=self.learning_rate,
                schedule=Cosine(),
                held_out=self.held_out,
            )
            kept = (
                result[["W", "b", "loss", "loss_error"]]
                .drop_attrs()
                .drop_vars("instance", errors="ignore")
            )
            done.append(kept.rename(instance="run"))
        return xr.concat(done, "cell")


def measure(
    runs: Runs, cells: Sequence[Mapping[str, Any]], profile: Profile, name: str, part: str = "all"
) -> xr.Dataset:
    """Train every cell; a finished cell survives an interruption."""
    return sweep(
        runs,
        cells,
        seed=runs.seed,
        folder=profile.parts(name) / part,
        configuration={**asdict(runs), "code": digest_of("numeric", "ground", work=Runs)},
        chunk=1,
        # Whole cells on cores of their own: no thread waits for another at every step.
        n_jobs=cores(),
    )


def save_configuration(dataset: xr.Dataset, configuration: Mapping[str, Any]) -> xr.Dataset:
    """Attach what the figure checks when it loads the measurement."""
    return configured(dataset.drop_attrs(), configuration)
