"""The best known packings at the densities trained, and what else D* of a model may come from."""

from __future__ import annotations

import numpy as np
import xarray as xr

from figures.geometry.dimensions_per_feature.plan import Plan, Size
from figures.geometry.labels import labelled, of_label
from ground.checks import FloatArray
from numeric.measure.geometry import norms
from theory.geometry.hubs import hub_block
from theory.geometry.mixture import mixture
from theory.geometry.packing import packing
from theory.geometry.slack import SPARSE, dimensions_between, scanned
from theory.geometry.spread_library import spread_blocks_at
from theory.loss.floats import loss_and_gradient

REPRESENTED = 0.3  # ‖W_i‖ from which a feature counts as represented
RTOL = 1e-5  # of the exact losses of trained models


def derive(plan: Plan, measured: xr.Dataset) -> xr.Dataset:
    """For both sizes, labelled: the best mixture of blocks, and what the trained models may be.

    ``exact_loss`` of trained models where features are sparse, ``at_count`` the D* of blocks with
    as many features a dimension, ``least`` and ``most`` the D* of packings that lose no more;
    ``hub_…`` of hubs; ``named_loss`` of the named families alone.
    """
    parts = []
    for label, size in plan.sizes.items():
        models = of_label(measured, label).transpose("density", "run", "hidden", "feature")
        parts.append(labelled(derive_size(plan, size, models), label))
    return xr.merge(parts)


def derive_size(plan: Plan, size: Size, models: xr.Dataset) -> xr.Dataset:
    """One size of model."""
    n, m, p = size.runs.n_features, size.runs.n_hidden, size.densities
    free = [spread_blocks_at(float(density)) for density in p]
    best = mixture(p, n, m, names=plan.names, large=False, free=free)
    named = mixture(p, n, m, names=plan.names, large=False)
    exact, at_count = losses_and_counts(models)
    lost = np.where(np.isfinite(exact), exact, models["loss"].values)
    packed = packing(p, names=plan.names)
    between = [
        [dimensions_between(packed.isel(density=at), free[at], n, m, float(one)) for one in runs]
        for at, runs in enumerate(lost)
    ]
    hubs = [hub_block(float(density)) for density in p]
    axes = ("density", "run")
    return best.assign(
        named_loss=named["loss"],
        exact_loss=(axes, exact),
        at_count=(axes, at_count),
        least=(axes, np.array(between)[..., 0]),
        most=(axes, np.array(between)[..., 1]),
        hub_dimensionality=("density", [hub.dimensionality for hub in hubs]),
        hub_dimensions=("density", [hub.dimensions_per_feature for hub in hubs]),
    )


def losses_and_counts(models: xr.Dataset) -> tuple[FloatArray, FloatArray]:
    """Exact loss of sparse models, and D* of blocks with as many features; NaN of others."""
    W, b = models["W"].values, models["b"].values
    exact, at_count = np.full((2, *W.shape[:2]), np.nan)
    for at, p in enumerate(models["density"].values.tolist()):
        if p >= SPARSE:
            continue
        exact[at] = loss_and_gradient(W[at], b[at], density=p, rtol=RTOL)[0]
        ratio, _, scale = scanned(p, W.shape[3], W.shape[2])
        held = (norms(W[at]) > REPRESENTED).sum(axis=-1) / W.shape[2]
        at_count[at] = 1 / (held * np.interp(np.log(held), np.log(ratio), scale))
    return exact, at_count
