"""Trained: experts from random weights and from a feature a neuron; dense models."""

from __future__ import annotations

import numpy as np
import xarray as xr

from figures.ways_out.mixture_of_experts.plan import Plan
from numeric.features.independent import IndependentFeatures
from numeric.models.experts import MixtureOfExperts
from numeric.models.two_layers import Model, ReluOutput
from numeric.schedules import Cosine
from numeric.training.initialise import Given, Initialiser, XavierNormal
from numeric.training.train import train


def measure(plan: Plan) -> xr.Dataset:
    """Held-out ``loss_…`` and its error by T: lone, started, paired, dense; ``W_lone``."""
    n, half = plan.n_features, plan.n_features // 2
    lone_start = Given({"W": lone_weights(plan), "b": np.zeros(n)})
    found = []
    for active in plan.active:
        kinds: dict[str, tuple[Model, int, Initialiser, int]] = {
            "lone": (MixtureOfExperts(n, active), n, XavierNormal(), plan.runs),
            "started": (MixtureOfExperts(n, active), n, lone_start, 1),
            "paired": (MixtureOfExperts(half, active), half, XavierNormal(), plan.runs),
            "dense": (ReluOutput(), active, XavierNormal(), 4 * plan.runs),
        }
        variables = {}
        for number, (name, (model, m, start, runs)) in enumerate(kinds.items()):
            run = train(
                model,
                IndependentFeatures(plan.density, n_features=n),
                n_hidden=m,
                seed=(plan.seed, number, active),
                steps=plan.steps,
                batch=plan.batch,
                instances=runs,
                learning_rate=plan.learning_rate,
                schedule=Cosine(),
                initial=start,
                held_out=plan.held_out,
            )
            best = (
                run.isel(instance=int(np.argmin(run.loss.values)))
                .drop_attrs()
                .drop_vars("instance")
            )
            variables[f"loss_{name}"] = best.loss
            variables[f"error_{name}"] = best.loss_error
            if name in ("lone", "started"):
                variables[f"W_{name}"] = best.W
        found.append(xr.Dataset(variables))
    return xr.concat(found, "active").assign_coords(active=list(plan.active))


def lone_weights(plan: Plan) -> np.ndarray:
    """One feature a neuron, and a little noise."""
    n, rng = plan.n_features, np.random.default_rng(plan.seed)
    return np.eye(n) + rng.normal(0.0, plan.noise, (n, n))
