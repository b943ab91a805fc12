"""How far D* may be off the best packing's in a model that loses a little more [D14, D47].

The loss of a packing is flat in the number of features that it holds: another mixture of blocks,
or blocks of other k, may cost a thousandth and have D* off by a tenth.  Between which values D*
lies at a given loss is a linear programme again, with the saving as a constraint.
"""

from __future__ import annotations

from collections.abc import Sequence
from functools import lru_cache

import numpy as np
import xarray as xr
from scipy.optimize import linprog

from ground.checks import FloatArray
from theory.data_law import feature_variance
from theory.geometry.blocks import FreeBlock
from theory.geometry.spread_blocks import mean_row

__all__ = ["dimensions_between", "scanned"]

SCANNED = 7  # blocks of other k, which are not polished
FEWEST = 2.0  # features a dimension
SHARPNESS = 8.0  # of their codes
SPARSE = 0.2  # density from which on such blocks save enough to be asked for


def dimensions_between(
    packed: xr.Dataset, free: Sequence[FreeBlock], n_features: int, n_hidden: int, loss: float
) -> tuple[float, float]:
    """Least and most D* = m/‖W‖² of mixtures of blocks that lose no more than `loss`.

    Parameters
    ----------
    packed : Dataset (arrangement,)
        Of :func:`theory.geometry.packing.packing`, at one density.
    free : sequence of FreeBlock
        Of that density, that compete too.
    n_features, n_hidden : int
    loss : float
        Of a model of n features in m dimensions.

    Returns
    -------
    least, most : float
        NaN where no mixture loses as little.
    """
    density = float(packed["density"])
    ratio = (packed["n_features"] / packed["dimension"]).values
    rows = [
        np.stack([ratio, packed["benefit"].values, packed["scale"].values]),
        np.array([[b.n_features / b.dimension, b.benefit, b.scale] for b in free]).reshape(-1, 3).T,
    ]
    if density < SPARSE:
        rows.append(scanned(density, n_features, n_hidden))
    ratio, benefit, scale = np.concatenate(rows, axis=1)
    saved = n_features * feature_variance(density) - loss
    unit = benefit.max()
    ends = []
    for sign in (1.0, -1.0):
        solved = linprog(
            sign * ratio * scale,
            A_ub=np.stack([np.ones_like(ratio), ratio, -benefit / unit]),
            b_ub=np.array([n_hidden, n_features, -saved / unit]),
            method="highs",
        )
        used = np.asarray(solved.x) if solved.success else np.full(len(ratio), np.nan)
        ends.append(n_hidden / float(used @ (ratio * scale)))
    return float(ends[1]), float(ends[0])


@lru_cache
def scanned(density: float, n_features: int, n_hidden: int) -> FloatArray:
    """Features a dimension, benefit and scale of unpolished blocks of many k, (3, counts) [D47].

    Each is a whole model: of all hidden dimensions, and from two features a dimension to all n.
    """
    ratios = np.geomspace(FEWEST, max(FEWEST, n_features / n_hidden), SCANNED)
    counts = np.unique(np.round(ratios * n_hidden).astype(int)).tolist()
    laws = [(k / n_hidden, mean_row(k, n_hidden, density, SHARPNESS)) for k in counts]
    return np.array([[ratio, ratio * law.saved, law.scale] for ratio, law in laws]).T
