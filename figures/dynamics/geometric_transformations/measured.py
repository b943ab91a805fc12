"""Trained: runs of two correlated sets from two scales of the start, with snapshots on the way."""

from __future__ import annotations

import numpy as np
import xarray as xr

from figures.dynamics.geometric_transformations.plan import SIZES, Plan
from numeric.features.sets import CorrelatedSets
from numeric.models.two_layers import ReluOutput
from numeric.schedules import Cosine
from numeric.training.optimisers import SGD
from numeric.training.train import train


def measure(plan: Plan) -> xr.Dataset:
    """W_snapshots, b_snapshots (start, snapshot, instance, …), and the ``time`` of a snapshot."""
    marks = np.unique(np.geomspace(plan.first, plan.steps, plan.snapshots).round().astype(int))
    runs = [
        train(
            ReluOutput(),
            CorrelatedSets(SIZES, plan.density),
            n_hidden=3,
            seed=(plan.seed, number),
            steps=plan.steps,
            batch=plan.batch,
            instances=plan.runs,
            learning_rate=plan.learning_rate,
            schedule=Cosine(),
            initial=start,
            optimiser=SGD(),
            snapshots=[0, *marks.tolist()],
            held_out=2048,
            progress=True,
        )[["W_snapshots", "b_snapshots"]].drop_attrs()
        for number, start in enumerate(plan.starts.values())
    ]
    rates = plan.learning_rate * Cosine().factors(plan.steps)
    time = np.concatenate([[0.0], np.cumsum(rates)])[[0, *marks]]
    data = xr.concat(runs, xr.DataArray(list(plan.starts), dims="start", name="start"))
    return data.assign(time=("snapshot", time))
