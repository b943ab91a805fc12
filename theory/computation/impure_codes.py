r"""What almost pure neurons can hide: nested pairs, tilted pairs, and whole bottlenecks.

A neuron that puts a share 1 − δ of its squared weight on one feature still carries others, at the
scale √δ, and weights 1/√δ on the way out bring them back.  Hidden biases keep these neurons on, so
that the nets are linear up to the output ReLU and their losses are those of untied models, exact.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
from scipy.optimize import minimize

from ground.checks import (
    FloatArray,
    as_floats,
    as_number,
    as_positive_density,
    check_at_most,
    check_positive_int,
)
from theory.computation.privileged_net import PrivilegedNet
from theory.loss.untied import untied_loss

__all__ = [
    "as_impurity",
    "cone_bottleneck",
    "disguised_net",
    "impure_pair",
    "nested_pair",
    "nested_pair_loss",
    "tilted_bias",
]


def nested_pair_loss(density: Any, ratio: Any) -> Any:
    r"""Loss of the nested pair, for any kind of number [D32].

    .. math:: L = p^2 \Big( \tfrac13 - \tfrac\varepsilon6 + \tfrac{\varepsilon^2}3
       - \tfrac{\varepsilon^3}6 \Big)

    Least at ε = 1/3, where it is 25p²/81.

    >>> round(nested_pair_loss(0.9, 1 / 3), 12)  # 0.25
    0.25
    """
    return density**2 * (2 - ratio + 2 * ratio**2 - ratio**3) / 6


def nested_pair(impurity: float, *, density: float) -> PrivilegedNet:
    r"""Two features in one neuron of impurity δ, exact unless both are active [D32].

    .. math:: h = x_1 - \varepsilon x_2 + \varepsilon, \qquad x'_1 = (h - \varepsilon)_+, \qquad
       x'_2 = \big( 1 - h/\varepsilon \big)_+, \qquad
       \varepsilon^2 = \frac{\delta}{1 - \delta}

    Parameters
    ----------
    impurity : float
        δ from 1e-12 to 1; from 1/10 on, ε = 1/3, which is best.
    density : float
        p in (0, 1].

    Returns
    -------
    PrivilegedNet

    Raises
    ------
    ValueError
        impurity or density out of range.

    Examples
    --------
    >>> net = nested_pair(0.01, density=0.2)
    >>> net.output(np.array([[0.0, 0.7], [0.3, 0.0]])).round(12).tolist()
    [[0.0, 0.7], [0.3, 0.0]]
    >>> round(net.alignment, 12), round(net.loss, 4)  # 0.0567 for one feature left out
    (0.99, 0.0128)

    References
    ----------
    theory/derivations/D32_alignment_frontier.md
    """
    p = as_positive_density("density", density)
    ε = min(_ratio(impurity), 1 / 3)
    return PrivilegedNet(
        W=np.array([[1.0, -ε]]),
        beta=np.array([ε]),
        V=np.array([[1.0], [-1 / ε]]),
        c=np.array([-ε, 1.0]),
        loss=float(nested_pair_loss(p, ε)),
    )


def impure_pair(impurity: float, *, density: float) -> PrivilegedNet:
    """The best pair of features found in one neuron of impurity at most δ that is always on [D32].

    Descents in the ratio of both weights and in what leaves the neuron, from the nested pair and
    from the tilted one, of exact losses: the net is real, and that none is better is not proved.

    Parameters
    ----------
    impurity : float
        δ from 1e-12 to 1; at 1/2 and above both weights may be equal.
    density : float
        p in (0, 1].

    Returns
    -------
    PrivilegedNet

    Raises
    ------
    ValueError
        impurity or density out of range.

    Examples
    --------
    >>> round(impure_pair(0.01, density=0.8).loss, 5)  # 0.10667 for an aligned neuron
    0.10653

    References
    ----------
    theory/derivations/D32_alignment_frontier.md
    """
    p = as_positive_density("density", density)
    most, μ, β = _ratio(impurity), p / 2, tilted_bias(p)
    nested = [min(1.0, 1 / (3 * most)), 0.0, 0.0, 1.0, 0.0]
    tilted = [1.0, 1.5 * (μ - β), β, 1.0, μ * (1 + most * (1 - most))]
    found = [_descend(p, most, -1, nested), _descend(p, most, 1, tilted)]
    return min(found, key=lambda net: net.loss)


def _descend(p: float, most: float, power: int, start: Sequence[float]) -> PrivilegedNet:
    """Best of h = x_1 − εx_2 + ε, with x'_2 hanging on h by ε to that power, from a start."""

    def unpack(z: Any) -> tuple[FloatArray, FloatArray, FloatArray]:
        ε = most * z[0]
        slopes = np.array([[1 + ε * z[1]], [-z[3] * ε**power]])
        return np.array([[1.0, -ε]]), slopes, np.array([ε * z[2], z[4]])

    def loss(z: Any) -> float:
        encoder, decoder, c = unpack(z)
        return untied_loss(encoder, decoder, c, density=p)

    # Beyond these ranges nothing is gained, and a step in the dark would leave the doubles.
    box = [(1e-3, 1.0), (-2.0, 2.0), (-2.0, 2.0), (0.0, 4.0), (-2.0, 2.0)]
    # Little impurity gains little: the usual tolerances would stop before it.
    best = minimize(loss, start, method="L-BFGS-B", bounds=box, options={"ftol": 1e-14})
    z = best.x if best.fun <= loss(start) else np.array(start)
    W, V, c = unpack(z)
    ε = -W[0, 1]
    return PrivilegedNet(W=W, beta=np.array([ε]), V=V, c=c - V[:, 0] * ε, loss=loss(z))


