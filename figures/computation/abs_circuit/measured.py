"""Trained: every density from every start, and which sides were dead before the first step."""

from __future__ import annotations

from typing import Any

import xarray as xr

from figures.computation.abs_circuit.plan import Plan
from numeric.features.independent import IndependentFeatures
from numeric.measure.neurons import dead_sides
from numeric.models.two_layers import AbsoluteValue
from numeric.schedules import Cosine
from numeric.training.train import train


def measure(plan: Plan) -> xr.Dataset:
    """Train, and keep final weights and the number of dead sides at the start."""
    cells = [
        xr.concat(
            [
                trained(plan, density, start, (plan.seed, row, column))
                for column, start in enumerate(plan.starts.values())
            ],
            xr.DataArray(list(plan.starts), dims="start", name="start"),
        )
        for row, density in enumerate(plan.densities)
    ]
    return xr.concat(cells, xr.DataArray(list(plan.densities), dims="density", name="density"))


def trained(plan: Plan, density: float, start: Any, seed: tuple[int, ...]) -> xr.Dataset:
    """All runs of one cell."""
    runs = train(
        AbsoluteValue(),
        IndependentFeatures(density, n_features=plan.n_features, low=-1.0, high=1.0),
        n_hidden=plan.n_hidden,
        seed=seed,
        steps=plan.steps,
        batch=plan.batch,
        instances=plan.runs,
        learning_rate=plan.learning_rate,
        schedule=Cosine(),
        initial=start,
        snapshots=[0],
        progress=True,
    )
    before = runs.isel(snapshot=0)
    dead = dead_sides(*(before[f"{name}_snapshots"].values for name in ("W1", "W2", "b")))
    kept = runs[["W1", "W2", "b"]].drop_attrs()
    return kept.assign(dead_at_start=("instance", dead.sum(axis=(-2, -1))))
