"""The best of many runs at the price of few: after each round only the better ones go on.

Models whose best solution is reached by one run in hundreds need many starts, and most of these
show early that they will not be the best.  Each round trains what is left from where it stands,
with an optimiser and a rate of its own; between rounds all are judged on the same held-out samples.
A run that would have won after a slow beginning may be lost: what is found is the best of those
that went on.

References
----------
Jamieson, Talwalkar (2016), *Non-stochastic best arm identification and hyperparameter
optimization*, AISTATS.
"""

from __future__ import annotations

import itertools
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from typing import Any

import numpy as np
import xarray as xr
from tqdm.auto import tqdm

from ground.checks import (
    as_number,
    check_flag,
    check_kind,
    check_positive_int,
    check_seed,
)
from ground.results import configured
from numeric.features.independent import Features
from numeric.kernels.streams import Purpose, descend, instance_streams
from numeric.kernels.worlds import Worlds
from numeric.models.network import axes_of
from numeric.models.two_layers import Model
from numeric.schedules import Cosine
from numeric.training.cost import check_cost
from numeric.training.engines import Run, starting_points
from numeric.training.initialise import Initialiser, XavierNormal
from numeric.training.named import as_features, as_initial, as_learner
from numeric.training.optimisers import Adam
from numeric.training.penalty import Penalty, as_penalty, check_penalty
from numeric.training.task import Task, is_fused
from numeric.training.train import DRAWS

__all__ = ["Round", "successive_halving"]

HELD_OUT_BATCH = 1024
SLICE = 200  # steps between two ticks of the progress bar


@dataclass(frozen=True)
class Round:
    """How the runs that are left go on: Adam from fresh moments, the rate falling along a cosine.

    Parameters
    ----------
    runs : int
        How many take part: in the first round all there are, later the best of the round before.
    steps, batch : int
    learning_rate : float
        At the start of the round; it falls to 0.
    held_out : int
        Samples on which the runs are judged afterwards, rounded up to batches of 1024, at least 2
        of them.  The same for all; rare losses of sparse features need many.

    Raises
    ------
    ValueError
        A number out of its range.

    Examples
    --------
    >>> Round(runs=8, steps=1000, batch=256, learning_rate=0.01).held_out
    16384
    """

    runs: int
    steps: int
    batch: int
    learning_rate: float
    held_out: int = 16_384

    def __post_init__(self) -> None:
        for name in ("runs", "steps", "batch", "held_out"):
            check_positive_int(name, getattr(self, name))
        as_number("learning_rate", self.learning_rate, "finite and > 0", lambda x: 0 < x < np.inf)


