"""Trained models, supports that programmes recover, and errors of message passing."""

from __future__ import annotations

import numpy as np
import xarray as xr
from tqdm import tqdm

from figures.ways_out.compressed_sensing_bound.plan import Plan
from numeric.features.independent import IndependentFeatures
from numeric.models.two_layers import ReluOutput
from numeric.recovery.critical import critical_supports, represented
from numeric.recovery.message_passing import message_passing
from numeric.schedules import Cosine
from numeric.training.train import train


def measure(plan: Plan) -> xr.Dataset:
    """W, b and loss by density; critical supports of each W, of random directions and of digons."""
    n, m = plan.n_features, plan.n_hidden
    runs = [_trained(plan, at) for at in tqdm(range(plan.count), desc="models")]
    W = np.stack([run["W"].values[0] for run in runs])
    b = np.stack([run["b"].values[0] for run in runs])
    own = [
        critical_supports(one[:, represented(one)].T, plan.orders, seed=[plan.seed, 1, at])
        for at, one in enumerate(tqdm(W, desc="programmes"))
    ]
    random, digons = _programmes(plan)
    return xr.Dataset(
        {
            "W": (("density", "hidden", "feature"), W.reshape(-1, m, n)),
            "b": (("density", "feature"), b),
            "loss": ("density", [float(run["loss"][0]) for run in runs]),
            "loss_error": ("density", [float(run["loss_error"][0]) for run in runs]),
            "critical": (("density", "order"), np.stack([each.density for each in own])),
            "critical_active": (("density", "order"), np.stack([each.active for each in own])),
            "random_critical": (("draw", "each"), random[0]),
            "random_active": (("draw", "each"), random[1]),
            "digon_critical": ("digon_order", digons),
            "passed": (("density", "run"), _passed(plan)),
        },
        coords={"density": plan.densities},
    )


def _trained(plan: Plan, at: int) -> xr.Dataset:
    p = float(plan.densities[at])
    return train(
        ReluOutput(),
        IndependentFeatures(p, n_features=plan.n_features),
        n_hidden=plan.n_hidden,
        seed=(plan.seed, 0, at),
        # Of sparse features few are seen in a step.
        steps=plan.steps * (1 if p > 0.04 else 2),
        batch=1024,
        instances=1,
        learning_rate=1e-2,
        schedule=Cosine(),
        held_out=plan.held_out,
    )


def _programmes(plan: Plan) -> tuple[tuple[np.ndarray, np.ndarray], np.ndarray]:
    """Critical densities and numbers of random directions, and densities of digons."""
    n, m = plan.programme_features, plan.programme_hidden
    rng = np.random.default_rng((plan.seed, 2))
    random = [
        critical_supports(rng.standard_normal((n, m)), plan.each, seed=[plan.seed, 3, draw])
        for draw in range(plan.draws)
    ]
    pairs = np.kron(np.eye(plan.digons), [[1.0], [-1.0]])
    digons = critical_supports(pairs, plan.draws * plan.each, seed=[plan.seed, 4])
    parts = (np.stack([each.density for each in random]), np.stack([e.active for e in random]))
    return parts, digons.density


def _passed(plan: Plan) -> np.ndarray:
    """Mean squared error of message passing, (density, run), each on directions of its own."""
    n = plan.message_features
    m = n * plan.n_hidden // plan.n_features
    found = np.empty((plan.count, plan.message_runs))
    for at, run in np.ndindex(found.shape):
        rng = np.random.default_rng((plan.seed, 5, at, run))
        p = plan.densities[at]
        W = rng.standard_normal((n, m))
        W /= np.linalg.norm(W, axis=1, keepdims=True)
        x = np.where(rng.random(n) < p, rng.random(n), 0.0)
        found[at, run] = np.mean((message_passing(x @ W, W, density=float(p), steps=60) - x) ** 2)
    return found
