"""Exact: experts and dense models by the activations that pass, over density, and computed."""

from __future__ import annotations

import numpy as np
import xarray as xr

from figures.ways_out.mixture_of_experts.plan import Plan
from theory.data_law import feature_variance
from theory.ways_out.experts import lone_experts, paired_experts, routed_groups
from theory.ways_out.shared_neuron import shared_neuron

DENSITIES = (1e-3, 0.3)


def derive(plan: Plan) -> xr.Dataset:
    """Losses by T; saved by an activation over density; shares of loss at equal computation."""
    n, p = plan.n_features, plan.density
    counts = np.arange(1, n // 2 + 1)
    densities = np.geomspace(*DENSITIES, plan.curve)
    computed = int(routed_groups(plan.large, plan.groups, 1, density=p).computed)
    return xr.Dataset(
        {
            "lone": ("count", [lone_experts(n, int(t), density=p).loss for t in counts]),
            "paired": ("count", [paired_experts(n // 2, int(t), density=p).loss for t in counts]),
            "dense": ("count", [(n - t) * feature_variance(p) for t in counts]),
            "digons": ("count", [of_digons(n, int(t), p) for t in counts]),
            "nothing": n * feature_variance(p),
            "saved_lone": ("density", [saved(n, p, "lone") for p in densities]),
            "saved_paired": ("density", [saved(n, p, "paired") for p in densities]),
            "saved_dense": ("density", feature_variance(densities)),
            "saved_digon": (
                "density",
                [2 * feature_variance(q) - pair_loss(float(q)) for q in densities],
            ),
            "computed": computed,
            "share_groups": ("density", [share_of_groups(plan, float(q)) for q in densities]),
            "share_dense": ("density", np.full(plan.curve, 1 - computed / plan.large)),
            "share_digons": (
                "density",
                [
                    of_digons(plan.large, computed, float(q))
                    / (plan.large * feature_variance(float(q)))
                    for q in densities
                ],
            ),
        },
        {"count": counts, "density": densities},
    )


def pair_loss(density: float) -> float:
    """The least loss of two features on one neuron."""
    pair = shared_neuron(density, 1.0, l1=0.0)
    return np.inf if pair is None else pair.loss


def of_digons(n: int, neurons: int, density: float) -> float:
    """Two features on each of some neurons, the others ignored."""
    return neurons * pair_loss(density) + (n - 2 * neurons) * float(feature_variance(density))


def saved(n: int, density: float, kind: str) -> float:
    """By the one activation that passes."""
    if kind == "lone":
        return lone_experts(n, 1, density=density).saved_per_activation
    return paired_experts(n // 2, 1, density=density).saved_per_activation


def share_of_groups(plan: Plan, density: float) -> float:
    """Loss of the routed groups over that of no feature."""
    found = routed_groups(plan.large, plan.groups, 1, density=density)
    return found.loss / (found.loss + found.saved)
