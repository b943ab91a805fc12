r"""The frontier between alignment and loss, MAIS-O48: what a little impurity of neurons buys.

P'(δ) is the least loss of g(x) = ReLU(V ReLU(Wx + β) + c), k neurons for n > k features, whose
neurons all have an alignment of at least 1 − δ.  Any δ > 0 lowers it, at every density; below
p = 4/7 it jumps down at once, and for k ≥ 2 everywhere.  Bounds come from explicit nets; for two
features the limit δ → 0 is exact.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from ground.checks import as_positive_density, check_sizes
from theory.computation.impure_codes import (
    as_impurity,
    disguised_net,
    impure_pair,
    tilted_bias,
)
from theory.computation.privileged_net import PrivilegedNet
from theory.data_law import feature_variance

__all__ = [
    "AlignmentFrontier",
    "alignment_frontier",
    "alignment_slope",
    "small_impurity_limit",
]


@dataclass(frozen=True, eq=False)
class AlignmentFrontier:
    """What is known of P'(δ) at one impurity [D32].

    Attributes
    ----------
    aligned : float
        P'(0) = (n − k) v, exact.
    bound : float
        The least loss found at that impurity: P'(δ) is at most this.
    kind : {"aligned", "impure pairs", "disguised pairs"}
        Which construction.
    net : PrivilegedNet
        A net of that loss and of alignment at least 1 − δ.
    """

    aligned: float
    bound: float
    kind: str
    net: PrivilegedNet


def alignment_frontier(
    n_features: int, n_hidden: int, impurity: float, *, density: float
) -> AlignmentFrontier:
    r"""Least loss found with neurons of alignment at least 1 − δ, and the net that has it [D32].

    .. math:: P'(\delta) \le \min\big( (n-k)v,\; j L_2(\delta) + (n-k-j) v,\;
       j' L_2(\tfrac12) + (n-k-j') v \big)

    with L₂ the best pair found in one neuron, j = min(k, n − k) pairs side by side, and
    j' = min(k − 1, n − k) pairs as in a linear layer, behind neurons that all read feature 1.

    Parameters
    ----------
    n_features, n_hidden : int
        n ≥ k ≥ 1.
    impurity : float
        δ: zero, or from 1e-12 to 1.
    density : float
        p = 1 − S in (0, 1].

    Returns
    -------
    AlignmentFrontier

    Raises
    ------
    ValueError
        Naming the argument, its value and what is allowed.

    Examples
    --------
    >>> found = alignment_frontier(2, 1, 1e-6, density=0.3)
    >>> found.kind, round(found.bound, 3), round(found.aligned, 4)
    ('impure pairs', 0.03, 0.0775)

    References
    ----------
    MAIS-O48 (github.com/lionellevine/MAIS); theory/derivations/D32_alignment_frontier.md
    """
    n, k = check_sizes(n_features, n_hidden)
    p, δ = as_positive_density("density", density), as_impurity(impurity)
    v = float(feature_variance(p))
    aligned = (n - k) * v
    nets = [("aligned", _side_by_side(n, k, 0, None, p))]
    if δ and n > k:
        pairs = min(k, n - k)
        nets.append(("impure pairs", _side_by_side(n, k, pairs, impure_pair(δ, density=p), p)))
    if δ and n > k > 1:
        pairs = min(k - 1, n - k)
        inner = _side_by_side(n - 1, k - 1, pairs, impure_pair(0.5, density=p), p)
        # The pairs' neurons are always on: without their biases the layer is linear.
        hidden = disguised_net(inner.W, inner.V, inner.c + inner.V @ inner.beta, δ, density=p)
        nets.append(("disguised pairs", hidden))
    kind, net = min(nets, key=lambda found: found[1].loss)
    return AlignmentFrontier(aligned=aligned, bound=net.loss, kind=kind, net=net)


def small_impurity_limit(density: float) -> float:
    r"""P'(δ) as δ → 0 for two features and one neuron, exact [D32].

    .. math:: \lim_{\delta \to 0^+} P'_{2,1}(\delta)
       = \min\Big( \frac p3 - \frac{p^2}4,\; \frac{p^2}3 \Big)

    The second below p = 4/7, where the frontier jumps at δ = 0.

    Parameters
    ----------
    density : float
        p, in (0, 1].

    Returns
    -------
    float

    Raises
    ------
    ValueError
        density is not one number in (0, 1].

    Examples
    --------
    >>> round(small_impurity_limit(0.3), 12), round(small_impurity_limit(1.0), 12)
    (0.03, 0.083333333333)

    References
    ----------
    theory/derivations/D32_alignment_frontier.md
    """
    p = as_positive_density("density", density)
    return min(float(feature_variance(p)), p**2 / 3)


def alignment_slope(density: float) -> float:
    r"""How fast one neuron's impurity lowers the loss, by small changes of the aligned net [D32].

    .. math:: P'(\delta) \le (n-k) v - \sigma \delta + O(\delta^{3/2}), \qquad
       \sigma = v - \min_{\beta} \Big[ p v + \tfrac p4 (\mu - \beta)^2
       + (1-p) \big( (1-p) \beta^2 + \tfrac p3 \beta^3 \big) \Big], \quad \mu = \tfrac p2

    σ > 0 at every density below 1; min(k, n − k) neurons may do so at once.

    Parameters
    ----------
    density : float
        p, in (0, 1].

    Returns
    -------
    float
        σ ≥ 0.

    Raises
    ------
    ValueError
        density is not one number in (0, 1].

    Examples
    --------
    >>> [round(alignment_slope(p), 5) for p in (0.6, 0.8, 0.99)]
    [0.03681, 0.0143, 0.00043]

    References
    ----------
    theory/derivations/D32_alignment_frontier.md
    """
    p = as_positive_density("density", density)
    μ, q, v = p / 2, 1 - p, float(feature_variance(p))
    β = tilted_bias(p)
    left = p * v + p * (μ - β) ** 2 / 4 + q * (q * β**2 + p * β**3 / 3)
    return max(float(v - left), 0.0)


def _side_by_side(
    n: int, k: int, pairs: int, pair: PrivilegedNet | None, p: float
) -> PrivilegedNet:
    """k neurons: the first `pairs` with two features each, the others pure; means for the rest."""
    W, beta, V = np.zeros((k, n)), np.zeros(k), np.zeros((n, k))
    c = np.full(n, p / 2)
    loss = (n - k - pairs) * float(feature_variance(p))
    for j in range(k):
        features = [j]
        if j < pairs and pair is not None:
            features = [j, k + j]
            W[j, features], beta[j] = pair.W[0], pair.beta[0]
            V[features, j], c[features] = pair.V[:, 0], pair.c
            loss += pair.loss
        else:
            W[j, j], V[j, j], c[j] = 1, 1, 0
    return PrivilegedNet(W, beta, V, c, loss)
