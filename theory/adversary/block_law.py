r"""The law of what the best attack within one orthogonal block adds to its loss [D18].

For an input x of the block the attacks k of its own features add

$$ Δ(x) = \max_k Σ_i I_i [(x_i − (z_i + ε (G u_k)_i)_+)² − (x_i − (z_i)_+)²],   z = b + G x. $$

Its law is sampled in strata, one for each number of active features, whose chances are exact: which
features those are and their values come from scrambled Sobol points.  Several scramblings say how
good that is.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from ground.checks import FloatArray
from ground.compiled import compiled
from ground.points import sobol
from theory.adversary.directions import directions_of

__all__ = ["Law", "block_law"]

SCRAMBLINGS = 8
SAMPLES = 2048  # of each scrambling, over all strata
LEAST = 16  # of a stratum that counts at all
NEGLIGIBLE = 1e-12  # chance below which a stratum is left to its neighbour


class Law(NamedTuple):
    """Weighted points, one set a scrambling.

    Attributes
    ----------
    values : (SCRAMBLINGS, S)
        Of Δ.
    weights : (S,)
        Chances, of sum 1.
    mean : float
        Of the block's clean loss; of no use where the law is combined, but a check on the sample.
    """

    values: FloatArray
    weights: FloatArray
    mean: float


def block_law(
    W: FloatArray,
    b: FloatArray,
    p: FloatArray,
    importance: FloatArray,
    size: float,
    *,
    live_above: float | None = None,
    copies: float = 1.0,
    samples: int = SAMPLES,
    seed: int = 0,
) -> Law:
    """Law of the best increase within a block W (d, k), b, p, importance (k,) [D18].

    Parameters
    ----------
    copies : float
        How many such blocks the best attack will be chosen from: rare inputs count so many times.
    samples : int
        Points of each scrambling.
    seed : int
        Of the scramblings.

    Examples
    --------
    A dedicated unit feature: its attack adds ε² to every input.

    >>> one = np.ones(1)
    >>> law = block_law(one[None], 0 * one, 0.3 * one, one, 0.5)
    >>> float(law.values.min()), float(law.values.max())
    (0.25, 0.25)
    """
    known = directions_of(W[None], live_above)
    G = W.T @ W
    shifts = size * known.u[0][known.live[0]] @ G
    chances, ahead = _counts(p)
    strata = _strata(chances, copies, samples)
    values: list[list[FloatArray]] = [[] for _ in range(SCRAMBLINGS)]
    weights, clean = [], 0.0
    streams = np.random.SeedSequence(seed).spawn(SCRAMBLINGS)
    for scrambling, stream in enumerate(streams):
        engine = sobol(len(b), np.random.default_rng(stream))
        for count, points in strata.items():
            x = _inputs(engine.random(points), p, count, ahead) if count else np.zeros((1, len(b)))
            best, lost = np.empty(len(x)), np.empty(len(x))
            _best_increase(x, G, b, shifts, importance, best, lost)
            values[scrambling].append(best)
            clean += chances[count] * lost.mean() / SCRAMBLINGS
            if not scrambling:
                weights.append(np.full(len(x), chances[count] / len(x)))
    chance = np.concatenate(weights)
    return Law(np.stack([np.concatenate(row) for row in values]), chance / chance.sum(), clean)


def _counts(p: FloatArray) -> tuple[FloatArray, FloatArray]:
    """Chances of 0 … k active features, and for each i those of how many of i … k − 1 are."""
    k = len(p)
    ahead = np.zeros((k + 1, k + 2))
    ahead[k, 0] = 1.0
    for i in range(k - 1, -1, -1):
        ahead[i, 0] = (1 - p[i]) * ahead[i + 1, 0]
        ahead[i, 1:] = (1 - p[i]) * ahead[i + 1, 1:] + p[i] * ahead[i + 1, :-1]
    return ahead[0, : k + 1], ahead


def _strata(chances: FloatArray, copies: float, samples: int) -> dict[int, int]:
    """Points for each number of active features that is not too rare: powers of two."""
    weight = np.minimum(1.0, copies * chances)
    kept = np.flatnonzero(weight > NEGLIGIBLE)
    share = np.sqrt(weight[kept])
    active = share[kept > 0].sum() or 1.0
    points = {}
    for count, part in zip(kept, share, strict=True):
        each = max(LEAST, samples * part / active)
        points[int(count)] = 2 ** round(float(np.log2(each))) if count else 1
    return points


def _inputs(points: FloatArray, p: FloatArray, count: int, ahead: FloatArray) -> FloatArray:
    """Inputs with exactly that many active features, from points of the unit cube (S, k).

    Feature i is active with its chance given how many are still to come; given that it is, what is
    left of its coordinate is uniform, and is its value.
    """
    x = np.zeros_like(points)
    left = np.full(len(points), count)
    for i in range(len(p)):
        whole = ahead[i, left]
        with np.errstate(divide="ignore", invalid="ignore"):
            chance = np.where(left > 0, p[i] * ahead[i + 1, left - 1] / whole, 0.0)
        active = points[:, i] < chance
        x[active, i] = points[active, i] / chance[active]
        left = left - active
    return x


@compiled()
def _best_increase(
    x: FloatArray,
    G: FloatArray,
    b: FloatArray,
    shifts: FloatArray,
    importance: FloatArray,
    best: FloatArray,
    lost: FloatArray,
) -> None:
    """Largest increase over attacks that move the outputs by shifts (a, k), and the clean loss."""
    k = len(b)
    z = np.empty(k)
    own = np.empty(k)
    for s in range(len(x)):
        total = 0.0
        for i in range(k):
            z[i] = b[i]
            for j in range(k):
                z[i] += G[i, j] * x[s, j]
            error = x[s, i] - max(z[i], 0.0)
            own[i] = importance[i] * error * error
            total += own[i]
        lost[s] = total
        top = -np.inf
        for a in range(len(shifts)):
            here = 0.0
            for i in range(k):
                error = x[s, i] - max(z[i] + shifts[a, i], 0.0)
                here += importance[i] * error * error - own[i]
            top = max(top, here)
        best[s] = top
