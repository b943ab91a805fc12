r"""The loss under the attack on a random feature: what adversarial training descends [D17].

$$ J(W, b; ε) = \frac{1}{|K|} Σ_{k ∈ K} L(W, b + G δ_k),   δ_k = ε G_k / ‖G_k‖, $$

over the live features K, one of which is drawn, all alike, for each input.  Two conventions are
both in use.  *Raw*: K is all n features, however short W_k is; as δ_k knows only the direction of
W_k, a feature that the model all but ignores attacks at full strength, and J has no limit as
W_k → 0.  *Live*: features with ‖W_k‖ below a threshold are not drawn.

δ_k depends on W.  The gradient of J goes *through* it; training may hold it fixed instead
(*detached*), and then follows a field that is no gradient of J.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from ground.checks import FloatArray, as_number, check_flag
from theory.adversary.attacked_loss import (
    as_biased,
    as_world,
    attacked_gradient_of,
    check_finite,
)
from theory.adversary.directions import Directions, as_size, as_threshold, directions_of
from theory.loss.fourier import RTOL
from theory.loss.problem import Problem

__all__ = ["random_feature_loss", "random_feature_loss_and_gradient"]


def random_feature_loss(
    W: Any,
    b: Any,
    *,
    size: Any,
    density: Any,
    importance: Any = None,
    live_above: float | None = None,
) -> FloatArray:
    r"""Exact mean loss under the attacks on each live feature [D17].

    .. math:: J = \frac{1}{|K|} \sum_{k \in K} L(W, b + \varepsilon\, G G_k / \|G_k\|)

    Parameters
    ----------
    W, b, size, density, importance, live_above
        As of :func:`random_feature_loss_and_gradient`.

    Returns
    -------
    ndarray (...)

    Raises
    ------
    ValueError
        What `random_feature_loss_and_gradient` refuses: a size that is negative or not finite, no
        live feature, shapes that do not fit, values out of range.

    Examples
    --------
    Without an attack it is the clean loss, p²/3 for a digon:

    >>> round(float(random_feature_loss([[1.0, -1.0]], [0, 0], size=0.0, density=0.3)), 12)
    0.03
    """
    return random_feature_loss_and_gradient(
        W, b, size=size, density=density, importance=importance, live_above=live_above
    )[0]


def random_feature_loss_and_gradient(
    W: Any,
    b: Any,
    *,
    size: Any,
    density: Any,
    importance: Any = None,
    live_above: float | None = None,
    through: bool = True,
    rtol: float = RTOL,
) -> tuple[FloatArray, FloatArray, FloatArray]:
    r"""Mean loss under the attacks on each live feature, and its gradient [D17].

    .. math:: \partial_W J = \frac{1}{|K|} \sum_k \Big[ \partial_W L + W (g \delta^T + \delta g^T)
              + \hat W_k t^T / s_k + W t\, e_k^T / (\|W_k\| s_k) \Big],
              \quad t = \varepsilon (1 - u u^T) G g

    with g = ∂L/∂b at b + Gδ_k, u = G_k/‖G_k‖ and s_k = ‖WᵀŴ_k‖; the last two terms are those
    through δ_k.

    Parameters
    ----------
    W : array_like (..., m, n)
    b : array_like (..., n)
        Zeros where the model has none.
    size : array_like, () or (...)
        ε ≥ 0.
    density : array_like, () or (..., n)
    importance : array_like, () or (..., n), optional
    live_above : float, optional
        Features with ‖W_k‖ below it are not drawn; None, the raw convention, draws all.
    through : bool
        False holds δ_k fixed: the field that training follows with δ detached.
    rtol : float
        As in :func:`theory.loss_and_gradient`.

    Returns
    -------
    loss : (...)
    dW : (..., m, n)
    db : (..., n)
        As many losses as live features are computed: n times the work of the clean loss.

    Raises
    ------
    ValueError
        Naming the argument; a zero column in the raw convention, whose direction is 0/0.

    Examples
    --------
    Where the only feature is alone there is one direction, which no W can turn:

    >>> loss, dW, db = random_feature_loss_and_gradient([[1.0]], [0.0], size=0.5, density=0.3)
    >>> float(loss), float(db[0])
    (0.25, 1.0)
    """
    check_flag("through", through)
    rtol = as_number("rtol", rtol, "a number in (0, 1)", lambda v: 0 < v < 1)
    problem, sizes = as_sized(W, b, size, density, importance)
    loss, dW, db = random_feature_gradient_of(
        problem, sizes, as_threshold(live_above), through, rtol
    )
    if not (np.isfinite(dW).all() and np.isfinite(loss).all()):
        raise ValueError(
            "W must have no column so short that the attack's derivative overflows; live_above "
            "leaves dead features out"
        )
    shape = problem.shape
    return (
        loss.reshape(shape),
        dW.reshape(shape + dW.shape[1:]),
        db.reshape(shape + db.shape[1:]),
    )


def as_sized(
    W: Any, b: Any, size: Any, density: Any, importance: Any, *, least: str = "not negative"
) -> tuple[Problem, FloatArray]:
    """Check models in their world and the size of the attacks on each, on one batch axis."""
    sizes = as_size(size, least=least)
    weights, biases = as_biased(W, b)
    try:
        shape = np.broadcast_shapes(weights.shape[:-2], sizes.shape)
    except ValueError as error:
        raise ValueError(
            f"leading axes must fit: W has shape {weights.shape}, size {sizes.shape}"
        ) from error
    weights = np.broadcast_to(weights, shape + weights.shape[-2:])
    biases = np.broadcast_to(biases, (*shape, weights.shape[-1]))
    problem = as_world(weights, biases, density, importance)
    try:
        sizes = np.broadcast_to(sizes, problem.shape).reshape(-1)
    except ValueError as error:
        raise ValueError(
            f"leading axes must fit: size has shape {sizes.shape}, W and its world {problem.shape}"
        ) from error
    check_finite(problem, sizes, "size")
    return problem, sizes


def random_feature_gradient_of(
    problem: Problem,
    size: FloatArray,
    live_above: float | None = None,
    through: bool = True,
    rtol: float = RTOL,
) -> tuple[FloatArray, FloatArray, FloatArray]:
    """Loss (B,), dW (B, m, n) and db (B, n) of a checked value, for ε (B,) [D17]."""
    known = directions_of(problem.W, live_above)
    model, k = np.nonzero(known.live)
    share = 1.0 / known.live.sum(axis=1)[model]
    eps, u = size[model], known.u[model, k]
    attacked = problem.at(problem.W[model], problem.b[model], model)
    loss, dW, db, ddelta = attacked_gradient_of(attacked, eps[:, None] * u, rtol)
    if through:
        _add_turn(dW, attacked.W, known, model, k, eps, u, ddelta)
    totals = np.zeros(len(problem.W)), np.zeros(problem.W.shape), np.zeros(problem.b.shape)
    for total, part in zip(totals, (loss, dW, db), strict=True):
        np.add.at(total, model, part * share.reshape(-1, *[1] * (part.ndim - 1)))
    return totals


def _add_turn(
    dW: FloatArray,
    W: FloatArray,
    known: Directions,
    model: np.ndarray[Any, Any],
    k: np.ndarray[Any, Any],
    eps: FloatArray,
    u: FloatArray,
    ddelta: FloatArray,
) -> None:
    """Add what W does to the loss by turning the attack: only what is across δ turns it."""
    t = eps[:, None] * (ddelta - np.sum(ddelta * u, axis=1)[:, None] * u)
    stretch, norm, unit = known.stretch[model, k], known.norm[model, k], known.unit[model, :, k]
    with np.errstate(over="ignore", invalid="ignore", divide="ignore"):
        dW += unit[:, :, None] * (t / stretch[:, None])[:, None, :]
        own = np.einsum("bmn,bn->bm", W, t) / stretch[:, None] / norm[:, None]
        dW[np.arange(len(k)), :, k] += own
