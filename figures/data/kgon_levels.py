"""One-hot data, six features in two dimensions: runs settling on the levels of the k-gons."""

from __future__ import annotations

from typing import Any

import numpy as np
import xarray as xr

from figures.profile import Profile
from ground.results import configured
from numeric import Gaussian, OneHot, ReluOutput, XavierNormal, train
from numeric.schedules import Cosine
from theory import kgon_levels

NAME = "kgon_levels"
N_FEATURES = 6  # beyond, minima that are no k-gon appear between the levels
STEPS = {"paper": 5000, "quick": 2500}
RUNS = {"paper": 100, "quick": 20}
STARTS = {"Xavier": XavierNormal(), "small": Gaussian(0.01)}
SNAPSHOTS = 60


def configuration(profile: Profile) -> dict[str, Any]:
    """What the runs must have been made with."""
    return {
        "figure": NAME,
        "n_features": N_FEATURES,
        "n_hidden": 2,
        "steps": STEPS[profile.name],
        "runs": RUNS[profile.name],
        "starts": list(STARTS),
        "batch": 256,
        "learning_rate": 5e-3,
        "seed": 2310,
    }


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


def derive(profile: Profile) -> xr.Dataset:
    """Every level: a k-gon, the other features unused with a positive or a negative bias."""
    levels = kgon_levels(N_FEATURES, dead=True)
    return configured(
        xr.Dataset(
            {
                "loss": ("level", [level.loss for level in levels]),
                "name": ("level", [level.name for level in levels]),
                "kind": ("level", [level.kind for level in levels]),
                "k": ("level", [level.k for level in levels]),
                "radius": ("level", [level.radius for level in levels]),
                "bias": ("level", [level.bias for level in levels]),
            }
        ),
        {"theory": NAME, "n_features": N_FEATURES},
    )
