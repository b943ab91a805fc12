r"""The best two features in one dimension can do under attack: the robust optimum of (2, 1) [D20].

Two objectives.  *Worst*: every input meets its own worst attack,

$$ L_w = E \max_{‖δ‖ ≤ ε} Σ_i I_i (x_i − x'_i)². $$

Empty inputs have weight (1 − p)² and cost the larger of two numbers, those of the attacks ±εŵ; at
the optimum these often tie, so that L_w has an edge there.  The search minimises the rest plus
(1 − p)² τ under τ ≥ both, which is smooth.

*Random*: a feature drawn for each input attacks along δ_k = ε G_k/‖G_k‖.  In one dimension every
δ_k is ±εŵ, with the sign of w_k.  Weights of opposite signs meet both, half and half.  Weights of
one sign meet one attack only, which the biases undo: the loss is then the clean one.  The second
weight may be as small as one likes, so that the infimum includes dedicated models at their clean
loss, and is not attained in the raw convention.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, cast

import numpy as np
from scipy.optimize import minimize

from ground.checks import FloatArray, as_importance, as_number, as_positive_density, check_choice
from ground.structure import Structure, structure_of
from theory.adversary.attacked_loss import attacked_gradient_of
from theory.adversary.pair_kernel import pair_loss
from theory.loss.problem import Problem, as_problem
from theory.minima.optimum import optimum_of
from theory.minima.quasi_newton import quasi_newton

__all__ = ["OBJECTIVES", "RobustOptimum", "robust_optimum", "robust_pair_loss"]

OBJECTIVES = ("worst", "random")
COARSE, FINE = 1e-7, 1e-9  # tolerances of the integral while searching, and in the end
LARGEST = 10.0


@dataclass(frozen=True, eq=False)
class RobustOptimum:
    """The best W and b of (2, 1) under attack.

    Attributes
    ----------
    W : (1, 2)
    b : (2,)
    loss : float
        The loss is that of W and b to 1e-9; where it is on an edge, where attacks from both sides
        cost the same, another W may be better by some 1e-4 of it.
    structure : Structure
    minima : tuple of (loss, W, b)
        Every end of a descent that differs, best first.
    """

    W: FloatArray
    b: FloatArray
    loss: float
    structure: Structure
    minima: tuple[tuple[float, FloatArray, FloatArray], ...]


def robust_optimum(
    *,
    density: Any,
    size: Any,
    importance: Any = None,
    objective: str = "worst",
) -> RobustOptimum:
    r"""Best two features in one dimension under attacks of size ε, searched for [D20].

    .. math:: \min_{W, b} E \max_{\|\delta\| \le \varepsilon} \sum_i I_i (x_i - x'_i)^2
              \quad \text{or} \quad
              \inf_{W, b} \tfrac12 \sum_k L(W, b + G \delta_k)

    Parameters
    ----------
    density : float
        p in (0, 1].
    size : float
        ε in [0, 10].
    importance : array_like (2,), optional
        Positive.
    objective : {"worst", "random"}
        Each input's own worst attack; or that of a feature drawn at random, raw: features of any
        weight attack.

    Returns
    -------
    RobustOptimum

    Raises
    ------
    ValueError
        Naming the argument, its value and what is allowed.

    Examples
    --------
    A sparse digon holds out against a small attack, with a bias nearly as large as the attack
    √2 ε w² and scales up; against a larger one it is given up:

    >>> small, large = (robust_optimum(density=0.05, size=size) for size in (0.1, 0.3))
    >>> str(small.structure), str(large.structure)
    ('[1 2]', '[1] (2)')
    >>> (small.b / (0.1 * 2**0.5 * small.W[0, 0] ** 2)).round(1).tolist()
    [-0.9, -0.9]
    """
    p = as_positive_density("density", density)
    allowed = f"a number in [0, {LARGEST:g}], the ε of the attack"
    epsilon = as_number("size", size, allowed, lambda v: 0 <= v <= LARGEST)
    weight = as_importance(importance, 2)
    if weight.shape != (2,) or not (weight > 1e-100).all() or not (weight < 1e100).all():
        raise ValueError(f"importance must be two positive numbers, got {importance!r}")
    check_choice("objective", objective, OBJECTIVES)
    find = _worst_minima if objective == "worst" else _random_minima
    scale = float(weight.max())  # losses are linear in importance
    found = find(p, epsilon, weight / scale)
    minima: list[tuple[float, FloatArray, FloatArray]] = []
    for loss, theta in sorted(found, key=lambda end: end[0]):
        W, b = _canonical(theta, weight)
        new = all(
            abs(loss * scale - other) > 1e-9 * scale * p or np.abs(W - at).max() > 1e-3
            for other, at, _ in minima
        )
        if new:
            minima.append((loss * scale, W, b))
    loss, W, b = minima[0]
    structure = structure_of(W).canonical(weight)
    return RobustOptimum(W, b, loss, structure, tuple(minima))


def robust_pair_loss(
    theta: FloatArray, p: float, size: float, importance: FloatArray, objective: str
) -> FloatArray:
    """Either objective at many (w₁, w₂, b₁, b₂) (B, 4), two-sided where W is of opposite signs."""
    if objective == "worst":
        return pair_loss(theta, importance, np.full(2, p), np.array([size]), COARSE)[0][:, 0]
    problem = as_problem(theta[:, None, :2], theta[:, 2:], p, importance)
    both = [_attacked(problem, size, sign)[0] for sign in (1.0, -1.0)]
    same = theta[:, 0] * theta[:, 1] > 0
    up = np.where(theta[:, :2].sum(1) > 0, both[0], both[1])
    return np.where(same, up, 0.5 * (both[0] + both[1]))


def starts(p: float, size: float) -> FloatArray:
    """Where descents start: digons, dedicated, tilted, aligned and faint models, (K, 4)."""
    digon, single, rest = -np.sqrt(2.0) * size, -size, 0.5 * p
    return np.array(
        [
            [1.0, -1.0, digon, digon],
            [0.9, -0.9, 0.2 * p, 0.2 * p],
            [0.6, -0.6, rest, rest],
            [1.0, -0.01, single, rest],
            [0.01, -1.0, rest, single],
            [1.0, -0.4, 0.0, rest],
            [0.4, -1.0, rest, 0.0],
            [0.8, 0.5, 0.0, 0.5 * rest],
            [0.1, -0.1, rest, rest],
        ]
    )


def _worst_minima(p: float, size: float, importance: FloatArray) -> list[tuple[float, FloatArray]]:
    found = []
    for start in starts(p, size):
        theta = descend_worst(start, p, size, importance, COARSE, 1e-9)
        found.append((float(_fine(theta, p, size, importance)), theta))
    nothing = np.array([0.0, 0.0, 0.5 * p, 0.5 * p])
    found.append((float(_fine(nothing, p, size, importance)), nothing))
    best = min(found, key=lambda end: end[0])[0]
    ends = []
    for loss, theta in found:  # polish what may be the best
        if loss < best * (1 + 1e-3) and theta[:2].any():
            better = descend_worst(theta, p, size, importance, FINE, 1e-14)
            value = float(_fine(better, p, size, importance))
            loss, theta = min((loss, theta), (value, better), key=lambda end: end[0])
        ends.append((loss, theta))
    return ends


def _fine(theta: FloatArray, p: float, size: float, importance: FloatArray) -> float:
    world = importance, np.full(2, p), np.array([size])
    return float(pair_loss(theta, *world, FINE)[0][0, 0])


def descend_worst(
    start: FloatArray,
    p: float,
    size: float,
    importance: FloatArray,
    tolerance: float,
    settled: float,
) -> FloatArray:
    """Descend the worst-case loss from (w₁, w₂, b₁, b₂), with the cost of silence τ beside."""
    silence = (1.0 - p) ** 2
    world = importance, np.full(2, p), np.array([size])
    scale = p * float(importance.sum())
    known: dict[bytes, tuple[FloatArray, FloatArray]] = {}

    def at(y: FloatArray) -> tuple[FloatArray, FloatArray]:
        key = y[:4].tobytes()
        if key not in known:
            known.clear()
            out, silent, _ = pair_loss(y[:4].copy(), *world, tolerance)
            low, high = silent[0]
            tie = abs(low[0] - high[0]) <= 1e-14 * (low[0] + high[0])
            within = 0.5 * (low + high) if tie else (low if low[0] > high[0] else high)
            known[key] = out[0] - silence * within, silent[0]
        return known[key]

    def objective(y: FloatArray) -> tuple[float, FloatArray]:
        rest = at(y)[0]
        return float(rest[0] + silence * y[4]) / scale, np.append(rest[1:5], silence) / scale

    def slack(y: FloatArray) -> FloatArray:
        return (y[4] - at(y)[1][:, 0]) / scale

    def slack_gradient(y: FloatArray) -> FloatArray:
        return np.concatenate([-at(y)[1][:, 1:5], np.ones((2, 1))], axis=1) / scale

    first = np.append(start, 0.0)
    first[4] = at(first)[1][:, 0].max()
    end = minimize(
        cast(Any, objective),
        first,
        jac=True,
        method="SLSQP",
        constraints=cast(Any, [{"type": "ineq", "fun": slack, "jac": slack_gradient}]),
        options={"ftol": settled, "maxiter": 300},
    )
    theta = np.asarray(end.x[:4], dtype=float)
    return theta if np.isfinite(theta).all() else start


def _random_minima(p: float, size: float, importance: FloatArray) -> list[tuple[float, FloatArray]]:
    world = as_problem(np.zeros((1, 2)), None, p, importance)
    scale = p * float(importance.sum())

    def value(W: FloatArray, b: FloatArray) -> tuple[float, FloatArray, FloatArray]:
        problem = world.at(W[None], b[None])
        parts = [_attacked(problem, size, sign) for sign in (1.0, -1.0)]
        loss, dW, db = (0.5 * (up + down) for up, down in zip(*parts, strict=True))
        return float(loss[0]), dW[0], db[0]

    found = []
    for start in starts(p, size):
        if start[0] * start[1] < 0:
            end = quasi_newton(
                value, start[None, :2], start[2:], method="BFGS", scale=scale, gtol=1e-9
            )
            if end.W[0, 0] * end.W[0, 1] < 0:
                found.append((end.loss, np.append(end.W[0], end.b)))
    # One attack only: the clean models of one sign, with biases that undo it.
    for minimum in optimum_of(world, bias=True, starts=16, also=None, rtol=None).minima:
        W = minimum.W[0] * (1.0 if minimum.W[0].sum() >= 0 else -1.0)
        if W.min() >= -1e-9:
            b = minimum.b - size * np.linalg.norm(W) * W
            found.append((minimum.loss, np.append(W, b)))
    return found


def _attacked(
    problem: Problem, size: float, sign: float
) -> tuple[FloatArray, FloatArray, FloatArray]:
    """Loss and gradient of (2, 1) models under ±εŵ; δ turns with W at no change of loss."""
    W = problem.W[:, 0]
    norm = np.linalg.norm(W, axis=1, keepdims=True)
    delta = sign * size * W / np.where(norm > 0, norm, 1.0)
    return attacked_gradient_of(problem, delta)[:3]


def _canonical(theta: FloatArray, importance: FloatArray) -> tuple[FloatArray, FloatArray]:
    """The larger weight first where features are equal, and positive."""
    W, b = theta[:2].copy(), theta[2:].copy()
    if importance[0] == importance[1] and abs(W[1]) > abs(W[0]) * (1 + 1e-6):
        W, b = W[::-1].copy(), b[::-1].copy()
    if W[np.abs(W).argmax()] < 0:
        W = -W
    return W[None], b
