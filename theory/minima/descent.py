r"""Minimise thousands of small exact losses at once, by damped Newton steps [D03].

$$ θ ← θ − Σ_k \frac{v_k·∇L}{|λ_k| + μ} v_k,   H = Σ λ_k v_k v_kᵀ, $$

with the absolute value of each curvature, so that saddles repel, and a damping μ of its own
for every instance, lowered after a good step and raised after a bad one (Levenberg, Marquardt).
Gradient and Hessian are exact, so the last steps converge quadratically; where an instance
stops on a saddle it is pushed off along the direction of negative curvature.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from ground.checks import FloatArray
from theory.loss.floats import hessian_of
from theory.loss.problem import Problem

FLAT = 1e-9  # least curvature, relative to the largest, that a step divides by
STILL = 1e-11  # gradient, relative to the scale of the loss, that ends the descent
_NOBODY = np.empty(0, dtype=np.int64)

Value = Callable[[Problem], tuple[FloatArray, FloatArray, FloatArray]]
"""Loss, gradient and Hessian by θ = (W row by row, b) of a batch."""


@dataclass(frozen=True, eq=False)
class Descent:
    """Where a batch of descents ended: arrays over instances (B, …)."""

    W: FloatArray
    b: FloatArray
    loss: FloatArray
    gradient: FloatArray
    """Norm of the gradient over the natural scale Σ I_i p_i."""
    curvature: FloatArray
    """Smallest eigenvalue of the Hessian over the largest, the m(m−1)/2 flat rotations left out."""
    converged: np.ndarray
    steps: FloatArray


def descend(
    problem: Problem,
    *,
    bias: bool = True,
    most: int = 300,
    value: Value = hessian_of,
    damping: float | FloatArray = 1e-2,
    within: float = np.inf,
) -> Descent:
    """Descend from the W and b of every instance to a local minimum.

    Parameters
    ----------
    problem : Problem
        Flattened batch; its W and b are the starts.
    bias : bool
        False keeps b as it is.
    most : int
        Greatest number of steps.
    value : callable
        What is minimised: a Problem → loss (B,), gradient (B, mn + n), Hessian; the expected loss,
        or with something added that does not wake dead outputs.
    damping : float or (B,)
        μ to begin with; less where the start is next to a minimum.
    within : float
        A descent ends, not converged, where an entry of W or b is further than this from its start,
        or a curvature negative: it has left the minimum next to which it began.  None by default.
    """
    batch, m, n = problem.W.shape
    size = m * n + n if bias else m * n
    theta = np.concatenate([problem.W.reshape(batch, -1), problem.b], axis=1)
    scale = (problem.importance * problem.density).sum(-1)
    scale[scale == 0.0] = 1.0
    start = theta.copy()
    loss, gradient, second = value(problem)
    μ = np.full(batch, damping)
    steps = np.zeros(batch)
    pushes = np.zeros(batch, dtype=int)
    revivals = np.zeros(batch, dtype=int)
    lowest = np.zeros(batch)
    done, left = np.zeros((2, batch), dtype=bool)
    values = np.empty((batch, size))
    vectors = np.empty((batch, size, size))
    stale = np.arange(batch)  # whose eigenvalues are out of date

    for _ in range(most):
        live = np.flatnonzero(~done)
        if not len(live):
            break
        stale = stale[~done[stale]]
        if len(stale):
            values[stale], vectors[stale] = np.linalg.eigh(second[stale][:, :size, :size])
        largest = np.abs(values[live]).max(-1)
        largest[largest == 0.0] = 1.0
        g = gradient[live, :size]
        lowest[live] = values[live, 0] / largest
        if within < np.inf:
            bent = live[values[live, 0] < 0.0]
            done[bent] = left[bent] = True
        still = np.abs(g).max(-1) <= STILL * scale[live]
        saddle = still & (lowest[live] < -1e-7) & (pushes[live] < 5)
        steps[live] += 1
        revived = _NOBODY
        if still.any():
            rested = live[still & (revivals[live] < 5)]
            revived = wake(theta, problem, rested, bias)
            revivals[revived] += 1
            done[live[still & ~saddle]] = True
            done[revived] = False

        along = np.einsum("bij,bi->bj", vectors[live], g)
        along /= np.maximum(
            np.abs(values[live]) + (μ[live] * largest)[:, None], FLAT * largest[:, None]
        )
        move = -np.einsum("bij,bj->bi", vectors[live], along)
        length = np.linalg.norm(move, axis=-1)
        move *= np.minimum(1.0, 0.7 / np.maximum(length, 1e-300))[:, None]
        if saddle.any():
            off = live[saddle]
            move[saddle] = 0.02 * 2.0 ** pushes[off][:, None] * vectors[off, :, 0]
            pushes[off] += 1
        moving = ~done[live]
        where = live[moving]
        if not len(where):
            break
        move = move[moving]
        trial = theta[where]
        fresh = np.isin(where, revived) if len(revived) else np.zeros(len(where), dtype=bool)
        move[fresh] = 0.0
        trial[:, :size] += move
        new_loss, new_gradient, new_second = value(
            problem.at(trial[:, : m * n].reshape(-1, m, n), trial[:, m * n :], where)
        )
        # Take a step that lowers the loss, or one too small to tell, or one off a saddle.
        rounding = 4e-16 * np.abs(loss[where])
        taken = (new_loss <= loss[where] + rounding) | saddle[moving] | fresh
        curved = np.einsum("bij,bj->bi", second[where][:, :size, :size], move)
        predicted = np.einsum("bi,bi->b", move, gradient[where, :size] + 0.5 * curved)
        with np.errstate(divide="ignore", invalid="ignore"):
            ratio = (new_loss - loss[where]) / predicted
        good = taken & ((ratio > 0.7) & (ratio < 1.5) | (np.abs(predicted) < 1e3 * rounding))
        μ[where] *= np.where(good, 0.1, np.where(taken, 0.7, 6.0))
        np.clip(μ, 1e-12, 1e8, out=μ)
        stale = where[taken]
        theta[stale] = trial[taken]
        loss[stale] = new_loss[taken]
        gradient[stale] = new_gradient[taken]
        second[stale] = new_second[taken]
        if within < np.inf:
            far = np.abs(theta[stale] - start[stale]).max(-1) > within
            done[stale[far]] = left[stale[far]] = True

    slope = np.linalg.norm(gradient[:, :size], axis=-1) / scale
    by_size = np.take_along_axis(values, np.argsort(np.abs(values), axis=-1), axis=-1)
    top = np.maximum(np.abs(by_size[:, -1]), 1e-300)
    curvature = by_size[:, m * (m - 1) // 2 :].min(-1) / top
    return Descent(
        theta[:, : m * n].reshape(batch, m, n),
        theta[:, m * n :],
        loss,
        slope,
        curvature,
        done & ~left & (lowest > -1e-7),
        steps,
    )


def wake(theta: FloatArray, problem: Problem, where: np.ndarray, bias: bool) -> np.ndarray:
    """Wake dead outputs, those with z ≤ 0 for every input; return the instances changed.

    A dead output sits on a plateau that is nobody's minimum.  With bias: raising b to 0 costs
    nothing and raising it further pays, so b becomes the p E[x] of an ignored feature.
    Without: then W_i = 0, and turning it towards any input seen pays to first order.

    Parameters
    ----------
    theta : (B, mn + n)
        W row by row and b; changed in place.
    problem : Problem
        Whose worlds they are in.
    where : int array
        Instances to look at.
    bias : bool
        Whether b is free.
    """
    if not len(where):
        return where
    _, m, n = problem.W.shape
    W = theta[where, : m * n].reshape(-1, m, n)
    G = W.swapaxes(-1, -2) @ W
    reach = np.maximum(np.maximum(G * problem.low, G * problem.high), 0.0)
    top = theta[where, m * n :] + reach.sum(-1)
    dead = top <= (0.0 if bias else 1e-12)  # without bias, as good as zero weights
    dead &= problem.importance[where] * problem.density[where] > 0.0
    if bias:
        mean = 0.5 * (problem.low + problem.high) * problem.density[where]
        dead &= mean > 0.0
        rows, features = np.nonzero(dead)
        theta[where[rows], m * n + features] = mean[rows, features]
    else:
        rows, features = np.nonzero(dead)
        towards = np.abs(W).max(1).argmax(-1)[rows]  # the feature seen best, or itself
        push = 0.1 * W[rows, :, towards]
        push[~push.any(-1), 0] = 0.1
        weights = theta[:, : m * n].reshape(-1, m, n)
        weights[where[rows], :, features] += push
        theta[:, : m * n] = weights.reshape(len(theta), -1)
    return np.unique(where[rows])
