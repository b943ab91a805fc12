r"""The interference penalty at (2, 1): the λ above which features share no dimension [D35].

.. math:: L(w_1, w_2, b_1, b_2) + 2 λ w_1^2 w_2^2, \qquad
          λ_c(p, r) = \sup_{w_1 w_2 \ne 0} \frac{\min(1, r)\, v - L}{2 w_1^2 w_2^2},
          \quad v = \tfrac p3 - \tfrac{p^2}4

The one-feature model pays no penalty, so that a pair beats it below a λ of its own, and the largest
of these is the surface: reached by a pair of finite size, which then is left by a jump, or only in
the limit w₂ → 0, where λ_c is a closed form (:mod:`theory.ways_out.interference_onset`).
Features may be exchanged, (p, r, λ, L) ↔ (p, 1/r, λ/r, L/r).
"""

from __future__ import annotations

from typing import Any

import numpy as np
import xarray as xr

from ground.checks import FloatArray, as_density_axis, as_importance_axis
from theory.data_law import feature_variance
from theory.ways_out.interference_onset import onset_interference
from theory.ways_out.pair_minima import lowest, near_one_feature, settle, starts

__all__ = ["interference_spinodals", "interference_threshold"]

LEAST_DENSITY = 1e-6  # sparser jumps are too faint for the net of pairs
PROMISING = 0.05  # how far from the best, relative to it, a place of the net is tried
TRIED = 4
FIRST_STEP, HALVINGS = 0.02, 34  # of a branch that is followed in λ, relative to λ
FOLLOWED = 400  # steps at most
LEAVES = 0.1  # a move in one step that means another branch


def interference_threshold(densities: Any, importances: Any) -> xr.Dataset:
    r"""Critical interference λ_c of (2, 1), above which superposition is gone [D35].

    .. math:: λ_c(p, r) = \sup_{w_1 w_2 \ne 0}
              \frac{\min(1, r)(p/3 - p^2/4) - L(w_1, w_2, b_1, b_2)}{2 w_1^2 w_2^2}

    Parameters
    ----------
    densities : array_like (P,)
        p = 1 − S in [1e-6, 1].
    importances : array_like (R,)
        r > 0; the importance is (1, r).

    Returns
    -------
    xarray.Dataset
        By (density, importance): `threshold` λ_c, to 1e-10 v, 0 where superposition is not
        best even without a penalty; `order` of the transition there: 1 where the pair is left by a
        jump, 3 where its weaker weight shrinks to nothing and the loss is continuous with two
        derivatives, 0 where there is none; `W`, `b` and `loss` of the pair that is left, its task
        loss without penalty; `paid`, by how much the task loss jumps up.

    Raises
    ------
    ValueError
        A density outside [1e-6, 1], or an importance that is not positive.

    Examples
    --------
    >>> surface = interference_threshold([0.1, 0.6], [0.5, 1.0])
    >>> surface.threshold.values.round(6).tolist()
    [[0.011701, 0.025621], [0.0, 0.018403]]
    >>> surface.order.values.tolist()
    [[1, 1], [0, 3]]

    References
    ----------
    theory/derivations/D35_interference_and_decay.md
    """
    p, r = sparse_axis(densities), as_importance_axis(importances)
    small, place = np.unique(np.minimum(r, 1.0 / r), return_inverse=True)
    found = _surface(p, small)
    mirrored = r > 1
    scale = np.where(mirrored, r, 1.0)
    threshold, loss, paid = (
        found[name][:, place] * scale for name in ("threshold", "loss", "paid")
    )
    theta = found["theta"][:, place].copy()
    theta[:, mirrored] = theta[:, mirrored][..., [1, 0, 3, 2]]
    axes = ("density", "importance")
    return xr.Dataset(
        {
            "threshold": (axes, threshold),
            "order": (axes, found["order"][:, place]),
            "loss": (axes, loss),
            "paid": (axes, paid),
            "W": ((*axes, "hidden", "feature"), theta[..., None, :2]),
            "b": ((*axes, "feature"), theta[..., 2:]),
        },
        coords={"density": p, "importance": r},
    )


def sparse_axis(densities: Any) -> FloatArray:
    """Densities that the net of pairs can serve."""
    p = as_density_axis(densities)
    if p.min() < LEAST_DENSITY:
        raise ValueError(f"densities must lie in [{LEAST_DENSITY:g}, 1], got {densities!r}")
    return p


