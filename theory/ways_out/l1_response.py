r"""What a little L1 on h does to a minimum in two dimensions: it turns, pins and bends it [D34].

Without a penalty a minimum may be turned freely.  With λ E‖h‖₁ only the angles at which E‖h‖₁ is
least remain, and these put a feature on an axis, where E‖h‖₁ has a kink: there the zero entry
stays zero.  The other parameters move to first order, and the loss itself is paid to second:

$$ \frac{dθ}{dλ} = −H^{-1} g ,   F = L + λE‖h‖_1 − \tfrac12 λ² g·H^{-1}g + … ,
   L(θ_λ) = L + \tfrac12 λ² g·H^{-1}g + … , $$

g and H the gradient of E‖h‖₁ and the Hessian of L by the entries that are not zero and the biases.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np

from ground.checks import FloatArray
from theory.loss.floats import hessian_of
from theory.loss.problem import Problem, as_problem
from theory.ways_out.mean_absolute import half_jumps
from theory.ways_out.penalty import hidden_l1_of

__all__ = ["L1Response", "l1_response", "turned"]

GRID = 180  # angles in a quarter turn that are looked at between those of the axes
ON_AXIS = 1e-9
STATIONARY = 1e-6  # gradient of the loss, over Σ I_i p_i, of a minimum


@dataclass(frozen=True, eq=False)
class L1Response:
    """A minimum of two hidden dimensions as λ → 0.

    Attributes
    ----------
    angle : float
        By which it is turned, radians.
    W : (2, n)
        The minimum, turned.
    size, largest_size : float
        E‖h‖₁ at that angle, and at the worst one.
    pinned : bool
        Whether a feature is on an axis and the penalty holds it there.
    dW : (2, n)
    db : (n,)
        Derivatives by λ.
    paid : float
        ½ g·H⁻¹g: what the loss rises by, over λ².
    """

    angle: float
    W: FloatArray
    size: float
    largest_size: float
    pinned: bool
    dW: FloatArray
    db: FloatArray
    paid: float


def turned(W: FloatArray, angle: float) -> FloatArray:
    """W (2, n) after a turn of the hidden plane, entries on an axis exactly zero.

    >>> turned(np.array([[1.0, 0.0], [0.0, 1.0]]), np.pi / 2).tolist()
    [[0.0, -1.0], [1.0, 0.0]]
    """
    c, s = np.cos(angle), np.sin(angle)
    out = np.array([[c, -s], [s, c]]) @ W
    return np.where(np.abs(out) < ON_AXIS, 0.0, out)


def l1_response(W: Any, b: Any, *, density: Any, importance: Any = None) -> L1Response:
    r"""How a minimum without penalty in two dimensions answers to a little L1 on h [D34].

    $$ \frac{dθ}{dλ} = −H^{-1} g $$

    Parameters
    ----------
    W : array_like (2, n)
    b : array_like (n,)
        A minimum of the expected loss, such as that of :func:`theory.optimum`; n ≤ 10.
    density : array_like, () or (n,)
    importance : array_like, () or (n,), optional

    Returns
    -------
    L1Response

    Raises
    ------
    ValueError
        Naming the argument, its value and what is allowed; also if W and b are no stationary point.

    Examples
    --------
    Two features on two axes, each with w (1 − w²) = λp/8v:

    >>> answer = l1_response([[1.0, 0.0], [0.0, 1.0]], [0.0, 0.0], density=0.2)
    >>> round(answer.size, 12), answer.pinned
    (0.2, True)
    """
    problem = as_problem(W, b, density, importance)
    if problem.W.shape[:2] != (1, 2) or problem.W.shape[2] > 10:
        raise ValueError(f"W must have shape (2, n) with n at most 10, got {np.shape(W)}")
    scale = float((problem.importance * problem.density).sum()) or 1.0
    _, gradient, _ = hessian_of(problem)
    if np.abs(gradient).max() > STATIONARY * scale:
        raise ValueError(
            f"W and b must be a minimum: the gradient of the loss is {np.abs(gradient).max():.1e}"
        )
    angle, size, largest = _best_angle(problem)
    found = problem.at(turned(problem.W[0], angle)[None], problem.b)
    _, _, second = hessian_of(found)
    _, slope = hidden_l1_of(found)
    weights = found.W[0]
    kinks = half_jumps(weights, problem.density[0], 0.0, 1.0)
    pinned = bool(((weights == 0.0) & (kinks > 0.0) & (np.abs(slope[0]) < kinks)).any())
    free = np.concatenate([weights.ravel() != 0.0, np.full(weights.shape[1], True)])
    g = np.concatenate([slope[0].ravel(), np.zeros(weights.shape[1])])
    move = np.zeros(len(free))
    inside = second[0][np.ix_(free, free)]
    move[free] = -np.linalg.lstsq(inside, g[free], rcond=1e-8)[0]
    return L1Response(
        angle,
        weights,
        size,
        largest,
        pinned,
        move[: weights.size].reshape(weights.shape),
        move[weights.size :],
        float(-0.5 * g @ move),
    )


def _best_angle(problem: Problem) -> tuple[float, float, float]:
    """The angle at which E‖h‖₁ is least, that, and the largest E‖h‖₁ of any angle.

    A quarter turn exchanges the axes, so that one is enough.
    """
    W = problem.W[0]
    seen = np.linalg.norm(W, axis=0) > ON_AXIS
    on_axis = np.unique((-np.arctan2(W[1, seen], W[0, seen])).round(12) % (np.pi / 2))
    angles = np.concatenate([[0.0], on_axis, np.linspace(0, np.pi / 2, GRID, endpoint=False)])
    weights = np.stack([turned(W, angle) for angle in angles])
    where = np.zeros(len(angles), dtype=int)
    sizes = hidden_l1_of(problem.at(weights, problem.b[where], where))[0].sum(-1)
    best = int(sizes.argmin())
    return float(angles[best]), float(sizes[best]), float(sizes.max())
