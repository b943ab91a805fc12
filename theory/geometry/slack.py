"""The best mixture of blocks at one density, and how far D* may be off its in others [D14, D47].

The loss of a packing is flat in the number of features that it holds: another mixture of blocks,
or blocks of other k, may cost a thousandth and have D* off by a tenth.  Between which values D*
lies at a given loss is a linear programme again, with the saving as a constraint.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from functools import lru_cache

import numpy as np
import xarray as xr
from scipy.optimize import linprog

from ground.checks import FloatArray
from theory.data_law import feature_variance
from theory.geometry.blocks import FreeBlock
from theory.geometry.spread_blocks import mean_row

__all__ = ["best_mixture", "dimensions_between", "scanned"]

SCANNED = 7  # blocks of other k, which are not polished
FEWEST = 2.0  # features a dimension
SHARPNESS = 8.0  # of their codes
SPARSE = 0.2  # density from which on such blocks save enough to be asked for


def best_mixture(
    packed: xr.Dataset, free: Sequence[FreeBlock], n_features: int, n_hidden: int
) -> tuple[float, float]:
    """Loss and D* of the best mixture of polytopes and free blocks at one density [D14].

    As :func:`theory.geometry.mixture.mixture` without limits of large blocks, which are no models,
    for whoever has the polytopes already.

    Parameters
    ----------
    packed : Dataset (arrangement,)
        Of :func:`theory.geometry.packing.packing`, at one density.
    free : sequence of FreeBlock
        Of that density, that compete too.
    n_features, n_hidden : int
    """
    ratio, benefit, scale = _offers(packed, free)
    used = _solved(-benefit / benefit.max(), [ratio], [n_features], n_hidden)
    loss = n_features * feature_variance(float(packed["density"])) - used @ benefit
    return float(loss), float(n_hidden / (used @ (ratio * scale)))


def dimensions_between(
    packed: xr.Dataset, free: Sequence[FreeBlock], n_features: int, n_hidden: int, loss: float
) -> tuple[float, float]:
    """Least and most D* = m/‖W‖² of mixtures of blocks that lose no more than `loss` [D47].

    Parameters
    ----------
    packed, free, n_features, n_hidden
        As of :func:`best_mixture`.  Where features are sparse unpolished blocks of other k
        compete too.
    loss : float
        Of a model of n features in m dimensions.

    Returns
    -------
    least, most : float
        NaN where no mixture loses as little; most is infinite where none need be used.
    """
    density = float(packed["density"])
    offers = _offers(packed, free)
    if density < SPARSE:
        offers = np.concatenate([offers, scanned(density, n_features, n_hidden)], axis=1)
    ratio, benefit, scale = offers
    saved, unit = n_features * feature_variance(density) - loss, benefit.max()
    rows, limits = [ratio, -benefit / unit], [n_features, -saved / unit]
    norms = ratio * scale
    most, least = (float(_solved(s * norms, rows, limits, n_hidden) @ norms) for s in (-1.0, 1.0))
    # What saves nothing may as well ignore every feature.
    return n_hidden / most, math.inf if least == 0.0 else n_hidden / least


def _offers(packed: xr.Dataset, free: Sequence[FreeBlock]) -> FloatArray:
    """Features, benefit and ‖W_i‖² of each block, for a dimension: (3, blocks)."""
    ratio = (packed["n_features"] / packed["dimension"]).values
    rows = [[b.n_features / b.dimension, b.benefit, b.scale] for b in free]
    named = np.stack([ratio, packed["benefit"].values, packed["scale"].values])
    return np.concatenate([named, np.array(rows).reshape(-1, 3).T], axis=1)


def _solved(
    cost: FloatArray, rows: list[FloatArray], limits: list[float], n_hidden: int
) -> FloatArray:
    """Dimensions that each block gets, of no more than there are; NaN where nothing is left."""
    table = np.stack([np.ones(len(cost)), *rows])
    solved = linprog(cost, A_ub=table, b_ub=np.array([n_hidden, *limits]), method="highs")
    return np.asarray(solved.x) if solved.success else np.full(len(cost), np.nan)


@lru_cache
def scanned(density: float, n_features: int, n_hidden: int) -> FloatArray:
    """Features a dimension, benefit and scale of unpolished blocks of many k, (3, counts) [D47].

    Each is a whole model: of all hidden dimensions, and from two features a dimension to all n.
    """
    ratios = np.geomspace(FEWEST, max(FEWEST, n_features / n_hidden), SCANNED)
    counts = np.unique(np.round(ratios * n_hidden).astype(int)).tolist()
    laws = [(k / n_hidden, mean_row(k, n_hidden, density, SHARPNESS)) for k in counts]
    return np.array([[ratio, ratio * law.saved, law.scale] for ratio, law in laws]).T
