r"""The naive solution of computing |x|, ReLU(x) or x: whole features, and nothing shared.

|x| takes two neurons a feature, ReLU(x) and ReLU(−x); the other targets take one.  The features
that weigh most are exact, and the others are answered by their mean.  If one neuron is left over
it answers half of a feature: the regression of |x| on ReLU(x).  Outputs are never negative, so a
ReLU output and a linear one do the same.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
import sympy as sp

from ground.checks import (
    FloatArray,
    as_density,
    as_importance,
    check_at_most,
    check_choice,
    check_flag,
    check_positive_int,
)
from theory.conventions import weighted_sum
from theory.numbers.arguments import exact_density, exact_importance

__all__ = ["TARGETS", "NaiveNet", "expected_naive_loss", "naive_loss", "naive_net"]

TARGETS = ("absolute", "relu", "identity")
_MOST = 10**7  # entries of an array


@dataclass(frozen=True, eq=False)
class NaiveNet:
    """A two-layer net that computes some features and shares no neuron [D29].

    Attributes
    ----------
    W1 : (m, n)
    W2 : (n, m)
    b : (n,)
        y' = f(W2 ReLU(W1 x) + b); f may be a ReLU or linear.
    loss : float
        Its expected loss.
    kept : tuple of int
        Features that are exact, 0-based, those that weigh most first.
    half : int or None
        The feature with one neuron of the two it needs.
    """

    W1: FloatArray
    W2: FloatArray
    b: FloatArray
    loss: float
    kept: tuple[int, ...]
    half: int | None


def naive_loss(
    n_features: int,
    n_hidden: int,
    *,
    density: Any,
    importance: Any = None,
    target: str = "absolute",
    bias: bool = True,
) -> float | FloatArray:
    r"""Expected loss of the naive solution, in closed form [D29].

    .. math:: L = \sum_{i > \lfloor m/2 \rfloor} I_i \Big( \frac p3 - \frac{p^2}4 \Big)
       - I_{(m+1)/2}\, \frac{p (4 - 3p)^2}{12 (8 - 3p)}

    for |x|, features in the order of what they weigh; the last term where m is odd.  One neuron a
    feature, and the variance p/6 − p²/16, for ReLU(x); p/3 − p²/4 for x.

    Parameters
    ----------
    n_features, n_hidden : int
        n and m; m may exceed what all features need.
    density : array_like, () or (..., n)
    importance : array_like, () or (..., n), optional
        p and I.  Leading axes are batches.
    target : {"absolute", "relu", "identity"}
        |x| or ReLU(x) of x uniform on [−1, 1] when active, or x of x uniform on [0, 1].
    bias : bool
        Without, features left out are answered by 0 and cost E[y²].

    Returns
    -------
    float or ndarray (...)

    Raises
    ------
    ValueError
        Naming the argument, its value and what is allowed.

    Examples
    --------
    >>> round(naive_loss(3, 4, density=1.0), 12)  # one feature of three is left out
    0.083333333333
    >>> naive_loss(3, 6, density=0.2)
    0.0
    """
    n, whole, odd = _sizes(n_features, n_hidden, target)
    full, half = _gains(n, density, importance, target, bias)
    lost = full.sum(axis=-1) - _chosen(full, half, whole, odd)[2]
    # Where all is kept the sums differ by rounding alone.
    lost = np.where(whole >= n, 0.0, np.maximum(lost, 0.0))
    return float(lost) if lost.ndim == 0 else lost


def naive_net(
    n_features: int,
    n_hidden: int,
    *,
    density: Any,
    importance: Any = None,
    target: str = "absolute",
    bias: bool = True,
) -> NaiveNet:
    r"""Weights of the naive solution, for one density and one importance a feature [D29].

    .. math:: y'_i = ReLU(x_i) + ReLU(-x_i), \qquad
       y'_i = \frac{2(4 - 3p)}{8 - 3p} ReLU(x_i) + \frac{2p}{8 - 3p}, \qquad y'_i = \frac p2

    of a feature with two neurons, with one, with none.

    Parameters
    ----------
    n_features, n_hidden, density, importance, target, bias
        As in :func:`naive_loss`, without leading axes.

    Returns
    -------
    NaiveNet
        Rows of W1 in the order of `kept`, ReLU(x_i) before ReLU(−x_i); what is left over is zero.

    Raises
    ------
    ValueError
        Naming the argument, its value and what is allowed.

    Examples
    --------
    >>> net = naive_net(2, 3, density=0.5, importance=[0.1, 1.0])
    >>> net.kept, net.half
    ((1,), 0)
    >>> net.W1
    array([[ 0.,  1.],
           [ 0., -1.],
           [ 1.,  0.]])
    """
    n, whole, odd = _sizes(n_features, n_hidden, target)
    m = int(n_hidden)
    if m * n > _MOST:
        raise ValueError(f"n_hidden times n_features must be at most {_MOST}, got {m} times {n}")
    full, half = _gains(n, density, importance, target, bias)
    if full.ndim != 1:
        raise ValueError(f"density and importance must be one number or {n}, got more axes")
    p = as_density(density, n)
    kept, shared, _ = _chosen(full, half, whole, odd)
    W1, W2 = np.zeros((m, n)), np.zeros((n, m))
    b = _mean(target, p) if bias else np.zeros(n)
    row = 0
    for i in kept:
        for sign in (1.0, -1.0) if target == "absolute" else (1.0,):
            W1[row, i], W2[i, row] = sign, 1.0
            row += 1
        b[i] = 0.0
    if shared is not None:
        W1[row, shared] = 1.0
        W2[shared, row] = 2 * (4 - 3 * p[shared]) / (8 - 3 * p[shared]) if bias else 1.0
        b[shared] = 2 * p[shared] / (8 - 3 * p[shared]) if bias else 0.0
    loss = naive_loss(n, m, density=density, importance=importance, target=target, bias=bias)
    return NaiveNet(W1, W2, b, float(loss), kept, shared)


def expected_naive_loss(
    n_features: int,
    n_hidden: int,
    *,
    density: Any,
    importance: Any = None,
    target: str = "absolute",
    bias: bool = True,
) -> sp.Expr:
    r"""Expected loss of the naive solution, exact [D29].

    .. math:: L = \sum_{i \notin K} I_i\, v(p) - I_h\, g(p), \qquad
       v = \frac p3 - \frac{p^2}4, \quad g = \frac{p (4 - 3p)^2}{12 (8 - 3p)}

    for |x|, K being the features kept and h the one with a single neuron.

    Parameters
    ----------
    n_features, n_hidden : int
        As in :func:`naive_loss`.
    density : exact number or symbol
        p, one for all features.
    importance : exact numbers, one or n of them, optional
        Numbers, since features are ranked by them.
    target : {"absolute", "relu", "identity"}
    bias : bool
        As in :func:`naive_loss`.

    Returns
    -------
    sympy.Expr

    Raises
    ------
    ValueError
        Floats (use theory.naive_loss), or a symbol that cannot be ranked.

    Examples
    --------
    >>> p = sp.Symbol("p", positive=True)
    >>> expected_naive_loss(3, 4, density=p)
    -p**2/4 + p/3
    >>> sp.factor(expected_naive_loss(1, 1, density=p) / p)
    (3*p - 4)/(3*(3*p - 8))
    """
    n, whole, odd = _sizes(n_features, n_hidden, target)
    check_at_most("n_features", n, 10_000, "a float's answer is theory.naive_loss")
    check_flag("bias", bias)
    (p,) = set(exact_density(density, 1))
    weights = exact_importance(importance, n)
    if not all(weight.is_number for weight in weights):
        raise ValueError(f"importance must be numbers, to be ranked, got {importance!r}")
    weights = sorted(weights, key=lambda weight: sp.N(weight, 30), reverse=True)
    gone = variance = _square(target, p) - (_mean(target, p) ** 2 if bias else 0)
    if odd:
        gone = variance - _half_gain(p, bias)
    costs = [gone if odd and i == whole else variance for i in range(whole, n)]
    total = weighted_sum(costs, weights[whole:])
    return sp.expand(total) if not odd else sp.factor(sp.together(total))


def _sizes(n_features: Any, n_hidden: Any, target: Any) -> tuple[int, int, bool]:
    """n, the number of features that are exact, and whether half a feature is left over."""
    n = check_positive_int("n_features", n_features)
    m = check_positive_int("n_hidden", n_hidden)
    check_choice("target", target, TARGETS)
    if target != "absolute":
        return n, min(m, n), False
    whole = min(m // 2, n)
    return n, whole, m % 2 == 1 and whole < n


def _mean(target: str, p: Any) -> Any:
    """E[y]."""
    return p / 4 if target == "relu" else p / 2


def _square(target: str, p: Any) -> Any:
    """E[y²]."""
    return p / 6 if target == "relu" else p / 3


def _half_gain(p: Any, bias: bool) -> Any:
    """By how much one neuron lowers the loss of a feature that needs two: Cov² / Var."""
    return p * (4 - 3 * p) ** 2 / (12 * (8 - 3 * p)) if bias else p / 6


def _gains(
    n: int, density: Any, importance: Any, target: str, bias: bool
) -> tuple[FloatArray, FloatArray]:
    """What is gained by each feature's being exact, and by one neuron of two, (..., n)."""
    check_flag("bias", bias)
    check_at_most("n_features", n, _MOST, "for memory's sake")
    p, weights = as_density(density, n), as_importance(importance, n)
    try:
        p, weights = np.broadcast_arrays(p, weights)
    except ValueError as error:
        raise ValueError(
            f"density and importance must have axes that fit, got {p.shape} and {weights.shape}"
        ) from error
    variance = _square(target, p) - (_mean(target, p) ** 2 if bias else 0.0)
    with np.errstate(over="ignore"):
        full = weights * variance
        if not np.isfinite(full.sum(axis=-1)).all():
            raise ValueError("importance must leave the loss finite")
    return full, weights * _half_gain(p, bias)


