r"""A linear output gains nothing: what no hidden layer of m functions can go below.

y' = W₂h(x) + b lies in m dimensions, whatever h is, so the loss is at least what principal
components leave of the target's covariance, weighted by importance.  Targets of independent
features are uncorrelated, and the bound is the sum of the n − m smallest I_i var(y_i).  Without
bias the second moments take the place of the covariance; a mixing matrix in the target,
y = t(x) + M x, makes it a matrix with off-diagonal entries.
"""

from __future__ import annotations

from typing import Any

import numpy as np
import sympy as sp

from ground.checks import (
    FloatArray,
    as_density,
    as_floats,
    as_importance,
    as_number,
    check_at_most,
    check_choice,
    check_flag,
    check_positive_int,
)
from theory.computation.rectified import HALVES, INPUT, TARGETS, halves, mean_of, product_of
from theory.numbers.arguments import exact_density, exact_importance, exact_matrix, exact_number

__all__ = [
    "exact_linear_output_bound",
    "linear_output_bound",
    "weighted_moments",
]

_MOST = 3000  # features of a matrix: its eigenvalues take seconds
_MOST_EXACT = 8  # features whose characteristic polynomial is solved


def linear_output_bound(
    n_features: int,
    n_hidden: int,
    *,
    density: Any,
    importance: Any = None,
    target: str = "relu",
    low: float | None = None,
    high: float = 1.0,
    bias: bool = True,
    mixing: Any = None,
) -> float:
    r"""Least loss of y' = W₂h(x) + b over every W₂, b and every hidden layer h of width m [D27].

    .. math:: L \ge \sum_{k > m} \lambda_k\big( D^{1/2}\, C\, D^{1/2} \big), \qquad
       D = \mathrm{diag}(I), \quad C = \mathrm{cov}(y), \quad y = t(x) + M x

    eigenvalues in falling order; :math:`C = E[y y^T]` without bias.  With bias and without M it is
    the sum of the n − m smallest I_i var(y_i).  Some h attains it; neurons ReLU(w·x) do for the
    ReLU target with bias, without M: one neuron for each of the m features that weigh most.

    Parameters
    ----------
    n_features, n_hidden : int
        n and m.  The bound is 0 for m ≥ n.
    density : array_like, () or (n,)
    importance : array_like, () or (n,), optional
        p and I.
    target : {"relu", "absolute", "identity"}
        t, elementwise.
    low, high : float, optional
        An active feature is uniform on [low, high]; low None is 0 for the identity, −1 otherwise.
    bias : bool
        Whether there is a b.
    mixing : array_like (n, n), optional
        M; None for none.

    Returns
    -------
    float
        Correct to about n roundings of the largest eigenvalue.

    Raises
    ------
    ValueError
        Naming the argument, its value and what is allowed.

    Examples
    --------
    >>> round(linear_output_bound(4, 2, density=1.0), 12)  # two of variance 5/48
    0.208333333333

    References
    ----------
    theory/derivations/D27_linear_output.md.  The mixing matrix is that of Bhagat et al. 2026,
    arXiv 2606.14673.
    """
    n, m = _sizes(n_features, n_hidden, _MOST)
    moments = weighted_moments(
        n, density=density, importance=importance, target=target, low=low, high=high, bias=bias,
        mixing=mixing,
    )  # fmt: skip
    if m >= n:
        return 0.0
    diagonal = np.diagonal(moments)
    if np.array_equal(moments, np.diag(diagonal)):
        return float(np.sort(diagonal)[: n - m].sum())
    return float(np.maximum(np.linalg.eigvalsh(moments), 0.0)[: n - m].sum())


def weighted_moments(
    n_features: int,
    *,
    density: Any,
    importance: Any = None,
    target: str = "relu",
    low: float | None = None,
    high: float = 1.0,
    bias: bool = True,
    mixing: Any = None,
) -> FloatArray:
    """D^½ cov(y) D^½ (n, n), or D^½ E[y yᵀ] D^½ without bias, of the target y = t(x) + M x [D27].

    Parameters are those of :func:`linear_output_bound`.
    """
    n = check_at_most("n_features", check_positive_int("n_features", n_features), _MOST, "memory")
    p = one_each("density", as_density(density, n), n)
    I = one_each("importance", as_importance(importance, n), n)
    check_choice("target", target, TARGETS)
    least, most = interval(target, low, high)
    M = as_mixing(mixing, n)
    each = halves(p, least, most)
    t = HALVES[target]
    with np.errstate(over="ignore", invalid="ignore"):
        # cov(y) = cov(t, t) + cov(t, x) Mᵀ + M cov(x, t) + M cov(x, x) Mᵀ, features independent.
        through = M * product_of(each, INPUT, t, centred=True)
        moments = (M * product_of(each, INPUT, INPUT, centred=True)) @ M.T + through + through.T
        moments[np.diag_indices(n)] += product_of(each, t, t, centred=True)
        if not check_flag("bias", bias):
            mean = mean_of(each, t) + M @ mean_of(each, INPUT)
            moments += np.outer(mean, mean)
        root = np.sqrt(I)
        moments *= np.outer(root, root)
        moments = (moments + moments.T) / 2
    if not np.isfinite(moments).all():
        raise ValueError("importance, mixing, low and high must leave squared targets finite")
    return moments


