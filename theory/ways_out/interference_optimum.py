r"""The best two features in one dimension under the interference penalty, at any λ [D35].

The whole octant (r, S, λ): at each place all pairs of opposite signs are looked through, and held
against the model of one feature, r v.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, NamedTuple

import numpy as np
import xarray as xr

from ground.checks import (
    FloatArray,
    as_at_least_zero,
    as_importance,
    as_importance_axis,
    as_positive_density,
)
from theory.data_law import feature_variance
from theory.ways_out.interference import ordered, sparse_axis
from theory.ways_out.interference_onset import onset_interference
from theory.ways_out.pair_minima import Grid, lowest, near_one_feature, settle, starts

__all__ = ["InterferenceOptimum", "interference_optimum", "interference_phase_diagram"]

TRIED = 8  # places of the net from which Newton's method starts, in each cell
SAME = 1e-6  # minima closer than this are one
PHASES = ("drop", "dedicate", "antipodal")


@dataclass(frozen=True, eq=False)
class InterferenceOptimum:
    """The best W and b of (2, 1) under the interference penalty [D35].

    Attributes
    ----------
    W : (1, 2)
    b : (2,)
    objective : float
        L + 2λ w₁² w₂².
    loss : float
        L, the task loss.
    phase : str
        "drop", the second feature is ignored; "dedicate", the dimension is the second one's;
        "antipodal".  At r = 1 either feature may be the ignored one, and "drop" is said.
    minima : tuple of (objective, W, b)
        Minima of opposite signs, and the model of one feature where it is one; best first.
    """

    W: FloatArray
    b: FloatArray
    objective: float
    loss: float
    phase: str
    minima: tuple[tuple[float, FloatArray, FloatArray], ...]


class Pair(NamedTuple):
    """A minimum: objective, task loss and θ = (w₁, w₂, b₁, b₂)."""

    objective: float
    loss: float
    theta: FloatArray


def interference_optimum(
    *, density: Any, interference: Any, importance: Any = None
) -> InterferenceOptimum:
    r"""Best W and b of two features in one dimension, the overlap of both at a price [D35].

    .. math:: \min_{W, b} L(W, b) + λ \sum_{i \ne j} (W_i \cdot W_j)^2, \qquad
              \sum_{i \ne j} (W_i \cdot W_j)^2 = 2 w_1^2 w_2^2

    Parameters
    ----------
    density : float
        p in [1e-6, 1].
    interference : float
        λ ≥ 0.
    importance : array_like (2,), optional
        Positive.

    Returns
    -------
    InterferenceOptimum

    Raises
    ------
    ValueError
        Naming the argument, its value and what is allowed.

    Examples
    --------
    Equal features; the pair is even, then uneven, then gone:

    >>> for strength in (0.02, 0.0255, 0.026):
    ...     best = interference_optimum(density=0.1, interference=strength)
    ...     print(best.phase, (best.W.round(2) + 0.0).tolist())
    antipodal [[0.77, -0.77]]
    antipodal [[0.88, -0.53]]
    drop [[1.0, 0.0]]

    References
    ----------
    theory/derivations/D35_interference_and_decay.md
    """
    as_positive_density("density", density)
    p = float(sparse_axis([float(density)])[0])
    strength = as_at_least_zero("interference", interference)
    weight = as_importance(importance, 2)
    if weight.shape != (2,) or not (weight > 1e-100).all() or not (weight < 1e100).all():
        raise ValueError(f"importance must be two positive numbers, got {importance!r}")
    scale, turned = float(weight.max()), bool(weight[1] > weight[0])
    ratio = float(weight.min() / scale)
    found = minima_of(p, np.array([ratio]), strength / scale)[0]
    best = found[0]
    minima = []
    for minimum in found:
        theta = minimum.theta[[1, 0, 3, 2]] if turned else minimum.theta
        minima.append((minimum.objective * scale, theta[None, :2], theta[2:]))
    phase = PHASES[2] if best.theta[1] != 0 else PHASES[turned]
    objective, W, b = minima[0]
    return InterferenceOptimum(W, b, objective, best.loss * scale, phase, tuple(minima))


def interference_phase_diagram(
    densities: Any, importances: Any, *, interference: Any
) -> xr.Dataset:
    """Best W and b of (2, 1) over a grid, at one strength of the interference penalty [D35].

    Parameters
    ----------
    densities : array_like (P,)
        p in [1e-6, 1].
    importances : array_like (R,)
        r > 0; the importance is (1, r).
    interference : float
        λ ≥ 0.

    Returns
    -------
    xarray.Dataset
        By (density, importance): `objective`, `loss` (the task loss), `phase` ("drop", "dedicate"
        or "antipodal"), `W`, `b`.

    Raises
    ------
    ValueError
        Naming the argument, its value and what is allowed.

    Examples
    --------
    >>> interference_phase_diagram([0.1], [0.5, 1.0, 2.0], interference=0.02).phase.values.tolist()
    [['drop', 'antipodal', 'antipodal']]
    """
    p, r = sparse_axis(densities), as_importance_axis(importances)
    strength = as_at_least_zero("interference", interference)
    small, scale = np.minimum(r, 1.0 / r), np.maximum(r, 1.0)
    theta = np.empty((len(p), len(r), 4))
    value, loss = np.empty((2, len(p), len(r)))
    for i, density in enumerate(p):
        for j, found in enumerate(minima_of(float(density), small, strength / scale)):
            value[i, j], loss[i, j], theta[i, j] = found[0]
    single = theta[..., 1] == 0
    mirrored = r > 1
    names = np.where(single, np.where(mirrored, PHASES[1], PHASES[0]), PHASES[2])
    theta[:, mirrored] = theta[:, mirrored][..., [1, 0, 3, 2]]
    axes = ("density", "importance")
    return xr.Dataset(
        {
            "objective": (axes, value * scale),
            "loss": (axes, loss * scale),
            "phase": (axes, names),
            "W": ((*axes, "hidden", "feature"), theta[..., None, :2]),
            "b": ((*axes, "feature"), theta[..., 2:]),
        },
        coords={"density": p, "importance": r},
    )


def minima_of(p: float, ratios: FloatArray, strengths: Any) -> list[list[Pair]]:
    """All minima at one density, for each r ≤ 1 and its λ, best first."""
    grid: Grid = near_one_feature()
    table = grid.table(p)
    penalty = 2 * (grid.w * grid.u) ** 2
    strengths = np.broadcast_to(strengths, ratios.shape)
    tried, which = [], []
    for k, (ratio, strength) in enumerate(zip(ratios, strengths, strict=True)):
        places = lowest(table[0] + ratio * table[1] + strength * penalty, grid.shape)[:TRIED]
        tried.append(starts(grid, table, places))
        which += [k] * len(places)
    index = np.array(which)
    ends = settle(
        np.concatenate(tried),
        np.full(len(index), p),
        ratios[index],
        interference=strengths[index],
    )
    variance = float(feature_variance(p))
    found: list[list[Pair]] = []
    for k, ratio in enumerate(ratios):
        alone = np.array([1.0, 0.0, 0.0, p / 2])
        dropped = float(ratio) * variance
        single = Pair(dropped, dropped, alone)
        pairs: list[Pair] = []
        for end in np.flatnonzero(ends.converged & (index == k)):
            theta = ordered(ends.theta[end], float(ratio))
            paid = strengths[k] * 2 * (theta[0] * theta[1]) ** 2
            if all(np.abs(theta - other.theta).max() > SAME for other in pairs):
                pairs.append(Pair(float(ends.loss[end] + paid), float(ends.loss[end]), theta))
        stable = strengths[k] >= onset_interference(p, ratio)
        if stable or not pairs:
            pairs.append(single)
        found.append(sorted(pairs, key=lambda pair: pair.objective))
    return found
