"""Trained models of every system under every penalty, and what is decoded from them."""

from __future__ import annotations

from typing import Any

import numpy as np
import xarray as xr
from tqdm import tqdm

from figures.ways_out.ways_out.decoding import NAMES, decoded
from figures.ways_out.ways_out.plan import Plan
from numeric.adversary.feeds import RandomFeatureAttack
from numeric.features.independent import IndependentFeatures
from numeric.models.two_layers import ReluOutput
from numeric.schedules import Cosine
from numeric.training.penalty import Penalty
from numeric.training.train import train


def measure(plan: Plan) -> xr.Dataset:
    """Weights, biases and scores: (system, condition, seed)."""
    conditions = plan.conditions
    shape = (len(plan.systems), len(conditions), plan.seeds)
    most_m = max(m for _, _, m, _, _ in plan.systems)
    most_n = max(n for _, n, _, _, _ in plan.systems)
    W, b = np.full((*shape, most_m, most_n), np.nan), np.full((*shape, most_n), np.nan)
    scores = np.full((*shape, len(NAMES)), np.nan)
    for s, (_, n, m, p, _) in enumerate(tqdm(plan.systems, desc="training", unit="system")):
        for c, (name, strength) in enumerate(conditions):
            run = train(
                ReluOutput(),
                IndependentFeatures(p, n_features=n),
                n_hidden=m,
                seed=(plan.seed, s),
                batch=plan.batch,
                instances=plan.seeds,
                learning_rate=1e-2,
                schedule=Cosine(),
                held_out=2048,
                **_how(plan, name, strength),
            )
            W[s, c, :, :m, :n], b[s, c, :, :n] = run["W"].values, run["b"].values
            for k in range(plan.seeds):
                scores[s, c, k] = decoded(W[s, c, k, :m, :n], **plan.drawn(s, k))
    axes = ("system", "condition", "seed")
    return xr.Dataset(
        {
            "W": ((*axes, "hidden", "feature"), W),
            "b": ((*axes, "feature"), b),
            **{name: (axes, scores[..., k]) for k, name in enumerate(NAMES)},
        },
        coords={
            "system": [name for name, *_ in plan.systems],
            "penalty": ("condition", [name for name, _ in conditions]),
            "strength": ("condition", [strength for _, strength in conditions]),
        },
    )


def _how(plan: Plan, name: str, strength: float) -> dict[str, Any]:
    if name == "attack":
        return {"feed": RandomFeatureAttack(strength), "steps": plan.attacked_steps}
    return {"penalty": Penalty(**({} if name == "none" else {name: strength})), "steps": plan.steps}
