"""Nets trained to compute |x|, from several starts at several densities: what two figures share."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import numpy as np
import xarray as xr

from figures.computation.runs import Runs
from figures.kit.profile import cores, digest_of
from numeric.features.independent import IndependentFeatures
from numeric.models.two_layers import TwoLayer
from numeric.schedules import Cosine
from numeric.training.initialise import Given, Initialiser, XavierNormal
from numeric.training.starts import MatchedOutput, NaivePlusNoise, Noisy
from numeric.training.sweep import sweep
from numeric.training.train import train

__all__ = ["STARTS", "measure"]

STARTS = ("xavier", "matched", "naive", "annealed")
PARAMETERS = ("W1", "W2", "b")


def start_of(runs: Runs, name: str, density: float, before: xr.Dataset | None) -> Initialiser:
    """Where a density starts: annealed nets where the density before ended."""
    if name == "xavier":
        return XavierNormal()
    if name == "matched":
        return MatchedOutput(response=runs.response)
    if name == "naive" or before is None:
        return NaivePlusNoise(runs.noise, bias=density / 2)
    return Noisy(Given({part: before[part].values for part in PARAMETERS}), runs.jolt)


@dataclass(frozen=True)
class Cells:
    """What a sweep calls: a cell is a start, at every density."""

    runs: Runs

    def __call__(
        self, cells: Sequence[Mapping[str, Any]], seeds: list[np.random.SeedSequence]
    ) -> xr.Dataset:
        """W1, W2, b, loss, loss_error (cell, density, run, …)."""
        runs = self.runs
        done = []
        for cell, seed in zip(cells, seeds, strict=True):
            words = [int(word) for word in seed.generate_state(4)]
            before: xr.Dataset | None = None
            parts = []
            for number, stage in enumerate(runs.stages):
                result = train(
                    TwoLayer("absolute"),
                    IndependentFeatures(
                        stage.density, runs.importance, n_features=runs.n_features, low=-1.0
                    ),
                    n_hidden=runs.n_hidden,
                    seed=[*words, number],
                    instances=runs.runs,
                    steps=stage.steps,
                    batch=stage.batch,
                    learning_rate=stage.learning_rate,
                    schedule=Cosine(),
                    initial=start_of(runs, cell["start"], stage.density, before),
                    held_out=runs.held_out,
                )
                before = result
                kept = result[[*PARAMETERS, "loss", "loss_error"]].drop_attrs()
                parts.append(kept.drop_vars("instance").rename(instance="run"))
            done.append(xr.concat(parts, "density"))
        return xr.concat(done, "cell")


def measure(runs: Runs, folder: Path) -> xr.Dataset:
    """Train from every start: (start, density, run, …); what is finished survives a stop."""
    result = sweep(
        Cells(runs),
        [{"start": name} for name in STARTS],
        seed=runs.seed,
        folder=folder,
        configuration={**asdict(runs), "code": digest_of("numeric", "ground", Runs, Cells)},
        chunk=1,
        # Whole starts on cores of their own: no thread waits for another at every step.
        n_jobs=cores(),
    )
    result = result.drop_vars("cell", errors="ignore").rename(cell="start")
    return result.assign_coords(start=list(STARTS), density=runs.densities)
