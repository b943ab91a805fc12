r"""Which features a privileged basis can hold one at a time: families of sets of neurons.

In h = ReLU(Wx), x' = ReLU(Wᵀh + b), a feature that is active alone drives the neurons of its
positive weights, its support.  Its loss is exactly zero for all features if and only if b = 0,
positive parts have unit length, and no feature answers to another's neurons; supports with that
property are those of which none contains another, so that Sperner's theorem counts them.  With
weights that may grow without bound, a loss as small as one likes takes less: an antichain for each
neuron that leads.
"""

from __future__ import annotations

from dataclasses import dataclass
from itertools import combinations, islice
from math import comb
from typing import Any

import numpy as np

from ground.checks import (
    FloatArray,
    as_floats,
    as_importance,
    as_number,
    check_at_most,
    check_positive_int,
)
from theory.one_hot.potential import one_feature_moments

__all__ = [
    "AntichainModel",
    "antichain_model",
    "approached_limit",
    "approaching_model",
    "is_antichain",
    "privileged_one_hot_loss",
    "sperner_limit",
]

_MOST_NEURONS = 1000
_MOST_ENTRIES = 10**7


@dataclass(frozen=True, eq=False)
class AntichainModel:
    """A tied model with a privileged basis, and who drives which neuron [D28].

    Attributes
    ----------
    W : (m, n)
    b : (n,)
        x' = ReLU(Wᵀ ReLU(W x) + b); b is zero.
    supports : tuple of tuple of int
        Neurons that each feature drives, 0-based.
    loss : float
        One-hot loss per unit density: zero, or what is left at weights of this size.
    """

    W: FloatArray
    b: FloatArray
    supports: tuple[tuple[int, ...], ...]
    loss: float


