"""Two features in one dimension under attack: every input at its worst, trained beside derived."""

from __future__ import annotations

from typing import Any

import numpy as np
import xarray as xr

from agreement.comparison.robust import robust_agreement
from figures.pages.explorer.encode import DECIMALS, rounded
from figures.pages.explorer.phases import phase_numbers
from ground.checks import FloatArray
from ground.results import configuration_of
from theory.adversary.pair_kernel import pair_loss

__all__ = ["panel"]


def panel(
    robust_phase_n2_m1_measured: xr.Dataset, robust_phase_n2_m1_derived: xr.Dataset
) -> dict[str, Any]:
    """The diagram at the figure's attack, borders at others, thresholds of equal features."""
    derived = robust_phase_n2_m1_derived
    size = float(configuration_of(derived)["attack"])
    found = robust_agreement(derived, robust_phase_n2_m1_measured, size=size)
    p, r = derived["density"].values, derived["importance"].values
    robust, trained = (_models(data, p, r, size) for data in (derived, found.best))
    worst = derived.sel(r1_case="worst")
    return {
        "size": size,
        "densities": p.tolist(),
        "importances": r.tolist(),
        "robust": robust,
        "trained": trained,
        "phase": phase_numbers(each[1] for row in robust + trained for each in row),
        "sizes": derived["size"].values.tolist(),
        "along": rounded(derived["along"].values),
        "borders": rounded(derived["border"].transpose("size", "along").values),
        "thresholds": {
            "densities": worst["r1_density"].values.tolist(),
            "given_up": rounded(worst["r1_given_up"].values),
            "mean_norm": rounded(worst["r1_mean_norm"].values),
        },
    }


def _models(data: xr.Dataset, p: FloatArray, r: FloatArray, size: float) -> list[list[list[Any]]]:
    """Each cell as [attacked loss, structure, W, b]; the loss is that of the weights as shown."""
    W = data["W"].transpose("density", "importance", "hidden", "feature").values.round(DECIMALS)
    b = data["b"].transpose("density", "importance", "feature").values.round(DECIMALS)
    names = data["structure"].transpose("density", "importance").values
    density, ratio = (grid.ravel() for grid in np.meshgrid(p, r, indexing="ij"))
    theta = np.concatenate([W[..., 0, :], b], axis=-1).reshape(-1, 4)
    importance = np.stack([np.ones_like(ratio), ratio], axis=-1)
    loss = pair_loss(theta, importance, np.stack([density, density], -1), np.full(len(theta), size))
    losses = loss[0][:, 0].reshape(names.shape)
    return [
        [
            [rounded(losses[i, j]), str(names[i, j]), rounded(W[i, j]), rounded(b[i, j])]
            for j in range(len(r))
        ]
        for i in range(len(p))
    ]
