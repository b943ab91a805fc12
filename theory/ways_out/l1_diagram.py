r"""The phase diagram of two features in one dimension under L1 on h [D34].

Four solutions compete: nothing, and a lone feature 1 or 2, in closed form; and pairs, of opposite
signs or of one, from Newton steps on the exact loss, many at once, with E|h| in closed form.
"""

from __future__ import annotations

from typing import Any

import numpy as np
import xarray as xr

from ground.checks import FloatArray, as_density_axis, as_importance_axis
from ground.structure import structure_of
from theory.data_law import feature_variance
from theory.loss.floats import hessian_of
from theory.loss.problem import Problem, as_problem
from theory.minima.descent import Value, descend
from theory.ways_out.l1_pair import lone_weight
from theory.ways_out.penalty import as_weight

__all__ = ["l1_phase_diagram", "pair_value"]

# (w₁, w₂, b₁, b₂), biases in units of p: full and faint pairs, and pairs tilted either way.
STARTS = np.array(
    [
        (1.0, -1.0, 0.05, 0.05),
        (0.6, -0.6, 0.5, 0.5),
        (1.0, -0.7, 0.05, 0.2),
        (0.7, -1.0, 0.2, 0.05),
        (0.9, -0.15, 0.1, 0.5),
        (0.15, -0.9, 0.5, 0.1),
    ]
)
ALIGNED = np.array([(1.0, 0.5, -1.0, 0.2), (0.5, 1.0, 0.2, -1.0), (0.7, 0.7, -0.2, -0.2)])
FAINT = 1e-6  # weight below which a pair is none
ROUNDING = 1e-13


def l1_phase_diagram(densities: Any, importances: Any, *, l1: Any) -> xr.Dataset:
    r"""Best W and b of (2, 1) over a grid, under an L1 penalty on h [D34].

    Parameters
    ----------
    densities : array_like (P,)
        p in (0, 1].
    importances : array_like (R,)
        r > 0; the importance is (1, r).
    l1 : float
        λ ≥ 0.

    Returns
    -------
    xarray.Dataset
        By (density, importance): `loss`, penalty included, `structure`, `W`, `b`.

    Raises
    ------
    ValueError
        Naming the argument, its value and what is allowed.

    Examples
    --------
    >>> l1_phase_diagram([0.1], [1.0, 0.1], l1=0.3).structure.values.tolist()
    [['[1 2]', '[1] (2)']]
    >>> l1_phase_diagram([0.1], [1.0, 0.1], l1=0.7).structure.values.tolist()
    [['(1 2)', '(1 2)']]
    """
    p, r = as_density_axis(densities), as_importance_axis(importances)
    penalty = as_weight("l1", l1)
    P, R = (grid.ravel() for grid in np.meshgrid(p, r, indexing="ij"))
    families = [_nothing(P, R), _lone(P, R, penalty, 0), _lone(P, R, penalty, 1)]
    families += [_pairs(P, R, start, pair_value(penalty)) for start in STARTS]
    families += [_pairs(P, R, start, aligned_value(penalty)) for start in ALIGNED]
    losses = np.stack([loss for loss, _ in families])
    best = losses.argmin(0)
    theta = np.stack([theta for _, theta in families])[best, np.arange(len(P))]
    shape = len(p), len(r)
    W, b = theta[:, None, :2].reshape(*shape, 1, 2), theta[:, 2:].reshape(*shape, 2)
    names = [
        [str(structure_of(W[i, j]).canonical([1.0, r[j]])) for j in range(len(r))]
        for i in range(len(p))
    ]
    return xr.Dataset(
        {
            "loss": (("density", "importance"), losses.min(0).reshape(shape)),
            "structure": (("density", "importance"), np.array(names)),
            "W": (("density", "importance", "hidden", "feature"), W),
            "b": (("density", "importance", "feature"), b),
        },
        coords={"density": p, "importance": r},
        attrs={"l1": penalty},
    )


Family = tuple[FloatArray, FloatArray]
"""Losses (K,) and θ = (w₁, w₂, b₁, b₂), (K, 4); infinite where there is no such minimum."""


def _nothing(p: FloatArray, r: FloatArray) -> Family:
    zero = np.zeros(len(p))
    return (1.0 + r) * feature_variance(p), np.stack([zero, zero, p / 2, p / 2], axis=-1)


def _lone(p: FloatArray, r: FloatArray, l1: float, feature: int) -> Family:
    size, other = (np.ones(len(p)), r) if feature == 0 else (r, np.ones(len(p)))
    w, v = lone_weight(p, l1, size), feature_variance(p)
    loss = size * v * (1 - w**2) ** 2 + l1 * p * w / 2 + other * v
    theta = np.zeros((len(p), 4))
    theta[:, feature] = w
    theta[:, 2:] = p[:, None] / 2
    theta[:, 2 + feature] *= 1 - w**2
    return np.where(np.isnan(w), np.inf, loss), np.nan_to_num(theta)


def _pairs(p: FloatArray, r: FloatArray, start: FloatArray, value: Value) -> Family:
    """Where descents end that begin at one pair and keep its signs."""
    W = np.tile(start[:2], (len(p), 1, 1))
    density, importance = np.stack([p, p], axis=-1), np.stack([np.ones(len(r)), r], axis=-1)
    ended = descend(
        as_problem(W, start[2:] * p[:, None], density, importance), value=value, most=60
    )
    w = ended.W[:, 0]
    valid = (w * np.sign(start[:2]) > FAINT).all(-1) & (ended.gradient < 1e-7)
    theta = np.concatenate([w, ended.b], axis=-1)
    return np.where(valid, ended.loss - ROUNDING, np.inf), theta


def aligned_value(l1: float) -> Value:
    """The loss with l₁E|h| as a descent takes it, for w₁, w₂ > 0: ½ l₁ p (w₁ + w₂) more."""

    def value(problem: Problem) -> tuple[FloatArray, FloatArray, FloatArray]:
        loss, gradient, second = hessian_of(problem)
        slope = 0.5 * l1 * problem.density
        gradient[:, :2] += slope
        return loss + (slope * problem.W[:, 0]).sum(-1), gradient, second

    return value


def pair_value(l1: float) -> Value:
    """The loss with l₁E|h| as a descent takes it, for w₁ > 0 > w₂; elsewhere its continuation."""

    def value(problem: Problem) -> tuple[FloatArray, FloatArray, FloatArray]:
        loss, gradient, second = hessian_of(problem)
        if not l1 or not len(loss):
            return loss, gradient, second
        p = problem.density[:, 0]
        w, v = problem.W[:, 0, 0], -problem.W[:, 0, 1]
        turned = v > w
        high, low = np.where(turned, v, w), np.where(turned, w, v)
        u = low / np.where(high > FAINT, high, np.inf)
        alone, both = p * (1 - p) / 2, p * p
        size = alone * (high + low) + both * ((high - low) / 2 + low * u / 3)
        by = np.stack([alone + both * (0.5 - u * u / 3), alone + both * (2 * u / 3 - 0.5)])
        over = 2 * both / (3 * np.where(high > FAINT, high, np.inf))
        bend = np.stack([over * u * u, over])
        by, bend = (np.where(turned, part[::-1], part) for part in (by, bend))
        gradient[:, 0] += l1 * by[0]
        gradient[:, 1] -= l1 * by[1]
        second[:, 0, 0] += l1 * bend[0]
        second[:, 1, 1] += l1 * bend[1]
        second[:, 0, 1] += l1 * over * u
        second[:, 1, 0] += l1 * over * u
        return loss + l1 * size, gradient, second

    return value
