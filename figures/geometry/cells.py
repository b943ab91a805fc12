"""What the figures of geometry share: models trained cell by cell, and lines among their D_i."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from typing import Any

import numpy as np
import xarray as xr
from scipy.stats import nbinom, norm

from figures.kit.profile import Profile, cores, digest_of
from ground.checks import FloatArray
from ground.results import configured
from numeric.features.independent import (
    AnticorrelatedSets,
    CorrelatedSets,
    Features,
    IndependentFeatures,
)
from numeric.models.two_layers import ReluOutput
from numeric.schedules import Cosine
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


@dataclass(frozen=True)
class Line:
    """A local excess of D_i over its surroundings.

    Attributes
    ----------
    dimensionality : float
        Centre of the bin.
    count : int
        D_i in it.
    expected : float
        From the bins on its fuller side.
    z : float
        Significance of the excess, in standard deviations, after allowing for all bins searched.
    """

    dimensionality: float
    count: int
    expected: float
    z: float


def lines(
    dimensionality: FloatArray,
    *,
    width: float = 0.01,
    around: int = 4,
    gap: int = 1,
    least: float = 3.0,
) -> list[Line]:
    """Lines in a set of D_i: bins that hold more than the bins around them can explain.

    The background of a bin is taken from the `around` bins on that side of it which hold more, so
    that neither an edge nor a slope makes a line, and `gap` bins away, so that a line does not hide
    itself.  Given T counts in w such bins, the count of one more follows a negative binomial law
    (a Poisson law whose mean is known from T only).  A line reaches its count with a chance below
    that of `least` standard deviations, times the bins searched; of adjacent bins the fullest
    stands for it.

    Parameters
    ----------
    dimensionality : (n,)
        D_i of represented features.
    width : float
        Of a bin.
    around, gap : int
        In bins.
    least : float
        Standard deviations.
    """
    edges = np.arange(-0.5 * width, 1 + 1.5 * width, width)
    counts = np.histogram(dimensionality, edges)[0]
    centres = (edges[1:] + edges[:-1]) / 2
    padded = np.pad(counts, around + gap)
    below, above = (
        np.stack([padded[around + gap + k :][: len(counts)] for k in steps]).sum(axis=0)
        for steps in (range(-around - gap, -gap), range(gap + 1, around + gap + 1))
    )
    total = np.maximum(below, above)
    expected = (total + 1) / around
    log_chance = nbinom.logsf(counts - 1, total + 1, around / (around + 1)) + np.log(len(counts))
    z = np.where(log_chance < 0, -norm.ppf(np.exp(np.maximum(log_chance, -700.0))), 0.0)
    found = []
    for k in np.flatnonzero(z >= least):
        if counts[k] == counts[max(0, k - 1) : k + 2].max():
            found.append(Line(float(centres[k]), int(counts[k]), float(expected[k]), float(z[k])))
    return found
