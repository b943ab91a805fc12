"""The trained phase diagram: every cell and every restart an independent model, the best kept."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, fields
from itertools import product
from typing import Any

import numpy as np
import xarray as xr
from tqdm.auto import tqdm

from ground.checks import (
    as_at_least_zero,
    as_floats,
    as_number,
    check_at_most,
    check_flag,
    check_positive_int,
    check_sizes,
    check_whole,
)
from ground.results import configured
from numeric.features.independent import IndependentFeatures
from numeric.kernels.streams import Purpose, descend
from numeric.kernels.worlds import Worlds
from numeric.models.two_layers import Model, ReluOutput
from numeric.schedules import Cosine
from numeric.training.cost import check_cost
from numeric.training.engines import Run, starting_points
from numeric.training.initialise import XavierNormal
from numeric.training.named import as_learner
from numeric.training.optimisers import Adam
from numeric.training.penalty import Penalty, as_penalty, check_penalty
from numeric.training.restarts import best_of_restarts
from numeric.training.sweep import Cell, grid, on_grid
from numeric.training.task import Task, is_fused
from numeric.training.train import DRAWS

__all__ = ["Protocol", "phase_diagram"]

MOST_FEATURES = 12
SLICE = 200  # steps between two ticks of the progress bar


@dataclass(frozen=True)
class Protocol:
    """How a cell of a phase diagram is trained; call it to train cells.

    Attributes
    ----------
    n_features, n_hidden : int
        Importance (1, …, 1, r), equal densities p.
    restarts : int
        Independent runs of a cell; the best by held-out loss is kept.
    steps, batch, learning_rate : int, int, float
        Plain Adam, its rate falling to 0 along half a cosine.
    gain : float
        Initial standard deviation of W in units of Xavier's.
    held_out : int
        Held-out samples of each pattern of active features, rounded up to batches of 1024.
    model : Model
        What is trained; x' = ReLU(WᵀWx + b) by default.
    low, high : float
        Ends of the uniform law of an active feature.
    penalty : Penalty or float, optional
        As in `numeric.train`; the best of a cell is then that by the held-out objective.
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
    model: Model = ReluOutput()  # noqa: RUF009 (frozen)
    low: float = 0.0
    high: float = 1.0
    penalty: Penalty | float | None = None
    threads: int | None = None
    progress: bool = False

    def __post_init__(self) -> None:
        if "W" in as_learner(self.model).shapes(1, 1):
            check_sizes(self.n_features, self.n_hidden)
        else:  # layers of their own may be wider than the input
            check_positive_int("n_features", self.n_features)
            check_positive_int("n_hidden", self.n_hidden)
        for name in ("restarts", "steps", "batch", "held_out"):
            check_positive_int(name, getattr(self, name))
        for name in ("learning_rate", "gain"):
            as_number(name, getattr(self, name), "finite and > 0", lambda x: 0 < x < np.inf)
        for name in ("z", "floor"):
            as_at_least_zero(name, getattr(self, name))
        object.__setattr__(self, "penalty", as_penalty(self.penalty))
        check_penalty(as_penalty(self.penalty), self.model)
        check_flag("progress", self.progress)
        if self.threads is not None:
            check_positive_int("threads", self.threads)
        check_at_most("n_features", self.n_features, MOST_FEATURES, "2ⁿ patterns are held out")

    def configuration(self) -> dict[str, Any]:
        """Everything that the result depends on, as a dictionary that JSON can hold."""
        names = {field.name for field in fields(self)} - {"threads", "progress", "model", "penalty"}
        settings = {name: value for name, value in vars(self).items() if name in names}
        model, penalty = self.model.configuration(), as_penalty(self.penalty).configuration()
        of_all = {"kind": "phase_diagram", "draws": DRAWS, "model": model, "penalty": penalty}
        return {**of_all, **settings}

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
        features = self._law(density[of_run, None], importance[of_run])
        penalty = as_penalty(self.penalty)
        task = Task(self.model, features, self.n_hidden, self.batch, Adam(), penalty)

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
        objectives = None
        if penalty != Penalty():
            objectives, _ = self._held_out(run, density, importance, seeds, penalised=True)
        named = {
            name: value.reshape(count, self.restarts, *value.shape[1:])
            for name, value in run.parameters().items()
        }
        return best_of_restarts(
            named,
            importance,
            losses,
            weights,
            z=self.z,
            floor=self.floor,
            objectives=objectives,
        )

    def _law(self, density: np.ndarray, importance: np.ndarray) -> IndependentFeatures:
        return IndependentFeatures(
            density, importance, n_features=self.n_features, low=self.low, high=self.high
        )

    def _held_out(
        self,
        run: Run,
        density: np.ndarray,
        importance: np.ndarray,
        seeds: list[np.random.SeedSequence],
        penalised: bool = False,
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
            features = self._law(active, importance[of_run])
            keys = [descend(seed, int(Purpose.HELD_OUT), number) for seed in seeds]
            worlds = Worlds.of(features, [keys[cell] for cell in of_run])
            found = run.losses(worlds, batches, penalised=penalised)
            losses.append(found.reshape(len(seeds), self.restarts, batches))
        return np.array(losses), np.array(weights)


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
    """Train a model, x' = ReLU(WᵀWx + b) by default, on a grid of densities p and importances r.

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
    **settings : optional
        Of `numeric.training.phase_diagram.Protocol`: model, low, high, steps, batch,
        learning_rate, gain, held_out, penalty, threads, progress, ….

    Returns
    -------
    Dataset
        Axes density, importance, restart, hidden, feature. Of the best run of each cell: ``W``,
        ``b``, ``loss`` (held out), ``structure``; ``success_rate``, the fraction of runs as
        good as the best; of all runs ``W_runs``, ``b_runs``, ``loss_runs``, its standard
        error ``loss_error_runs`` and ``success_runs``; with a penalty, by which the best is then
        chosen, ``objective`` and ``objective_runs``. Of a model with two layers of their
        own, ``W1`` and ``W2`` stand for W and there is no ``structure``. Attribute
        ``configuration``.

    Raises
    ------
    ValueError
        Zero restarts, a density outside [0, 1], an importance that is negative or not a number.

    Examples
    --------
    >>> brief = {"restarts": 2, "steps": 300, "learning_rate": 0.02}
    >>> diagram = phase_diagram(2, 1, [1.0], [0.1], seed=0, **brief)
    >>> str(diagram["structure"].values[0, 0])  # dense, so the weak feature goes
    '[1] (2)'
    """
    protocol = Protocol(n_features, n_hidden, restarts=restarts, **settings)
    seed = check_whole("seed", seed)
    axes = {
        "density": _axis("densities", densities, "in [0, 1]", 1.0),
        "importance": _axis("importances", importances, "finite and ≥ 0", np.inf),
    }
    runs = axes["density"].size * axes["importance"].size * restarts
    check_cost(
        weights=n_features * (n_hidden + 1),
        n_features=n_features,
        batch=protocol.batch,
        instances=runs,
        steps=protocol.steps,
        held_out=protocol.held_out,
    )
    cells = grid(**{name: values.tolist() for name, values in axes.items()})
    result = protocol(cells, [descend(seed, i) for i in range(len(cells))])
    configuration = {
        **protocol.configuration(),
        "seed": seed,
        "densities": axes["density"].tolist(),
        "importances": axes["importance"].tolist(),
    }
    return configured(on_grid(result, **axes), configuration)


def _axis(name: str, values: Any, allowed: str, most: float) -> np.ndarray:
    axis = as_floats(name, values)
    if (
        axis.ndim != 1
        or not axis.size
        or not ((axis >= 0) & (axis <= most) & (axis < np.inf)).all()
    ):
        raise ValueError(f"{name} must be a list of numbers, {allowed}, got {values!r}")
    return axis
