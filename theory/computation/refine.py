r"""Local optima of two-layer nets, by descent on the exact loss and not by training [D26].

What is minimised is exact for inputs with few active features and a fixed sample for the others.
The more weights a net has, the better it fits a sample: where few features are active most of the
loss is exact and little is left to fit, and `held_out` says what the net loses on another sample.

A neuron that reads x_j alone by a weight that changes its sign changes the side on which it wakes
up.  So the loss has creases where entries of W₁ are 0, many optima lie in some of them, and
descents stall there: an entry is held at 0 while the loss rises on both sides of it.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray
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

ROUNDS = 12  # of descents between which entries are held and set free
NEAR, AWAY = 1e-3, 1e-9  # of a row's largest entry: what may want to be 0; a side of 0
STILL = 1e-5  # gradient over the loss, in balanced weights, that counts as none
ZERO = 1e-13  # of what the zero net loses: a loss that is none
GAIN = 1e-9  # what a further round has to gain, relative


@dataclass(frozen=True, eq=False)
class RefinedNet:
    """Where a descent on the loss of a two-layer net ended.

    Attributes
    ----------
    W1 : (m, n)
    W2 : (n, m)
    b : (n,)
        Of each neuron the row of W1 and the column of W2 have the same norm, unless tied.
    loss : TwoLayerLoss
        On the inputs that were minimised over.
    held_out : TwoLayerLoss
        On another sample; its `exact` part is the same.
    steps : int
        Evaluations of loss and gradient.
    converged : bool
        Whether the loss vanished, or the gradient by all that is not held in a crease.
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
    density : array_like, () or (n,)
    importance : array_like, () or (n,), optional
    target, output : str
    low, high : float
        As in :func:`two_layer_loss`.
    bias : bool
        False holds b where it is.
    most_active, points, seed : int
        As in :func:`two_layer_loss`.
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


class _Coordinates:
    """The parameters of a net as one vector θ, and its loss there, in units of the first one."""

    def __init__(self, start: Net, world: World, tied: bool, bias: bool) -> None:
        self.world, self.tied, self.bias = world, tied, bias
        self.m, self.n = start[0].shape
        self.fixed = start[2]
        self.scale = net_terms(start, world).loss or 1.0
        W1, W2, b = start
        self.silent = net_terms((0 * W1, 0 * W2, 0 * b), world).loss / self.scale
        self.first = self.packed(start)
        # What one sampled input adds: its kinks are no one else's.
        self.step = float(world.sample.weight.max(initial=0.0)) / (8 * self.scale)

    def packed(self, net: Net) -> FloatArray:
        """θ."""
        W1, W2, b = net
        return np.concatenate([W1.ravel()] + [W2.ravel()] * (not self.tied) + [b] * self.bias)

    def net(self, theta: FloatArray) -> Net:
        """W1, W2 and b."""
        m, n, size = self.m, self.n, self.m * self.n
        W1 = theta[:size].reshape(m, n)
        W2 = W1.T if self.tied else theta[size : 2 * size].reshape(n, m)
        return W1, W2, theta[-n:] if self.bias else self.fixed

    def cost(self, theta: FloatArray) -> tuple[float, FloatArray]:
        """Loss and gradient by θ."""
        terms = net_terms(self.net(theta), self.world)
        dW1, dW2, db = terms.gradient
        slope = self.packed((dW1 + dW2.T if self.tied else dW1, dW2, db))
        return terms.loss / self.scale, slope / self.scale

    def creases(self, theta: FloatArray) -> NDArray[np.bool_]:
        """Entries of W1 near 0 whose loss rises on both sides of it: where they want to be 0."""
        W1 = np.abs(self.net(theta)[0])
        most = W1.max(axis=1, keepdims=True)
        near = np.zeros(len(theta), bool)
        near[: W1.size] = ((most >= W1 / NEAR) & (most > 0)).ravel()
        if not near.any():
            return near
        away = np.zeros(len(theta))
        away[: W1.size] = np.broadcast_to(AWAY * most, W1.shape).ravel()
        above, below = (self.cost(np.where(near, sign * away, theta))[1] for sign in (1.0, -1.0))
        return near & (above >= 0.0) & (below <= 0.0)


def _descended(
    start: Net, world: World, tied: bool, bias: bool, steps: int
) -> tuple[Net, int, bool]:
    """Descend by L-BFGS with the entries on creases held at 0, until these stay the same."""
    known = _Coordinates(start, world, tied, bias)
    theta, used, converged = known.first, 0, False
    held = known.creases(theta)
    for _ in range(ROUNDS):
        theta = np.where(held, 0.0, theta)
        end = minimize(
            known.cost, theta, jac=True, method="L-BFGS-B",
            bounds=[(0.0, 0.0) if each else (None, None) for each in held],
            options={
                "maxiter": steps, "maxfun": max(steps - used, 1), "maxcor": 30, "ftol": 1e-15,
                "gtol": 0.0,
            },
        )  # fmt: skip
        used += int(end.nfev)
        gained, theta = known.cost(theta)[0] - float(end.fun), end.x
        now = known.creases(theta)
        slope = np.where(held, 0.0, end.jac)
        still = float(np.abs(slope).max()) <= STILL * float(end.fun) + known.step
        converged = float(end.fun) <= ZERO * known.silent or (still and bool((now == held).all()))
        if converged or used >= steps or ((now == held).all() and gained <= GAIN * end.fun):
            break
        held = now
    return known.net(theta), used, converged


def _as_loss(terms: NetTerms) -> TwoLayerLoss:
    return TwoLayerLoss(terms.loss, terms.exact, terms.counts, terms.error, None)
