"""The basic results, derived: the linear optimum, and where the first pair forms."""

from __future__ import annotations

import numpy as np
import xarray as xr

from figures.basics.setup import BasicSetup
from ground.checks import FloatArray
from theory.loss.floats import loss_and_gradient
from theory.loss.linear import linear_optimum
from theory.minima.optimum import optimum
from theory.transitions.first_pair import (
    PAIR_DENSITIES,
    arms,
    first_pair_density,
    full_pair_density,
)


def derive(plan: BasicSetup) -> xr.Dataset:
    """Closed forms for the linear model; the best pair along the density for the other.

    Returns
    -------
    Dataset
        ``linear_loss`` (linear_density), ``linear_kept`` (feature); ``arms``
        (pair_density, arm), norms of the best pair of the m-th and (m+1)-th feature; scalars
        ``first_pair_candidates``, ``first_pair_onset`` and ``full_pair``, densities;
        ``weak_arm`` and ``weak_loss`` (weak_density), where the trained densities lie between
        onset and full pair: the (m+1)-th norm and the loss of the model with the best pair.
    """
    n, m, I = plan.n_features, plan.n_hidden, plan.importance
    densities = plan.linear_densities
    linear = [linear_optimum(n, m, density=p, importance=I) for p in densities]
    ratio = float(I[m] / I[m - 1])
    onset, full = first_pair_density(I, m, against="optimum"), full_pair_density(ratio)
    between = [p for p in plan.densities if full < p < onset]
    weak = np.array([_with_best_pair(p, m, I) for p in between]).reshape(-1, 2)
    return xr.Dataset(
        {
            "linear_loss": ("linear_density", [best.loss for best in linear]),
            "linear_kept": ("feature", np.isin(np.arange(n), linear[0].kept)),
            "importance": ("feature", I),
            "arms": (("pair_density", "arm"), np.array([arms(p, ratio) for p in PAIR_DENSITIES])),
            "first_pair_candidates": first_pair_density(I, m),
            "first_pair_onset": onset,
            "full_pair": full,
            "weak_arm": ("weak_density", weak[:, 0]),
            "weak_loss": ("weak_density", weak[:, 1]),
        },
        {
            "linear_density": list(densities),
            "pair_density": PAIR_DENSITIES,
            "weak_density": np.array(between, dtype=float),
        },
    )


def _with_best_pair(density: float, m: int, importance: FloatArray) -> tuple[float, float]:
    """Norm of the (m+1)-th feature and loss: it shares a dimension, the rest as in a linear model.

    Features before the m-th have a dimension each; those after the (m+1)-th are dropped.
    """
    pair = slice(m - 1, m + 1)
    best = optimum(2, 1, density=density, importance=importance[pair], starts=16)
    W = np.eye(m, importance.size)
    b = np.where(np.arange(importance.size) < m, 0.0, density / 2)
    W[m - 1, pair], b[pair] = best.W[0], best.b
    loss = loss_and_gradient(W, b, density=density, importance=importance)[0]
    return float(abs(best.W[0, 1])), float(loss)


__all__ = ["derive"]
