"""Thresholds, errors of decoders of random directions, mixtures of blocks, and proved bounds."""

from __future__ import annotations

import numpy as np
import xarray as xr

from figures.ways_out.compressed_sensing_bound.plan import Plan
from ground.binomial import exactly
from theory.data_law import feature_variance
from theory.geometry.mixture import mixture
from theory.minima.optimum import optimum
from theory.ways_out.bounds import recovery_bound, shannon_floor
from theory.ways_out.encoder_bound import linear_encoder_bound
from theory.ways_out.linear_programmes import programme_success, programme_threshold
from theory.ways_out.message_passing import message_passing_threshold, state_evolution


def derive(plan: Plan) -> xr.Dataset:
    """Curves over ``curve_density``; chances of success by number active and by density."""
    p, ratio = plan.curve, plan.n_hidden / plan.n_features
    decoders = [state_evolution(float(q), ratio) for q in p]
    at = [state_evolution(float(q), ratio) for q in plan.densities]
    blocks = mixture(plan.densities, plan.n_features, plan.n_hidden, names=plan.names)
    n, m = plan.programme_features, plan.programme_hidden
    active = np.arange(n + 1)
    success = np.array([programme_success(n, m, int(k)) for k in active])
    random = np.array([exactly(active, n, q) @ success for q in p])
    pairs = [optimum(2, 1, density=q) for q in p[p < plan.pair_below]]
    one = mixture([plan.floor_density], plan.n_features, plan.n_hidden, names=plan.names)
    error = one["loss"].item() / plan.n_features
    floors = {
        "floor_toy": [shannon_floor(plan.floor_density, error, s) for s in plan.ratios],
        "floor_small": [
            shannon_floor(plan.floor_density, plan.floor_error, s) for s in plan.ratios
        ],
        "floor_stable": [
            shannon_floor(plan.floor_density, plan.floor_density / s / 10, s) for s in plan.ratios
        ],
    }
    return xr.Dataset(
        {
            "message_passing": ("curve_density", [message_passing_threshold(q) for q in p]),
            "nonnegative": ("curve_density", [programme_threshold(q) for q in p]),
            "signed": ("curve_density", [programme_threshold(q, nonnegative=False) for q in p]),
            "best_error": ("curve_density", [each.best_error for each in decoders]),
            "fast_error": ("curve_density", [each.fast_error for each in decoders]),
            "variance": ("curve_density", feature_variance(p)),
            "bound": (
                "curve_density",
                [linear_encoder_bound(plan.n_features, plan.n_hidden, density=q) for q in p],
            ),
            "recovery_bound": ("curve_density", [recovery_bound(n, m, q) for q in p]),
            "digon_recovery": ("curve_density", (1 - p**2) ** plan.digons),
            "model_bound": (
                "density",
                [
                    linear_encoder_bound(plan.n_features, plan.n_hidden, density=q)
                    for q in plan.densities
                ],
            ),
            "fast_error_at": ("density", [each.fast_error for each in at]),
            "best_error_at": ("density", [each.best_error for each in at]),
            "threshold_at": (
                "density",
                [message_passing_threshold(q) for q in plan.densities],
            ),
            "mixture_loss": ("density", blocks["loss"].values),
            "success": ("active", success),
            "random_recovery": ("curve_density", random),
            "pair_dimensions": ("pair_density", [1 / float(np.sum(o.W**2)) for o in pairs]),
            "floor_error": error,
            **{name: ("ratio", floor) for name, floor in floors.items()},
        },
        coords={
            "curve_density": p, "density": plan.densities, "active": active, "ratio": plan.ratios,
            "pair_density": p[p < plan.pair_below],
        },
    )  # fmt: skip
