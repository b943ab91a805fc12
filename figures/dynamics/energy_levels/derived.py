"""The exact loss of every snapshot, and the flow of the exact loss from one of the starts."""

from __future__ import annotations

import numpy as np
import xarray as xr

from agreement.comparison.drops import exact_losses
from figures.dynamics.energy_levels.plan import Plan
from theory.dynamics.flow import gradient_flow

RTOL = 1e-5  # error of a step of the flow: no line of the picture is as thin


def derive(plan: Plan, measured: xr.Dataset) -> xr.Dataset:
    """``loss_uniform`` (snapshot, instance) and so on; ``flow_W``, ``flow_loss`` (snapshot, …)."""
    data = {}
    for setup in (*plan.setups, plan.flow):
        W, b = (measured[f"{name}_{setup.label}"] for name in "Wb")
        importance = None if setup.falloff == 1 else setup.importance
        loss = exact_losses(W.values, b.values, setup.density, importance)
        data[f"loss_{setup.label}"] = (b.dims[:2], loss)
    W, b = (measured[f"{name}_{plan.flow.label}"].values[0, 0] for name in "Wb")
    times = plan.flow.learning_rate * measured["snapshot"].values
    flow = gradient_flow(W, b, times=times, density=plan.flow.density, rtol=RTOL)
    dims = measured[f"W_{plan.flow.label}"].dims
    data["flow_W"] = ((dims[0], *dims[2:]), flow.W)
    data["flow_loss"] = ("snapshot", np.asarray(flow.loss))
    return xr.Dataset(data, {"snapshot": measured["snapshot"]})