def exact_linear_output_bound(
    n_features: int,
    n_hidden: int,
    *,
    density: Any,
    importance: Any = None,
    target: str = "relu",
    low: Any = None,
    high: Any = 1,
    bias: bool = True,
    mixing: Any = None,
) -> sp.Expr:
    """What `linear_output_bound` says, exactly: a rational, or a sum of algebraic numbers [D27].

    Parameters
    ----------
    n_features, n_hidden : int
    density : exact number, or n of them
    importance : exact number, or n of them, optional
        Whole numbers, fractions or SymPy numbers.  One density for all may be a symbol where there
        is a bias and no mixing.
    target : {"relu", "absolute", "identity"}
    low, high : exact number, optional
    bias : bool
    mixing : exact numbers (n, n), optional
        All as in :func:`linear_output_bound`.

    Returns
    -------
    sympy.Expr
        Roots of a characteristic polynomial where the matrix has entries off its diagonal.

    Raises
    ------
    ValueError
        Naming the argument; also for matrices of more than eight features, and of numbers that are
        not rational.

    Examples
    --------
    >>> import sympy as sp
    >>> exact_linear_output_bound(100, 50, density=sp.Symbol("p", positive=True)).factor()
    -25*p*(3*p - 8)/24
    >>> exact_linear_output_bound(3, 1, density=1, bias=False)
    5/24

    References
    ----------
    theory/derivations/D27_linear_output.md
    """
    n, m = _sizes(n_features, n_hidden, _MOST)
    p, I = exact_density(density, n), exact_importance(importance, n)
    check_choice("target", target, TARGETS)
    least, most = _exact_interval(target, low, high)
    M = None if mixing is None else _square(exact_matrix("mixing", mixing), n)
    t = HALVES[target]
    if check_flag("bias", bias) and M is None:
        return _sum_of_smallest(
            I, p, lambda q: product_of(halves(q, least, most), t, t, centred=True), n - m
        )
    numbers = {
        "density": p,
        "importance": I,
        "low": [least],
        "high": [most],
        "mixing": [] if M is None else M,
    }
    for name, values in numbers.items():
        if not all(value.is_Rational for value in values):
            raise ValueError(f"{name} must be rational here, got {list(values)}")
    check_at_most("n_features", n, _MOST_EXACT, "roots of a polynomial of that degree")
    if m >= n:
        return sp.Integer(0)
    each = [halves(q, least, most) for q in p]
    mix = sp.zeros(n, n) if M is None else M
    cross = sp.diag(*(product_of(e, INPUT, t, centred=True) for e in each))
    inputs = sp.diag(*(product_of(e, INPUT, INPUT, centred=True) for e in each))
    targets = sp.diag(*(product_of(e, t, t, centred=True) for e in each))
    moments = targets + mix * cross + (mix * cross).T + mix * inputs * mix.T
    if not bias:
        mean = sp.Matrix([mean_of(e, t) for e in each]) + mix * sp.Matrix(
            [mean_of(e, INPUT) for e in each]
        )
        moments += mean * mean.T
    # D C has the eigenvalues of D^½ C D^½, and stays rational.
    roots = sp.real_roots((sp.diag(*I) * moments).charpoly().as_expr())
    return sp.Add(*sorted(roots, key=lambda root: root.n(30))[: n - m])


def interval(target: str, low: Any, high: Any) -> tuple[float, float]:
    """Where active features lie, low None standing for what the target usually has."""
    allowed = "a finite number of at most 1e50 in size"
    most = as_number("high", high, allowed, lambda end: abs(end) <= 1e50)
    usual = 0.0 if target == "identity" else -1.0
    least = usual if low is None else as_number("low", low, allowed, lambda end: abs(end) <= 1e50)
    if not least < most:
        raise ValueError(f"low must be below high, got low={least} and high={most}")
    return least, most


def _exact_interval(target: str, low: Any, high: Any) -> tuple[sp.Expr, sp.Expr]:
    usual = 0 if target == "identity" else -1
    least = exact_number("low", usual if low is None else low)
    most = exact_number("high", high)
    for name, end in (("low", least), ("high", most)):
        if not end.is_number:
            raise ValueError(f"{name} must be a number here, got {end}")
    if not least < most:
        raise ValueError(f"low must be below high, got low={least} and high={most}")
    return least, most


def _sum_of_smallest(I: list[sp.Expr], p: list[sp.Expr], variance: Any, count: int) -> sp.Expr:
    """Sum of the smallest I_i var_i: of the smallest I_i where all share one symbolic density."""
    if count <= 0:
        return sp.Integer(0)
    if not all(weight.is_number for weight in I):
        raise ValueError(f"importance must be numbers here, to be put in order, got {I}")
    if all(density == p[0] for density in p):
        return variance(p[0]) * sp.Add(*sorted(I)[:count])
    if not all(density.is_number for density in p):
        raise ValueError(f"density must be numbers, or one symbol for all features, got {p}")
    return sp.Add(*sorted(weight * variance(q) for weight, q in zip(I, p, strict=True))[:count])


def _sizes(n_features: Any, n_hidden: Any, most: int) -> tuple[int, int]:
    n = check_at_most("n_features", check_positive_int("n_features", n_features), most, "memory")
    return n, check_positive_int("n_hidden", n_hidden)


def one_each(name: str, values: FloatArray, n: int) -> FloatArray:
    """Refuse batches."""
    if values.ndim != 1:
        raise ValueError(f"{name} must be one number or {n}, got shape {values.shape}")
    return values


def as_mixing(mixing: Any, n: int) -> FloatArray:
    """M as floats (n, n), zero for None."""
    if mixing is None:
        return np.zeros((n, n))
    M = as_floats("mixing", mixing)
    if M.shape != (n, n) or not np.isfinite(M).all():
        raise ValueError(f"mixing must be finite, of shape ({n}, {n}), got shape {M.shape}")
    return M


def _square(M: sp.Matrix, n: int) -> sp.Matrix:
    if M.shape != (n, n) or not all(entry.is_number for entry in M):
        raise ValueError(f"mixing must be numbers, of shape ({n}, {n}), got shape {M.shape}")
    return M
