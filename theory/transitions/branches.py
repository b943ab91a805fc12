r"""Branches of minima of (2, 1), followed along paths of importance [D09].

Importances are (1, r), and solutions are taken up to exchange of the features:

- I: the second feature ignored, W = (1, 0), b = (0, p/2), loss r (p/3 − p²/4); with bias only;
- S: superposed, w₁ > 0 > w₂, symmetric at r = 1;
- T: tilted, the same signs with |w₂| well below w₁: it grows out of I, with bias only;
- A: aligned, w₁ ≥ w₂ > 0.  With bias it too grows out of I; without bias it takes I's place
  (w₂ = 0 is then no minimum: a little w₂ > 0 always pays) and becomes the "confused" solution
  w₁ = w₂ at r = 1.

Each solution starts the descent for the next parameters.  Where a descent leaves the branch the
step is halved, and the branch is dead where no step is short enough.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
import xarray as xr
from numpy.typing import NDArray

from ground.checks import FloatArray, as_density_axis, check_flag
from theory.loss.floats import loss_and_gradient
from theory.loss.problem import as_problem
from theory.minima.descent import descend
from theory.transitions.onset import ALIGNED, SUPERPOSED, onset_importance

STEPS = 160  # of continuation along a path
LEAVES = 0.1  # a move of w or b in one step that means another branch
HALVINGS = 20
DAMPING = 1e-6  # of the first step from a minimum close by
BIRTH = 1.02  # times the onset: where T is looked for


@dataclass(frozen=True, eq=False)
class Branch:
    """One kind of minimum at many densities, along falling or rising importances.

    Attributes
    ----------
    importance : (K, P)
        Path of each density.
    loss : (K, P)
    W : (K, P, 1, 2)
    b : (K, P, 2)
        NaN where the branch is dead.
    end : (P,)
        Importance where it died; the end of the path if it did not; NaN if never alive.
    died : (P,)
        Whether it did.
    """

    importance: FloatArray
    loss: FloatArray
    W: FloatArray
    b: FloatArray
    end: FloatArray
    died: NDArray[np.bool_]


def step(
    p: FloatArray,
    r: FloatArray,
    W: FloatArray,
    b: FloatArray,
    *,
    bias: bool = True,
    ahead: tuple[FloatArray, FloatArray] | None = None,
    **options: Any,
) -> tuple[FloatArray, FloatArray, FloatArray, np.ndarray]:
    """Minima next to given ones, and whether they are still the same branch.

    `ahead` are W and b to descend from, if these are thought to be nearer; options: of `descend`.
    """
    begun_W, begun_b = (W, b) if ahead is None else ahead
    world = p[:, None], importance_of(r), 0.0, 1.0
    ended = descend(
        as_problem(begun_W, begun_b if bias else None, *world), bias=bias, most=60, **options
    )
    moved = np.maximum(np.abs(ended.W - W).max((-1, -2)), np.abs(ended.b - b).max(-1))
    same = ended.converged & (moved < LEAVES)
    same &= np.sign(ended.W[:, 0, 1]) == np.sign(W[:, 0, 1])
    same &= np.abs(ended.W[:, 0, 1]) > 1e-7
    return ended.loss, ended.W, ended.b, same


def follow(
    p: FloatArray,
    path: FloatArray,
    W: FloatArray,
    b: FloatArray,
    *,
    bias: bool = True,
    halvings: int = HALVINGS,
) -> Branch:
    """Follow one branch a density along `path` (K, P), from minima W (P, 1, 2), b (P, 2).

    Where a branch dies, the next place of its path is moved to where it was last seen, which is
    within 2 to the −`halvings` of its death in ln r.
    """
    path = path.copy()
    steps, count = path.shape
    loss = np.full((steps, count), np.nan)
    weights = np.full((steps, count, 1, 2), np.nan)
    biases = np.full((steps, count, 2), np.nan)
    W, b, last = W.copy(), b.copy(), np.full(count, np.nan)
    alive = np.atleast_1d(np.isfinite(W).all(axis=(-1, -2)))
    end = np.where(alive, path[-1], np.nan)
    died = np.zeros(count, dtype=bool)
    at, goal = path[0].copy(), np.zeros(count, dtype=int)
    before = at.copy(), W.copy(), b.copy()  # the place before, for a secant ahead
    stride = np.full(count, 1e9)  # longest step in ln r
    while alive.any():
        j = np.flatnonzero(alive)
        left = np.log(path[goal[j], j] / at[j])
        short = np.abs(left) > stride[j]
        move = np.where(short, np.sign(left) * stride[j], left)
        target = np.where(short, at[j] * np.exp(move), path[goal[j], j])
        # Ahead on the secant, until a step fails: near its death a minimum is lost by long steps.
        share = np.where(stride[j] > 1.0, _share(before[0][j], at[j], target), 0.0)
        ahead = (
            W[j] + share[:, None, None] * (W[j] - before[1][j]),
            b[j] + share[:, None] * (b[j] - before[2][j]),
        )
        value, new_W, new_b, same = step(
            p[j], target, W[j], b[j], bias=bias, ahead=ahead, within=2 * LEAVES,
            damping=np.where(share > 0.0, DAMPING, 1e-2),
        )  # fmt: skip
        good, bad, hit = j[same], j[~same], j[same & ~short]
        for old, new in zip(before, (at, W, b), strict=True):
            old[good] = new[good]
        W[good], b[good], last[good] = new_W[same], new_b[same], value[same]
        at[good] = target[same]
        stride[good] *= 2.0
        stride[bad] = 0.5 * np.abs(move[~same])
        lost = bad[stride[bad] < 2.0**-halvings]
        alive[lost] = False
        died[lost], end[lost] = True, at[lost]
        path[goal[lost], lost] = at[lost]
        seen = np.concatenate([hit, lost[np.isfinite(last[lost])]])
        loss[goal[seen], seen] = last[seen]
        weights[goal[seen], seen], biases[goal[seen], seen] = W[seen], b[seen]
        goal[hit] += 1
        alive[hit[goal[hit] == steps]] = False
    return Branch(path, loss, weights, biases, end, died)


def _share(before: FloatArray, at: FloatArray, target: FloatArray) -> FloatArray:
    """How many times the way come the way ahead is, in ln r; 0 where that is no guide."""
    come, ahead = np.log(at / before), np.log(target / at)
    share = np.divide(ahead, come, out=np.zeros_like(come), where=come != 0.0)
    return np.where((share > 0.0) & (share <= 2.0), share, 0.0)


def falling(p: FloatArray, start: FloatArray, *, bias: bool) -> FloatArray:
    """Paths from `start` down to below the death of S, (K, P)."""
    low = 0.35 * (onset_importance(p, SUPERPOSED) if bias else p)
    return np.geomspace(start, low, STEPS)


def superposed(p: FloatArray, *, bias: bool = True, halvings: int = HALVINGS) -> Branch:
    """S from r = 1 down."""
    W, b = settled(p, np.ones_like(p), np.array([1.0, -1.0]), bias=bias)
    lopsided = np.abs(W[:, 0].sum(-1)) > 0.1  # the symmetric one is gone, or was never there
    W[lopsided], b[lopsided] = np.nan, np.nan
    path = falling(p, np.ones_like(p), bias=bias)
    return follow(p, path, W, b, bias=bias, halvings=halvings)


def aligned(p: FloatArray, *, bias: bool = True) -> Branch:
    """A from r = 1 down."""
    W, b = settled(p, np.ones_like(p), np.array([1.0, 0.5 if bias else 0.95]), bias=bias)
    W[~(W[:, 0, 1] > 0)] = np.nan
    return follow(p, falling(p, np.ones_like(p), bias=bias), W, b, bias=bias)


def tilted(p: FloatArray) -> Branch:
    """T, found just above the onset, followed down to its merger with I and up to r = 1.

    The path rises; `end` is the importance where T dies, or 1.
    """
    onset = onset_importance(p, SUPERPOSED)
    start = np.minimum(onset * BIRTH, 0.5 * (onset + 1.0))
    W, b = settled(p, start, np.array([1.0, -0.08]), bias=True)
    W[~((W[:, 0, 1] < 0) & (W[:, 0, 1] > -0.45))] = np.nan
    up = follow(p, np.geomspace(start, np.ones_like(p), STEPS), W, b)
    down = follow(p, np.geomspace(start, 0.97 * onset, STEPS // 2), W, b)

    def joined(lower: FloatArray, upper: FloatArray) -> FloatArray:
        return np.concatenate([lower[:0:-1], upper])

    return Branch(
        joined(down.importance, up.importance),
        joined(down.loss, up.loss),
        joined(down.W, up.W),
        joined(down.b, up.b),
        up.end,
        up.died,
    )


def settled(
    p: FloatArray, r: FloatArray, w: FloatArray, *, bias: bool
) -> tuple[FloatArray, FloatArray]:
    """Minima reached from one W, with w₁ ≥ |w₂| where features are equal and w₁ > 0; else NaN."""
    W = np.tile(w, (len(p), 1, 1)).astype(float)
    rest = p[:, None] / 2 * (1.0 - np.abs(w))
    problem = as_problem(W, rest if bias else None, p[:, None], importance_of(r), 0.0, 1.0)
    ended = descend(problem, bias=bias)
    W, b = ended.W.copy(), ended.b.copy()
    W[~ended.converged], b[~ended.converged] = np.nan, np.nan
    swap = (np.abs(W[:, 0, 1]) > np.abs(W[:, 0, 0])) & (r == 1.0)
    W[swap], b[swap] = W[swap][..., ::-1], b[swap][..., ::-1]
    W *= np.where(W[:, :, :1] < 0, -1.0, 1.0)
    return W, b


def partials(
    p: FloatArray, r: FloatArray, W: FloatArray, b: FloatArray
) -> tuple[FloatArray, FloatArray, FloatArray]:
    """Loss, dL/dr and dL/dp at fixed W and b; L is linear in r and quadratic in p."""
    weights = importance_of(r)
    loss = loss_and_gradient(W, b, density=p[:, None], importance=weights)[0]
    by_r = loss_and_gradient(W, b, density=p[:, None], importance=[0.0, 1.0])[0]
    ends = [loss_and_gradient(W, b, density=d, importance=weights)[0] for d in (0.0, 0.5, 1.0)]
    second = 2.0 * (ends[0] - 2.0 * ends[1] + ends[2])
    return loss, by_r, ends[2] - ends[0] - second + 2.0 * second * p


def importance_of(r: FloatArray) -> FloatArray:
    """(1, r), (…, 2)."""
    return np.stack([np.ones_like(r), r], axis=-1)


def spinodals(densities: Any, *, bias: bool = True) -> xr.Dataset:
    """Where metastable minima of (2, 1) appear and die, as importances r ≤ 1 at each density [D09].

    Minima have letters, up to exchange of the features, whose importances are (1, r): I, the
    second feature ignored, W = (1, 0); S, superposed, w₁ > 0 > w₂; T, tilted, the same signs with
    |w₂| well below w₁; A, aligned, w₁ ≥ w₂ > 0.

    Parameters
    ----------
    densities : array_like (P,)
        p in (0, 1].
    bias : bool
        False holds b at zero; then I and T are no minima.

    Returns
    -------
    xarray.Dataset
        By `density`: `superposed`, below which S is dead (NaN where S is none at r = 1).  With
        bias also `ignored`, above which I is unstable (towards w₂ < 0); `tilted_birth`, where T
        dies or merges with I, `tilted_death`, above which it is dead (1 if it lives on);
        `aligned`, where A grows out of I.  Without bias A never dies.

    Raises
    ------
    ValueError
        A density outside (0, 1], or a bias that is no flag.

    Examples
    --------
    >>> lines = spinodals([0.1])
    >>> bool(lines.superposed < lines.ignored)  # in between both live
    True
    """
    check_flag("bias", bias)
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
