"""The exact loss of (2, 1) over (w1, w2): surfaces, all minima, and the basins of gradient flow."""

from __future__ import annotations

import numpy as np
import xarray as xr
from tqdm import tqdm

from figures.phases.loss_surface_n2_m1.plan import Plan
from ground.checks import FloatArray
from theory.dynamics.basins import basins
from theory.loss.floats import loss_and_gradient
from theory.loss.two_features import pair_output_losses
from theory.minima.optimum import optimum


def derive(plan: Plan) -> xr.Dataset:
    """Surfaces with no bias and with the best bias at each (w1, w2), minima, basins."""
    weights = np.linspace(-plan.reach, plan.reach, plan.size)
    starts = np.linspace(-plan.reach, plan.reach, plan.starts)
    cases = [(point, bias) for point in plan.points for bias in (False, True)]
    results = [_case(plan, *case, weights, starts) for case in tqdm(cases, desc="surfaces")]
    shape = (len(plan.points), 2)
    axes = ("point", "bias")
    return xr.Dataset(
        {
            name: (axes + dims, np.array([r[name] for r in results]).reshape(*shape, *sizes))
            for name, dims, sizes in (
                ("loss", ("w1", "w2"), (weights.size,) * 2),
                ("basin", ("start1", "start2"), (starts.size,) * 2),
                ("minimum_W", ("minimum", "feature"), (plan.minima, 2)),
                ("minimum_b", ("minimum", "feature"), (plan.minima, 2)),
                ("minimum_loss", ("minimum",), (plan.minima,)),
            )
        },
        coords={
            "w1": weights,
            "w2": weights,
            "start1": starts,
            "start2": starts,
            "bias": [False, True],
        },
    ).assign(
        density=("point", [p for p, _ in plan.points]),
        ratio=("point", [r for _, r in plan.points]),
    )


def _case(
    plan: Plan, point: tuple[float, float], bias: bool, weights: FloatArray, starts: FloatArray
) -> dict[str, FloatArray]:
    p, ratio = point
    importance = np.array([1.0, ratio])
    found = optimum(2, 1, density=p, importance=importance, bias=bias).minima[: plan.minima]
    W = np.full((plan.minima, 2), np.nan)
    b = np.full((plan.minima, 2), np.nan)
    loss = np.full(plan.minima, np.nan)
    for k, minimum in enumerate(found):
        W[k], b[k], loss[k] = minimum.W[0], minimum.b, minimum.loss
    grid = np.stack(np.meshgrid(weights, weights, indexing="ij"), axis=-1)[..., None, :]
    surface = (
        sum(importance[own] * _least_over_bias(grid, p, own, plan.biases) for own in (0, 1))
        if bias
        else loss_and_gradient(grid, density=p, importance=importance)[0]
    )
    places = np.stack(np.meshgrid(starts, starts, indexing="ij"), axis=-1)[..., None, :]
    return {
        "loss": np.asarray(surface),
        "basin": basins(places, minima=found, density=p, importance=importance, bias=bias),
        "minimum_W": W,
        "minimum_b": b,
        "minimum_loss": loss,
    }


def _least_over_bias(grid: FloatArray, p: float, own: int, biases: FloatArray) -> FloatArray:
    """Least loss of one output over its own bias: a scan, then the vertex of a parabola."""
    W = grid.reshape(-1, 2)
    losses = np.empty((len(biases), len(W)))
    for bias, row in zip(biases, losses, strict=True):
        pair_output_losses(W, np.full(len(W), bias), own, p, row)
    losses = losses.reshape(-1, *grid.shape[:2])
    at = np.clip(losses.argmin(axis=0), 1, len(biases) - 2)[None]
    before, here, after = (np.take_along_axis(losses, at + k, axis=0)[0] for k in (-1, 0, 1))
    curvature = before - 2 * here + after
    drop = (after - before) ** 2 / (8 * np.maximum(curvature, 1e-300))
    return np.where(curvature > 0, here - drop, np.minimum(np.minimum(before, after), here))
