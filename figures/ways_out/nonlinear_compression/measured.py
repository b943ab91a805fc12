"""Codes that are sampled, and nets that learn one."""

from __future__ import annotations

import numpy as np
import xarray as xr

from figures.ways_out.nonlinear_compression.plan import Plan
from numeric.recovery.bottleneck import sample_code, train_bottleneck


def measure(plan: Plan) -> xr.Dataset:
    """Mean loss and standard error by width and by noise; held-out losses of nets."""
    levels = np.arange(1, plan.levels + 1)
    parts = {}
    for number, (axis, values) in enumerate((("width", plan.widths), ("noise", plan.noises))):
        loss, error = (np.full((len(values), plan.levels), np.nan) for _ in range(2))
        for i, Z in np.ndindex(len(values), plan.levels):
            if axis == "width" and values[i] * levels[Z] > 1:
                continue  # ramps would overlap
            setting = {axis: values[i]}
            errors = sample_code(
                int(levels[Z]), plan.samples, seed=[plan.seed, number, i, Z], **setting
            )
            loss[i, Z] = errors.mean()
            error[i, Z] = errors.std(ddof=1) / np.sqrt(plan.samples)
        parts[f"{axis}_loss"] = ((axis, "level"), loss)
        parts[f"{axis}_error"] = ((axis, "level"), error)
    trained = [
        train_bottleneck(H, instances=plan.instances, steps=plan.steps, seed=[plan.seed, 2, H])
        for H in plan.neurons
    ]
    return xr.Dataset(
        {**parts, "trained": (("neurons", "instance"), np.array(trained))},
        coords={
            "level": levels,
            "width": list(plan.widths),
            "noise": list(plan.noises),
            "neurons": list(plan.neurons),
        },
    )
