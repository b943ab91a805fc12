"""The basic results, derived: the linear optimum, and where the first pair forms."""

from __future__ import annotations

from dataclasses import asdict

import numpy as np
import xarray as xr

from agreement.comparison.basics import HALF
from figures.basics.training import BasicSetup
from ground.checks import FloatArray
from ground.results import configured
from theory.loss.linear import linear_optimum
from theory.minima.optimum import optimum
from theory.transitions.first_pair import first_pair_density

# Densities at which the best pair is followed, falling; the full pair forms in between.
PAIR_DENSITIES = np.linspace(0.95, 0.3, 66)


def derive(setup: BasicSetup) -> xr.Dataset:
    """Closed forms for the linear model; the best pair along the density for the other.

    Returns
    -------
    Dataset
        ``linear_loss`` (linear_density), ``linear_kept`` (feature); ``arms``
        (pair_density, arm), norms of the best pair of the m-th and (m+1)-th feature; scalars
        ``first_pair_candidates``, ``first_pair_onset`` and ``full_pair``, densities.
    """
    n, m, I = setup.n_features, setup.n_hidden, setup.importance
    densities = setup.linear_densities
    linear = [linear_optimum(n, m, density=p, importance=I) for p in densities]
    ratio = float(I[m] / I[m - 1])
    result = xr.Dataset(
        {
            "linear_loss": ("linear_density", [best.loss for best in linear]),
            "linear_kept": ("feature", np.isin(np.arange(n), linear[0].kept)),
            "importance": ("feature", I),
            "arms": (("pair_density", "arm"), np.array([arms(p, ratio) for p in PAIR_DENSITIES])),
            "first_pair_candidates": first_pair_density(I, m),
            "first_pair_onset": first_pair_density(I, m, against="optimum"),
            "full_pair": full_pair_density(ratio),
        },
        {"linear_density": list(densities), "pair_density": PAIR_DENSITIES},
    )
    return configured(result, {"theory": "basic results", **asdict(setup)})


def arms(density: float, ratio: float) -> FloatArray:
    """Norms of two features of importance 1 and `ratio` in their best model of one dimension."""
    best = optimum(2, 1, density=density, importance=[1.0, ratio], starts=16)
    return np.abs(best.W[0])


def full_pair_density(ratio: float) -> float:
    """Density at which the weaker arm of the best pair jumps past a half."""
    dense, sparse = float(PAIR_DENSITIES[0]), float(PAIR_DENSITIES[-1])
    while dense - sparse > 1e-6:
        middle = (dense + sparse) / 2
        if arms(middle, ratio)[1] < HALF:
            dense = middle
        else:
            sparse = middle
    return (dense + sparse) / 2


__all__ = ["arms", "derive", "full_pair_density"]
