"""Trained: the best of several starts at each penalty, a model whose penalty rises, random starts.

A dropped feature never comes back, and a living one stays beyond its threshold: so what is trained
depends on where it began, and thresholds are read off compared objectives.
"""

from __future__ import annotations

from typing import Any

import numpy as np
import xarray as xr

from figures.ways_out.penalised_survivors.plan import Plan
from numeric.features.independent import IndependentFeatures
from numeric.models.two_layers import Model
from numeric.schedules import Cosine
from numeric.training.halving import Round, successive_halving
from numeric.training.initialise import Given
from numeric.training.train import train

ALIVE = 1 / 6  # slope of the own output: a living feature has at least 1/3, a dropped one 0
Weights = tuple[np.ndarray, np.ndarray]


def measure(plan: Plan) -> xr.Dataset:
    """``W``, ``b``, ``slope``, ``loss`` and ``objective`` of each way of training, by its name.

    Axes model, width, l1, and of random starts run; widths are padded with zero neurons.
    """
    return xr.concat(
        [
            xr.concat([one_world(plan, model, m) for m in plan.widths], "width")
            for model in plan.models.values()
        ],
        "model",
    ).assign_coords(model=list(plan.models), width=list(plan.widths), l1=plan.l1)


def one_world(plan: Plan, model: Model, n_hidden: int) -> xr.Dataset:
    """One model at one width, over all penalties."""
    law = IndependentFeatures(plan.density, plan.importance)
    first = successive_halving(
        model,
        law,
        n_hidden=n_hidden,
        seed=(plan.seed, n_hidden),
        rounds=[
            Round(runs, steps, plan.batch, rate, plan.held_out)
            for (runs, steps), rate in zip(plan.first, (0.02, 0.01), strict=True)
        ],
        penalty=float(plan.l1[0]),
    )
    best = raised = (first.W.values[0], first.b.values[0])
    found = []
    for k, l1 in enumerate(plan.l1):
        compared = compare(plan, model, law, best, float(l1), (plan.seed, n_hidden, k))
        best = (compared.W.values[0], compared.b.values[0])
        settings: dict[str, Any] = {
            "n_hidden": n_hidden,
            "penalty": float(l1),
            "batch": plan.batch,
            "schedule": Cosine(),
            "held_out": plan.held_out,
        }
        on = train(
            model,
            law,
            seed=(plan.seed, n_hidden, k, 1),
            steps=plan.steps,
            learning_rate=plan.learning_rate,
            initial=Given({"W": raised[0], "b": raised[1]}),
            **settings,
        )
        raised = (on.W.values[0], on.b.values[0])
        fresh = train(
            model,
            law,
            seed=(plan.seed, n_hidden, k, 2),
            steps=plan.random_steps,
            instances=plan.random_runs,
            learning_rate=2 * plan.learning_rate,
            **settings,
        )
        found.append(
            xr.merge(
                [
                    kept(compared.isel(run=0, first=0, round=0), "compared", plan, model),
                    kept(on.isel(instance=0), "raised", plan, model),
                    kept(fresh.rename(instance="start"), "random", plan, model),
                ]
            )
        )
    return xr.concat(found, "l1")


def compare(
    plan: Plan,
    model: Model,
    law: IndependentFeatures,
    best: Weights,
    l1: float,
    seed: tuple[int, ...],
) -> xr.Dataset:
    """The model that was best before, and the same without its least features: the best first."""
    W, b = best
    alive = np.flatnonzero(own_slope(model, W) > ALIVE)
    least = alive[np.argsort(plan.importance[alive])]
    weights, biases = [], []
    for count in range(plan.killed + 1):
        dropped = least[:count]
        weights.append(np.where(np.isin(np.arange(W.shape[1]), dropped), 0.0, W))
        biases.append(np.where(np.isin(np.arange(W.shape[1]), dropped), plan.density / 2, b))
    return successive_halving(
        model,
        law,
        n_hidden=len(W),
        seed=seed,
        rounds=[
            Round(len(weights), plan.steps, plan.batch, plan.learning_rate, plan.held_out),
        ],
        initial=Given({"W": np.array(weights), "b": np.array(biases)}),
        penalty=l1,
    )


def own_slope(model: Model, W: np.ndarray) -> np.ndarray:
    """Slope of each feature's output in the feature, where no other is active: (..., n)."""
    n = W.shape[-1]
    lone = model.hidden(
        {"W": W, "b": np.zeros(n)}, np.broadcast_to(np.eye(n), (*W.shape[:-2], n, n))
    )
    return np.asarray(np.sum(lone * np.swapaxes(W, -1, -2), axis=-1))


def kept(run: xr.Dataset, name: str, plan: Plan, model: Model) -> xr.Dataset:
    """The variables that are kept, under the name of the way of training."""
    slope = (run.b.dims, own_slope(model, run.W.values))
    missing = plan.n_features - run.sizes["hidden"]
    W = run.W.pad(hidden=(0, missing), constant_values=0.0)
    data = {"W": W, "b": run.b, "slope": slope, "loss": run.loss}
    if "objective" in run:
        data["objective"] = run.objective
    else:
        data["objective"] = run.judged.min() if "judged" in run else np.nan
    return (
        xr.Dataset({f"{key}_{name}": value for key, value in data.items()})
        .drop_vars([c for c in ("instance", "start", "run") if c in run.coords])
        .drop_attrs()
    )
