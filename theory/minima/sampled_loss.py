r"""The loss at a few thousand chosen inputs: cheap, to see where minima are, and never reported.

$$ E[ℓ(x)] = Σ_A P(A) E[ℓ(x) | A] ≈ Σ_s w_s ℓ(x_s) $$

over patterns A of active features.  Likely patterns get many inputs, evenly spread in their cube
(an additive recurrence); of the unlikely ones some are taken, with the weight of those that are
not.  It is off by a part in a thousand or so, and costs a tenth of a millisecond where the exact
loss of ten features costs a tenth of a second: so descents go most of their way on it, and only
their ends are made exact.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from ground.checks import FloatArray
from ground.compiled import compiled
from theory.loss.problem import Problem

__all__ = ["Inputs", "chosen_inputs", "sampled_gradient"]

INPUTS = 2048
MOST_FEATURES = 14  # all patterns are listed


@dataclass(frozen=True, eq=False)
class Inputs:
    """Inputs with their weights, as the values of the features that are active.

    Attributes
    ----------
    weight : (S,)
        Sums to one.
    active : (S, n)
        The active features, in the first `size` places of each row.
    value : (S, n)
        Their values.
    size : (S,)
    """

    weight: FloatArray
    active: NDArray[np.int64]
    value: FloatArray
    size: NDArray[np.int64]


def chosen_inputs(density: FloatArray, low: float, high: float, count: int = INPUTS) -> Inputs:
    """About `count` inputs that stand for the law of independent features.

    Parameters
    ----------
    density : (n,)
        Of at most fourteen features.
    low, high : float

    Examples
    --------
    The weights are probabilities, and means are right but for the cubature:

    >>> inputs = chosen_inputs(np.full(3, 0.2), 0.0, 1.0)
    >>> float(inputs.weight.sum().round(12)), inputs.size.max()
    (1.0, np.int64(3))
    >>> float((inputs.weight @ inputs.value.sum(1)).round(3))  # 3 · 0.2 · 1/2
    0.3
    """
    n = len(density)
    on = np.arange(2**n)[:, None] >> np.arange(n) & 1
    chance = np.where(on, density, 1.0 - density).prod(axis=1)
    size = on.sum(axis=1)
    # What a pattern adds to the error goes as its chance times how much there is to vary.
    wish = chance * size
    wish = count * wish / (wish.sum() or 1.0)
    points = np.maximum(np.round(wish), 1.0).astype(int)
    rare = (wish < 1.0) & (size > 0)
    kept = (chance > 0.0) & ~rare
    points[size == 0] = 1
    # Of the rare patterns of one size every so manieth, in order, as evenly as that goes.
    share = np.where(rare, wish, 0.0)
    steps = np.floor(np.cumsum(share) + 0.5)
    taken = rare & (np.diff(steps, prepend=0.0) > 0)
    weight = chance / points
    weight[taken] = chance[taken] / wish[taken]
    which = np.flatnonzero(kept | taken)
    weights, actives, values = [], [], []
    for at, pattern in enumerate(which):
        k, s = int(size[pattern]), int(points[pattern])
        features = np.zeros((s, n), dtype=np.int64)
        features[:, :k] = np.flatnonzero(on[pattern])
        inside = np.zeros((s, n))
        inside[:, :k] = low + (high - low) * _even(s, k, at)
        weights.append(np.full(s, weight[pattern]))
        actives.append(features)
        values.append(inside)
    total = np.concatenate(weights)
    sizes = np.repeat(size[which], points[which])
    return Inputs(total / total.sum(), np.concatenate(actives), np.concatenate(values), sizes)


def _even(count: int, k: int, at: int) -> FloatArray:
    """Points of the unit cube, (count, k): multiples of powers of a golden ratio's like, folded.

    Folding, u → 1 − |2u − 1|, makes the integrand periodic, and the error a third of what it was.
    """
    root = 2.0
    for _ in range(30):
        root = (1.0 + root) ** (1.0 / (k + 1))
    steps = root ** -np.arange(1.0, k + 1)
    if k == 1:
        return ((np.arange(count) + 0.5) / count)[:, None]
    points = (0.5 + at * 0.618 + np.outer(np.arange(1, count + 1), steps)) % 1.0
    return np.asarray(1.0 - np.abs(2.0 * points - 1.0))


def sampled_gradient(problem: Problem, inputs: Inputs) -> tuple[FloatArray, FloatArray, FloatArray]:
    """Loss (B,), dW (B, m, n) and db (B, n) of a batch in one world, at the inputs."""
    loss, dW, db = np.empty(len(problem.W)), np.empty(problem.W.shape), np.empty(problem.b.shape)
    importance = problem.importance[0]
    rest = float(
        (importance[inputs.active] * inputs.value**2).sum(axis=1) @ inputs.weight
    )  # the loss of dead outputs
    _sums(
        problem.W, problem.b, importance, rest, inputs.weight, inputs.active, inputs.value,
        inputs.size, loss, dW, db,
    )  # fmt: skip
    return loss, dW, db


@compiled()
def _sums(
    W: FloatArray,
    b: FloatArray,
    importance: FloatArray,
    rest: float,
    weight: FloatArray,
    active: NDArray[np.int64],
    value: FloatArray,
    size: NDArray[np.int64],
    loss: FloatArray,
    dW: FloatArray,
    db: FloatArray,
) -> None:
    models, m, n = W.shape
    G = np.empty((n, n))
    dG = np.empty((n, n))
    x = np.zeros(n)
    z = np.empty(n)
    slope = np.empty(n)
    for r in range(models):
        for i in range(n):
            db[r, i] = 0.0
            for j in range(n):
                dG[i, j] = 0.0
                G[i, j] = 0.0
                for a in range(m):
                    G[i, j] += W[r, a, i] * W[r, a, j]
        total = rest
        for s in range(len(weight)):
            k = size[s]
            for i in range(n):  # outputs lie side by side in every loop: vectors
                z[i] = b[r, i]
            for c in range(k):
                j, v = active[s, c], value[s, c]
                x[j] = v
                for i in range(n):
                    z[i] += G[j, i] * v
            for i in range(n):
                factor = weight[s] * importance[i] if z[i] > 0.0 else 0.0
                total += factor * z[i] * (z[i] - 2.0 * x[i])
                slope[i] = 2.0 * factor * (z[i] - x[i])
                db[r, i] += slope[i]
            for c in range(k):
                j, v = active[s, c], value[s, c]
                x[j] = 0.0
                for i in range(n):
                    dG[j, i] += slope[i] * v
        loss[r] = total
        for a in range(m):
            for j in range(n):
                g = 0.0
                for i in range(n):
                    g += W[r, a, i] * (dG[i, j] + dG[j, i])
                dW[r, a, j] = g