def _chosen(
    full: FloatArray, half: FloatArray, whole: int, odd: bool
) -> tuple[tuple[int, ...], int | None, FloatArray]:
    """Features kept, the half one, and what is gained: the best choice.

    With unequal densities the feature with most to gain from two neurons may gain enough from one;
    only the first that would be left out can take its place.  Indices are of the last batch.
    """
    order = np.argsort(-full, axis=-1, kind="stable")
    ranked = np.take_along_axis(full, order, axis=-1)
    gained = ranked[..., :whole].sum(axis=-1)
    first = np.atleast_2d(order)[-1]
    if not odd:
        return tuple(first[:whole].tolist()), None, gained
    extra = np.take_along_axis(half, order, axis=-1)
    # Feature at rank j gets one neuron; if it was kept, the first one left out gets its two.
    extra[..., :whole] += ranked[..., whole, None] - ranked[..., :whole]
    # Of ties the one left out first, so that equal features keep their order.
    place = np.argmax(np.roll(extra, -whole, axis=-1), axis=-1)
    place = (place + whole) % full.shape[-1]
    gained = gained + np.take_along_axis(extra, place[..., None], axis=-1)[..., 0]
    j = int(np.atleast_1d(place)[-1])
    kept = [*first[:whole].tolist()]
    if j < whole:
        kept = [*kept[:j], *kept[j + 1 :], int(first[whole])]
    return tuple(kept), int(first[j]), gained
