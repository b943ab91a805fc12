"""Each activation trained on a few cells; the array engine draws the gradients."""

from __future__ import annotations

import xarray as xr
from array_api_compat import array_namespace

from figures.ways_out.activation_phases.plan import Plan
from numeric.models.activations import ACTIVATIONS, Activation, leaky_relu
from numeric.models.two_layers import ReluOutput
from numeric.training.phase_diagram import phase_diagram

HELD_OUT = 1024  # samples that nobody asks: the exact loss chooses

CLIPPED = Activation(
    "clipped",
    lambda z: array_namespace(z).clip(z, 0.0, 1.0),
    lambda z: array_namespace(z).astype((z > 0) & (z < 1), z.dtype),
    kinks=(0.0, 1.0),
)
ABSOLUTE = Activation(
    "absolute",
    lambda z: array_namespace(z).abs(z),
    lambda z: array_namespace(z).sign(z),
    kinks=(0.0,),
)
TRAINED = {
    "linear": ACTIVATIONS["identity"],
    "relu": ACTIVATIONS["relu"],
    "leaky": leaky_relu(0.1),
    "gelu": ACTIVATIONS["gelu"],
    "jump": ACTIVATIONS["hard_threshold"],
    "clipped": CLIPPED,
    "absolute": ABSOLUTE,
}


def measure(plan: Plan) -> xr.Dataset:
    """``W`` (activation, density, importance, restart, hidden, feature) and ``b``."""
    found = [
        phase_diagram(
            2,
            1,
            plan.trained_densities,
            plan.trained_importances,
            seed=plan.seed + number,
            restarts=plan.restarts,
            steps=plan.steps,
            batch=plan.batch,
            learning_rate=plan.learning_rate,
            held_out=HELD_OUT,
            model=ReluOutput(activation=activation),
        )[["W_runs", "b_runs"]].drop_attrs()
        for number, activation in enumerate(TRAINED.values())
    ]
    return xr.concat(found, "activation").assign_coords(activation=list(TRAINED))
