r"""Neurons that read one feature each, and the best linear output on top of them.

The naive net of a linear output, with all that its neurons know put to use: where there is no
bias, the kept features' means answer for those left out, and where the target is mixed, each kept
feature is used for every output it enters.  In closed form for any density, and attained by ReLU
neurons: what there is beside the bound of `linear_output_bound`.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np

from ground.checks import (
    FloatArray,
    as_density,
    as_importance,
    check_at_most,
    check_flag,
    check_positive_int,
)
from theory.computation.linear_output import as_mixing, interval, weighted_moments
from theory.computation.rectified import HALVES, INPUT, halves, mean_of, product_of

__all__ = ["FittedNet", "fitted_naive_net"]

_MOST = 1000
_SIDES = ((1, 0), (0, 1))  # ReLU(x), ReLU(−x)


@dataclass(frozen=True, eq=False)
class FittedNet:
    """A two-layer net with a linear output whose neurons read one feature each [D27].

    Attributes
    ----------
    W1 : (m, n)
    W2 : (n, m)
    b : (n,)
        y' = W2 ReLU(W1 x) + b.
    loss : float
        Its expected loss.
    kept : tuple of int
        Features that are read, 0-based, those that gain most first.
    """

    W1: FloatArray
    W2: FloatArray
    b: FloatArray
    loss: float
    kept: tuple[int, ...]


def fitted_naive_net(
    n_features: int,
    n_hidden: int,
    *,
    density: Any,
    importance: Any = None,
    target: str = "relu",
    low: float | None = None,
    high: float = 1.0,
    bias: bool = True,
    mixing: Any = None,
) -> FittedNet:
    r"""Best linear output on neurons that read one feature each, for y = t(x) + M x [D27].

    .. math:: L = \sum_i I_i \big( C_{yy} - C_{yh} C_{hh}^{-1} C_{hy} \big)_{ii}

    with covariances, or second moments without bias.  ReLU takes one neuron ReLU(x_i) a feature;
    |x| and x of either sign take two, and what is left of an odd m reads ReLU(x) of the next.
    Features are taken by what they gain with a bias.

    Parameters
    ----------
    n_features, n_hidden, density, importance, target, low, high, bias, mixing
        As in :func:`theory.computation.linear_output.linear_output_bound`.

    Returns
    -------
    FittedNet
        Neurons that nothing is left for are zero.

    Raises
    ------
    ValueError
        Naming the argument, its value and what is allowed.

    Examples
    --------
    >>> round(fitted_naive_net(4, 2, density=1.0).loss, 12)  # as good as any net
    0.208333333333
    >>> net = fitted_naive_net(100, 50, density=1.0, bias=False)
    >>> net.W2[99, 0].round(4).item()  # neurons of other features stand in for the bias
    0.0194

    References
    ----------
    theory/derivations/D27_linear_output.md
    """
    m = check_at_most("n_hidden", check_positive_int("n_hidden", n_hidden), _MOST, "memory")
    shared = {"density": density, "importance": importance, "target": target, "low": low,
              "high": high, "mixing": mixing}  # fmt: skip
    n = check_at_most("n_features", check_positive_int("n_features", n_features), _MOST, "memory")
    weighted_moments(n, bias=bias, **shared)  # checks the rest
    p, I = as_density(density, n), as_importance(importance, n)
    M, each = as_mixing(mixing, n), halves(p, *interval(target, low, high))
    t = HALVES[target]
    # Who reads what: one side a feature is enough where the other is never seen or never asked for.
    seen = [s for s in _SIDES if np.any(product_of(each, s, s, centred=False) > 0)]
    sides = [s for s in seen if target != "relu" or s == _SIDES[0]] or [_SIDES[0]]
    order = np.argsort(-_gains(each, M, I, t, sides), kind="stable")
    neurons = [(int(k), side) for k in order for side in sides][:m]
    size, features = len(neurons), np.array([k for k, _ in neurons])

    def moments(centred: bool) -> tuple[FloatArray, FloatArray]:
        to_y, among = np.zeros((n, size)), np.zeros((size, size))
        for column, (k, side) in enumerate(neurons):
            to_y[:, column] = M[:, k] * product_of(each, INPUT, side, centred=True)[k]
            to_y[k, column] += product_of(each, t, side, centred=True)[k]
            for row in np.flatnonzero(features == k):
                product = product_of(each, neurons[row][1], side, centred=True)
                among[row, column] = product[k]
        if not centred:
            to_y += np.outer(mean_y, mean_h)
            among += np.outer(mean_h, mean_h)
        return to_y, among

    mean_y = mean_of(each, t) + M @ mean_of(each, INPUT)
    mean_h = np.array([mean_of(each, side)[k] for k, side in neurons])
    to_y, among = moments(check_flag("bias", bias))
    W1, W2 = np.zeros((m, n)), np.zeros((n, m))
    W1[np.arange(size), features] = [side[0] - side[1] for _, side in neurons]
    W2[:, :size] = to_y @ np.linalg.pinv(among, hermitian=True)
    b = mean_y - W2[:, :size] @ mean_h if bias else np.zeros(n)
    # The error's coefficients of ReLU(x_j) and ReLU(−x_j): squares alone, so that nothing cancels.
    left = np.eye(n)[:, :, None] * t + M[:, :, None] * INPUT
    for column, (k, side) in enumerate(neurons):
        left[:, k] -= np.outer(W2[:, column], side)
    spread = sum(
        left[:, :, s.index(1)] * left[:, :, r.index(1)] * product_of(each, s, r, centred=True)
        for s in _SIDES
        for r in _SIDES
    )
    offset = left[:, :, 0] @ each.mean_u + left[:, :, 1] @ each.mean_v - b
    loss = max(float(I @ (np.sum(spread, axis=1) + offset**2)), 0.0)
    return FittedNet(W1, W2, b, loss, tuple(dict.fromkeys(int(k) for k in features)))


def _gains(each: Any, M: FloatArray, I: FloatArray, t: Any, sides: list[Any]) -> FloatArray:
    """What the neurons of each feature take off the loss where there is a bias, (n,)."""
    n = len(I)
    gains = np.zeros(n)
    among = np.array([[product_of(each, s, r, centred=True) for r in sides] for s in sides])
    own = np.array([product_of(each, t, s, centred=True) for s in sides])
    read = np.array([product_of(each, INPUT, s, centred=True) for s in sides])
    for k in range(n):
        to_y = np.outer(M[:, k], read[:, k])
        to_y[k] += own[:, k]
        inverse = np.linalg.pinv(among[:, :, k], hermitian=True)
        gains[k] = I @ np.sum((to_y @ inverse) * to_y, axis=1)
    return gains
