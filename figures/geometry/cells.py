"""What the figures of geometry share: models trained cell by cell."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import numpy as np
import xarray as xr

from figures.geometry.runs import Runs
from figures.kit.profile import cores, digest_of
from numeric.models.two_layers import ReluOutput
from numeric.schedules import Cosine
from numeric.training.sweep import sweep
from numeric.training.train import train


@dataclass(frozen=True)
class Cells:
    """What a sweep calls: it trains some cells, each with its own seed."""

    runs: Runs

    def __call__(
        self, cells: Sequence[Mapping[str, Any]], seeds: list[np.random.SeedSequence]
    ) -> xr.Dataset:
        """W, b, loss, loss_error (cell, run, …)."""
        runs = self.runs
        done = []
        for cell, seed in zip(cells, seeds, strict=True):
            result = train(
                ReluOutput(),
                runs.features(cell["density"]),
                n_hidden=runs.n_hidden,
                seed=[int(word) for word in seed.generate_state(4)],
                instances=runs.runs,
                steps=int(cell.get("steps", runs.steps)),
                batch=runs.batch,
                learning_rate=runs.learning_rate,
                schedule=Cosine(),
                held_out=runs.held_out,
            )
            kept = (
                result[["W", "b", "loss", "loss_error"]]
                .drop_attrs()
                .drop_vars("instance", errors="ignore")
            )
            done.append(kept.rename(instance="run"))
        return xr.concat(done, "cell")


def measure(runs: Runs, cells: Sequence[Mapping[str, Any]], folder: Path) -> xr.Dataset:
    """Train every cell; a finished cell survives an interruption."""
    return sweep(
        Cells(runs),
        cells,
        seed=runs.seed,
        folder=folder,
        configuration={**asdict(runs), "code": digest_of("numeric", "ground", Runs, Cells)},
        chunk=1,
        # Whole cells on cores of their own: no thread waits for another at every step.
        n_jobs=cores(),
    )
