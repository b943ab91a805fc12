"""Absolute values: the neurons of the exact circuit and of trained ones, and superposed nets."""

from __future__ import annotations

from typing import Any

import numpy as np
import xarray as xr

from agreement.comparison.circuits import exact_loss, matched_circuit
from figures.pages.explorer.encode import DECIMALS, rounded
from ground.checks import FloatArray
from ground.results import configuration_of

__all__ = ["panel"]

RANKS = (("best", 0.0), ("median", 0.5), ("worst", 1.0))


def panel(
    abs_circuit_measured: xr.Dataset,
    abs_circuit_derived: xr.Dataset,
    abs_superposition_derived: xr.Dataset,
) -> dict[str, Any]:
    """Nets of the circuit by density and start, and losses of the larger nets by density."""
    rows = abs_circuit_derived["W1"].transpose("hidden", "feature").values
    columns = abs_circuit_derived["W2"].transpose("feature", "hidden").values
    densities = abs_circuit_measured["density"].values.tolist()
    silent = np.zeros(rows.shape[1])
    nets = [
        {"name": "exact circuit", "density": p, **_net(rows, columns, silent, p)} for p in densities
    ]
    for number, p in enumerate(densities):
        for start in abs_circuit_measured["start"].values:
            runs = abs_circuit_measured.isel(density=number).sel(start=start)
            nets += _ranked(runs, f"trained, {start} start", p, rows, columns)
    return {
        "n": rows.shape[1],
        "m": rows.shape[0],
        "densities": densities,
        "nets": nets,
        "runs": abs_circuit_measured.sizes["instance"],
        "superposed": _superposed(abs_superposition_derived),
    }


def _ranked(
    runs: xr.Dataset, name: str, p: float, rows: FloatArray, columns: FloatArray
) -> list[dict[str, Any]]:
    """The best, the median and the worst of some runs, neurons in the circuit's order."""
    W1 = runs["W1"].transpose("instance", "hidden", "feature").values
    W2 = runs["W2"].transpose("instance", "feature", "hidden").values
    b = runs["b"].transpose("instance", "feature").values
    losses = [exact_loss(*net, p) for net in zip(W1, W2, b, strict=True)]
    order = np.argsort(losses)
    found = []
    for rank, share in RANKS:
        k = order[round(share * (len(order) - 1))]
        match = matched_circuit(W1[k], W2[k], rows, columns)
        found.append({"name": f"{name}, {rank}", "density": p, **_net(match.W1, match.W2, b[k], p)})
    return found


def _net(W1: FloatArray, W2: FloatArray, b: FloatArray, p: float) -> dict[str, Any]:
    """Weights as shown, and the exact loss of just these."""
    W1, W2, b = (np.asarray(value).round(DECIMALS) for value in (W1, W2, b))
    return {
        "W1": rounded(W1),
        "W2": rounded(W2),
        "b": rounded(b),
        "loss": rounded(exact_loss(W1, W2, b, p)),
    }


def _superposed(derived: xr.Dataset) -> dict[str, Any]:
    runs = configuration_of(derived)["runs"]
    names = ("naive", "loss", "error", "held_out", "held_error")
    return {
        "n": runs["n_features"],
        "m": runs["n_hidden"],
        "falloff": runs["falloff"],
        "densities": derived["density"].values.tolist(),
        "onset": rounded(float(derived["onset"])),
        **{name: rounded(derived[name].values) for name in names},
    }
