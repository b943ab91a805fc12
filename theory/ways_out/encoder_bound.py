r"""A bound that no linear encoder with any decoder passes, for any n and m.

A genie tells the decoder which features are active.  Where k > m of them are, at least d = k − m
directions of the cube are lost, which costs at least [D38]

$$ V_k = max{ d c_k,  d/(d + 2) · ω_d^(−2/d) · (6/(πe))^(m/d) }, $$

c_k being what one lost direction costs (`theory.ways_out.lost_direction`), ω_d the volume of the
unit ball.
"""

from __future__ import annotations

from typing import Any

import numpy as np
from scipy.special import gammaln

from ground.checks import as_density, as_importance, check_at_most, check_sizes
from theory.ways_out.lost_direction import lost_direction

__all__ = ["linear_encoder_bound", "lost_dimensions"]

MOST_FEATURES = 4096


def linear_encoder_bound(
    n_features: int, n_hidden: int, *, density: Any, importance: Any = None
) -> float:
    r"""Expected loss below which no linear encoder gets, whatever its decoder [D38].

    .. math:: L \ge \sum_j (I_{(j)} - I_{(j+1)}) \sum_{k > m} P(K_j = k) V_k

    Importances in falling order; K_j is the number of active features among the j most important,
    V_k what k active ones cost at least when it is known which they are.  Proved for every W.  It
    is not attained where features are sparse: for m = n − 1 it is a fourth of the best decoder's
    error as p → 0, and all of it as p → 1.

    Parameters
    ----------
    n_features, n_hidden : int
        n and m, m ≤ n; n ≤ 4096.
    density : array_like, () or (n,)
    importance : array_like, () or (n,), optional

    Returns
    -------
    float

    Raises
    ------
    ValueError
        Naming the argument, its value and what is allowed.

    Examples
    --------
    Two dense features in one dimension: 25/324, which W ∝ (3, −1) attains.

    >>> round(linear_encoder_bound(2, 1, density=1.0) * 324, 9)
    25.0

    References
    ----------
    theory/derivations/D38_price_of_a_decoder.md
    """
    n, m = check_sizes(n_features, n_hidden)
    check_at_most("n_features", n, MOST_FEATURES, "one number of active features after the other")
    p, weight = as_density(density, n), as_importance(importance, n)
    if p.shape != (n,) or weight.shape != (n,):
        raise ValueError(
            f"density and importance must be one value a feature, got {p.shape} and {weight.shape}"
        )
    order = np.argsort(-weight, kind="stable")
    falling = np.append(weight[order], 0.0)
    cost = np.array([lost_dimensions(k, m) for k in range(n + 1)])
    chances = np.zeros(n + 1)
    chances[0] = 1.0
    bound = 0.0
    for j, q in enumerate(p[order], start=1):
        chances[1:] = chances[1:] * (1 - q) + chances[:-1] * q
        chances[0] *= 1 - q
        bound += float((falling[j - 1] - falling[j]) * (chances @ cost))
    return bound


def lost_dimensions(k: int, m: int) -> float:
    """V_k: least squared error of k uniform features, of which m ≥ 1 linear measurements are known.

    >>> lost_dimensions(1, 1)
    0.0
    """
    d = k - m
    if d <= 0:
        return 0.0
    volume = d / 2 * np.log(np.pi) - gammaln(d / 2 + 1)  # ln ω_d
    ball = d / (d + 2) * np.exp((m * np.log(6 / (np.pi * np.e)) - 2 * volume) / d)
    return max(float(ball), d * lost_direction(k))
