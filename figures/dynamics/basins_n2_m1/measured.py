"""Trained: stochastic gradient descent from random weights, with a small rate."""

from __future__ import annotations

import numpy as np
import xarray as xr

from figures.dynamics.basins_n2_m1.plan import Plan
from numeric.features.independent import IndependentFeatures
from numeric.models.two_layers import ReluOutput
from numeric.training.initialise import Gaussian
from numeric.training.optimisers import SGD
from numeric.training.train import train


def measure(plan: Plan) -> xr.Dataset:
    """Weights at the end of training: (importance, density, scale, instance, feature)."""
    shape = (len(plan.importances), len(plan.dotted), len(plan.scales))
    W = np.empty((*shape, plan.runs, 2))
    for i, r, s in np.ndindex(shape):
        p, importance = float(plan.dotted[r]), plan.importances[i]
        pace = 4 * importance * (p / 3 - p**2 / 4)  # at which the weaker feature grows
        runs = train(
            ReluOutput(),
            IndependentFeatures(p, importance=[1.0, importance], n_features=2),
            n_hidden=1,
            seed=(plan.seed, i, r, s),
            steps=int(plan.lifetimes / pace / plan.rate),
            batch=plan.batch,
            instances=plan.runs,
            optimiser=SGD(),
            learning_rate=plan.rate,
            initial=Gaussian(plan.scales[s]),
            held_out=2048,
        )
        W[i, r, s] = runs["W"].values[:, 0]
    return xr.Dataset(
        {"W": (("importance", "density", "scale", "instance", "feature"), W)},
        coords={
            "importance": list(plan.importances),
            "density": plan.dotted,
            "scale": list(plan.scales),
        },
    )
