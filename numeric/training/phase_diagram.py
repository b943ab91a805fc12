"""The trained phase diagram: every cell and every restart an independent model, the best kept."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict, dataclass
from itertools import product
from typing import Any

import numpy as np
import xarray as xr
from tqdm.auto import tqdm

from ground.checks import as_density, as_importance, check_positive_int, check_sizes
from ground.results import configured
from ground.structure import structure_of
from numeric.features.independent import IndependentFeatures
from numeric.kernels.streams import Purpose, descend
from numeric.models.two_layers import ReluOutput
from numeric.schedules import Cosine
from numeric.training.engines import Run, Worlds, starting_points
from numeric.training.initialise import XavierNormal
from numeric.training.optimisers import Adam
from numeric.training.sweep import Cell, grid, on_grid
from numeric.training.task import Task, is_fused
from numeric.training.train import DRAWS

__all__ = ["Protocol", "phase_diagram"]

SLICE = 200  # steps between two ticks of the progress bar


@dataclass(frozen=True)
class Protocol:
    """How a cell of a phase diagram is trained; call it to train cells.

    Attributes
    ----------
    n_features, n_hidden : int
        The model x' = ReLU(WᵀWx + b); importance (1, …, 1, r), equal densities p.
    restarts : int
        Independent runs of a cell; the best by held-out loss is kept.
    steps, batch, learning_rate : int, int, float
        Plain Adam, its rate falling to 0 along half a cosine.
    gain : float
        Initial standard deviation of W in units of Xavier's.
    held_out : int
        Held-out samples of each pattern of active features, rounded up to batches of 1024.
    z, floor : float
        A run is as good as the best where its held-out loss exceeds the best one's by no more
        than z standard errors of their paired difference plus floor times the best loss.
    """

    n_features: int
    n_hidden: int
    restarts: int = 10
    steps: int = 3000
    batch: int = 1024
    learning_rate: float = 0.02
    gain: float = 1.0
    held_out: int = 16_384
    z: float = 4.0
    floor: float = 5e-3
    threads: int | None = None
    progress: bool = False

    def __post_init__(self) -> None:
        check_sizes(self.n_features, self.n_hidden)
        for name in ("restarts", "steps", "batch", "held_out"):
            check_positive_int(name, getattr(self, name))
        for name in ("learning_rate", "gain"):
            if not (np.isfinite(getattr(self, name)) and getattr(self, name) > 0):
                raise ValueError(f"{name} must be finite and > 0, got {getattr(self, name)}")
        for name in ("z", "floor"):
            if not (np.isfinite(getattr(self, name)) and getattr(self, name) >= 0):
                raise ValueError(f"{name} must be finite and ≥ 0, got {getattr(self, name)}")

    def configuration(self) -> dict[str, Any]:
        """Everything that the result depends on, as a dictionary that JSON can hold."""
        settings = asdict(self)
        del settings["threads"], settings["progress"]
        return {"kind": "phase_diagram", "draws": DRAWS, **settings}

    def __call__(self, cells: Sequence[Cell], seeds: list[np.random.SeedSequence]) -> xr.Dataset:
        """Train cells, each from its own seed: what `numeric.training.sweep.sweep` calls `work`.

        Parameters
        ----------
        cells : sequence of {"density": p, "importance": r}
        seeds : list of SeedSequence
            One for each cell; a cell's result depends on its own only.

        Returns
        -------
        Dataset
            With the leading dimension ``cell``; variables as in `phase_diagram`.
        """
        n, count = self.n_features, len(cells)
        density = np.array([float(cell["density"]) for cell in cells])
        importance = np.ones((count, n))
        importance[:, -1] = [float(cell["importance"]) for cell in cells]
        runs = [(cell, restart) for cell in range(count) for restart in range(self.restarts)]
        of_run = np.repeat(np.arange(count), self.restarts)
        features = IndependentFeatures(density[of_run, None], importance[of_run], n_features=n)
        task = Task(ReluOutput(), features, self.n_hidden, self.batch, Adam())

        def streams(purpose: Purpose) -> list[np.random.SeedSequence]:
            return [descend(seeds[cell], int(purpose), restart) for cell, restart in runs]

        run = Run(
            task,
            Worlds.of(features, streams(Purpose.TRAINING)),
            starting_points(task, XavierNormal(self.gain), streams(Purpose.INITIAL)),
            is_fused(task),
            self.threads,
        )
        rates = self.learning_rate * Cosine().factors(self.steps)
        with tqdm(total=self.steps, disable=not self.progress, unit="step", leave=False) as bar:
            for begin in range(0, self.steps, SLICE):
                run.advance(rates[begin : begin + SLICE])
                bar.update(min(SLICE, self.steps - begin))
        losses, weights = self._held_out(run, density, importance, seeds)
        return self._result(run, importance, losses, weights)

    def _held_out(
        self,
        run: Run,
        density: np.ndarray,
        importance: np.ndarray,
        seeds: list[np.random.SeedSequence],
    ) -> tuple[np.ndarray, np.ndarray]:
        """Losses (pattern, cell, restart, batch) given the active features, and P(pattern).

        Strata, one for each pattern of active features, so that the rare ones count exactly
        as much as they should; all restarts of a cell see the same samples. The pattern
        without any active feature has no randomness: one number, whatever the batch.
        """
        batches = max(2, -(-self.held_out // 1024))
        of_run = np.repeat(np.arange(len(seeds)), self.restarts)
        losses, weights = [], []
        for number, pattern in enumerate(product((0.0, 1.0), repeat=self.n_features)):
            active = np.array(pattern)
            p = density[:, None]
            weights.append(np.prod(np.where(active > 0, p, 1 - p), axis=1))
            features = IndependentFeatures(active, importance[of_run])
            keys = [descend(seed, int(Purpose.HELD_OUT), number) for seed in seeds]
            worlds = Worlds.of(features, [keys[cell] for cell in of_run])
            found = run.losses(worlds, batches)
            losses.append(found.reshape(len(seeds), self.restarts, batches))
        return np.array(losses), np.array(weights)

    def _result(
        self, run: Run, importance: np.ndarray, losses: np.ndarray, weights: np.ndarray
    ) -> xr.Dataset:
        """Choose the best run of each cell, and say how often a single run does as well."""
        cells = len(importance)
        loss = np.einsum("qc,qcr->cr", weights, losses.mean(axis=-1))
        best = np.argmin(loss, axis=1)
        row = np.arange(cells)
        excess = loss - loss[row, best][:, None]
        paired = losses - losses[:, row, best][:, :, None]
        error = _standard_error(paired, weights)
        success = excess <= self.z * error + self.floor * loss[row, best][:, None]
        named = {
            name: value.reshape(cells, self.restarts, *value.shape[1:])
            for name, value in run.parameters().items()
        }
        W, b = named["W"], named["b"]
        names = [str(structure_of(W[c, best[c]]).canonical(importance[c])) for c in range(cells)]
        runs = ("cell", "restart")
        return xr.Dataset(
            {
                "W": (("cell", "hidden", "feature"), W[row, best]),
                "b": (("cell", "feature"), b[row, best]),
                "loss": ("cell", loss[row, best]),
                "structure": ("cell", np.array(names, dtype=str)),
                "success_rate": ("cell", success.mean(axis=1)),
                "best": ("cell", best),
                "W_runs": ((*runs, "hidden", "feature"), W),
                "b_runs": ((*runs, "feature"), b),
                "loss_runs": (runs, loss),
                "loss_error_runs": (runs, _standard_error(losses, weights)),
                "success_runs": (runs, success),
            }
        )


def phase_diagram(
    n_features: int,
    n_hidden: int,
    densities: Sequence[float],
    importances: Sequence[float],
    *,
    seed: int,
    restarts: int = 10,
    **settings: Any,
) -> xr.Dataset:
    """Train x' = ReLU(WᵀWx + b) on a grid of densities p and last importances r.

    Parameters
    ----------
    n_features, n_hidden : int
    densities, importances : sequences of float
        p in [0, 1] and r ≥ 0; the importance is (1, …, 1, r).
    seed : int
        Cell i of the grid, importance running fastest, draws from
        ``SeedSequence(seed, spawn_key=(i,))``: as in `numeric.training.sweep.sweep`.
    restarts : int
        Independent runs of each cell.
    **settings
        Of the `Protocol`: steps, batch, learning_rate, gain, held_out, threads, progress, ….

    Returns
    -------
    Dataset
        Axes density, importance, restart, hidden, feature. Of the best run of each cell: ``W``,
        ``b``, ``loss`` (held out), ``structure``; ``success_rate``, the fraction of runs as
        good as the best; of all runs ``W_runs``, ``b_runs``, ``loss_runs``, its standard
        error ``loss_error_runs`` and ``success_runs``. Attribute ``configuration``.

    Raises
    ------
    ValueError
        Zero restarts, a density outside [0, 1], an importance that is negative or not a number.
    """
    protocol = Protocol(n_features, n_hidden, restarts=restarts, **settings)
    axes = {
        "density": _axis("densities", as_density(densities)),
        "importance": _axis("importances", as_importance(importances, np.size(importances))),
    }
    cells = grid(**{name: values.tolist() for name, values in axes.items()})
    result = protocol(cells, [descend(seed, i) for i in range(len(cells))])
    configuration = {
        **protocol.configuration(),
        "seed": seed,
        "densities": axes["density"].tolist(),
        "importances": axes["importance"].tolist(),
    }
    return configured(on_grid(result, **axes), configuration)


def _axis(name: str, values: np.ndarray) -> np.ndarray:
    if values.ndim != 1 or not values.size:
        raise ValueError(f"{name} must be a list of numbers, got shape {values.shape}")
    return values


def _standard_error(losses: np.ndarray, weights: np.ndarray) -> np.ndarray:
    """Standard error of the stratified mean: (pattern, cell, restart, batch) → (cell, restart)."""
    variance = losses.var(axis=-1, ddof=1) / losses.shape[-1]
    return np.sqrt(np.einsum("qc,qcr->cr", weights**2, variance))
