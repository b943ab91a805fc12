r"""Weight decay at (2, 1): when the pair dies, what follows, and when that dies [D35].

.. math:: L(w_1, w_2, b_1, b_2) + μ (w_1^2 + w_2^2)

A lone feature of importance I keeps w² = 1 − μ/(2 I v), v = p/3 − p²/4, and costs μ − μ²/(4 I v):
it shrinks to nothing at μ = 2 I v, continuously.  A pair of importances (1, r), r ≤ 1, beats it up
to a μ of its own, the larger root of a quadratic; the largest of all is where pairs end.
"""

from __future__ import annotations

from typing import Any

import numpy as np
import xarray as xr

from ground.checks import FloatArray, as_importance_axis
from theory.data_law import feature_variance
from theory.ways_out.interference import PROMISING, ordered, sparse_axis
from theory.ways_out.pair_minima import faint_pairs, lowest, settle, starts

__all__ = ["decay_threshold"]

CLIPPED = 1e-6  # how far an output of the net's pairs reaches below zero, at least
TRIED = 4


def decay_threshold(densities: Any, importances: Any) -> xr.Dataset:
    r"""Weight decay at which the pair of (2, 1) dies, and at which the lone feature does [D35].

    .. math:: μ_\text{lone} = 2 \max(1, r) \left(\tfrac p3 - \tfrac{p^2}4\right), \qquad
              \frac{μ_\text{pair}(p, 1)}{μ_\text{lone}} = 1 - \frac{2p}{p + \sqrt{p^2 + (2-p)^2}}

    Parameters
    ----------
    densities : array_like (P,)
        p in [1e-6, 1].
    importances : array_like (R,)
        r > 0; the importance is (1, r).

    Returns
    -------
    xarray.Dataset
        By (density, importance): `lone`, from which on W = 0 is best; `pair`, from which on no
        pair beats the lone feature, 0 where none ever does; `order` of the pair's transition: 1, a
        jump, for r ≠ 1; 3, continuous, for r = 1, where all directions tie from there on; 0 for
        none; `W` and `b` of the pair that is left.

    Raises
    ------
    ValueError
        A density outside [1e-6, 1], or an importance that is not positive.

    Examples
    --------
    >>> ends = decay_threshold([0.1], [0.5, 1.0])
    >>> ends.lone.values.round(6).tolist(), ends.pair.values.round(6).tolist()
    ([[0.061667, 0.061667]], [[0.021231, 0.055508]])

    References
    ----------
    theory/derivations/D35_interference_and_decay.md
    """
    p, r = sparse_axis(densities), as_importance_axis(importances)
    small, scale = np.minimum(r, 1.0 / r), np.maximum(r, 1.0)
    pair, theta = _pairs(p, small)
    mirrored = r > 1
    theta[:, mirrored] = theta[:, mirrored][..., [1, 0, 3, 2]]
    lone = 2 * feature_variance(p)[:, None] * scale
    order = np.where(pair > 0, np.where(r == 1, 3, 1), 0)
    axes = ("density", "importance")
    return xr.Dataset(
        {
            "lone": (axes, lone),
            "pair": (axes, pair * scale),
            "order": (axes, order),
            "W": ((*axes, "hidden", "feature"), theta[..., None, :2]),
            "b": ((*axes, "feature"), theta[..., 2:]),
        },
        coords={"density": p, "importance": r},
    )


def first_clipped(density: Any) -> tuple[FloatArray, FloatArray]:
    r"""Squared norm and angle of the faintest pair of equal features that is not linear [D35].

    .. math:: A = \frac{2p}{p + \sqrt{p^2 + (2 - p)^2}}, \qquad \tan 2φ = \frac{2 - p}{p}

    W = √A (cos φ, −sin φ): fainter pairs keep both outputs on for every input.
    """
    p = np.asarray(density, dtype=np.float64)
    return 2 * p / (p + np.hypot(p, 2 - p)), 0.5 * np.arctan2(2 - p, p)


def largest_decay(norm: FloatArray, excess: FloatArray, variance: Any) -> FloatArray:
    """Larger μ at which a pair of squared norm N ties with the lone feature; NaN if none.

    Parameters
    ----------
    norm : N = w₁² + w₂²
    excess : L − r v
    variance : v
    """
    square = (1 - norm) ** 2 - excess / variance
    with np.errstate(invalid="ignore"):
        return np.asarray(2 * variance * (1 - norm + np.sqrt(square)))


def _pairs(p: FloatArray, r: FloatArray) -> tuple[FloatArray, FloatArray]:
    """The largest decay at which a pair ties, for r ≤ 1, and that pair: (P, R), (P, R, 4)."""
    grid = faint_pairs()
    norm = grid.w**2 + grid.u**2
    theta, where = [], []
    for i, density in enumerate(p):
        table = grid.table(float(density))
        # Linear pairs never beat the lone feature, and tie with it at r = 1.
        clipped = np.minimum(table[2], table[3]) < grid.w * grid.u - CLIPPED
        variance = feature_variance(density)
        for j, ratio in enumerate(r):
            excess = table[0] + ratio * table[1] - ratio * variance
            tie = largest_decay(norm, excess, variance)
            tie = np.where(clipped & (tie > 0), tie, -np.inf)
            places = lowest(-tie, grid.shape)
            places = places[np.isfinite(tie[places])]
            kept = places[tie[places] >= (1 - PROMISING) * tie[places].max(initial=0.0)][:TRIED]
            theta.append(starts(grid, table, kept))
            where += [(i, j)] * len(kept)
    best, left = np.zeros((len(p), len(r))), np.zeros((len(p), len(r), 4))
    left[..., 0], left[..., 3] = 1.0, p[:, None] / 2
    equal = r == 1.0
    squared, angle = first_clipped(p)
    best[:, equal] = (2 * feature_variance(p) * (1 - squared))[:, None]
    w, u = np.sqrt(squared) * np.cos(angle), np.sqrt(squared) * np.sin(angle)
    rest = p / 2 * (1 - w * w + w * u), p / 2 * (1 - u * u + w * u)
    left[:, equal] = np.stack([w, -u, *rest], 1)[:, None]
    if where:
        rows, columns = np.array(where).T
        density, ratio = p[rows], r[columns]
        variance = feature_variance(density)

        def tie_at(at: FloatArray, loss: FloatArray, which: Any) -> FloatArray:
            excess = loss - ratio[which] * variance[which]
            found = largest_decay((at[:, :2] ** 2).sum(1), excess, variance[which])
            return np.nan_to_num(found)

        ends = settle(np.concatenate(theta), density, ratio, decay=tie_at)
        for k in np.flatnonzero(ends.converged):
            if ends.decay[k] > best[where[k]] * (1 + 1e-12):
                best[where[k]] = ends.decay[k]
                left[where[k]] = ordered(ends.theta[k], float(r[where[k][1]]))
    return best, left
