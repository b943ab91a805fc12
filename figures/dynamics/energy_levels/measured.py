"""Trained: every set-up with snapshots in logarithmic time, and one run by gradient descent."""

from __future__ import annotations

import numpy as np
import xarray as xr

from figures.dynamics.energy_levels.plan import Plan, Setup
from numeric.models.two_layers import ReluOutput
from numeric.training.initialise import Gaussian
from numeric.training.train import train


def measure(plan: Plan) -> xr.Dataset:
    """Train: ``W_uniform`` (snapshot, instance, …) and so on, by the label of the set-up."""
    parts = [trained(plan, setup, plan.runs) for setup in plan.setups]
    # The same seed, so the same starts: the first instance is that of the first set-up.
    return xr.merge([*parts, trained(plan, plan.flow, 1)])


def trained(plan: Plan, setup: Setup, runs: int) -> xr.Dataset:
    """Snapshots of one set-up, its names ending in its label."""
    marks = np.unique(np.geomspace(plan.first, plan.steps, plan.snapshots).round().astype(int))
    result = train(
        ReluOutput(),
        setup.features,
        n_hidden=setup.n_hidden,
        seed=plan.seed,
        steps=plan.steps,
        batch=plan.batch,
        instances=runs,
        learning_rate=setup.learning_rate,
        initial=Gaussian(setup.small),
        optimiser=setup.rule,
        snapshots=[0, *marks.tolist()],
        held_out=2048,
        progress=True,
    )
    kept = result[["W_snapshots", "b_snapshots"]].drop_attrs().drop_vars("instance")
    names = {"feature": f"feature_{setup.label}", "hidden": f"hidden_{setup.label}",
             "instance": f"instance_{setup.label}",
             "W_snapshots": f"W_{setup.label}", "b_snapshots": f"b_{setup.label}"}  # fmt: skip
    return kept.rename(names)
