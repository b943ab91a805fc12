r"""Local optima of two-layer nets, by descent on the exact loss and not by training [D26].

What is minimised is exact for inputs with few active features and a fixed sample for the others.
The more weights a net has, the better it fits a sample: where few features are active most of the
loss is exact and little is left to fit, and `held_out` says what the net loses on another sample.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from scipy.optimize import minimize

from ground.checks import (
    FloatArray,
    as_floats,
    check_choice,
    check_flag,
    check_positive_int,
    check_seed,
    check_whole,
)
from theory.computation.net_terms import Net, NetTerms, World, net_terms, world_of
from theory.computation.nets import as_two_layer_nets
from theory.computation.two_layers import MOST_ACTIVE, POINTS, TwoLayerLoss
from theory.computation.work import check_work

__all__ = ["RefinedNet", "refine_two_layer"]

ROUNDS = 6  # L-BFGS ends at kinks before it has to: it starts anew from where it ended
STILL = 1e-8  # gradient over the loss, in balanced weights, that counts as none
ZERO = 1e-13  # of what the zero net loses: a loss that is none
GAIN = 1e-9  # what a further round has to gain, relative


@dataclass(frozen=True, eq=False)
class RefinedNet:
    """Where a descent on the loss of a two-layer net ended.

    Attributes
    ----------
    W1 : (m, n), W2 : (n, m), b : (n,)
        Of each neuron the row of W1 and the column of W2 have the same norm, unless tied.
    loss : TwoLayerLoss
        On the inputs that were minimised over.
    held_out : TwoLayerLoss
        On another sample; its `exact` part is the same.
    steps : int
        Evaluations of loss and gradient.
    converged : bool
        Whether the gradient or the loss vanished, or nothing was gained by starting anew.
    """

    W1: FloatArray
    W2: FloatArray
    b: FloatArray
    loss: TwoLayerLoss
    held_out: TwoLayerLoss
    steps: int
    converged: bool


def refine_two_layer(
    W1: Any,
    W2: Any,
    b: Any,
    density: Any,
    importance: Any = None,
    *,
    target: str = "absolute",
    output: str = "relu",
    low: float = -1.0,
    high: float = 1.0,
    bias: bool = True,
    most_active: int = 2,
    points: int = POINTS,
    seed: int | list[int] = 0,
    steps: int = 2000,
) -> RefinedNet:
    r"""Descend from a net to a local optimum of its exact loss [D26].

    .. math:: \min_{W_1, W_2, b} \sum_i I_i E[(t(x_i) - f(W_2 ReLU(W_1 x) + b)_i)^2]

    Parameters
    ----------
    W1 : array_like (m, n)
        Of one net.
    W2 : array_like (n, m) or None
        None ties it: W2 = W1ᵀ throughout.
    b : array_like (n,) or None
        None means zeros.
    density, importance, target, output, low, high, most_active, points, seed
        As in :func:`two_layer_loss`.
    bias : bool
        False holds b where it is.
    steps : int
        Evaluations at most, about.

    Returns
    -------
    RefinedNet

    Raises
    ------
    ValueError
        Naming the argument, its value and what is allowed.

    Examples
    --------
    Two neurons for one feature, one for each sign, of the wrong size:

    >>> net = refine_two_layer([[0.3], [-0.8]], [[0.5, 0.5]], None, 0.3)
    >>> net.loss.loss < 1e-12, (net.W2 @ abs(net.W1)).round(5).tolist()
    (True, [[2.0]])
    """
    tied = W2 is None
    if tied:
        W1 = as_floats("W1", W1)
        W2 = np.swapaxes(W1, -1, -2) if W1.ndim > 1 else W1
    nets = as_two_layer_nets(
        W1, W2, b, density, importance, target=target, output=output, low=low, high=high
    )
    if nets.shape:
        raise ValueError(
            f"W1, W2, b, density and importance must be of one net, got leading axes {nets.shape}"
        )
    check_flag("bias", bias)
    check_choice("most_active", most_active, range(MOST_ACTIVE + 1))
    check_positive_int("steps", steps)
    stream = check_seed(seed)
    check_work(nets, most_active, check_whole("points", points), steps)
    world = world_of(nets, 0, most_active, points, stream)
    start = nets.W1[0], nets.W2[0], nets.b[0]
    net, used, converged = _descended(start if tied else balanced(start), world, tied, bias, steps)
    other = world_of(nets, 0, most_active, points, [*np.atleast_1d(stream).tolist(), 1])
    return RefinedNet(
        *net, _as_loss(net_terms(net, world)), _as_loss(net_terms(net, other)), used, converged
    )


def balanced(net: Net) -> Net:
    """The same net with the row of W1 and the column of W2 of each neuron of the same norm.

    Neurons that do nothing stay as they are.

    >>> W1, W2, _ = balanced((np.array([[2.0]]), np.array([[0.5]]), np.zeros(1)))
    >>> W1.tolist(), W2.tolist()
    ([[1.0]], [[1.0]])
    """
    W1, W2, b = net
    into, out = np.linalg.norm(W1, axis=1), np.linalg.norm(W2, axis=0)
    alive = (into > 0) & (out > 0)
    factor = np.sqrt(np.where(alive, out, 1.0)) / np.sqrt(np.where(alive, into, 1.0))
    return W1 * factor[:, None], W2 / factor, b


def _descended(
    start: Net, world: World, tied: bool, bias: bool, steps: int
) -> tuple[Net, int, bool]:
    """Descend by L-BFGS, anew from where it ended until that gains nothing."""
    (m, n), b = start[0].shape, start[2]

    def unpacked(theta: FloatArray) -> Net:
        W1 = theta[: m * n].reshape(m, n)
        W2 = W1.T if tied else theta[m * n : 2 * m * n].reshape(n, m)
        return W1, W2, theta[-n:] if bias else b

    def packed(W1: FloatArray, W2: FloatArray, b: FloatArray) -> FloatArray:
        parts = [W1.ravel()] + [W2.ravel()] * (not tied) + [b] * bias
        return np.concatenate(parts)

    first = net_terms(start, world).loss
    silent = net_terms((0 * start[0], 0 * start[1], 0 * b), world).loss
    scale = first or 1.0

    def cost(theta: FloatArray) -> tuple[float, FloatArray]:
        terms = net_terms(unpacked(theta), world)
        dW1, dW2, db = terms.gradient
        if tied:
            dW1 = dW1 + dW2.T
        return terms.loss / scale, packed(dW1, dW2, db) / scale

    theta, value, used, converged = packed(*start), 1.0, 0, first <= ZERO * silent
    for _ in range(ROUNDS):
        if converged or used >= steps:
            break
        end = minimize(
            cost, theta, jac=True, method="L-BFGS-B",
            options={
                "maxiter": steps, "maxfun": steps - used, "maxcor": 30, "ftol": 1e-15, "gtol": 0.0,
            },
        )  # fmt: skip
        used += int(end.nfev)
        still = float(np.abs(end.jac).max()) <= STILL * float(end.fun)
        none = float(end.fun) * scale <= ZERO * silent
        converged = still or none or value - end.fun <= GAIN * value
        theta, value = end.x, float(end.fun)
    return unpacked(theta), used, bool(converged)


def _as_loss(terms: NetTerms) -> TwoLayerLoss:
    return TwoLayerLoss(terms.loss, terms.exact, terms.counts, terms.error, None)
