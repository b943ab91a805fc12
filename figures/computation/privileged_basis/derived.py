"""Predicted: the best partition into blocks; and the exact loss of every trained model."""

from __future__ import annotations

import numpy as np
import xarray as xr

from agreement.comparison.privileged import linear_losses, relu_losses
from figures.computation.privileged_basis.plan import Plan
from ground.checks import FloatArray
from theory.computation.privileged_basis import monosemantic_loss, weak_arms
from theory.computation.privileged_partition import best_partition, settled


def derive(plan: Plan, measured: xr.Dataset) -> xr.Dataset:
    """Losses, blocks, onset.

    Returns
    -------
    Dataset
        ``exact``, ``error`` (density, run): the loss of trained models with a ReLU hidden layer,
        exact for up to two active features, and the standard error of the rest; ``linear_exact``
        (density, linear_run).  Of the best partition: ``partition_name``, ``partition``, its loss.
        ``predicted_W``, ``predicted_b``: the same, or where it goes when no weight is held at
        zero any more, if that is less; ``predicted``, ``predicted_error``, its loss on the same
        sample as ``exact``.  ``monosemantic`` (density); ``onset``.
    """
    p, I = plan.densities, plan.importance
    W, b = (measured[name].transpose("density", "run", ...).values for name in "Wb")
    linear = [
        measured[f"linear_{name}"].transpose("density", "linear_run", ...).values for name in "Wb"
    ]
    best = [best_partition(plan.n_features, plan.n_hidden, density=q, importance=I) for q in p]
    found, loss, error = [], [], []
    chosen = []
    for k, q in enumerate(p):
        candidates = (best[k], settled(best[k]))
        # Side by side: on one sample, so that what they share of its error cancels.
        losses, errors = relu_losses(
            np.concatenate([W[k], [each.W for each in candidates]]),
            np.concatenate([b[k], [each.b for each in candidates]]),
            q,
            I,
            plan.points,
        )
        least = int(losses[-2:].argmin())
        chosen.append(candidates[least])
        keep = [*range(len(losses) - 2), len(losses) - 2 + least]
        loss.append(losses[keep])
        error.append(errors[keep])
        found.append(linear_losses(linear[0][k], linear[1][k], q, I))
    losses, errors = np.array(loss), np.array(error)
    return xr.Dataset(
        {
            "exact": (("density", "run"), losses[:, :-1]),
            "error": (("density", "run"), errors[:, :-1]),
            "linear_exact": (("density", "linear_run"), np.array(found)),
            "predicted": ("density", losses[:, -1]),
            "predicted_error": ("density", errors[:, -1]),
            "predicted_W": (("density", "hidden", "feature"), np.stack([c.W for c in chosen])),
            "predicted_b": (("density", "feature"), np.stack([c.b for c in chosen])),
            "partition": ("density", [each.loss for each in best]),
            "partition_name": ("density", np.array([each.name for each in best], dtype=str)),
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
