r"""Cumulants of activations: how many features a hidden layer holds, by algebra alone [D43].

h = Σ_i w_i x_i + noise is a sum of independent terms, so that its cumulants add; those of Gaussian
noise vanish from the third on.  The fourth, written as a matrix over symmetric pairs of dimensions,

$$ K_4 = κ_4 \sum_i s(w_i)\, s(w_i)^⊤, \qquad s(w)·s(v) = (w·v)^2, $$

has the rank of the matrix of squared inner products (w_i·w_j)², however many dimensions there are
and whatever the noise.  That rank counts lines ±w_i, up to m(m + 1)/2 of them; the third cumulant
tells a feature alone on its line from an equal pair.
"""

from __future__ import annotations

from dataclasses import dataclass
from math import comb
from typing import Any

import numpy as np
import sympy as sp

from ground.checks import FloatArray, as_model, as_positive_density, check_positive_int
from theory.numbers.arguments import exact_density

__all__ = [
    "Countable",
    "countable_lines",
    "cumulant_matrix",
    "feature_cumulant",
    "line_skewness",
    "lone_chance",
    "vanishing_density",
]

SAME_LINE = 1e-9  # 1 − |cos| below which two directions are one line
SMALL = 1e-10  # of the largest eigenvalue: what is no more than rounding


def feature_cumulant(order: int, density: Any) -> sp.Expr:
    r"""Exact cumulant of one feature, zero but with probability p, then uniform on [0, 1] [D43].

    .. math:: κ_k = m_k - \sum_{j<k} \binom{k-1}{j-1} κ_j m_{k-j}, \quad m_k = \frac{p}{k+1}

    Parameters
    ----------
    order : int
        k, from 1 to 12.
    density : number or sympy expression
        p in [0, 1], without floats; a symbol is left as it is.

    Returns
    -------
    sympy.Expr
        A polynomial in p, or a number.

    Raises
    ------
    ValueError
        An order below 1 or above 12, a density that is a float or outside [0, 1].

    Examples
    --------
    >>> p = sp.Symbol("p")
    >>> sp.factor(feature_cumulant(3, p))
    p*(p - 1)**2/4
    >>> feature_cumulant(4, 1)  # of a uniform number
    -1/120
    """
    k = check_positive_int("order", order)
    if k > 12:
        raise ValueError(f"order must be at most 12, got {order}")
    (p,) = exact_density(density, 1)
    moments = [sp.Integer(1), *(p / (j + 1) for j in range(1, k + 1))]
    found = [sp.Integer(0)]
    for n in range(1, k + 1):
        carried = sum(comb(n - 1, j - 1) * found[j] * moments[n - j] for j in range(1, n))
        found.append(sp.expand(moments[n] - carried))
    return found[k]


def vanishing_density() -> sp.Expr:
    r"""The one density in (0, 1] at which the fourth cumulant of a feature is zero [D43].

    .. math:: 45 p^3 - 120 p^2 + 100 p - 24 = 0

    Sparser features have a positive one, denser ones a negative one.

    Returns
    -------
    sympy.Expr
        In radicals.

    Examples
    --------
    >>> round(float(vanishing_density()), 6)
    0.412927
    """
    root = sp.cbrt(sp.Rational(68, 135) + 4 * sp.sqrt(21) / 45)
    return sp.Rational(8, 9) - root / 3 - sp.Rational(4, 27) / root


def line_skewness(density: Any) -> float:
    r"""Third cumulant of a feature in units of its fourth, κ₃/|κ₄|^¾: what no scale changes [D43].

    On a line with one feature of any length the cumulants have this ratio, with a pair (a, −b) it
    is smaller by (a³ − b³)/(a⁴ + b⁴)^¾, and with an equal pair it is 0.

    Parameters
    ----------
    density : float
        p in (0, 1]; infinite at :func:`vanishing_density`, 0 at p = 1, and about 0.84 p^¼ for
        sparse features.

    Returns
    -------
    float

    Raises
    ------
    ValueError
        A density outside (0, 1].

    Examples
    --------
    >>> round(line_skewness(0.05), 4)
    0.4202
    """
    p = as_positive_density("density", density)
    third, fourth = _third(p), _fourth(p)
    with np.errstate(divide="ignore"):
        return float(np.float64(third) / abs(fourth) ** 0.75)


def lone_chance(n_features: int, density: Any) -> float:
    r"""Chance that a sample holds one given feature and no other, p(1 − p)^{n−1} [D43].

    Parameters
    ----------
    n_features : int
        n.
    density : float
        p in (0, 1], the same for all.

    Returns
    -------
    float

    Raises
    ------
    ValueError
        No positive number of features, or a density outside (0, 1].

    Examples
    --------
    >>> lone_chance(2, 0.5)
    0.25
    """
    n, p = check_positive_int("n_features", n_features), as_positive_density("density", density)
    return float(p * np.exp((n - 1) * np.log1p(-p))) if p < 1 else float(n == 1)


