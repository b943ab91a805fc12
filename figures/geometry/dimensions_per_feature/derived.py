"""The best known packings at the densities trained, and what else D* of a model may come from."""

from __future__ import annotations

import numpy as np
import xarray as xr

from figures.geometry.dimensions_per_feature.plan import Plan, Size
from figures.geometry.labels import labelled, of_label
from ground.checks import FloatArray
from numeric.measure.geometry import norms
from theory.geometry.hubs import hub_block
from theory.geometry.slack import SPARSE, best_mixture, dimensions_between, scanned
from theory.geometry.spread_library import spread_blocks_at
from theory.loss.floats import loss_and_gradient

REPRESENTED = 0.3  # ‖W_i‖ from which a feature counts as represented
RTOL = 1e-4  # of slopes, and of the losses of trained models at worst


def derive(plan: Plan, measured: xr.Dataset, packing_theory_derived: xr.Dataset) -> xr.Dataset:
    """For both sizes, labelled: the best mixture of blocks, and what the trained models may be.

    ``exact_loss`` of trained models where features are sparse, ``at_count`` the D* of blocks with
    as many features a dimension, ``least`` and ``most`` the D* of packings that lose no more;
    ``hub_…`` of hubs; ``named_loss`` of the named families alone.
    """
    parts = []
    for label, size in plan.sizes.items():
        models = of_label(measured, label).transpose("density", "run", "hidden", "feature")
        packed = packing_theory_derived.sel(density=size.densities, method="nearest")
        if not np.allclose(packed["density"], size.densities):
            raise ValueError("packing_theory has no polytopes at some density of the plan")
        parts.append(labelled(derive_size(size, models, packed), label))
    return xr.merge(parts)


def derive_size(size: Size, models: xr.Dataset, packed: xr.Dataset) -> xr.Dataset:
    """One size of model."""
    n, m, densities = size.runs.n_features, size.runs.n_hidden, size.densities.tolist()
    exact, at_count = losses_and_counts(models)
    lost = np.where(np.isfinite(exact), exact, models["loss"].values)
    best, named, between = [], [], []
    for at, p in enumerate(densities):
        here, free = packed.isel(density=at), spread_blocks_at(p)
        best.append(best_mixture(here, free, n, m))
        named.append(best_mixture(here, [], n, m)[0])
        between.append([dimensions_between(here, free, n, m, one) for one in lost[at].tolist()])
    hubs = [hub_block(p) for p in densities]
    axes = ("density", "run")
    return xr.Dataset(
        {
            "loss": ("density", [loss for loss, _ in best]),
            "dimensions_per_feature": ("density", [share for _, share in best]),
            "named_loss": ("density", named),
            "exact_loss": (axes, exact),
            "at_count": (axes, at_count),
            "least": (axes, np.array(between)[..., 0]),
            "most": (axes, np.array(between)[..., 1]),
            "hub_dimensionality": ("density", [hub.dimensionality for hub in hubs]),
            "hub_dimensions": ("density", [hub.dimensions_per_feature for hub in hubs]),
        },
        {"density": densities},
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
