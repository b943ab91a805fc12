"""The basic results, measured: linear and ReLU-output models, falling importance, densities."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import xarray as xr

from figures.basics.setup import BasicSetup
from figures.kit.profile import digest_of
from ground.checks import FloatArray
from ground.results import configured, load, save
from numeric.features.independent import IndependentFeatures
from numeric.models.two_layers import Linear, ReluOutput
from numeric.schedules import Cosine
from numeric.training.train import train

CHUNK = 8192  # samples at once where models are compared


def measure(plan: BasicSetup, parts: Path) -> xr.Dataset:
    """Train both models; a finished one survives an interruption.

    Returns
    -------
    Dataset
        ``W``, ``b``, ``loss``, ``loss_error`` of the ReLU-output model by (density, restart), its
        loss on the common samples ``common_loss``, and ``best`` (density), the restart with the
        least; ``linear_W``, … of the linear model by (linear_density, linear_restart).
    """
    results = [_relu(plan, parts)]
    if plan.linear_densities:
        results.append(_linear(plan, parts))
    return xr.merge([result.drop_attrs() for result in results])


def _relu(setup: BasicSetup, parts: Path) -> xr.Dataset:
    def work() -> xr.Dataset:
        shape = {"density": np.array(setup.densities), "restart": np.arange(setup.restarts)}
        result = _trained(ReluOutput(), setup, setup.densities, setup.restarts, setup.steps, 0)
        result = _unstacked(result, shape)
        common = common_losses(setup, result["W"].values, result["b"].values)
        return result.assign(
            common_loss=(("density", "restart"), common),
            best=("density", common.argmin(axis=1)),
        )

    return _kept(setup, parts / "relu.nc", work)


def _linear(setup: BasicSetup, parts: Path) -> xr.Dataset:
    def work() -> xr.Dataset:
        shape = {
            "linear_density": np.array(setup.linear_densities),
            "linear_restart": np.arange(setup.linear_restarts),
        }
        counts = setup.linear_restarts, setup.linear_steps
        result = _trained(Linear(), setup, setup.linear_densities, *counts, 1)
        named = {key: f"linear_{key}" for key in result.data_vars}
        return _unstacked(result.rename(named), shape)

    return _kept(setup, parts / "linear.nc", work)


def _trained(
    model: Any,
    setup: BasicSetup,
    densities: tuple[float, ...],
    restarts: int,
    steps: int,
    stream: int,
) -> xr.Dataset:
    result = train(
        model,
        setup.features(densities, restarts),
        n_hidden=setup.n_hidden,
        seed=(setup.seed, stream),
        steps=steps,
        learning_rate=setup.learning_rate,
        schedule=Cosine(),
        held_out=setup.samples,
        progress=True,
    )
    return result[["W", "b", "loss", "loss_error"]]


def _unstacked(result: xr.Dataset, shape: dict[str, FloatArray]) -> xr.Dataset:
    """Split the instances into densities and restarts."""
    axes = tuple(shape)
    sizes = tuple(len(values) for values in shape.values())
    return xr.Dataset(
        {
            str(key): ((*axes, *value.dims[1:]), value.values.reshape(*sizes, *value.shape[1:]))
            for key, value in result.data_vars.items()
        },
        shape,
    )


def _kept(setup: BasicSetup, path: Path, work: Any) -> xr.Dataset:
    """Do the work, or load what an interrupted run finished of it with the same code."""
    configuration = {
        **setup.configuration(),
        "code": digest_of("numeric", "ground", BasicSetup, measure),
    }
    try:
        return load(path, configuration=configuration)
    except (FileNotFoundError, ValueError):
        result = configured(work(), configuration)
        save(result, path)
        return result


def common_losses(setup: BasicSetup, W: FloatArray, b: FloatArray) -> FloatArray:
    """Loss of all restarts of a density on the same held-out samples, (density, restart).

    What they share of the sampling noise then cancels from their comparison.
    """
    losses = np.zeros(W.shape[:2])
    model = ReluOutput()
    for k, p in enumerate(setup.densities):
        features = IndependentFeatures(p, setup.importance)
        rng = np.random.default_rng((setup.seed, 2, k))
        chunks = -(-setup.samples // CHUNK)
        for _ in range(chunks):
            x = features.sample(rng, CHUNK)
            error = model.forward({"W": W[k], "b": b[k]}, x) - x
            losses[k] += (error**2 @ setup.importance).mean(axis=-1) / chunks
    return losses


def best_of(measured: xr.Dataset) -> xr.Dataset:
    """The best restart of each density."""
    return measured[["W", "b", "loss", "loss_error", "common_loss"]].isel(restart=measured["best"])


__all__ = ["best_of", "common_losses", "measure"]
