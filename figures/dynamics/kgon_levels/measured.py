"""Trained: runs from two scales of the start, with snapshots on the way."""

from __future__ import annotations

import numpy as np
import xarray as xr

from figures.dynamics.kgon_levels.plan import Plan
from numeric.features.independent import OneHot
from numeric.models.two_layers import ReluOutput
from numeric.schedules import Cosine
from numeric.training.train import train


def measure(plan: Plan) -> xr.Dataset:
    """Train from both starts, keeping snapshots."""
    marks = np.unique(np.geomspace(1, plan.steps, plan.snapshots).astype(int))
    runs = [
        train(
            ReluOutput(),
            OneHot(plan.n_features),
            n_hidden=plan.n_hidden,
            seed=(plan.seed, number),
            steps=plan.steps,
            batch=plan.batch,
            instances=plan.runs,
            learning_rate=plan.learning_rate,
            schedule=Cosine(),
            initial=start,
            snapshots=[0, *marks.tolist()],
            progress=True,
        ).drop_attrs()
        for number, start in enumerate(plan.starts.values())
    ]
    return xr.concat(runs, xr.DataArray(list(plan.starts), dims="start", name="start"))
