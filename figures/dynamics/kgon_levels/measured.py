"""Trained: the models that the figure shows."""

from __future__ import annotations

import numpy as np
import xarray as xr

from figures.dynamics.kgon_levels.plan import N_FEATURES, SNAPSHOTS, STARTS, configuration
from figures.kit.profile import Profile
from ground.results import configured
from numeric.features.independent import OneHot
from numeric.models.two_layers import ReluOutput
from numeric.schedules import Cosine
from numeric.training.train import train


def measure(profile: Profile) -> xr.Dataset:
    """Train from two scales of the start, keeping snapshots."""
    setup = configuration(profile)
    marks = np.unique(np.geomspace(1, setup["steps"], SNAPSHOTS).astype(int))
    runs = [
        train(
            ReluOutput(),
            OneHot(N_FEATURES),
            n_hidden=2,
            seed=(setup["seed"], number),
            steps=setup["steps"],
            batch=setup["batch"],
            instances=setup["runs"],
            learning_rate=setup["learning_rate"],
            schedule=Cosine(),
            initial=start,
            snapshots=[0, *marks.tolist()],
            progress=True,
        ).drop_attrs()
        for number, start in enumerate(STARTS.values())
    ]
    return configured(
        xr.concat(runs, xr.DataArray(list(STARTS), dims="start", name="start")), setup
    )
