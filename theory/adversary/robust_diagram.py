r"""The phase diagram of two features in one dimension, every input at its worst attack [D20].

Features may be exchanged, (r, L) ↔ (1/r, L/r), so that r ≤ 1 is enough.  At each density the
superposed branch is followed from r = 1 down, and the dedicated one costs r v + D with D from one
descent for all r.
"""

from __future__ import annotations

from typing import Any

import numpy as np
import xarray as xr

from ground.checks import FloatArray, as_density_axis, as_importance_axis, as_number
from ground.structure import structure_of
from theory.adversary.pair_families import best_member, worst_dedicated
from theory.adversary.pair_kernel import pair_loss
from theory.adversary.robust_pair import LARGEST, descend_worst
from theory.data_law import feature_variance

__all__ = ["exchange_importance", "robust_phase_diagram"]

TOLERANCE, SETTLED = 1e-7, 1e-9
AFRESH = 8  # every which importance is searched from more starts than the neighbour's end
TILTED_FROM = 0.4  # density from which on uneven digons are looked for
PINNED_FROM, PINNED_TO = 0.15, 0.7  # densities at which edges attract
NEWTON = 12


def robust_phase_diagram(densities: Any, importances: Any, *, size: Any) -> xr.Dataset:
    r"""Best W and b of (2, 1) over a grid, every input at its worst attack of size ε [D20].

    Parameters
    ----------
    densities : array_like (P,)
        p in (0, 1].
    importances : array_like (R,)
        r > 0; the importance is (1, r).
    size : float
        ε in [0, 10].

    Returns
    -------
    xarray.Dataset
        By (density, importance): `loss`, good to 1e-4 relative, `structure`, `W`, `b`.

    Raises
    ------
    ValueError
        Naming the argument, its value and what is allowed.

    Examples
    --------
    >>> robust_phase_diagram([0.1], [1.0, 0.1], size=0.1).structure.values.tolist()
    [['[1 2]', '[1] (2)']]
    """
    p, r = as_density_axis(densities), as_importance_axis(importances)
    epsilon = as_number("size", size, f"a number in [0, {LARGEST:g}]", lambda v: 0 <= v <= LARGEST)
    small = np.minimum(r, 1.0 / r)
    # 1/r of a geometric axis is another of its values, to rounding.
    ratios, place = np.unique(small.round(12), return_inverse=True)
    theta = np.empty((len(p), len(r), 4))
    loss = np.empty((len(p), len(r)))
    for i, density in enumerate(p):
        ends, values = _column(float(density), ratios[::-1], epsilon)
        theta[i], loss[i] = ends[::-1][place], values[::-1][place]
    mirrored = r > 1
    theta[:, mirrored] = theta[:, mirrored][..., [1, 0, 3, 2]]
    loss[:, mirrored] *= r[mirrored]
    W, b = theta[..., None, :2], theta[..., 2:]
    names = [
        [str(structure_of(W[i, j]).canonical([1.0, r[j]])) for j in range(len(r))]
        for i in range(len(p))
    ]
    return xr.Dataset(
        {
            "loss": (("density", "importance"), loss),
            "structure": (("density", "importance"), np.array(names)),
            "W": (("density", "importance", "hidden", "feature"), W),
            "b": (("density", "importance", "feature"), b),
        },
        coords={"density": p, "importance": r},
    )


def exchange_importance(densities: Any, *, size: Any) -> FloatArray:
    r"""Importance r ≤ 1 at which the superposed branch costs what the dedicated one does [D20].

    Parameters
    ----------
    densities : array_like (P,)
    size : float
        ε in [0, 10].

    Returns
    -------
    (P,)
        NaN where the digon is not the better one at r = 1.

    Raises
    ------
    ValueError
        A density outside (0, 1], or a size outside [0, 10].

    Examples
    --------
    Without an attack it is the first-order line of D09:

    >>> float(exchange_importance([0.1], size=0.0)[0].round(4))
    0.0487
    """
    p = as_density_axis(densities)
    epsilon = as_number("size", size, f"a number in [0, {LARGEST:g}]", lambda v: 0 <= v <= LARGEST)
    return np.array([_exchange(float(density), epsilon) for density in p])