def tilted_bias(density: float) -> float:
    r"""β of the tilted neuron, x'_1 = (h + εβ)₊ to first order in ε, where its loss is least [D32].

    .. math:: (1-p)\, p\, \beta^2 + \big( 2 (1-p)^2 + \tfrac p2 \big) \beta = \frac{p^2}4

    >>> tilted_bias(1.0)
    0.5
    """
    p = density
    linear, constant = 2 * (1 - p) ** 2 + p / 2, p**2 / 4
    # The root written so that nothing cancels.
    return float(2 * constant / (linear + np.sqrt(linear**2 + 4 * (1 - p) * p * constant)))


def disguised_net(
    encoder: Any, decoder: Any, c: Any, impurity: float, *, density: float
) -> PrivilegedNet:
    r"""Any bottleneck x' = ReLU(D E x + c) of k − 1 dimensions behind k almost pure neurons [D32].

    .. math:: h_0 = x_1, \qquad
       h_j = x_1 + \varepsilon\, \hat E_j \cdot (x_2, \dots, x_n) + \beta_j,
       \qquad \hat E_j \cdot (x_2, \dots) = (h_j - h_0 - \beta_j) / \varepsilon

    Every neuron has x_1 as its favourite, which comes through exactly; the other n − 1 features
    pass by differences of neurons as if the layer were linear.

    Parameters
    ----------
    encoder : array_like (k − 1, n − 1)
        E, no more rows than columns.
    decoder : array_like (n − 1, k − 1)
        D; Eᵀ for a tied toy model.
    c : array_like (n − 1,)
    impurity : float
        δ from 1e-12 to 1.
    density : float
        p in (0, 1], one for all features.

    Returns
    -------
    PrivilegedNet
        Of n features and k neurons; its loss is that of the bottleneck.

    Raises
    ------
    ValueError
        Naming the argument, its value and what is allowed.

    Examples
    --------
    >>> net = disguised_net([[1.0, -1.0]], [[1.0], [-1.0]], [0.0, 0.0], 1e-4, density=0.2)
    >>> net.output(np.array([0.3, 0.0, 0.6])).round(9).tolist(), round(net.alignment, 9)
    ([0.3, 0.0, 0.6], 0.9999)

    References
    ----------
    theory/derivations/D32_alignment_frontier.md
    """
    p, ε = as_positive_density("density", density), _ratio(impurity)
    E, D = as_floats("encoder", encoder), as_floats("decoder", decoder)
    offset = as_floats("c", c)
    if E.ndim == 2 and offset.shape != E.shape[1:]:
        raise ValueError(f"c must be one number a feature, {E.shape[1:]}, got {offset.shape}")
    if not (np.abs(offset) < 1e100).all():
        raise ValueError(f"c must be finite, got {c!r}")
    loss = untied_loss(E, D, offset, density=p)
    sizes = np.linalg.norm(E, axis=1)
    unit = E / np.where(sizes > 0, sizes, 1)[:, None]
    rows, outputs = E.shape[0] + 1, E.shape[1] + 1
    W, beta = np.zeros((rows, outputs)), np.zeros(rows)
    V, out = np.zeros((outputs, rows)), np.zeros(outputs)
    W[:, 0] = 1
    W[1:, 1:] = ε * unit
    beta[1:] = ε * np.maximum(-unit, 0).sum(axis=1)
    V[0, 0] = 1
    V[1:, 1:] = D * sizes / ε
    V[1:, 0] = -V[1:, 1:].sum(axis=1)
    out[1:] = offset - V[1:, 1:] @ beta[1:]
    return PrivilegedNet(W, beta, V, out, loss)


def cone_bottleneck(n_features: int) -> tuple[FloatArray, FloatArray]:
    r"""Three dimensions through which any n features pass one at a time: rays of a cone [D32].

    .. math:: E_i = (1, \cos\theta_i, \sin\theta_i), \qquad
       D_i = \frac{(-\cos\frac\pi n, \cos\theta_i, \sin\theta_i)}{1 - \cos\frac\pi n}, \qquad
       \theta_i = \frac{2 \pi i}{n}

    D_i·E_i = 1 and D_i·E_j < 0: feature i is exact alone, and others only lower it.

    Parameters
    ----------
    n_features : int
        n ≥ 3.

    Returns
    -------
    encoder (3, n), decoder (n, 3)

    Raises
    ------
    ValueError
        n_features is no whole number from 3 to 1000.

    Examples
    --------
    >>> encoder, decoder = cone_bottleneck(9)
    >>> bool(np.allclose(np.maximum(decoder @ encoder, 0), np.eye(9)))
    True

    References
    ----------
    theory/derivations/D32_alignment_frontier.md
    """
    n = check_positive_int("n_features", n_features)
    check_at_most("n_features", n, 1000, "neighbours would hardly be told apart")
    if n < 3:
        raise ValueError(f"n_features must be at least 3, got {n}")
    angles = 2 * np.pi * np.arange(n) / n
    encoder = np.array([np.ones(n), np.cos(angles), np.sin(angles)])
    cut = np.cos(np.pi / n)
    decoder = np.column_stack([np.full(n, -cut), encoder[1], encoder[2]]) / (1 - cut)
    return encoder, decoder


def as_impurity(impurity: Any) -> float:
    """δ, zero or from 1e-12 to 1: weights grow like its inverse root."""
    allowed = "0, or from 1e-12 to 1"
    return as_number("impurity", impurity, allowed, lambda d: d == 0 or 1e-12 <= d <= 1)


def _ratio(impurity: Any) -> float:
    """The most that a second weight may be of the first, √(δ/(1 − δ)), up to 1."""
    δ = as_number("impurity", impurity, "from 1e-12 to 1", lambda d: 1e-12 <= d <= 1)
    return 1.0 if δ >= 0.5 else float((δ / (1 - δ)) ** 0.5)
