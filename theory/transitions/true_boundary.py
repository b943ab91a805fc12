r"""The transitions of (2, 1): where minima exchange, merge and die, with the order of each [D09].

With bias the diagram for r < 1 holds three kinds of best solution, I, T and S (see
:mod:`theory.transitions.branches`).  I and S exchange at small p, by a first-order line; it ends
in a triple point, from which two lines go on: T and S exchange (first order, up to r = 1), and T
grows out of I, continuously between two tricritical points.  On r = 1 the symmetric S is best up
to a second triple point; denser, two mirror images of T exchange there.  Without bias there are
two kinds, S and A, and one line of first order.

Slopes of the optimal loss come from the envelope theorem: at a minimum, dL/dr and dL/dp are
the partial derivatives at fixed W and b.  Features may be exchanged: (p, r, L) ↔ (p, 1/r, L/r).
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache
from typing import Any

import numpy as np
import xarray as xr
from scipy.interpolate import PchipInterpolator
from scipy.optimize import brentq

from ground.checks import FloatArray, as_density_axis, as_importance_axis
from theory.data_law import feature_variance
from theory.loss.floats import hessian, loss_and_gradient
from theory.transitions.branches import Branch, aligned, partials, settled, step, superposed, tilted
from theory.transitions.onset import (
    ALIGNED,
    SUPERPOSED,
    cubic_coefficient,
    onset_importance,
    tricritical_densities,
)

PAIRS = ("IS", "TS", "IT", "AS")


def first_order_line(densities: Any, pair: str = "IS") -> xr.Dataset:
    """Where two kinds of minima exchange, with both slopes of the loss [D09].

    Parameters
    ----------
    densities : array_like (P,)
        p in (0, 1].
    pair : {"IS", "TS", "IT", "AS"}
        The rivals: ignored, tilted and superposed with bias; aligned and superposed without.

    Returns
    -------
    xarray.Dataset
        By `density`: `importance` r ≤ 1 of the exchange (by symmetry also 1/r), NaN where the
        two do not exchange; `loss` there; by `side` (the two letters) `slope_importance` dL/dr,
        `slope_density` dL/dp and `weight` w₂.

    Examples
    --------
    >>> line = first_order_line([0.1])
    >>> round(float(line.importance[0]), 4)
    0.0487
    >>> bool(line.slope_importance[1, 0] < line.slope_importance[0, 0])
    True
    """
    p = as_density_axis(densities)
    if pair not in PAIRS:
        raise ValueError(f"pair must be one of {PAIRS}, got {pair!r}")
    bias = pair != "AS"
    found = [_kind(letter, p, bias) for letter in pair]
    leader = found[0] or found[1]  # the other is looked up on its path
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
        return superposed(p, bias=bias)
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


def spinodals(densities: Any, *, bias: bool = True) -> xr.Dataset:
    """Where metastable minima appear and die, as importances r ≤ 1 at each density [D09].

    Returns
    -------
    xarray.Dataset
        By `density`: `superposed`, below which S is dead (NaN where S is none at r = 1).  With
        bias also `ignored`, above which I is unstable (towards w₂ < 0); `tilted_birth`, where T
        dies or merges with I, `tilted_death`, above which it is dead (1 if it lives on);
        `aligned`, where A grows out of I.  Without bias A never dies.
    """
    p = as_density_axis(densities)
    variables = {"superposed": ("density", superposed(p, bias=bias).end)}
    if bias:
        branch = tilted(p)
        first = np.isfinite(branch.loss).argmax(0)
        birth = branch.importance[first, np.arange(len(p))]
        birth[~np.isfinite(branch.loss).any(0)] = np.nan
        variables |= {
            "ignored": ("density", onset_importance(p, SUPERPOSED)),
            "tilted_birth": ("density", birth),
            "tilted_death": ("density", branch.end),
            "aligned": ("density", onset_importance(p, ALIGNED)),
        }
    return xr.Dataset(variables, coords={"density": p})


@dataclass(frozen=True)
class SpecialPoint:
    """A point of the diagram where lines of transitions meet or change [D09].

    Attributes
    ----------
    kind : str
    density, importance : float
    between : str
        The kinds of minima concerned.
    """

    kind: str
    density: float
    importance: float
    between: str


@lru_cache(maxsize=1)
def special_points() -> tuple[SpecialPoint, ...]:
    """Triple and tricritical points of (2, 1) with bias, r ≤ 1, and where S splits [D09].

    The first-order line of I and S ends in the first triple point, not in a critical point; the
    last entry is the spinodal of the symmetric S at r = 1, hidden behind the second one.
    """

    def excess(density: float) -> float:
        tilt = float(first_order_line([density], "IT").importance[0])
        if np.isnan(tilt):  # the jump to T is too small to see: it is at the onset
            tilt = float(onset_importance(density))
        return float(first_order_line([density], "IS").importance[0]) - tilt

    def lead(density: float) -> float:
        """Loss of S less that of T at r = 1."""
        p, one = np.array([density]), np.ones(1)
        S = symmetric(density)
        T = settled(np.array([0.76]), one, np.array([1.0, -0.4]), bias=True)
        for nearer in np.linspace(0.76, density, 60):
            _, *moved, _ = step(np.array([nearer]), one, *T)
            T = (moved[0], moved[1])
        return float((partials(p, one, S[0][None], S[1][None])[0] - partials(p, one, *T)[0])[0])

    first = float(brentq(excess, 0.502, 0.5195, xtol=1e-9))
    at_first = float(first_order_line([first], "IS").importance[0])
    second = float(brentq(lead, 0.7025, 0.7125, xtol=1e-10))
    low, high = tricritical_densities()
    split = splitting_density()
    points = [
        SpecialPoint("triple", first, at_first, "I T S"),
        SpecialPoint("tricritical", low, float(onset_importance(low)), "I T"),
        SpecialPoint("tricritical", high, float(onset_importance(high)), "I T"),
        SpecialPoint("triple", second, 1.0, "T S T'"),
        SpecialPoint("spinodal", split, 1.0, "S"),
    ]
    return tuple(points)


@lru_cache(maxsize=2)
def splitting_density(bias: bool = True) -> float:
    """Density above which, at r = 1, the symmetric S gives way to w₁ ≠ −w₂; NaN if never [D09].

    Its curvature against exchange-odd displacements passes through zero.
    """

    def softness(density: float) -> float:
        W, b = symmetric(density, bias=bias)
        second = hessian(W, b, density=density)
        odd = np.array([[1.0, 1.0, 0.0, 0.0], [0.0, 0.0, 1.0, -1.0]]) / np.sqrt(2.0)
        odd = odd if bias else odd[:1]
        return float(np.linalg.eigvalsh(odd @ second @ odd.T)[0])

    grid = np.linspace(0.02, 0.98, 49)
    values = [softness(density) for density in grid]
    turns = [k for k in range(48) if values[k] > 0 >= values[k + 1]]
    if not turns:
        return float("nan")
    return float(brentq(softness, grid[turns[0]], grid[turns[0] + 1], xtol=1e-13))


@lru_cache(maxsize=1)
def confused_density() -> float:
    """Without bias, at r = 1: density above which w₁ = w₂ beats the digon [D09].

    The confused solution w = 1/√2 costs p/3 − p²/4, what its linear part leaves out.
    """

    def lead(density: float) -> float:
        W, b = symmetric(density, bias=False)
        loss = float(loss_and_gradient(W, b, density=density)[0])
        return loss - feature_variance(density)

    return float(brentq(lead, 0.3, 0.9, xtol=1e-14))


def symmetric(density: float, *, bias: bool = True) -> tuple[FloatArray, FloatArray]:
    """Best antipodal pair W = (w, −w), b = (c, c) at r = 1, by Newton in (w, c) [D09]."""
    theta = np.array([1.0, 0.0])
    along = np.array([[1.0, -1.0, 0.0, 0.0], [0.0, 0.0, 1.0, 1.0]])[: 1 + bias]
    for _ in range(100):
        W, b = theta[0] * along[:1, :2], np.full(2, theta[1])
        _, dW, db = loss_and_gradient(W, b, density=density)
        slope = along @ np.concatenate([dW.ravel(), db])
        values, vectors = np.linalg.eigh(along @ hessian(W, b, density=density) @ along.T)
        move = -vectors @ ((vectors.T @ slope) / np.maximum(np.abs(values), 1e-9))
        move *= min(1.0, 0.2 / max(float(np.abs(move).max()), 1e-300))
        theta[: len(move)] += move
        if np.abs(move).max() < 1e-14:
            break
    return theta[0] * along[:1, :2], np.full(2, theta[1])


def boundary_importance(densities: Any, *, bias: bool = True) -> xr.Dataset:
    """Phase boundary of the optimum for r ≤ 1: importance and order at each density [D09].

    Superposition (S or T, or without bias S) lies at larger r.  Order 3 where T grows
    continuously out of I: the loss and its first two derivatives are continuous; else 1.
    """
    p = as_density_axis(densities)
    order = np.ones(len(p), dtype=int)
    if not bias:
        line = first_order_line(p, "AS").importance.values
        return _boundary(p, line, order)
    line = first_order_line(p, "IS").importance.values
    low, high = tricritical_densities()
    tilt = first_order_line(p, "IT").importance.values
    smooth = (p >= low) & (p <= high)
    tilt[smooth] = onset_importance(p[smooth], SUPERPOSED)
    order[smooth] = 3
    # Next to a tricritical point the jump is too small to see, and the line is the onset.
    unseen = np.isnan(tilt) & ~(line < onset_importance(p, SUPERPOSED))
    tilt[unseen] = onset_importance(p[unseen], SUPERPOSED)
    earlier = np.isfinite(tilt) & ~(line < tilt)
    order[~earlier] = 1
    return _boundary(p, np.where(earlier, tilt, line), order)


def _boundary(p: FloatArray, line: FloatArray, order: FloatArray) -> xr.Dataset:
    return xr.Dataset(
        {"importance": ("density", line), "order": ("density", order)}, coords={"density": p}
    )


def true_boundary(importances: Any, *, bias: bool = True) -> xr.Dataset:
    """How far the diagram of fixed candidates is off, in decades of density [D09].

    Parameters
    ----------
    importances : array_like (R,)
        r > 0.

    Returns
    -------
    xarray.Dataset
        By `importance`: `density`, below which superposition is best of all;
        `density_candidates`, the same among [1, −1] and [1, 0]: 4r/(5r + 2), or 2r/(1 + r)
        without bias, for r < 1 and mirrored; `decades`, log10 of their ratio; `order` of the
        transition; 0 where superposition stays best up to p = 1, or at r = 1.
    """
    r = as_importance_axis(importances)
    small = np.minimum(r, 1.0 / r)
    grid = np.unique(np.concatenate([np.geomspace(0.01, 0.2, 12), np.linspace(0.2, 1.0, 33)]))
    if not bias:  # the line meets its mirror image at r = 1
        last = confused_density()
        grid = np.unique(np.append(grid[grid < last], last - np.geomspace(1e-6, 0.02, 8)))
    line = boundary_importance(grid, bias=bias)
    known = line.importance.values
    if not bias:
        grid, known = np.append(grid, last), np.append(known, 1.0)
    on = np.isfinite(known) & (np.diff(np.fmax.accumulate(known), prepend=-1.0) > 1e-12)
    inverse = PchipInterpolator(known[on], grid[on], extrapolate=False)
    density = inverse(small)
    order = np.zeros(len(r), dtype=int)
    inside = np.flatnonzero(np.isfinite(density) & (small < 1.0))
    for _ in range(2):  # secant steps with the interpolant's slope
        if not len(inside):
            break
        again = boundary_importance(density[inside], bias=bias)
        error = small[inside] - again.importance.values
        error = np.where(np.isfinite(error), error, 0.0)
        density[inside] += inverse.derivative()(small[inside]) * error
        density = np.clip(density, 1e-6, 1.0)
        order[inside] = again.order.values
    density[small > known[on][-1]] = 1.0  # superposition up to p = 1
    fixed = 4 * small / (5 * small + 2) if bias else 2 * small / (1 + small)
    return xr.Dataset(
        {
            "density": ("importance", density),
            "density_candidates": ("importance", fixed),
            "decades": ("importance", np.log10(density / fixed)),
            "order": ("importance", order),
        },
        coords={"importance": r},
    )