def _surface(p: FloatArray, r: FloatArray) -> dict[str, Any]:
    """The surface for r ≤ 1, (P, R): the best pair of finite size against the onset."""
    grid = near_one_feature()
    penalty = 2 * (grid.w * grid.u) ** 2
    theta, where = [], []
    for i, density in enumerate(p):
        table = grid.table(float(density))
        for j, ratio in enumerate(r):
            gain = ratio * feature_variance(density) - table[0] - ratio * table[1]
            places = lowest(-gain / penalty, grid.shape)
            values = (gain / penalty)[places]
            kept = places[values >= values[0] - PROMISING * abs(values[0])][:TRIED]
            theta.append(starts(grid, table, kept))
            where += [(i, j)] * len(kept)
    rows, columns = np.array(where).T
    density, ratio = p[rows], r[columns]
    alone = ratio * feature_variance(density)

    def tie(at: FloatArray, loss: FloatArray, which: Any) -> FloatArray:
        return (alone[which] - loss) / (2 * at[:, 0] ** 2 * at[:, 1] ** 2)

    ends = settle(np.concatenate(theta), density, ratio, interference=tie)
    shape = len(p), len(r)
    onset = onset_interference(p[:, None], r[None, :])
    best = np.maximum(onset, 0.0)
    kind = np.where(onset > 0, 3, 0)
    variance = feature_variance(p)[:, None]
    loss = np.broadcast_to(r * variance, shape).copy()
    left = np.zeros((*shape, 4))
    left[..., 0], left[..., 3] = 1.0, p[:, None] / 2
    for k in np.flatnonzero(ends.converged):
        at = where[k]
        # Where two ends are the same, to rounding, the first one stays.
        if ends.interference[k] > best[at] * (1 + 1e-12):
            best[at], kind[at] = ends.interference[k], 1
            loss[at], left[at] = ends.loss[k], ordered(ends.theta[k], r[at[1]])
    return {
        "threshold": best,
        "order": kind,
        "loss": loss,
        "paid": r * variance - loss,
        "theta": left,
    }


def ordered(theta: FloatArray, ratio: float) -> FloatArray:
    """w₁ > 0, and the larger weight first where features are equal."""
    if ratio == 1.0 and abs(theta[1]) > abs(theta[0]):
        theta = theta[[1, 0, 3, 2]]
    sign = 1.0 if theta[0] > 0 else -1.0
    return theta * np.array([sign, sign, 1.0, 1.0])


def interference_spinodals(densities: Any, importances: Any) -> xr.Dataset:
    """Between which λ both the pair and the model of one feature are minima of (2, 1) [D35].

    Parameters
    ----------
    densities : array_like (P,)
        p in [1e-6, 1].
    importances : array_like (R,)
        r > 0; the importance is (1, r).

    Returns
    -------
    xarray.Dataset
        By (density, importance): `one_feature`, below which the model of one feature is unstable,
        in closed form, at least 0; `pair`, above which the pair that is best just below λ_c is no
        minimum, to 1e-8 relative; λ_c itself where the transition is continuous, and NaN where
        there is none.

    Raises
    ------
    ValueError
        A density outside [1e-6, 1], or an importance that is not positive.

    Examples
    --------
    >>> ends = interference_spinodals([0.1], [1.0])
    >>> float(ends.one_feature.item()) < 0.025621 < float(ends.pair.item())
    True
    """
    p, r = sparse_axis(densities), as_importance_axis(importances)
    scale, small = np.maximum(r, 1.0), np.minimum(r, 1.0 / r)
    surface = interference_threshold(p, small)
    threshold, order = surface["threshold"].values, surface["order"].values
    pair = np.where(order == 0, np.nan, threshold)
    jumps = order == 1
    theta = np.concatenate([surface["W"].values[..., 0, :], surface["b"].values], -1)
    pair[jumps] = _last(
        theta[jumps],
        np.broadcast_to(p[:, None], order.shape)[jumps],
        np.broadcast_to(small, order.shape)[jumps],
        threshold[jumps],
    )
    onset = np.maximum(onset_interference(p[:, None], small[None, :]), 0.0)
    axes = ("density", "importance")
    return xr.Dataset(
        {"one_feature": (axes, onset * scale), "pair": (axes, pair * scale)},
        coords={"density": p, "importance": r},
    )


def _last(theta: FloatArray, p: FloatArray, ratio: FloatArray, strength: FloatArray) -> FloatArray:
    """The λ up to which branches of minima can be followed from where they are."""
    theta, at = theta.copy(), strength.copy()
    step = FIRST_STEP * at
    least = step * 2.0**-HALVINGS
    for _ in range(FOLLOWED):
        j = np.flatnonzero(step > least)
        if not len(j):
            break
        ends = settle(theta[j], p[j], ratio[j], interference=at[j] + step[j])
        same = ends.converged & (np.abs(ends.theta - theta[j]).max(1) < LEAVES)
        good = j[same]
        theta[good] = ends.theta[same]
        at[good] += step[good]
        step[j[~same]] *= 0.5
    return at
