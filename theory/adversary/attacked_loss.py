r"""The loss under a fixed attack on what the model reads [D17].

The model reads x + δ and is asked for x.  Its output is ReLU(G x + b + G δ): a fixed attack moves
the biases and nothing else, so that the exact loss of any model is that of the attacked one,

$$ L'(W, b; δ) = Σ_i I_i E[(x_i − ReLU(G_i·(x + δ) + b_i))²] = L(W, b + G δ),   G = WᵀW. $$
"""

from __future__ import annotations

from typing import Any

import numpy as np

from ground.checks import FloatArray, as_floats, as_model, as_number
from theory.loss.floats import gradient_of
from theory.loss.fourier import RTOL
from theory.loss.problem import Problem, as_problem

__all__ = ["attacked_loss", "attacked_loss_and_gradient"]


def attacked_loss(
    W: Any,
    b: Any,
    delta: Any,
    *,
    density: Any,
    importance: Any = None,
    low: float = 0.0,
    high: float = 1.0,
) -> FloatArray:
    r"""Exact expected loss when δ is added to every input and x is still asked for [D17].

    .. math:: L' = \sum_i I_i E[(x_i - ReLU(G_i \cdot (x + \delta) + b_i))^2] = L(W, b + G \delta)

    Parameters
    ----------
    W : array_like (..., m, n)
    b : array_like (..., n)
        An attack acts through the biases, so that they have to be named; zeros where there are
        none.
    delta : array_like (..., n)
        The attack.  Leading axes of W, b and delta are broadcast, so that many attacks on one
        model are (k, n) for a W (m, n).
    density : array_like, () or (..., n)
    importance : array_like, () or (..., n), optional
        As in :func:`theory.loss_and_gradient`; some feature must have a positive density.
    low, high : float
        Range of an active feature, low ≤ 0 < high.

    Returns
    -------
    (...)
        Right to rounding up to ten features (eight where low < 0), to 1e-6 and better beyond.

    Raises
    ------
    ValueError
        Naming the argument, its value and what is allowed.

    Examples
    --------
    A dedicated unit feature loses exactly ε²:

    >>> float(attacked_loss([[1.0]], [0.0], [0.25], density=0.3))
    0.0625
    """
    return attacked_loss_and_gradient(
        W, b, delta, density=density, importance=importance, low=low, high=high
    )[0]


def attacked_loss_and_gradient(
    W: Any,
    b: Any,
    delta: Any,
    *,
    density: Any,
    importance: Any = None,
    low: float = 0.0,
    high: float = 1.0,
    rtol: float = RTOL,
) -> tuple[FloatArray, FloatArray, FloatArray, FloatArray]:
    r"""Loss under a fixed attack with its gradient by W, b and δ, each held fixed in turn [D17].

    .. math:: \partial_b L' = g, \quad \partial_\delta L' = G g, \quad
              \partial_W L' = \partial_W L + W (g \delta^T + \delta g^T)

    with g = ∂L/∂b and ∂L/∂W of the clean loss at b + Gδ.

    Parameters
    ----------
    W, b, delta, density, importance, low, high
        As in :func:`attacked_loss`.
    rtol : float
        As in :func:`theory.loss_and_gradient`.

    Returns
    -------
    loss : (...)
    dW : (..., m, n)
    db, ddelta : (..., n)

    Raises
    ------
    ValueError
        Shapes that do not fit, numbers that are not finite, a density outside [0, 1], a negative
        importance, or an rtol outside (0, 1).

    Examples
    --------
    >>> loss, dW, db, ddelta = attacked_loss_and_gradient([[1.0]], [0.0], [0.25], density=0.3)
    >>> float(db[0]), float(ddelta[0])
    (0.5, 0.5)
    """
    rtol = as_number("rtol", rtol, "a number in (0, 1)", lambda v: 0 < v < 1)
    problem, attack = as_attacked(W, b, delta, density, importance, low, high)
    loss, dW, db, ddelta = attacked_gradient_of(problem, attack, rtol)
    shape = problem.shape
    return (
        loss.reshape(shape),
        dW.reshape(shape + dW.shape[1:]),
        db.reshape(shape + db.shape[1:]),
        ddelta.reshape(shape + ddelta.shape[1:]),
    )


