"""Trained: nets that compute |x| with half a feature more than they have neurons for."""

from __future__ import annotations

from typing import Any

import numpy as np
import xarray as xr

from figures.computation.asymmetric_motif.plan import Plan, Size
from numeric.features.independent import IndependentFeatures
from numeric.models.two_layers import AbsoluteValue
from numeric.training.starts import MatchedOutput
from numeric.training.train import train


def measure(plan: Plan) -> xr.Dataset:
    """W1, W2 and b at the end, (density, run, …) of each size; starts with all sides alive."""
    variables: dict[str, Any] = {}
    for size in plan.sizes:
        runs = [trained(plan, size, i, float(p)) for i, p in enumerate(plan.density)]
        into, out = f"hidden_{size.label}", f"feature_{size.label}"
        axes = {"W1": (into, out), "W2": (out, into), "b": (out,)}
        for name, own in axes.items():
            values = np.stack([run[name].transpose("instance", ...).values for run in runs])
            variables[f"{name}_{size.label}"] = (("density", f"run_{size.label}", *own), values)
    return xr.Dataset(variables, {"density": plan.density})


def trained(plan: Plan, size: Size, i: int, p: float) -> xr.Dataset:
    """Runs at the i-th density."""
    return train(
        AbsoluteValue(),
        IndependentFeatures(p, n_features=size.n, low=-1.0),
        n_hidden=size.m,
        seed=(plan.seed, size.n, i),
        steps=size.steps,
        batch=plan.batch,
        instances=size.runs,
        learning_rate=plan.rate,
        schedule="cosine",
        initial=MatchedOutput(),
        held_out=2048,
    )
