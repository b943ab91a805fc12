r"""A rigorous bound of what patterns of many active features cost a two-layer net [D26].

As 0 ≤ h_a ≤ Σ_j (W1_aj x_j)₊ for hidden neurons without bias, an output's error is at most

.. math:: |y_i - y'_i| \le \beta_i + \sum_j c_{ij}^{\pm}\, |x_j|, \qquad \pm = \mathrm{sign}\, x_j,

and the second moment of the right-hand side, over patterns with more than K active features, is a
sum of products of densities, moments and tails of the number of active features, all positive.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from ground.checks import FloatArray

TARGET_SLOPES = {"absolute": (1.0, 1.0), "relu": (1.0, 0.0), "identity": (1.0, -1.0)}


def remainder_bound(
    W1: FloatArray,
    W2: FloatArray,
    b: FloatArray,
    density: FloatArray,
    importance: FloatArray,
    *,
    target: str,
    output: str,
    low: float,
    high: float,
    most_active: int,
) -> float:
    r"""Bound of the loss's part with more than K features active, of checked arrays [D26].

    .. math:: \sum_{|A| > K} P(A) L_A \le \sum_i I_i\,
       E\Big[\big(\beta_i + \textstyle\sum_j c_{ij}^\pm |x_j|\big)^2;\ N > K\Big]

    Parameters
    ----------
    W1 : (m, n)
    W2 : (n, m)
    b : (n,)
    density, importance : (n,)
    target, output, low, high
        As of the loss; a ReLU output has a target that is not negative.
    most_active : int
        K ≥ 0.

    Returns
    -------
    float
        0 where no more than K features can be active.

    Examples
    --------
    A net that is silent loses all of E[x²], and the bound is sharp:

    >>> nothing = np.zeros((1, 2)), np.zeros((2, 1)), np.zeros(2)
    >>> p, I = np.full(2, 0.5), np.ones(2)
    >>> how = {"target": "absolute", "output": "relu", "low": -1.0, "high": 1.0}
    >>> round(remainder_bound(*nothing, p, I, **how, most_active=1), 12)  # p² · 2/3
    0.166666666667
    """
    n = len(b)
    if most_active >= n:
        return 0.0
    beta = np.maximum(b, 0.0) if output == "relu" else np.abs(b)
    width = high - low
    first, second = np.zeros((n, n)), np.zeros((n, n))
    for sign, end in ((1.0, high), (-1.0, -low)):
        slopes = error_slopes(W1, W2, sign, target, output)
        first += slopes * (end**2 / (2 * width))
        second += slopes**2 * (end**3 / (3 * width))
    one, two, all_but = active_tails(density, most_active)
    mean = first * density
    bound = (
        beta**2 * all_but
        + 2 * beta * (mean @ one)
        + (second * density) @ one
        + np.einsum("ij,jl,il->i", mean, two, mean, optimize=True)
    )
    return float(importance @ bound)


def error_slopes(
    W1: FloatArray, W2: FloatArray, sign: float, target: str, output: str
) -> FloatArray:
    """By how much |x_j| can move the error of output i where x_j has that sign, (n, n) [D26]."""
    rising = np.maximum(sign * W1, 0.0)
    up, down = np.maximum(W2, 0.0) @ rising, np.maximum(-W2, 0.0) @ rising
    wish = TARGET_SLOPES[target][0 if sign > 0 else 1]
    own = np.maximum(np.diag(up) - wish, wish + (0.0 if output == "relu" else np.diag(down)))
    slopes = up if output == "relu" else np.maximum(up, down)
    slopes[np.diag_indices(len(slopes))] = np.maximum(own, 0.0)
    return slopes


def active_tails(density: FloatArray, most_active: int) -> tuple[FloatArray, FloatArray, float]:
    """Chances of more than K active features if one, two, or none of them are known to be [D26].

    Returns
    -------
    one : (n,)
        P(N > K | j is active).
    two : (n, n)
        P(N > K | j and l are active); 0 on the diagonal.
    all_but : float
        P(N > K).

    Examples
    --------
    >>> one, two, none = active_tails(np.array([0.5, 0.5]), 1)
    >>> one.tolist(), two.tolist(), none
    ([0.5, 0.5], [[0.0, 1.0], [1.0, 0.0]], 0.25)
    """
    values, place, counts = np.unique(density, return_inverse=True, return_counts=True)
    kinds = len(values)
    # Without one feature of a kind, of two kinds, or of none: the last row and column is "none".
    left = np.zeros((kinds + 1, kinds + 1, kinds), np.int64) + counts
    for kind in range(kinds):
        left[kind, :, kind] -= 1
        left[:, kind, kind] -= 1
    known = np.ones((kinds + 1, kinds + 1), np.int64)
    known[:kinds, :kinds], known[kinds, kinds] = 2, 0
    # tails[c] is the chance of at least c active ones among the features so far.
    tails = np.zeros((most_active + 2, kinds + 1, kinds + 1))
    tails[0] = 1.0
    for kind in range(kinds):
        for used in range(counts[kind]):
            p = np.where(used < left[..., kind], values[kind], 0.0)
            tails[1:] = (1.0 - p) * tails[1:] + p * tails[:-1]
    found = _at(tails, most_active + 1 - known)
    two = found[:kinds, :kinds][np.ix_(place, place)]
    np.fill_diagonal(two, 0.0)
    return found[:kinds, kinds][place], two, float(found[kinds, kinds])


def _at(tails: FloatArray, needed: NDArray[np.int64]) -> FloatArray:
    """Entry `needed` of each; what needs no more is certain."""
    return np.take_along_axis(tails, np.maximum(needed, 0)[None], axis=0)[0]
