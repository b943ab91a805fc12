"""What moves parameters: the fused kernels, or the reference model in NumPy, on the same draws.

Both engines draw the same samples from the same streams, so that a run differs between them by
rounding only. The array engine knows every model, activation and optimiser; the fused engine is
some hundred times faster and knows the common ones.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field

import numpy as np

from numeric.kernels.binomials import count_tables
from numeric.kernels.large import advance_large, advance_one, large_sample_of_batch
from numeric.kernels.small import advance, sample_of_batch
from numeric.kernels.spec import FIXED, Spec
from numeric.kernels.worlds import Worlds
from numeric.training.feed import loss_and_gradient
from numeric.training.initialise import Initialiser
from numeric.training.penalty import of_weights
from numeric.training.task import Task, is_drawn
from numeric.training.threads import count_threads, in_parallel, numba_threads

__all__ = ["Run", "Worlds", "starting_points"]


@dataclass
class Run:
    """The state of a training run, and the one place that changes it.

    Attributes
    ----------
    theta : ndarray (instances, parameters)
        Parameters, float64: the model's shapes flattened one after the other.
    taken : int
        Steps taken so far.
    """

    task: Task
    worlds: Worlds
    theta: np.ndarray
    fused: bool
    threads: int | None = None
    taken: int = 0
    _first: np.ndarray = field(init=False, repr=False)
    _second: np.ndarray = field(init=False, repr=False)
    _spec: Spec = field(init=False, repr=False)
    _tables: np.ndarray = field(init=False, repr=False)

    def __post_init__(self) -> None:
        self.theta = np.array(self.theta, dtype=np.float64, order="C")
        self._first = np.zeros_like(self.theta)
        self._second = np.zeros_like(self.theta)
        if is_drawn(self.task.features):
            self._spec = self.task.spec()
            self._tables = count_tables(self._spec.block)

    def advance(self, rates: np.ndarray, chosen: np.ndarray | None = None) -> np.ndarray:
        """Take ``len(rates)`` steps with the chosen instances; mean batch loss of each.

        Losses of instances that are not chosen are NaN.
        """
        chosen = np.arange(len(self.theta)) if chosen is None else chosen
        losses = np.full((len(self.theta), len(rates)), np.nan)
        if self.fused:
            self._compiled(self._spec, self.worlds, chosen, rates, losses)
        else:
            in_parallel(lambda part: self._advance_array(part, rates, losses), chosen, self.threads)
        self.taken += len(rates)
        return losses.mean(axis=1)

    def _compiled(
        self, spec: Spec, worlds: Worlds, chosen: np.ndarray, rates: np.ndarray, losses: np.ndarray
    ) -> None:
        """Call the kernel that suits the shape and the number of threads."""
        state = (self.theta, self._first, self._second)
        when = (0 if spec.optimiser == FIXED else self.taken, rates, losses)
        threads = count_threads(self.threads)
        tables = count_tables(spec.block)
        kernel = advance_large if self.task.is_large else advance
        if self.task.is_shared and len(chosen) < threads:
            # Too few instances for the threads: they share each instance's batch.
            with numba_threads(threads) as hands:
                for i in chosen:
                    advance_one(spec, i, hands, *state, worlds, tables, *when)
            return
        in_parallel(lambda part: kernel(spec, part, *state, worlds, tables, *when), chosen, threads)

    def _advance_array(self, part: np.ndarray, rates: np.ndarray, losses: np.ndarray) -> None:
        model, optimiser, feed = self.task.model, self.task.optimiser, self.task.feed
        for i in part:
            parameters = self.parameters(self.theta[i])
            state = self._optimiser_state(i, parameters)
            for t, rate in enumerate(rates):
                x = self.sample(i, self.taken + t).astype(np.float64)
                loss, gradients = loss_and_gradient(
                    model, feed, parameters, x, self.worlds.importance[i], self.task.penalty
                )
                losses[i, t] = loss
                parameters, state = optimiser.update(parameters, gradients, state, float(rate))
            self.theta[i] = _flat(parameters)
            self._keep_state(i, state)

    def _optimiser_state(self, i: int, parameters: dict[str, np.ndarray]) -> dict[str, object]:
        """The optimiser's own record, from the flat moments."""
        names = [name for name in self.task.optimiser.init(parameters) if name != "step"]
        moments = zip(names, (self._first, self._second), strict=False)
        return {"step": self.taken} | {name: self.parameters(moment[i]) for name, moment in moments}

    def _keep_state(self, i: int, state: dict[str, object]) -> None:
        names = [name for name in state if name != "step"]
        for name, moment in zip(names, (self._first, self._second), strict=False):
            moment[i] = _flat(state[name])  # type: ignore[arg-type]

    def parameters(self, theta: np.ndarray | None = None) -> dict[str, np.ndarray]:
        """Named arrays, with the leading axes of theta (default: of all instances)."""
        theta = self.theta if theta is None else theta
        shapes = self.task.model.shapes(self.task.n_hidden, self.task.features.n_features)
        out, begin = {}, 0
        for name, shape in shapes.items():
            size = int(np.prod(shape))
            out[name] = theta[..., begin : begin + size].reshape(*theta.shape[:-1], *shape).copy()
            begin += size
        return out

    def sample(self, i: int, step: int, worlds: Worlds | None = None) -> np.ndarray:
        """The samples (batch, n) that instance i draws at a step."""
        w = self.worlds if worlds is None else worlds
        if is_drawn(self.task.features):
            sample = large_sample_of_batch if self.task.is_large else sample_of_batch
            return sample(self._spec, w, i, self._tables, step)
        # Any other law draws from NumPy, at a counter that is the step: no state either.
        rng = np.random.Generator(np.random.Philox(key=w.keys[i], counter=[0, 0, 0, step]))
        law = self.task.features
        return (law.instance(i) if law.instances else law).sample(rng, self.task.batch)

    def losses(self, worlds: Worlds, batches: int, *, penalised: bool = False) -> np.ndarray:
        """Loss of each instance on each of `batches` batches of 1024: (instances, batches).

        The penalty is left out, unless asked for: this is the loss that theory knows. Instances
        whose worlds have the same key see the same samples.
        """
        out = np.full((len(self.theta), batches), np.nan)
        if self.fused:
            spec = self._spec._replace(batch=1024, optimiser=FIXED)
            if not penalised:
                spec = spec._replace(l1=0.0, weight_decay=0.0, interference=0.0)
            self._compiled(spec, worlds, np.arange(len(self.theta)), np.zeros(batches), out)
            return out
        task = Task(**{**self.task.__dict__, "batch": 1024})
        other = Run(task, worlds, self.theta, fused=False, threads=self.threads)
        for i in range(len(self.theta)):
            parameters = self.parameters(self.theta[i])
            for t in range(batches):
                x = other.sample(i, t).astype(np.float64)
                error = task.model.forward(parameters, x) - task.model.target(x)
                out[i, t] = np.mean(error * error, axis=0) @ worlds.importance[i]
                if penalised:
                    out[i, t] += self._penalty(parameters, x)
        return out

    def _penalty(self, parameters: dict[str, np.ndarray], x: np.ndarray) -> float:
        """What the objective of one instance adds to its loss."""
        penalty = self.task.penalty
        size = np.abs(self.task.model.hidden(parameters, x)).sum(axis=-1).mean()
        return float(penalty.l1 * size + of_weights(penalty, parameters)[0])


def _flat(parameters: dict[str, np.ndarray]) -> np.ndarray:
    return np.concatenate([np.asarray(a, dtype=np.float64).ravel() for a in parameters.values()])


def starting_points(
    task: Task, initial: Initialiser, streams: Iterable[np.random.SeedSequence]
) -> np.ndarray:
    """Flat initial parameters (instances, parameters), each instance from its own stream."""
    n, m = task.features.n_features, task.n_hidden
    return np.array(
        [
            _flat(initial.instance(i).draw(np.random.default_rng(stream), m, n, task.model))
            for i, stream in enumerate(streams)
        ]
    )
