"""Where two kinds of minima of (2, 1) exchange: lines of first order, with the slopes of the loss.

Slopes of the optimal loss come from the envelope theorem: at a minimum, dL/dr and dL/dp are
the partial derivatives at fixed W and b.
"""

from __future__ import annotations

from typing import Any

import numpy as np
import xarray as xr

from ground.checks import FloatArray, as_density_axis, check_choice
from theory.data_law import feature_variance
from theory.transitions.branches import Branch, aligned, partials, step, superposed, tilted
from theory.transitions.onset import cubic_coefficient

PAIRS = ("IS", "TS", "IT", "AS")
# S exchanges well before it dies: how near its death it is followed (most of the work is there).
HALVINGS = 12
MERGED = 1e-6  # size of w₂ below which T is I: their gap is rounding


def first_order_line(densities: Any, pair: str = "IS") -> xr.Dataset:
    """Where two kinds of minima of (2, 1) exchange, with both slopes of the loss [D09].

    Minima have letters, up to exchange of the features, whose importances are (1, r): I, the
    second feature ignored, W = (1, 0); S, superposed, w₁ > 0 > w₂; T, tilted, the same signs with
    |w₂| well below w₁; A, aligned, w₁ ≥ w₂ > 0.

    Parameters
    ----------
    densities : array_like (P,)
        p in (0, 1].
    pair : {"IS", "TS", "IT", "AS"}
        The rivals by their letters: I, T and S with bias; A and S without.

    Returns
    -------
    xarray.Dataset
        By `density`: `importance` r ≤ 1 of the exchange (by symmetry also 1/r), NaN where the
        two do not exchange; `loss` there; by `side` (the two letters) `slope_importance` dL/dr,
        `slope_density` dL/dp and `weight` w₂.

    Raises
    ------
    ValueError
        A density outside (0, 1], or another pair of letters.

    Examples
    --------
    >>> line = first_order_line([0.1])
    >>> round(float(line.importance[0]), 4)
    0.0487
    >>> bool(line.slope_importance[1, 0] < line.slope_importance[0, 0])
    True
    """
    check_choice("pair", pair, PAIRS)
    p = as_density_axis(densities)
    bias = pair != "AS"
    found = [_kind(letter, p, bias) for letter in pair]
    # The other is looked up on its path. S dies soon after it loses to A: its path goes to its end.
    leader = found[1] if pair == "AS" else found[0] or found[1]
    path = leader.importance if leader else np.empty((0, len(p)))
    losses, weights, biases = zip(*(_on(branch, path, p, bias) for branch in found), strict=True)
    gap = losses[1] - losses[0]
    with np.errstate(invalid="ignore"):
        turns = np.signbit(gap[:-1]) != np.signbit(gap[1:])
    turns &= np.isfinite(gap[:-1]) & np.isfinite(gap[1:])
    if pair == "IT":  # between the tricritical points T has no edge: it grows out of I
        turns &= cubic_coefficient(p) < 0.0
    line = np.full(len(p), np.nan)
    places = turns.argmax(0)
    on = np.flatnonzero(turns.any(0))
    k = places[on]
    share = gap[k, on] / (gap[k, on] - gap[k + 1, on])
    line[on] = path[k, on] + share * (path[k + 1, on] - path[k, on])
    near = np.where(share < 0.5, k, k + 1)
    ends = [(W[near, on], b[near, on]) for W, b in zip(weights, biases, strict=True)]

    for _ in range(40):  # Newton on the gap, whose slope is that of the two losses
        if not len(on):
            break
        for side, letter in enumerate(pair):
            if letter != "I":
                _, *moved, _ = step(p[on], line[on], *ends[side], bias=bias)
                ends[side] = (moved[0], moved[1])
        first, second = (partials(p[on], line[on], *end) for end in ends)
        with np.errstate(divide="ignore", invalid="ignore"):
            change = np.nan_to_num((second[0] - first[0]) / (second[1] - first[1]))
        line[on] -= np.clip(change, -0.02 * line[on], 0.02 * line[on])
        if np.abs(change).max() < 1e-14:
            break
    if pair == "IT":  # next to a tricritical point the jump is too small to see
        seen = np.abs(ends[1][0][:, 0, 1]) > MERGED
        line[on[~seen]] = np.nan
        on, ends = on[seen], [(W[seen], b[seen]) for W, b in ends]
    value = np.full(len(p), np.nan)
    by_r, by_p, weight = np.full((3, 2, len(p)), np.nan)
    for side, end in enumerate(ends):
        value[on], by_r[side, on], by_p[side, on] = partials(p[on], line[on], *end)
        weight[side, on] = end[0][:, 0, 1]
    return xr.Dataset(
        {
            "importance": ("density", line),
            "loss": ("density", value),
            "slope_importance": (("side", "density"), by_r),
            "slope_density": (("side", "density"), by_p),
            "weight": (("side", "density"), weight),
        },
        coords={"density": p, "side": list(pair)},
    )


def _kind(letter: str, p: FloatArray, bias: bool) -> Branch | None:
    if letter == "S":
        return superposed(p, bias=bias, halvings=HALVINGS)
    if letter == "A":
        return aligned(p, bias=bias)
    return tilted(p) if letter == "T" else None


def _on(
    branch: Branch | None, path: FloatArray, p: FloatArray, bias: bool
) -> tuple[FloatArray, FloatArray, FloatArray]:
    """Loss, W and b of a branch (None for I) at the nearest places it knows on a path."""
    if branch is None:
        W = np.broadcast_to([[1.0, 0.0]], (*path.shape, 1, 2))
        b = np.stack([np.zeros(path.shape), np.broadcast_to(p / 2, path.shape)], axis=-1)
        return path * feature_variance(p), W, b
    if branch.importance is path:
        return branch.loss, branch.W, branch.b
    loss = np.full(path.shape, np.nan)
    W, b = np.full((*path.shape, 1, 2), np.nan), np.full((*path.shape, 2), np.nan)
    for j in range(path.shape[1]):
        k = np.abs(np.log(path[:, j, None] / branch.importance[None, :, j])).argmin(1)
        W[:, j], b[:, j] = branch.W[k, j], branch.b[k, j]
        live = np.flatnonzero(np.isfinite(branch.loss[k, j]))
        if len(live):
            where = np.full(len(live), p[j])
            value, new_W, new_b, same = step(
                where, path[live, j], W[live, j], b[live, j], bias=bias
            )
            loss[live[same], j] = value[same]
            W[live[same], j], b[live[same], j] = new_W[same], new_b[same]
    return loss, W, b
