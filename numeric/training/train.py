"""Train many small models at once: one loop over one state, and everything that defines it kept."""

from __future__ import annotations

import warnings
from collections.abc import Sequence
from dataclasses import asdict
from typing import Any

import numpy as np
import xarray as xr

from ground.checks import (
    as_at_least_zero,
    check_choice,
    check_flag,
    check_kind,
    check_positive_int,
    check_seed,
    check_whole,
)
from ground.results import configured
from numeric.features.independent import Features
from numeric.kernels.streams import Purpose, instance_streams
from numeric.kernels.worlds import Worlds
from numeric.models.two_layers import Model
from numeric.schedules import Constant, Schedule
from numeric.training.arrays_engine import Arrays
from numeric.training.cost import check_cost
from numeric.training.engines import Run, starting_points
from numeric.training.feed import Feed
from numeric.training.initialise import Initialiser, XavierNormal
from numeric.training.loop import Plateau, run_to_the_end
from numeric.training.named import (
    as_features,
    as_initial,
    as_learner,
    as_optimiser,
    as_schedule,
)
from numeric.training.optimisers import Adam, Optimiser
from numeric.training.penalty import Penalty, as_penalty, check_penalty
from numeric.training.task import Task, is_fused

__all__ = ["train"]

HELD_OUT_BATCH = 1024  # samples of one batch of the held-out sample
DRAWS = "philox4x32-10, 1"  # changes whenever the same seed would draw other samples


