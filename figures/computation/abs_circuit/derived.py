"""The circuit in closed form, and what a dead side costs."""

from __future__ import annotations

import xarray as xr

from figures.computation.abs_circuit.plan import Plan
from theory.computation.absolute_value import naive_loss, naive_net


def derive(plan: Plan) -> xr.Dataset:
    """The exact net of two neurons a feature, and the loss of one neuron short without bias."""
    n, m = plan.n_features, plan.n_hidden
    net = naive_net(n, m, density=1.0)
    side = [naive_loss(n, m - 1, density=p, bias=False) for p in plan.densities]
    return xr.Dataset(
        {
            "W1": (("hidden", "feature"), net.W1),
            "W2": (("feature", "hidden"), net.W2),
            "loss": net.loss,
            "dead_side": ("density", side),
        },
        coords={"density": list(plan.densities)},
    )
