"""Trained: every density from every start, with the weights before the first step."""

from __future__ import annotations

from typing import Any

import xarray as xr

from figures.computation.abs_circuit.plan import Plan
from numeric.features.independent import IndependentFeatures
from numeric.models.two_layers import AbsoluteValue
from numeric.schedules import Cosine
from numeric.training.train import train


def measure(plan: Plan) -> xr.Dataset:
    """Train, and keep the weights of the start and of the end."""
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
    before = runs[["W1_snapshots", "W2_snapshots", "b_snapshots"]].isel(snapshot=0, drop=True)
    names = {f"{name}_snapshots": f"{name}_start" for name in ("W1", "W2", "b")}
    return xr.merge([runs[["W1", "W2", "b"]], before.rename(names)]).drop_attrs()
