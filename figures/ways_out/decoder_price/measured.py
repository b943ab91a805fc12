"""Trained: toy models of n features in n − 1 dimensions, and some of more."""

from __future__ import annotations

from typing import Any

import numpy as np
import xarray as xr

from figures.ways_out.decoder_price.plan import SIZES, Plan
from numeric.features.independent import IndependentFeatures
from numeric.models.two_layers import ReluOutput
from numeric.schedules import Cosine
from numeric.training.train import train


def measure(plan: Plan) -> xr.Dataset:
    """W_n (trained, run, hidden, feature) and b_n for each size; W_wide, b_wide."""
    variables: dict[str, Any] = {}
    for k, (n, m) in enumerate((*SIZES, plan.wide)):
        wide = k == len(SIZES)
        name, axis = ("wide", "dense") if wide else (str(n), "trained")
        densities = plan.wide_densities if wide else plan.trained_densities
        models = [trained(plan, n, m, float(p), (k, i)) for i, p in enumerate(densities)]
        W, b = (np.stack([model[part].values for model in models]) for part in ("W", "b"))
        variables[f"W_{name}"] = ((axis, "run", f"hidden_{name}", f"feature_{name}"), W)
        variables[f"b_{name}"] = ((axis, "run", f"feature_{name}"), b)
    return xr.Dataset(
        variables, {"trained": plan.trained_densities, "dense": list(plan.wide_densities)}
    )


def trained(plan: Plan, n: int, m: int, density: float, where: tuple[int, int]) -> xr.Dataset:
    """Some runs at one density, on samples of their own."""
    return train(
        ReluOutput(),
        IndependentFeatures(density, n_features=n),
        n_hidden=m,
        seed=(plan.seed, *where),
        steps=plan.steps,
        batch=plan.batch,
        instances=plan.runs,
        learning_rate=plan.learning_rate,
        schedule=Cosine(),
        held_out=2048,
    )