def _dedicated(p: float, size: float) -> tuple[FloatArray, float]:
    """The dedicated model, and what its live feature costs."""
    member = best_member(worst_dedicated(p, size, 1e-9), p, max(size, 1e-3), gradient=1e-7)
    theta = np.array([member.weight, 0.0, member.bias, 0.5 * p])
    return theta, member.loss - feature_variance(p)


def _column(p: float, ratios: FloatArray, size: float) -> tuple[FloatArray, FloatArray]:
    """Best (w₁, w₂, b₁, b₂) and loss at importances that fall from 1."""
    single, cost = _dedicated(p, size)
    push = np.sqrt(2.0) * size
    afresh = [
        np.array([1.0, -1.0, -push, -push]),
        np.array([0.9, -0.9, 0.2 * p, 0.2 * p]),
        np.array([0.6, -0.6, 0.5 * p, 0.5 * p]),
    ]
    tilted = np.array([1.0, -0.4, 0.0, 0.5 * p])
    # At w₁ = 1, b₁ = 0 both ends cost a single feature 1 the same: an edge, and often the optimum.
    pinned = np.array([1.0, -0.95, 0.0, 0.05])
    ends, values = np.empty((len(ratios), 4)), np.empty(len(ratios))
    near: FloatArray | None = None
    for k, ratio in enumerate(ratios):
        tries = [] if near is None else [near]
        if k % AFRESH == 0:
            tries += afresh
        if PINNED_FROM <= p <= PINNED_TO:
            tries.append(pinned)
        if p >= TILTED_FROM:
            tries.append(tilted)
        found = [
            (cost + ratio * feature_variance(p), single),
            ((1.0 + ratio) * feature_variance(p), np.array([0.0, 0.0, 0.5 * p, 0.5 * p])),
        ]
        shared = []
        for start in tries:
            theta = descend_worst(start, p, size, np.array([1.0, ratio]), TOLERANCE, SETTLED)
            shared.append((_loss(theta, p, size, ratio), theta))
        if shared:
            best = min(shared, key=lambda end: end[0])
            near = best[1] if abs(best[1][1]) > 1e-2 else near
            found += shared
        values[k], ends[k] = min(found, key=lambda end: end[0])
    return ends, values


def _exchange(p: float, size: float) -> float:
    _, cost = _dedicated(p, size)
    variance = feature_variance(p)
    push = np.sqrt(2.0) * size
    at, ratio = None, 1.0
    for step in range(NEWTON):
        starts = (
            [np.array([1.0, -1.0, -push, -push]), np.array([0.7, -0.7, 0.3 * p, 0.3 * p])]
            if at is None
            else [at]
        )
        weights = np.array([1.0, ratio])
        ends = [descend_worst(start, p, size, weights, TOLERANCE, SETTLED) for start in starts]
        at = min(ends, key=lambda theta: _loss(theta, p, size, ratio))
        world = weights, np.full(2, p), np.array([size])
        out = pair_loss(at, *world, TOLERANCE)[0][0]
        gap = float(out[0]) - cost - ratio * variance
        if step == 0 and gap >= 0:
            return float("nan")
        if abs(at[1]) < 1e-2:
            return float("nan")
        # The envelope theorem: dL/dr is the error of the second feature.
        change = gap / float(out[5] - variance)
        ratio = float(np.clip(ratio - change, 0.3 * ratio, 1.0))
        if abs(change) < 1e-7 * ratio:
            break
    return ratio


def _loss(theta: FloatArray, p: float, size: float, ratio: float) -> float:
    world = np.array([1.0, ratio]), np.full(2, p), np.array([size])
    return float(pair_loss(theta, *world, TOLERANCE)[0][0, 0])
