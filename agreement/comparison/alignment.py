"""How far features lie along neurons: alignments of trained weights beside those of random turns.

In a hidden layer with a privileged basis a neuron means something by itself; in any other a turn of
the whole space changes nothing, and features point anywhere in it.
"""

from __future__ import annotations

from typing import Any

import numpy as np
from scipy.integrate import quad
from scipy.special import erf

from ground.checks import FloatArray, check_positive_int

__all__ = ["alignment", "directions", "random_alignment", "random_set_alignment", "set_alignment"]

DRAWS = 1 << 17  # of random directions: a standard error below 0.0003


def directions(W: FloatArray, *, relu: bool) -> FloatArray:
    """Where h moves when a feature is active alone, (..., m, n): ReLU(W_i) or W_i itself."""
    return np.maximum(W, 0.0) if relu else W


def alignment(columns: FloatArray) -> FloatArray:
    r"""Squared cosine of each column with the nearest neuron, (..., n); 0 for a column of zeros.

    .. math:: \max_a w_a^2 / \textstyle\sum_a w_a^2

    1 on a single neuron, 1/k where k neurons share the feature alike.

    Parameters
    ----------
    columns : array (..., m, n)

    Examples
    --------
    >>> alignment(np.array([[1.0, -1.0], [0.0, 1.0]])).tolist()
    [1.0, 0.5]
    """
    squares = np.asarray(columns) ** 2
    return _over(squares.max(axis=-2), squares.sum(axis=-2))


def set_alignment(columns: FloatArray) -> FloatArray:
    r"""Squared cosine of each column with the nearest set of neurons that share it alike, (..., n).

    .. math:: \max_S \frac{(\sum_{a \in S} |w_a|)^2}{|S| \sum_a w_a^2}

    Parameters
    ----------
    columns : array (..., m, n)

    Examples
    --------
    >>> set_alignment(np.array([[1.0, -1.0], [0.0, 1.0]])).tolist()
    [1.0, 1.0]
    """
    sizes = -np.sort(-np.abs(np.asarray(columns)), axis=-2)
    count = np.arange(1, sizes.shape[-2] + 1)[:, None]
    best = (np.cumsum(sizes, axis=-2) ** 2 / count).max(axis=-2)
    return _over(best, (sizes**2).sum(axis=-2))


def random_alignment(n_hidden: int) -> float:
    r"""Mean of :func:`alignment` over directions uniform on the sphere, by quadrature.

    .. math:: \frac1m E \max_a z_a^2 = \frac1m \int_0^\infty 1 - \operatorname{erf}(\sqrt{t/2})^m dt

    with z standard normal: z/|z| is independent of |z|.

    Examples
    --------
    On a circle it is ½ + 1/π:

    >>> abs(random_alignment(2) - 0.5 - 1 / np.pi) < 1e-10
    True
    """
    m = check_positive_int("n_hidden", n_hidden)
    whole = quad(lambda t: 1 - erf(np.sqrt(t / 2)) ** m, 0, np.inf, epsabs=1e-12)[0]
    return float(whole / m)


def random_set_alignment(n_hidden: int) -> float:
    """Mean of :func:`set_alignment` over 131072 seeded directions uniform on the sphere.

    Examples
    --------
    On a circle the mean itself is ½ + √2/π:

    >>> bool(abs(random_set_alignment(2) - 0.5 - np.sqrt(2) / np.pi) < 1e-3)
    True
    """
    m = check_positive_int("n_hidden", n_hidden)
    return float(set_alignment(np.random.default_rng(m).standard_normal((m, DRAWS))).mean())


def _over(value: Any, total: Any) -> FloatArray:
    return np.divide(value, total, out=np.zeros_like(total), where=total > 0)
