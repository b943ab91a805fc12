"""Train many small models at once: one loop over one state, and everything that defines it kept."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict, dataclass
from typing import Any

import numpy as np
import xarray as xr
from tqdm.auto import tqdm

from ground.checks import check_positive_int
from ground.results import configured
from numeric.features.independent import Features
from numeric.kernels.streams import Purpose, instance_streams
from numeric.models.two_layers import Model
from numeric.schedules import Constant, Schedule
from numeric.training.arrays_engine import Arrays
from numeric.training.engines import Run, Worlds, starting_points
from numeric.training.initialise import Initialiser, XavierNormal
from numeric.training.optimisers import Adam, Optimiser
from numeric.training.task import Task, is_fused

__all__ = ["Plateau", "train"]

HELD_OUT_BATCH = 1024  # samples of one batch of the held-out sample
HISTORY_POINTS = 100
DRAWS = "philox4x32-10, 1"  # changes whenever the same seed would draw other samples


@dataclass(frozen=True)
class Plateau:
    """Stop an instance once its loss has stopped falling.

    The mean batch loss over each window of `window` steps is compared with the best so far;
    after `patience` windows without a relative fall of `tolerance`, the instance stops. Each
    instance judges by its own losses, so it stops at the same step in any company.
    """

    window: int = 500
    tolerance: float = 1e-3
    patience: int = 3

    def __post_init__(self) -> None:
        check_positive_int("window", self.window)
        check_positive_int("patience", self.patience)
        if not (np.isfinite(self.tolerance) and self.tolerance >= 0):
            raise ValueError(f"tolerance must be finite and ≥ 0, got {self.tolerance}")


def train(
    model: Model,
    features: Features,
    *,
    n_hidden: int,
    seed: int | Sequence[int],
    steps: int = 10_000,
    batch: int = 1024,
    instances: int | None = None,
    optimiser: Optimiser = Adam(),  # noqa: B008 (frozen)
    learning_rate: float = 1e-3,
    schedule: Schedule = Constant(),  # noqa: B008 (frozen)
    initial: Initialiser = XavierNormal(),  # noqa: B008 (frozen)
    penalty: float = 0.0,
    snapshots: Sequence[int] = (),
    plateau: Plateau | None = None,
    held_out: int = 65_536,
    first_instance: int = 0,
    threads: int | None = None,
    engine: str | Arrays = "auto",
    progress: bool = False,
) -> xr.Dataset:
    r"""Train independent instances of a model, each from its own stream of random numbers.

    .. math:: \min_\theta \; E \Big[ \textstyle\sum_i I_i (t_i - x'_i)^2
              + \lambda \sum_j |h_j| \Big]

    Parameters
    ----------
    model, features : Model, Features
        What is trained, on which data. Leading axes of the features' density or
        importance make each instance its own world.
    n_hidden : int
    seed : int or sequence of int
        The result depends on it, on each instance's number and on nothing else: not on
        `instances`, `threads`, or an interruption.
    steps, batch : int
        Optimiser steps, and fresh samples at each.
    instances : int, optional
        By default the leading axes of the features; 1 if they have none.
    optimiser, learning_rate, schedule, initial
        Plain Adam by default: no hidden weight decay.
    penalty : float
        λ ≥ 0, the weight of the L1 norm of h in the objective.
    snapshots : sequence of int
        Numbers of steps after which the parameters are kept, 0 being the start.
    plateau : Plateau, optional
        When to stop an instance before the last step.
    held_out : int
        Size of the held-out sample, rounded up to batches of 1024, at least 2 of them.
    first_instance : int
        Number of the first instance: a part of a sweep gets the same streams as the whole.
    threads : int, optional
        Threads; by default as many as Numba uses. No bit depends on it.
    engine : {"auto", "fused", "array"} or Arrays
        The compiled kernels or the reference in NumPy; "auto" takes the first that can.
        `Arrays` computes large models on the arrays of another library, such as PyTorch's.
    progress : bool
        Show a bar with the time left.

    Returns
    -------
    Dataset
        ``W`` (instance, hidden, feature) or ``W1``, ``W2``, and ``b`` (instance, feature);
        ``loss`` and ``loss_error``, the held-out loss without penalty and its standard error;
        ``history`` (step, instance), the mean objective on the batches since the last entry;
        ``steps_taken`` and ``converged`` (instance): whether the plateau rule stopped it, or,
        without a rule, whether the last tenth of the history lies within 1 % of the tenth
        before; ``W_snapshots``, … (snapshot, instance, …). Attribute ``configuration``.

    Raises
    ------
    ValueError
        Naming the argument and what it got.

    Examples
    --------
    >>> from numeric import IndependentFeatures, Linear
    >>> result = train(Linear(bias=False), IndependentFeatures(1.0, n_features=2), n_hidden=2,
    ...                seed=0, steps=300, learning_rate=0.02)
    >>> bool(result.loss[0] < 1e-3)
    True
    """
    task = Task(model, features, n_hidden, batch, optimiser, penalty)
    count = _instances(instances, features)
    _check(task, steps, learning_rate, held_out, first_instance, snapshots)
    indices = range(first_instance, first_instance + count)
    worlds = Worlds.of(features, instance_streams(seed, indices, Purpose.TRAINING))
    start = starting_points(task, initial, instance_streams(seed, indices, Purpose.INITIAL))
    if isinstance(engine, Arrays):
        run: Run = engine.run(task, worlds, start, threads)
        engine_used: str | dict[str, Any] = engine.configuration()
    else:
        fused = _engine(engine, task)
        run = Run(task, worlds, start, fused, threads)
        engine_used = "fused" if fused else "array"
    rates = learning_rate * schedule.factors(steps)
    record = _loop(run, rates, tuple(sorted(set(snapshots))), plateau, progress)
    batches = max(2, -(-held_out // HELD_OUT_BATCH))
    unseen = Worlds.of(features, instance_streams(seed, indices, Purpose.HELD_OUT))
    losses = run.losses(unseen, batches)
    record["loss"] = ("instance", losses.mean(axis=1))
    record["loss_error"] = ("instance", losses.std(axis=1, ddof=1) / np.sqrt(batches))
    configuration = {
        "kind": "train",
        "draws": DRAWS,
        "engine": engine_used,
        "model": model.configuration(),
        "features": features.configuration(),
        "n_hidden": n_hidden,
        "seed": seed if isinstance(seed, int) else list(seed),
        "steps": steps,
        "batch": batch,
        "instances": count,
        "first_instance": first_instance,
        "optimiser": optimiser.configuration(),
        "learning_rate": learning_rate,
        "schedule": schedule.configuration(),
        "initial": initial.configuration(),
        "penalty": penalty,
        "snapshots": list(snapshots),
        "held_out": batches * HELD_OUT_BATCH,
        "plateau": None if plateau is None else asdict(plateau),
    }
    coordinates = {"instance": np.arange(count) + first_instance}
    return configured(xr.Dataset(record, coordinates), configuration)


def _loop(
    run: Run,
    rates: np.ndarray,
    snapshots: tuple[int, ...],
    plateau: Plateau | None,
    progress: bool,
) -> dict[str, Any]:
    """Take all steps; returns the variables of the result."""
    steps, count = len(rates), len(run.theta)
    window = plateau.window if plateau else max(1, steps // HISTORY_POINTS)
    marks = sorted({*range(window, steps, window), steps, *(s for s in snapshots if s)})
    kept = {0: run.theta.copy()} if 0 in snapshots else {}
    active = np.ones(count, dtype=bool)
    taken = np.zeros(count, dtype=np.int64)
    history = []
    judge = _Judge(plateau, count)
    with tqdm(total=steps, disable=not progress, unit="step", leave=False) as bar:
        for mark in marks:
            if not active.any():
                run.taken = mark
                history.append(np.full(count, np.nan))
            else:
                share = rates[run.taken : mark]
                history.append(run.advance(share, np.flatnonzero(active)))
                taken[active] = mark
                active &= judge.goes_on(history[-1], len(share), mark)
                bar.update(len(share))
            if mark in snapshots:
                kept[mark] = run.theta.copy()
    out: dict[str, Any] = _named(run, run.theta, ("instance",))
    out["history"] = (("step", "instance"), np.array(history))
    out["step"] = ("step", np.array(marks))
    out["steps_taken"] = ("instance", taken)
    out["converged"] = ("instance", ~active if plateau else _settled(out["history"][1]))
    if snapshots:
        stack = np.array([kept[s] for s in snapshots])
        for name, value in _named(run, stack, ("snapshot", "instance")).items():
            out[f"{name}_snapshots"] = value
        out["snapshot"] = ("snapshot", np.array(snapshots))
    return out


class _Judge:
    """The plateau rule, applied to the losses of whole windows."""

    def __init__(self, rule: Plateau | None, count: int) -> None:
        self.rule = rule
        self.best = np.full(count, np.inf)
        self.misses = np.zeros(count, dtype=np.int64)
        self.sum = np.zeros(count)
        self.steps = 0

    def goes_on(self, losses: np.ndarray, steps: int, mark: int) -> np.ndarray:
        """Which instances have not met the rule; snapshots may have split a window."""
        if self.rule is None:
            return np.ones(len(losses), dtype=bool)
        self.sum += steps * losses
        self.steps += steps
        if mark % self.rule.window == 0:
            mean = self.sum / self.steps
            better = mean < self.best * (1 - self.rule.tolerance)
            self.misses = np.where(better, 0, self.misses + 1)
            self.best = np.where(better, mean, self.best)
            self.sum, self.steps = np.zeros(len(losses)), 0
        return self.misses < self.rule.patience


def _settled(history: np.ndarray) -> np.ndarray:
    """Whether the last tenth of the history lies within 1 % of the tenth before."""
    tenth = max(1, len(history) // 10)
    if len(history) < 2 * tenth:
        return np.zeros(history.shape[1], dtype=bool)
    last, before = history[-tenth:].mean(axis=0), history[-2 * tenth : -tenth].mean(axis=0)
    return np.abs(last - before) <= 0.01 * before


def _named(run: Run, theta: np.ndarray, lead: tuple[str, ...]) -> dict[str, Any]:
    """Parameters as variables with named axes."""
    axes = {"b": ("feature",), "W2": ("feature", "hidden")}
    return {
        name: ((*lead, *axes.get(name, ("hidden", "feature"))), value)
        for name, value in run.parameters(theta).items()
    }


def _instances(instances: int | None, features: Features) -> int:
    worlds = int(np.prod(features.instances))
    if instances is None:
        return worlds
    count = check_positive_int("instances", instances)
    if features.instances and worlds != count:
        raise ValueError(
            f"instances must be {worlds}, one for each leading entry of the features, got {count}"
        )
    return count


def _engine(engine: str, task: Task) -> bool:
    if engine not in ("auto", "fused", "array"):
        raise ValueError(f'engine must be "auto", "fused", "array" or Arrays, got {engine!r}')
    possible = is_fused(task)
    if engine == "fused" and not possible:
        raise ValueError(
            'engine "fused" knows ReLU and linear outputs, the laws of numeric.features and Adam, '
            f'AdamW or SGD; use engine="auto" for {task.model}, {type(task.features).__name__}, '
            f"{task.optimiser}"
        )
    return possible and engine != "array"


def _check(
    task: Task,
    steps: int,
    learning_rate: float,
    held_out: int,
    first_instance: int,
    snapshots: Sequence[int],
) -> None:
    for name, value in (
        ("n_hidden", task.n_hidden),
        ("batch", task.batch),
        ("steps", steps),
        ("held_out", held_out),
    ):
        check_positive_int(name, value)
    n = task.features.n_features
    if "W" in task.model.shapes(1, 1) and task.n_hidden > n:
        raise ValueError(
            f"n_hidden must not exceed n_features = {n} in a tied model, got {task.n_hidden}"
        )
    for name, number in (("learning_rate", learning_rate), ("penalty", task.penalty)):
        if not (np.isfinite(number) and number >= 0):
            raise ValueError(f"{name} must be finite and ≥ 0, got {number!r}")
    if not (isinstance(first_instance, int | np.integer) and first_instance >= 0):
        raise ValueError(f"first_instance must be a whole number ≥ 0, got {first_instance!r}")
    if any(not 0 <= s <= steps for s in snapshots):
        raise ValueError(f"snapshots must lie in 0…steps = {steps}, got {list(snapshots)}")