def cumulant_matrix(W: Any, *, density: Any) -> FloatArray:
    r"""The fourth cumulant of h = Wx as a matrix over symmetric pairs of dimensions [D43].

    .. math:: K_4 = κ_4(p) \sum_i s(w_i) s(w_i)^⊤, \quad
       s(w) = (w_a w_b \sqrt{2 - δ_{ab}})_{a ≤ b}

    Parameters
    ----------
    W : array_like (n_hidden, n_features)
    density : float
        p in (0, 1], the same for all features.

    Returns
    -------
    ndarray (d, d)
        d = m(m + 1)/2, pairs in the order of `numpy.triu_indices`.

    Raises
    ------
    ValueError
        W that is no matrix of finite numbers, p outside (0, 1].

    Examples
    --------
    >>> cumulant_matrix([[1.0, -1.0]], density=1.0) * 60  # two uniform numbers, −1/120 each
    array([[-1.]])
    """
    weights = _one_model(W)
    squares = _squares(weights)
    return np.asarray(_fourth(as_positive_density("density", density)) * squares @ squares.T)


@dataclass(frozen=True)
class Countable:
    """What fourth cumulants can count in a model, noise and sampling aside [D43].

    Attributes
    ----------
    features, lines : int
        Columns of W that are not zero, and distinct lines ±w among them.
    rank, most : int
        Rank of the fourth cumulant, and the most that it can be, m(m + 1)/2.
    equal_pairs : int
        Lines on which a feature and its exact negative lie: the third cumulant vanishes there.
    """

    features: int
    lines: int
    rank: int
    most: int
    equal_pairs: int

    @property
    def counted(self) -> bool:
        """Whether the rank is the number of lines."""
        return self.rank == self.lines


def countable_lines(W: Any) -> Countable:
    r"""What the rank of the fourth cumulant is, and of how many lines ±w_i it comes [D43].

    .. math:: \mathrm{rank}\,K_4 = \mathrm{rank}\,\big((w_i·w_j)^2\big)_{ij}
       \le \min\big(\text{lines}, \tfrac{m(m+1)}{2}\big)

    for features of one law with κ₄ ≠ 0.

    Parameters
    ----------
    W : array_like (n_hidden, n_features)

    Returns
    -------
    Countable

    Raises
    ------
    ValueError
        W that is no matrix of finite numbers with n_hidden ≤ n_features.

    Examples
    --------
    Five lines of a pentagon, of which three are all that two dimensions can tell; a digon:

    >>> angle = 2 * np.pi * np.arange(5) / 5
    >>> found = countable_lines([np.cos(angle), np.sin(angle)])
    >>> found.lines, found.rank, found.counted
    (5, 3, False)
    >>> countable_lines([[1.0, -1.0]])
    Countable(features=2, lines=1, rank=1, most=1, equal_pairs=1)
    """
    weights = _one_model(W)
    norms = np.linalg.norm(weights, axis=0)
    kept = weights[:, norms > SMALL * max(norms.max(), 1e-300)]
    m, k = kept.shape
    lengths = np.linalg.norm(kept, axis=0)
    cosines = (kept / lengths).T @ (kept / lengths)
    same = np.abs(cosines) > 1 - SAME_LINE
    first = [i for i in range(k) if not same[i, :i].any()]
    cubes = lengths**3 * np.sign(cosines)
    third = np.array([np.sum(cubes[i, same[i]]) for i in first])
    size = np.array([np.sum(np.abs(cubes[i, same[i]])) for i in first])
    squared = cosines**2
    rank = int(np.linalg.matrix_rank(squared, tol=SMALL * k, hermitian=True)) if k else 0
    return Countable(
        k, len(first), rank, m * (m + 1) // 2, int(np.sum(np.abs(third) < 1e-9 * size))
    )


def _one_model(W: Any) -> FloatArray:
    weights, _ = as_model(W)
    if weights.ndim != 2:
        raise ValueError(f"W must be one model, (n_hidden, n_features), got {weights.shape}")
    return weights


def _squares(weights: FloatArray) -> FloatArray:
    """Columns s(w_i), so that s(w)·s(v) = (w·v)²."""
    a, b = np.triu_indices(weights.shape[0])
    return np.asarray(weights[a] * weights[b] * np.where(a == b, 1.0, np.sqrt(2))[:, None])


def _third(p: float) -> float:
    return p * (1 - p) ** 2 / 4


def _fourth(p: float) -> float:
    return p * (24 - p * (100 - p * (120 - 45 * p))) / 120
