r"""What a linear output can do for |x| in the one-hot limit: the exact infimum.

With a linear output the net is a weighted least squares from the sides.  Its second moments are
C = W1 W1ᵀ and D = |W1| |W1|ᵀ; D − C is not negative and has a zero diagonal, and every three rows
of such a matrix hold a plane on which it is not positive.  So two directions of the hidden layer
are worth half a feature each at most, and D29 shows that all others can be worth one.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from ground.checks import as_importance, check_at_most, check_positive_int

__all__ = ["absolute_linear_infimum"]


def absolute_linear_infimum(n_features: int, n_hidden: int, *, importance: Any = None) -> float:
    r"""Least loss over the density for |x|, linear output, p → 0: the infimum over nets [D29].

    .. math:: \inf \lim_{p \to 0} \frac Lp = \frac13 \Big( \sum_{i > m} I_i
       + \tfrac12 (I_{m-1} + I_m) \Big), \qquad m \ge 3

    with importances falling and I_k = 0 for k > n; for m = 2 it is Σ_{i>1} I_i / 3, and for m = 1
    that and half of I_1.  Zero from m = n + 2 on (m = 2 for a single feature).

    Parameters
    ----------
    n_features, n_hidden : int
        n and m.
    importance : array_like, () or (n,), optional
        None means all one.

    Returns
    -------
    float
        Approached by `theory.difference_code`; attained from m = n + 2 on.

    Raises
    ------
    ValueError
        Naming the argument, its value and what is allowed.

    Examples
    --------
    >>> [round(3 * absolute_linear_infimum(4, m), 12) for m in range(1, 8)]
    [3.5, 3.0, 2.0, 1.0, 0.5, 0.0, 0.0]

    The naive solution needs eight neurons for nothing lost.
    """
    n = check_at_most("n_features", check_positive_int("n_features", n_features), 10**7, "memory")
    m = check_positive_int("n_hidden", n_hidden)
    weights = as_importance(importance, n)
    if weights.shape != (n,):
        raise ValueError(f"importance must be one number or {n}, got shape {weights.shape}")
    weights = np.sort(weights)[::-1]
    if not np.isfinite(weights.sum()):
        raise ValueError("importance must leave the loss finite")
    if m <= 2:
        kept = weights[0] * (1.0 if m == 2 else 0.5)
        return float(weights.sum() - kept) / 3 if n > 1 or m == 1 else 0.0
    return float(weights[m:].sum() + weights[m - 2 : m].sum() / 2) / 3