def train(
    model: Model,
    features: Features,
    *,
    n_hidden: int,
    seed: int | Sequence[int],
    steps: int = 10_000,
    batch: int = 1024,
    instances: int | None = None,
    optimiser: Optimiser | str = Adam(),  # noqa: B008 (frozen)
    learning_rate: float = 1e-3,
    schedule: Schedule | str = Constant(),  # noqa: B008 (frozen)
    initial: Initialiser | str = XavierNormal(),  # noqa: B008 (frozen)
    penalty: Penalty | float | None = None,
    snapshots: Sequence[int] = (),
    plateau: Plateau | None = None,
    held_out: int = 65_536,
    first_instance: int = 0,
    threads: int | None = None,
    engine: str | Arrays = "auto",
    feed: Feed | None = None,
    progress: bool = False,
) -> xr.Dataset:
    r"""Train independent instances of a model, each from its own stream of random numbers.

    .. math:: \min_\theta \; E \Big[ \textstyle\sum_i I_i (t_i - x'_i)^2
              + \lambda_1 \sum_j |h_j| \Big] + \lambda_2 \lVert W \rVert_F^2
              + \lambda_3 \sum_{i \ne j} (W_i \cdot W_j)^2

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
    optimiser : Optimiser or str
    learning_rate : float
    schedule : Schedule or str
    initial : Initialiser or str
        Plain Adam by default: no hidden weight decay. Words will do for what has usual settings:
        "adam", "sgd"; "constant", "linear", "cosine"; "xavier".
    penalty : Penalty or float, optional
        The λ of the objective; none by default, and a number is λ₁, the weight of the L1 norm of h.
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
    feed : Feed, optional
        What the model reads at each step in place of the batch, such as an attacked one. The
        target stays that of the batch, and the held-out loss that of clean samples. Not for the
        engine "fused".
    progress : bool
        Show a bar with the time left.

    Returns
    -------
    Dataset
        ``W`` (instance, hidden, feature) or ``W1``, ``W2``, and ``b`` (instance, feature);
        ``loss`` and ``loss_error``, the held-out loss without penalty and its standard error;
        with one, ``objective`` and ``objective_error``, the same of all that is minimised;
        ``history`` (step, instance), the mean objective on the batches since the last entry;
        ``steps_taken`` and ``converged`` (instance): whether the plateau rule stopped it, or,
        without a rule, whether the last tenth of the history lies within 1 % of the tenth
        before; ``diverged`` (instance): its loss or parameters left the finite numbers, where it
        stopped; ``W_snapshots``, … (snapshot, instance, …). Attribute ``configuration``.

    Warns
    -----
    RuntimeWarning
        Some instances diverged.

    Raises
    ------
    ValueError
        Naming the argument and what it got; also for what fits into no memory.
    TypeError
        A class where its instance belongs, or nothing of the kind.

    Examples
    --------
    >>> from numeric import IndependentFeatures, Linear
    >>> result = train(Linear(bias=False), IndependentFeatures(1.0, n_features=2), n_hidden=2,
    ...                seed=0, steps=300, learning_rate=0.02)
    >>> bool(result.loss[0] < 1e-3)
    True
    """
    model, features = as_learner(model), as_features(features)
    optimiser, schedule = as_optimiser(optimiser), as_schedule(schedule)
    initial, seed = as_initial(initial), check_seed(seed)
    task = Task(model, features, n_hidden, batch, optimiser, as_penalty(penalty), feed)
    count = _instances(instances, features)
    _check(task, steps, learning_rate, held_out, first_instance, snapshots)
    check_flag("progress", progress)
    if plateau is not None:
        check_kind("plateau", plateau, Plateau, "None or a Plateau, such as Plateau(window=500)")
    if threads is not None:
        check_positive_int("threads", threads)
    check_cost(
        weights=sum(int(np.prod(s)) for s in model.shapes(n_hidden, features.n_features).values()),
        n_features=features.n_features,
        batch=batch,
        instances=count,
        steps=steps,
        held_out=held_out,
    )
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
    record = run_to_the_end(run, rates, tuple(sorted(set(snapshots))), plateau, progress)
    batches = max(2, -(-held_out // HELD_OUT_BATCH))
    unseen = Worlds.of(features, instance_streams(seed, indices, Purpose.HELD_OUT))
    losses = run.losses(unseen, batches)
    with np.errstate(invalid="ignore", over="ignore"):  # of instances that diverged
        record["loss"] = ("instance", losses.mean(axis=1))
        record["loss_error"] = ("instance", losses.std(axis=1, ddof=1) / np.sqrt(batches))
        if task.penalty != Penalty():
            whole = run.losses(unseen, batches, penalised=True)
            record["objective"] = ("instance", whole.mean(axis=1))
            record["objective_error"] = ("instance", whole.std(axis=1, ddof=1) / np.sqrt(batches))
    _say_diverged(record)
    configuration = {
        "kind": "train",
        "draws": DRAWS,
        "engine": engine_used,
        "model": model.configuration(),
        "features": features.configuration(),
        "n_hidden": n_hidden,
        "seed": seed,
        "steps": steps,
        "batch": batch,
        "instances": count,
        "first_instance": first_instance,
        "optimiser": optimiser.configuration(),
        "learning_rate": learning_rate,
        "schedule": schedule.configuration(),
        "initial": initial.configuration(),
        "penalty": task.penalty.configuration(),
        "feed": None if feed is None else feed.configuration(),
        "snapshots": [int(s) for s in snapshots],
        "held_out": batches * HELD_OUT_BATCH,
        "plateau": None if plateau is None else asdict(plateau),
    }
    coordinates = {"instance": np.arange(count) + first_instance}
    return configured(xr.Dataset(record, coordinates), configuration)


def _say_diverged(record: dict[str, Any]) -> None:
    """A held-out loss that is no number is a divergence too; warn of all."""
    diverged = record["diverged"][1] | ~np.isfinite(record["loss"][1])
    record["diverged"] = ("instance", diverged)
    record["converged"] = ("instance", record["converged"][1] & ~diverged)
    if diverged.any():
        warnings.warn(
            f"{diverged.sum()} of {len(diverged)} instances diverged (see `diverged`): "
            "their loss is NaN or infinite; a lower learning_rate may help",
            RuntimeWarning,
            stacklevel=3,
        )


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
    check_choice("engine", engine, ("auto", "fused", "array"))
    possible = is_fused(task)
    if engine == "fused" and not possible:
        raise ValueError(
            'engine "fused" knows ReLU and linear outputs, the laws of numeric.features, Adam, '
            f'AdamW or SGD, and no feed; use engine="auto" for {task.model}, '
            f"{type(task.features).__name__}, {task.optimiser}"
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
    check_penalty(task.penalty, task.model)
    as_at_least_zero("learning_rate", learning_rate)
    check_whole("first_instance", first_instance)
    if isinstance(task.feed, type) or not (task.feed is None or isinstance(task.feed, Feed)):
        raise ValueError(
            f"feed must be None or a Feed, callable and with configuration(), got {task.feed!r}"
        )
    if not np.iterable(snapshots) or isinstance(snapshots, str | bytes):
        raise TypeError(f"snapshots must be a list of numbers of steps, got {snapshots!r}")
    for s in snapshots:
        if isinstance(s, bool) or not isinstance(s, int | np.integer) or not 0 <= s <= steps:
            raise ValueError(
                f"snapshots must be whole numbers in 0…steps = {steps}, got {s!r} among them"
            )