def successive_halving(
    model: Model,
    features: Features,
    *,
    n_hidden: int,
    seed: int | Sequence[int],
    rounds: Sequence[Round],
    initial: Initialiser | str = XavierNormal(),  # noqa: B008 (frozen)
    penalty: Penalty | float | None = None,
    threads: int | None = None,
    progress: bool = False,
) -> xr.Dataset:
    r"""Train many runs of one model in rounds, after each of which the better ones go on.

    Parameters
    ----------
    model, features : Model, Features
        One world: the features have no leading axes.
    n_hidden : int
    seed : int or sequence of int
        The result depends on it and on the settings, not on `threads`. A run's start and its
        samples depend on its own number only.
    rounds : sequence of Round
        In each at most as many runs as in the one before.
    initial : Initialiser or str
    penalty : Penalty or float, optional
        As in `numeric.train`.  Runs are judged by the whole objective.
    threads : int, optional
        By default as many as Numba uses.
    progress : bool

    Returns
    -------
    Dataset
        Of the last round, best first: ``W`` (run, hidden, feature) or ``W1``, ``W2``, and ``b``;
        ``loss`` and ``loss_error`` (run) on the common samples; ``start`` (run), each run's number
        in the first round. ``judged`` (round, first): the objective, or the loss where there is no
        penalty, of every run after every round, NaN where it took no part. Attribute
        ``configuration``.

    Raises
    ------
    ValueError
        Naming the argument and what it got.
    TypeError
        A class where its instance belongs, or nothing of the kind.

    Examples
    --------
    >>> from numeric import IndependentFeatures, ReluOutput
    >>> rounds = [Round(40, 200, 64, 0.02), Round(5, 400, 256, 0.02)]
    >>> found = successive_halving(ReluOutput(), IndependentFeatures(0.05, n_features=2),
    ...                            n_hidden=1, seed=0, rounds=rounds)
    >>> found.W[0].prod().item() < 0  # the best is an antipodal pair
    True
    """
    model, features, initial = as_learner(model), as_features(features), as_initial(initial)
    seed, added = check_seed(seed), as_penalty(penalty)
    _check(model, features, n_hidden, rounds, progress)
    check_penalty(added, model)
    numbers = np.arange(rounds[0].runs)
    theta = starting_points(
        Task(model, features, n_hidden, 1, Adam()),
        initial,
        instance_streams(seed, numbers, Purpose.INITIAL),
    )
    judged = np.full((len(rounds), len(numbers)), np.nan)
    total = sum(each.runs * each.steps for each in rounds)
    with tqdm(total=total, disable=not progress, unit="step", leave=False) as bar:
        for number, each in enumerate(rounds):
            order = np.argsort(judged[number - 1, numbers], kind="stable")  # NaN comes last
            keep = np.sort(order[: each.runs]) if number else np.arange(each.runs)
            numbers, theta = numbers[keep], theta[keep]
            # Streams of their own for each round, by the run's number in the first.
            task = Task(model, features, n_hidden, each.batch, Adam(), added)
            streams = instance_streams(descend(seed, number), numbers, Purpose.TRAINING)
            run = Run(task, Worlds.of(features, streams), theta, is_fused(task), threads)
            rates = each.learning_rate * Cosine().factors(each.steps)
            for begin in range(0, each.steps, SLICE):
                run.advance(rates[begin : begin + SLICE])
                bar.update(each.runs * min(SLICE, each.steps - begin))
            theta = run.theta
            common = [descend(seed, int(Purpose.HELD_OUT))] * len(numbers)
            batches = max(2, -(-each.held_out // HELD_OUT_BATCH))
            unseen = Worlds.of(features, common)
            with np.errstate(invalid="ignore", over="ignore"):  # of runs that diverged
                objective = run.losses(unseen, batches, penalised=True).mean(axis=1)
            judged[number, numbers] = np.where(np.isfinite(objective), objective, np.nan)
    losses = run.losses(unseen, batches)
    with np.errstate(invalid="ignore", over="ignore"):
        loss = losses.mean(axis=1)
        error = losses.std(axis=1, ddof=1) / np.sqrt(batches)
    order = np.argsort(judged[-1, numbers], kind="stable")
    data: dict[str, Any] = {
        name: (("run", *axes_of(name)), value[order]) for name, value in run.parameters().items()
    }
    data["loss"], data["loss_error"] = ("run", loss[order]), ("run", error[order])
    data["start"] = ("run", numbers[order])
    data["judged"] = (("round", "first"), judged)
    configuration = {
        "kind": "successive_halving",
        "draws": DRAWS,
        "model": model.configuration(),
        "features": features.configuration(),
        "n_hidden": n_hidden,
        "seed": seed,
        "rounds": [asdict(each) for each in rounds],
        "initial": initial.configuration(),
        "penalty": added.configuration(),
    }
    return configured(xr.Dataset(data), configuration)


def _check(
    model: Model,
    features: Features,
    n_hidden: int,
    rounds: Sequence[Round],
    progress: bool,
) -> None:
    check_positive_int("n_hidden", n_hidden)
    check_flag("progress", progress)
    if features.instances:
        raise ValueError(f"features must be one world, got leading axes {features.instances}")
    n = features.n_features
    if "W" in model.shapes(1, 1) and n_hidden > n:
        raise ValueError(
            f"n_hidden must not exceed n_features = {n} in a tied model, got {n_hidden}"
        )
    if not isinstance(rounds, list | tuple) or not rounds:
        raise ValueError(f"rounds must be a list of Round, at least one, got {rounds!r}")
    for each in rounds:
        check_kind("rounds", each, Round, "a list of Round, such as Round(100, 500, 256, 0.02)")
    for before, after in itertools.pairwise(rounds):
        if after.runs > before.runs:
            raise ValueError(
                f"rounds must have no more runs than the one before, got {before.runs} "
                f"and then {after.runs}"
            )
    for each in rounds:
        check_cost(
            weights=sum(int(np.prod(s)) for s in model.shapes(n_hidden, n).values()),
            n_features=n,
            batch=each.batch,
            instances=each.runs,
            steps=each.steps,
            held_out=each.held_out,
        )
