r"""Closed-form nets for |x| with fewer neurons than two a feature.

What a side, ±e_i, makes of the hidden layer are two non-negative vectors with disjoint supports.
Six neurons suffice for any number of features: both sides lie on a cone over a circle, each in
three neurons of its own, and a plane cuts each point of a circle off from the others,

$$ z = C x \in R^3, \qquad y' = ReLU(W |z|), \qquad |z_k| = ReLU(z_k) + ReLU(-z_k). $$

Four suffice in a limit of unbounded weights, and n + 2 where the output is linear.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np

from ground.checks import FloatArray, as_number, check_at_most, check_positive_int

__all__ = ["AbsoluteCode", "circle_code", "difference_code", "nested_code", "parabola_code"]

_MOST = 10_000  # features


@dataclass(frozen=True, eq=False)
class AbsoluteCode:
    """A net for |x|, y' = f(W2 ReLU(W1 x) + b) [D29].

    Attributes
    ----------
    W1 : (m, n)
    W2 : (n, m)
    b : (n,)
    """

    W1: FloatArray
    W2: FloatArray
    b: FloatArray


def circle_code(n_features: int, n_hidden: int = 6) -> AbsoluteCode:
    r"""Any number of features in six neurons, exact for one-hot inputs and a ReLU output [D29].

    .. math:: C_{kj} = 1 + \cos(\theta_j - \varphi_k), \qquad w_j \cdot |C x|
       = \frac{\cos(\theta_i - \theta_j) - \cos\Delta}{1 - \cos\Delta} |x_i|
       \quad \text{for } x = x_i e_i

    with φ_k = 2πk/3, θ_j = jΔ and Δ = 2π/n: 1 at i = j and at most 0 elsewhere.

    Parameters
    ----------
    n_features : int
        n, up to 10 000.
    n_hidden : int
        6 neurons a circle: ⌊m/6⌋ circles share the features, neurons left over are zero.

    Returns
    -------
    AbsoluteCode
        Up to three features a circle have two neurons each instead, as in the naive solution.

    Raises
    ------
    ValueError
        Naming the argument, its value and what is allowed.

    Examples
    --------
    >>> from theory.computation.sides import absolute_one_hot_loss
    >>> code = circle_code(20)
    >>> code.W1.shape, absolute_one_hot_loss(code.W1, code.W2) < 1e-24
    ((6, 20), True)
    """
    n, m = _sizes(n_features, n_hidden, 6)
    circles = m // 6
    linear, decoder = np.zeros((3 * circles, n)), np.zeros((n, 3 * circles))
    for circle, members in enumerate(np.array_split(np.arange(n), circles)):
        rows = slice(3 * circle, 3 * circle + 3)
        linear[rows, members], decoder[members, rows] = _circle(len(members))
    return _folded(linear, decoder, m)


def parabola_code(n_features: int) -> AbsoluteCode:
    r"""The same in whole numbers: sides on a parabola, (1, j, j²) [D29].

    .. math:: w_j \cdot (1, i, i^2) = 1 - (i - j)^2

    Parameters
    ----------
    n_features : int
        n, up to 10 000.

    Returns
    -------
    AbsoluteCode
        Six neurons; entries of W1 and W2 are whole, and the one-hot loss is 0 exactly.

    Raises
    ------
    ValueError
        n_features is no whole number from 1 to 10 000.

    Examples
    --------
    >>> code = parabola_code(3)
    >>> (code.W2 @ abs(code.W1) / 2).astype(int)  # on each side
    array([[ 1,  0, -3],
           [ 0,  1,  0],
           [-3,  0,  1]])
    """
    n, m = _sizes(n_features, 6, 6)
    j = np.arange(n, dtype=float)
    linear = np.array([j**0, j, j**2])
    decoder = np.column_stack([1 - j**2, 2 * j, -(j**0)])
    return _folded(linear, decoder, m)


def nested_code(n_features: int, ratio: float = 1e-3) -> AbsoluteCode:
    r"""Any number of features in four neurons, exact in the limit of ratio 0 [D29].

    .. math:: P_j = N_j = \rho^j (1, j), \qquad
       w_j \cdot P_i = \rho^{i - j} (1 - (j - i))

    1 at i = j, not positive at larger sides i < j, and at most 2ρ at smaller ones.  Weights grow
    as ρ^(1−n).

    Parameters
    ----------
    n_features : int
        n.
    ratio : float
        ρ, in (0, 1); ρ^n must be at least 1e-100.

    Returns
    -------
    AbsoluteCode
        Its one-hot loss over the density is below 5 n ρ² / 3 for ρ ≤ ¼.

    Raises
    ------
    ValueError
        Naming the argument, its value and what is allowed.

    Examples
    --------
    >>> from theory.computation.sides import absolute_one_hot_loss
    >>> code = nested_code(8, 1e-4)
    >>> code.W1.shape, absolute_one_hot_loss(code.W1, code.W2) < 1e-7
    ((4, 8), True)
    """
    n, m = _sizes(n_features, 4, 4)
    rho = as_number("ratio", ratio, "a number in (0, 1)", lambda value: 0 < value < 1)
    if n * np.log10(rho) < -100:
        raise ValueError(f"ratio must leave ratio^n_features ≥ 1e-100, got {ratio!r} for {n}")
    j = np.arange(n, dtype=float)
    size = rho**j
    linear = size * np.array([j**0, j])
    decoder = np.column_stack([1 - j, j**0]) / size[:, None]
    return _folded(linear, decoder, m)


def difference_code(
    n_features: int, n_hidden: int | None = None, ratio: float = 1e-4
) -> AbsoluteCode:
    r"""The best code for a linear output and one-hot inputs: second differences [D29].

    .. math:: h_k = ReLU\Big( \sum_i (k - i)\, x_i \Big), \qquad
       y'_i = h_{i+1} - 2 h_i + h_{i-1}, \qquad k = 0, \dots, n + 1

    The first layer passes on two numbers, Σ x_i and Σ i x_i.  With m < n + 2 neurons the first
    m − 2 features are exact, the next two have one side each, and errors are of the order of ρ².

    Parameters
    ----------
    n_features : int
        n.
    n_hidden : int, optional
        m ≥ 3; n + 2 by default.
    ratio : float
        ρ in (0, 1): how small the exact features' part of the hidden layer is, where m < n + 2.

    Returns
    -------
    AbsoluteCode

    Raises
    ------
    ValueError
        Naming the argument, its value and what is allowed.

    Examples
    --------
    >>> from theory.computation.sides import absolute_one_hot_loss
    >>> code = difference_code(5)
    >>> code.W1.shape, absolute_one_hot_loss(code.W1, code.W2, output="linear")
    ((7, 5), 0.0)
    """
    n = check_positive_int("n_features", n_features)
    n, m = _sizes(n, n + 2 if n_hidden is None else n_hidden, 3)
    rho = as_number("ratio", ratio, "a number in (0, 1)", lambda value: 1e-100 < value < 1)
    exact = min(n, m - 2)
    size = 1.0 if exact == n else rho
    W1, W2 = np.zeros((m, n)), np.zeros((n, m))
    k, i = np.arange(exact + 2.0)[:, None], np.arange(1.0, exact + 1)
    W1[: exact + 2, :exact] = size * (k - i)
    for feature in range(exact):
        W2[feature, feature : feature + 3] = np.array([1.0, -2.0, 1.0]) / size
    # Both are straight lines in k, of no second difference, and never negative: one side each.
    halves = np.column_stack([np.ones(m), np.arange(m) / (m - 1)])[:, : n - exact]
    W1[:, exact : exact + 2] = halves
    W2[exact : exact + 2] = np.linalg.pinv(halves)
    return AbsoluteCode(W1, W2, np.zeros(n))


def _circle(n: int) -> tuple[FloatArray, FloatArray]:
    """C (3, n) and its decoder (n, 3) for the features of one circle."""
    if n <= 3:
        return np.eye(3)[:, :n], np.eye(n, 3)
    angle = 2 * np.pi * np.arange(n) / n
    apart = angle[:, None] - 2 * np.pi * np.arange(3) / 3
    least = np.cos(2 * np.pi / n)
    # Σ_k C_k = 3 and Σ_k C_k cos(φ_k − θ) = 3/2 cos(θ_i − θ).
    decoder = (2 * np.cos(apart) - least) / (3 * (1 - least))
    return 1 + np.cos(apart).T, decoder


def _folded(linear: FloatArray, decoder: FloatArray, m: int) -> AbsoluteCode:
    """The net of y' = f(decoder |linear x|), rows of zeros up to m neurons."""
    d, n = linear.shape
    W1, W2 = np.zeros((m, n)), np.zeros((n, m))
    W1[:d], W1[d : 2 * d] = linear, -linear
    W2[:, :d] = W2[:, d : 2 * d] = decoder
    return AbsoluteCode(W1, W2, np.zeros(n))


def _sizes(n_features: Any, n_hidden: Any, least: int) -> tuple[int, int]:
    n = check_at_most("n_features", check_positive_int("n_features", n_features), _MOST, "memory")
    m = check_at_most("n_hidden", check_positive_int("n_hidden", n_hidden), 2 * _MOST, "memory")
    if m < least:
        raise ValueError(f"n_hidden must be at least {least} for this code, got {n_hidden}")
    if n * m > 10**7:
        raise ValueError(f"n_hidden times n_features must be at most 10^7, got {m} times {n}")
    return n, m