def attacked_gradient_of(
    problem: Problem, delta: FloatArray, rtol: float = RTOL
) -> tuple[FloatArray, FloatArray, FloatArray, FloatArray]:
    """Loss (B,), dW (B, m, n), db and ddelta (B, n) under δ (B, n), of a checked value [D17]."""
    W = problem.W
    hidden = np.einsum("bmn,bn->bm", W, delta)
    moved = problem.b + np.einsum("bmn,bm->bn", W, hidden)
    loss, dW, g = gradient_of(problem._replace(b=moved), rtol=rtol)
    back = np.einsum("bmn,bn->bm", W, g)
    dW = dW + back[:, :, None] * delta[:, None, :] + hidden[:, :, None] * g[:, None, :]
    return loss, dW, g, np.einsum("bmn,bm->bn", W, back)


def as_attacked(
    W: Any,
    b: Any,
    delta: Any,
    density: Any,
    importance: Any,
    low: float = 0.0,
    high: float = 1.0,
) -> tuple[Problem, FloatArray]:
    """Check models in their world and an attack on each, and bring them to one batch axis."""
    weights, biases = as_biased(W, b)
    n = weights.shape[-1]
    attack = as_floats("delta", delta)
    if attack.ndim == 0 or attack.shape[-1] != n:
        raise ValueError(f"delta must have shape (..., {n}) to fit W, got {attack.shape}")
    if not np.isfinite(attack).all():
        raise ValueError("delta must be finite, got NaN or infinity in it")
    try:
        shape = np.broadcast_shapes(weights.shape[:-2], attack.shape[:-1])
    except ValueError as error:
        raise ValueError(
            f"leading axes must fit: W has shape {weights.shape}, delta {attack.shape}"
        ) from error
    weights = np.broadcast_to(weights, shape + weights.shape[-2:])
    biases = np.broadcast_to(biases, (*shape, n))
    problem = as_world(weights, biases, density, importance, low, high)
    try:
        attack = np.broadcast_to(attack, (*problem.shape, n)).reshape(-1, n)
    except ValueError as error:
        raise ValueError(
            f"leading axes must fit: delta has shape {attack.shape}, W and its world "
            f"{problem.shape}"
        ) from error
    check_finite(problem, attack, "delta")
    return problem, attack


def as_biased(W: Any, b: Any) -> tuple[FloatArray, FloatArray]:
    """Check a model whose biases have to be named, with as many leading axes for both."""
    if b is None:
        raise ValueError(
            "b must be given, as an attack acts through the biases: zeros where the model has none"
        )
    weights = as_floats("W", W)
    biases = as_floats("b", b)
    if weights.ndim >= 2 and biases.ndim >= 1 and biases.ndim > weights.ndim - 1:
        weights = np.broadcast_to(weights, biases.shape[: 2 - weights.ndim - 1] + weights.shape)
    return as_model(weights, biases)


def as_world(
    W: FloatArray,
    b: FloatArray,
    density: Any,
    importance: Any,
    low: float = 0.0,
    high: float = 1.0,
) -> Problem:
    """A Problem in which something happens: some feature of each model is ever active."""
    problem = as_problem(W, b, density, importance, low, high)
    if not (problem.density.max(axis=-1, initial=0.0) > 0).all():
        raise ValueError(
            f"density must be positive for some feature: nothing is ever active at {density!r}"
        )
    return problem


def check_finite(problem: Problem, attack: FloatArray, name: str) -> None:
    """Refuse attacks so large that squared errors overflow."""
    n, m = problem.W.shape[2], problem.W.shape[1]
    W, hit = float(np.abs(problem.W).max()), float(np.abs(attack).max(initial=0.0))
    moved = m * n * W * W * hit
    weight = max(float(problem.importance.max(initial=0.0)), 1.0)
    if not (moved * moved * n * weight < np.inf and moved * n * W * hit < np.inf):
        raise ValueError(
            f"{name} must leave squared errors finite, got attacks up to {hit:g} on weights up to "
            f"{W:g}"
        )