def sperner_limit(n_hidden: int) -> int:
    r"""Most features that m neurons hold at a one-hot loss of exactly zero [D28].

    .. math:: n \le \binom{m}{\lfloor m/2 \rfloor}

    Parameters
    ----------
    n_hidden : int
        m, from 1 to 1000.

    Returns
    -------
    int

    Raises
    ------
    ValueError
        n_hidden is no whole number from 1 to 1000.

    Examples
    --------
    >>> [sperner_limit(m) for m in (1, 2, 3, 4, 5, 6)]
    [1, 2, 3, 6, 10, 20]

    References
    ----------
    E. Sperner (1928); theory/derivations/D28_antichains.md
    """
    m = _neurons(n_hidden)
    return comb(m, m // 2)


def approached_limit(n_hidden: int) -> int:
    r"""Most features that m neurons hold at a one-hot loss as small as one likes [D28].

    .. math:: n \le m \binom{m - 1}{\lfloor (m-1)/2 \rfloor}

    Beyond `sperner_limit` weights have to grow without bound as the loss falls, and beyond this
    limit no weights come near zero.

    Parameters
    ----------
    n_hidden : int
        m, from 1 to 1000.

    Returns
    -------
    int

    Raises
    ------
    ValueError
        n_hidden is no whole number from 1 to 1000.

    Examples
    --------
    >>> [approached_limit(m) for m in (1, 2, 3, 4, 5, 6)]
    [1, 2, 6, 12, 30, 60]

    References
    ----------
    theory/derivations/D28_antichains.md
    """
    m = _neurons(n_hidden)
    return m * comb(m - 1, (m - 1) // 2)


def is_antichain(W: Any) -> bool:
    """Whether every column of W (m, n) has a positive entry and no support contains another [D28].

    Parameters
    ----------
    W : array_like (m, n)
        Weights of the privileged basis; its positive entries are the supports.

    Returns
    -------
    bool

    Raises
    ------
    ValueError
        W is not a matrix of finite numbers.

    Examples
    --------
    >>> is_antichain([[1.0, -1.0, 0.0], [0.0, 1.0, 1.0]])  # features 2 and 3 drive the same neuron
    False
    """
    driven = _weights(W) > 0
    missed = driven.T.astype(float) @ ~driven  # neurons of i's support that j does not drive
    np.fill_diagonal(missed, 1)
    return bool(driven.any(axis=0).all() and missed.all())


def antichain_model(n_features: int, n_hidden: int) -> AntichainModel:
    r"""Weights of one-hot loss exactly zero: k neurons a feature, the least k that will do [D28].

    .. math:: W_{ai} = \frac{1}{\sqrt k} \ (a \in S_i), \qquad
       W_{ai} = -\sqrt k \ (a \notin S_i), \qquad |S_i| = k, \quad \binom mk \ge n

    Parameters
    ----------
    n_features, n_hidden : int
        n at most `sperner_limit(m)`.

    Returns
    -------
    AntichainModel

    Raises
    ------
    ValueError
        More features than m neurons hold, or too many entries.

    Examples
    --------
    >>> model = antichain_model(10, 5)
    >>> is_antichain(model.W), round(privileged_one_hot_loss(model.W, model.b), 12)
    (True, 0.0)

    References
    ----------
    theory/derivations/D28_antichains.md
    """
    n, m = _sizes(n_features, n_hidden, "zero loss", sperner_limit)
    k = next(size for size in range(1, m + 1) if comb(m, size) >= n)
    supports = tuple(islice(combinations(range(m), k), n))
    W = np.full((m, n), -(k**0.5))
    for i, support in enumerate(supports):
        W[list(support), i] = k**-0.5
    return AntichainModel(W, np.zeros(n), supports, 0.0)


def approaching_model(n_features: int, n_hidden: int, size: float) -> AntichainModel:
    r"""Weights up to `size` whose one-hot loss falls like 1/size² [D28].

    Each feature has a leading neuron t and r others that it drives by η = 1/size only:

    .. math:: W_t = \sqrt{1 - r \eta^2}, \quad W_a = \eta \ (a \in S \setminus t), \quad
       W_a = -\frac1\eta \ (a \notin S), \quad r = \lfloor (m-1)/2 \rfloor

    Only features of the same S disturb each other, by at most 2η.

    Parameters
    ----------
    n_features, n_hidden : int
        n at most `approached_limit(m)`.
    size : float
        1/η, at least m, at most 1e6.

    Returns
    -------
    AntichainModel
        Whose `loss` is that of these weights.

    Raises
    ------
    ValueError
        More features than m neurons come near to holding, or another argument out of range.

    Examples
    --------
    >>> [float(f"{approaching_model(30, 5, size).loss:.3g}") for size in (10.0, 100.0, 1000.0)]
    [0.865, 0.00808, 8.01e-05]

    References
    ----------
    theory/derivations/D28_antichains.md
    """
    n, m = _sizes(n_features, n_hidden, "a loss near zero", approached_limit)
    η = 1 / as_number("size", size, f"from {m} to 1e6", lambda c: m <= c <= 1e6)
    r = (m - 1) // 2
    led = (
        (t, tuple(sorted((t, *(a + (a >= t) for a in others)))))
        for others in combinations(range(m - 1), r)
        for t in range(m)
    )
    chosen = list(islice(led, n))
    W = np.full((m, n), -1 / η)
    for i, (t, support) in enumerate(chosen):
        W[list(support), i] = η
        W[t, i] = (1 - r * η**2) ** 0.5
    loss = privileged_one_hot_loss(W, np.zeros(n))
    return AntichainModel(W, np.zeros(n), tuple(support for _, support in chosen), loss)


def privileged_one_hot_loss(W: Any, b: Any = None, importance: Any = None) -> float:
    r"""One-hot loss of x' = ReLU(Wᵀ ReLU(W x) + b), per unit density, exact [D28].

    .. math:: H = \sum_i I_i \Big( \tfrac13 - 2\,E[t\,(G_{ii} t + b_i)_+]
              + \sum_j E[(G_{ij} t + b_i)_+^2] \Big), \qquad G_{ij} = W_i \cdot \mathrm{ReLU}(W_j)

    for t uniform on [0, 1]; i is read, j is active.

    Parameters
    ----------
    W : array_like (m, n)
    b : array_like (n,), optional
        None means zero.
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
    >>> round(privileged_one_hot_loss([[1.0, 1.0]]), 12)  # either is read for the other
    0.666666666667

    References
    ----------
    theory/derivations/D28_antichains.md
    """
    weights = _weights(W)
    n = weights.shape[1]
    bias = np.zeros(n) if b is None else as_floats("b", b)
    if bias.shape != (n,) or not np.isfinite(bias).all():
        raise ValueError(f"b must be {n} finite numbers, got shape {bias.shape}")
    I = as_importance(importance, n)
    if I.ndim != 1:
        raise ValueError(f"importance must be one number or {n}, got shape {I.shape}")
    with np.errstate(over="ignore", invalid="ignore"):
        G = weights.T @ np.maximum(weights, 0)
        moments = one_feature_moments(G, np.broadcast_to(bias[:, None], G.shape))
        own = 1 / 3 - 2 * np.diagonal(moments.tz) + np.diagonal(moments.z2)
        others = moments.z2.sum(axis=1) - np.diagonal(moments.z2)
        loss = float(I @ (np.maximum(own, 0.0) + others))
    if not np.isfinite(loss):
        raise ValueError("W, b and importance must leave squared errors finite")
    return loss


def _neurons(n_hidden: Any) -> int:
    m = check_positive_int("n_hidden", n_hidden)
    return check_at_most("n_hidden", m, _MOST_NEURONS, "the limit has 300 digits there")


def _sizes(n_features: Any, n_hidden: Any, what: str, limit: Any) -> tuple[int, int]:
    n, m = check_positive_int("n_features", n_features), _neurons(n_hidden)
    check_at_most("n_features", n, limit(m), f"{what} with n_hidden={m}, [D28]")
    check_at_most("n_features", n, _MOST_ENTRIES // m, "memory")
    return n, m


def _weights(W: Any) -> FloatArray:
    weights = as_floats("W", W)
    if weights.ndim != 2 or 0 in weights.shape or not np.isfinite(weights).all():
        raise ValueError(f"W must be finite, of shape (n_hidden, n_features), got {W!r}"[:200])
    if weights.shape[0] * weights.shape[1] ** 2 > 20 * _MOST_ENTRIES:
        raise ValueError(f"W must have fewer entries to compare pairs, got {weights.shape}")
    return weights
