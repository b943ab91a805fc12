"""Naive losses in closed form, the onset of arms, and the best nets' losses by theory."""

from __future__ import annotations

import numpy as np
import xarray as xr

from figures.computation.abs_superposition.plan import Plan
from theory.computation.absolute_value import naive_loss
from theory.computation.arms import arm_onset
from theory.computation.two_layers import two_layer_loss

RUNS = ("start", "density", "run")


def derive(plan: Plan, measured: xr.Dataset) -> xr.Dataset:
    """``naive``, and of the run with the least held-out loss ``loss``, ``error`` (density).

    Inputs with one active feature are integrated, the others sampled; ``held_out``, ``held_error``
    are what training saw of the same net.
    """
    runs = plan.runs
    naive = [
        naive_loss(runs.n_features, runs.n_hidden, density=p, importance=runs.importance)
        for p in runs.densities
    ]
    seen = measured["loss"].transpose(*RUNS).stack(net=("start", "run"))
    exact, held = [], []
    for number, p in enumerate(runs.densities):
        best = int(seen.values[number].argmin())
        start, run = divmod(best, measured.sizes["run"])
        net = measured.isel(density=number, start=start, run=run)
        found = two_layer_loss(
            net["W1"].transpose("hidden", "feature").values,
            net["W2"].transpose("feature", "hidden").values,
            net["b"].values,
            p,
            runs.importance,
            most_active=1,
            points=plan.points,
        )
        exact.append((found.loss, found.error))
        held.append((float(net["loss"]), float(net["loss_error"])))
    (loss, error), (held_out, held_error) = np.array(exact).T, np.array(held).T
    return xr.Dataset(
        {
            "naive": ("density", naive),
            "loss": ("density", loss),
            "error": ("density", error),
            "held_out": ("density", held_out),
            "held_error": ("density", held_error),
            "onset": arm_onset(runs.falloff),
        },
        {"density": runs.densities},
    )
