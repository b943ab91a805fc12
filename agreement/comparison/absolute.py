"""Nets trained to compute |x| beside the naive solution: their losses, neurons and dead sides."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
import xarray as xr
from numpy.typing import NDArray

from ground.checks import FloatArray
from numeric.measure.neurons import Neurons, dead_sides, neurons

__all__ = ["Absolute", "of_starts"]

RUNS = ("start", "density", "run")


@dataclass(frozen=True, eq=False)
class Absolute:
    """Trained nets by (start, density, run), and the best of each density.

    Attributes
    ----------
    starts : list of str
    density : (density,)
    ratio, ratio_error : (start, density, run)
        Held-out loss over the naive solution's, and its standard error.
    found : Neurons
        Of every net.
    dead : (start, density, run)
        Share of the sides of kept features that are dead.
    start, run : (density,)
        Of the best net at each density.
    """

    starts: list[str]
    density: FloatArray
    ratio: FloatArray
    ratio_error: FloatArray
    found: Neurons
    dead: FloatArray
    start: NDArray[np.intp]
    run: NDArray[np.intp]

    @property
    def best(self) -> tuple[NDArray[np.intp], NDArray[np.intp], NDArray[np.intp]]:
        """Indices (start, density, run) of the best nets."""
        return self.start, np.arange(self.density.size), self.run

    def best_from(self, name: str) -> tuple[int, NDArray[np.intp], NDArray[np.intp]]:
        """Indices of the best net of each density from one start."""
        index = self.starts.index(name)
        return index, np.arange(self.density.size), self.ratio[index].argmin(axis=-1)

    def secondary(self) -> FloatArray:
        """Second largest |weight| of each polysemantic neuron of the best nets, the largest 1."""
        rows = np.sort(np.abs(self.found.W1[self.best]), axis=-1)
        return np.asarray(rows[..., -2][self.found.polysemantic[self.best]])

    def row(self) -> dict[str, Any]:
        """The row of the table of agreement."""
        live = self.found.live[self.best].sum(axis=-1)
        mono = self.found.monosemantic[self.best].sum(axis=-1)
        effective = self.found.effectively_monosemantic[self.best].sum(axis=-1)
        sparsest = int(self.density.argmin())
        random = self.starts.index("xavier")
        return {
            "runs": int(self.ratio.size),
            "naive_ratio_dense": float(self.ratio[self.best][0]),
            "naive_ratio_sparse": float(self.ratio[self.best][sparsest]),
            "naive_ratio_random": float(np.median(self.ratio[random])),
            "dead_random": float(self.dead[random, sparsest].mean()),
            "monosemantic_dense": float(mono[0] / live[0]),
            "monosemantic_sparse": float(mono[sparsest] / live[sparsest]),
            "monosemantic_sparse_effective": float(effective[sparsest] / live[sparsest]),
        }


def of_starts(measured: xr.Dataset, derived: xr.Dataset, *, kept: int) -> Absolute:
    """Hold trained nets against the naive solution.

    Parameters
    ----------
    measured : Dataset (start, density, run, …)
        With W1, W2, b, loss and loss_error.
    derived : Dataset (density)
        With naive.
    kept : int
        Features that the naive solution computes, the first ones.
    """
    W1 = measured["W1"].transpose(*RUNS, "hidden", "feature").values
    W2 = measured["W2"].transpose(*RUNS, "feature", "hidden").values
    b = measured["b"].transpose(*RUNS, "feature").values
    naive = derived["naive"].values[:, None]
    ratio = measured["loss"].transpose(*RUNS).values / naive
    error = measured["loss_error"].transpose(*RUNS).values / naive
    dead = dead_sides(W1, W2, b)[..., :kept, :].mean(axis=(-1, -2))
    runs = ratio.shape[-1]
    flat = np.moveaxis(ratio, 1, 0).reshape(ratio.shape[1], -1)
    start, run = np.divmod(flat.argmin(axis=1), runs)
    return Absolute(
        measured["start"].values.tolist(),
        measured["density"].values,
        ratio,
        error,
        neurons(W1, W2),
        dead,
        start,
        run,
    )
