r"""What no decoder can do: bounds for every linear encoder h = W x, each proved in [D40].

Values are continuous, so that k active features fill k dimensions of their own: from m < k numbers
that are linear in them no decoder recovers them.  (How much it loses at least is D38's.)
"""

from __future__ import annotations

from itertools import combinations
from math import comb

import numpy as np

from ground.binomial import at_most
from ground.checks import (
    FloatArray,
    as_floats,
    as_model,
    as_number,
    as_positive_density,
    check_at_most,
    check_positive_int,
    check_sizes,
)

__all__ = [
    "isometry_constant",
    "recovery_bound",
    "shannon_floor",
    "support_bound",
]

_MOST_FEATURES = 16  # 65 536 supports
_MOST_SUPPORTS = 200_000
_TWO_PI_E = 2 * np.pi * np.e


def recovery_bound(n_features: int, n_hidden: int, density: float) -> float:
    r"""Upper bound of the chance that any decoder recovers x from h = W x exactly [D40].

    .. math:: P(\hat x = x) \le P(K \le m), \qquad K \sim \mathrm{Binomial}(n, p)

    For every W and every decoder.  For W in general position some decoder reaches P(K ≤ m − 1): the
    limit m/n = p of Wu and Verdú, for finite n.

    Parameters
    ----------
    n_features, n_hidden : int
        n and m ≤ n; n at most 10^9.
    density : float
        p in (0, 1].

    Returns
    -------
    float
        A chance.

    Raises
    ------
    ValueError
        Sizes or density out of range.

    Examples
    --------
    >>> recovery_bound(2, 1, 0.5)
    0.75
    >>> recovery_bound(1000, 100, 0.2) < 1e-15
    True

    References
    ----------
    theory/derivations/D40_compressed_sensing.md
    """
    n, m = check_sizes(n_features, n_hidden)
    check_at_most("n_features", n, 10**9, "beyond, chances are 0 or 1 at any tolerance")
    p = as_positive_density("density", density)
    return min(float(at_most(m, n, p)), 1.0)


def support_bound(W: FloatArray, density: float) -> float:
    r"""The same bound for one W: the active columns must be independent [D40].

    .. math:: P(\hat x = x) \le \sum_A p^{|A|} (1-p)^{n-|A|}\; [\mathrm{rank}\, W_A = |A|]

    Parameters
    ----------
    W : array_like (m, n)
        At most 16 features, of which every subset is looked at.
    density : float
        p in (0, 1].

    Returns
    -------
    float
        A chance.

    Raises
    ------
    ValueError
        W is no matrix of finite numbers or has more than 16 features, or a density outside (0, 1].

    Examples
    --------
    Of a digon both features must not be active:

    >>> round(support_bound([[1.0, -1.0]], 0.1), 12)
    0.99

    References
    ----------
    theory/derivations/D40_compressed_sensing.md
    """
    weights = _one_model(W)
    n = weights.shape[1]
    check_at_most("W's number of features", n, _MOST_FEATURES, "all subsets are looked at")
    p = as_positive_density("density", density)
    lengths = np.linalg.norm(weights, axis=0)
    columns = weights[:, lengths > 0] / lengths[lengths > 0]
    total = (1 - p) ** n
    for k in range(1, min(columns.shape) + 1):
        sets = np.array(list(combinations(range(columns.shape[1]), k)))
        ranks = np.linalg.matrix_rank(columns[:, sets].transpose(1, 0, 2))
        total += float(np.sum(ranks == k)) * p**k * (1 - p) ** (n - k)
    return min(total, 1.0)


def shannon_floor(density: float, distortion: float, signal_to_noise: float) -> float:
    r"""Dimensions per feature that a noisy h needs for a mean squared error, by capacity [D40].

    .. math:: \frac mn \ge \frac{p \ln(p / 2\pi e D)}{\ln(1 + s)}

    For any encoder and any decoder.  As s → ∞ at a given D it falls to 0 and says nothing; with
    D in proportion to 1/s it tends to p.

    Parameters
    ----------
    density : float
        p in (0, 1].
    distortion : float
        D > 0, the mean squared error of a feature.
    signal_to_noise : float
        s > 0, the mean square of a hidden dimension over that of its noise.

    Returns
    -------
    float
        At least 0.

    Raises
    ------
    ValueError
        A density outside (0, 1], or another number that is not positive and finite.

    Examples
    --------
    >>> round(shannon_floor(0.1, 1e-4, 100.0), 3)
    0.088
    >>> shannon_floor(0.1, 0.1 / 12, 100.0)  # a feature's square is less than its noise: 0
    0.0

    References
    ----------
    theory/derivations/D40_compressed_sensing.md
    """
    p = as_positive_density("density", density)
    positive = "one finite number > 0"
    D = as_number("distortion", distortion, positive, lambda x: 0 < x < np.inf)
    s = as_number("signal_to_noise", signal_to_noise, positive, lambda x: 1e-300 < x < np.inf)
    needed = p * (np.log(p) - np.log(_TWO_PI_E) - np.log(D))
    return max(float(needed / np.log1p(s)), 0.0)


def isometry_constant(W: FloatArray, order: int) -> float:
    r"""Restricted isometry constant: how far W is from keeping lengths of sparse vectors [D40].

    .. math:: \delta_k = \min\{\delta : (1-\delta)\|x\|^2 \le \|Wx\|^2 \le (1+\delta)\|x\|^2
       \text{ for all } x \text{ with } k \text{ non-zero entries}\}

    It is at least 1 wherever k columns are dependent, as for a digon at k = 2.

    Parameters
    ----------
    W : array_like (m, n)
    order : int
        k ≤ n; at most 200 000 subsets are looked at.

    Returns
    -------
    float
        δ_k ≥ 0.

    Raises
    ------
    ValueError
        W is no matrix of finite numbers, or an order whose subsets are too many to look at.

    Examples
    --------
    >>> isometry_constant([[1.0, -1.0]], 1), isometry_constant([[1.0, -1.0]], 2)
    (0.0, 1.0)

    References
    ----------
    theory/derivations/D40_compressed_sensing.md
    """
    weights = _one_model(W)
    n = weights.shape[1]
    k = check_at_most("order", check_positive_int("order", order), n, "the number of features")
    check_at_most(f"order={k}: subsets", comb(n, k), _MOST_SUPPORTS, "all are looked at")
    gram = weights.T @ weights
    supports = np.array(list(combinations(range(n), k)))
    values = np.linalg.eigvalsh(gram[supports[:, :, None], supports[:, None, :]])
    least = 0.0 if k > len(weights) else max(float(values.min()), 0.0)
    return max(1 - least, float(values.max()) - 1)


def _one_model(W: FloatArray) -> FloatArray:
    weights, _ = as_model(W)
    if weights.ndim != 2:
        raise ValueError(f"W must be one model (m, n), got shape {weights.shape}")
    if np.abs(weights).max() > 1e100:
        raise ValueError("W must have entries below 1e100")
    return as_floats("W", weights)
