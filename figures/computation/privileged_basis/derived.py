"""Predicted: the best partition into blocks; and the exact loss of every trained model."""

from __future__ import annotations

import numpy as np
import xarray as xr

from agreement.comparison.privileged import linear_losses, relu_losses
from figures.computation.privileged_basis.plan import Plan
from ground.checks import FloatArray
from theory.computation.privileged_basis import monosemantic_loss, weak_arms
from theory.computation.privileged_partition import best_partition


def derive(plan: Plan, measured: xr.Dataset) -> xr.Dataset:
    """Losses, blocks, onset.

    Returns
    -------
    Dataset
        ``exact``, ``error`` (density, run): the loss of trained models with a ReLU hidden layer,
        exact for up to two active features, and the standard error of the rest; ``linear_exact``
        (density, linear_run).  ``predicted_W``, ``predicted_b``, ``predicted_name`` of the best
        partition, ``predicted`` and ``predicted_error``, its loss on the same sample, and
        ``partition``, its loss from its own blocks; ``monosemantic`` (density); ``onset``.
    """
    p, I = plan.densities, plan.importance
    best = [best_partition(plan.n_features, plan.n_hidden, density=q, importance=I) for q in p]
    W, b = measured["W"].values, measured["b"].values
    linear = measured["linear_W"].values, measured["linear_b"].values
    found, loss, error = [], [], []
    for k, q in enumerate(p):
        # Side by side: on one sample, so that what they share of its error cancels.
        here = relu_losses(
            np.concatenate([W[k], best[k].W[None]]),
            np.concatenate([b[k], best[k].b[None]]),
            q, I, plan.points,
        )  # fmt: skip
        loss.append(here[0])
        error.append(here[1])
        found.append(linear_losses(linear[0][k], linear[1][k], q, I))
    losses, errors = np.array(loss), np.array(error)
    return xr.Dataset(
        {
            "exact": (("density", "run"), losses[:, :-1]),
            "error": (("density", "run"), errors[:, :-1]),
            "linear_exact": (("density", "linear_run"), np.array(found)),
            "predicted": ("density", losses[:, -1]),
            "predicted_error": ("density", errors[:, -1]),
            "partition": ("density", [each.loss for each in best]),
            "predicted_name": ("density", np.array([each.name for each in best], dtype=str)),
            "predicted_W": (("density", "hidden", "feature"), np.stack([e.W for e in best])),
            "predicted_b": (("density", "feature"), np.stack([e.b for e in best])),
            "monosemantic": ("density", monosemantic(plan)),
            "onset": weak_arms(plan.n_features, plan.n_hidden, I).density,
        },
        {"density": list(p)},
    )


def monosemantic(plan: Plan) -> FloatArray:
    """Loss of the monosemantic solution at each density."""
    return np.asarray(
        monosemantic_loss(
            plan.n_features,
            plan.n_hidden,
            density=np.array(plan.densities),
            importance=plan.importance,
        )
    )
