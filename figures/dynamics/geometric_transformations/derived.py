"""Exact losses of the snapshots, flows from some starts, the stages and the best minima."""

from __future__ import annotations

import numpy as np
import xarray as xr

from agreement.comparison.set_losses import losses_under
from figures.dynamics.geometric_transformations.plan import SIZES, Plan
from theory.dynamics.flow import gradient_flow
from theory.geometry.set_stages import set_stages
from theory.loss.sets import Sets
from theory.minima.sets import set_minima

RTOL = 1e-5  # error of a step of the flow: no line of the picture is as thin


def derive(plan: Plan, measured: xr.Dataset) -> xr.Dataset:
    """``loss`` of each snapshot; ``flow_W`` and ``flow_loss``; ``stage_…`` and ``minimum_…``."""
    law = Sets("correlated", SIZES, plan.density)
    order = ("start", "snapshot", "instance")
    W = measured["W_snapshots"].transpose(*order, "hidden", "feature").values
    b = measured["b_snapshots"].transpose(*order, "feature").values
    chosen = slice(0, plan.flows)
    times = measured["time"].values
    flow = gradient_flow(W[0, 0, chosen], b[0, 0, chosen], times=times, law=law, rtol=RTOL)
    stages = set_stages(plan.density)
    minima = set_minima(3, law, starts=plan.minima)[:2]
    return xr.Dataset(
        {
            "loss": (order, losses_under(law, W, b)),
            "flow_W": (("snapshot", "flow", "hidden", "feature"), flow.W),
            "flow_loss": (("snapshot", "flow"), flow.loss),
            "stage": ("place", [stage.name for stage in stages]),
            "stage_W": (
                ("place", "hidden", "feature"),
                np.array([stage.W for stage in stages]),
            ),
            "stage_loss": ("place", [stage.loss for stage in stages]),
            "stage_descents": ("place", [stage.descents for stage in stages]),
            "stage_slope": ("place", [stage.slope for stage in stages]),
            "minimum_W": (
                ("minimum", "hidden", "feature"),
                np.array([minimum.W for minimum in minima]),
            ),
            "minimum_loss": ("minimum", [minimum.loss for minimum in minima]),
        },
        {"start": measured["start"], "snapshot": measured["snapshot"]},
    )
