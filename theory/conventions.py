r"""The symbols, the data law, and the one loss normalisation.

Every derivation in this package starts here.  Feature i is zero with probability 1 − p_i and
otherwise uniform on [0, 1]; features are independent; the loss is the expectation over data of
the **sum** over features, weighted by importance, of squared errors.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from fractions import Fraction
from typing import Any

import numpy as np
import sympy as sp

p = sp.Symbol("p", positive=True)
"""Density: the probability that a feature is active, p = 1 − S, in (0, 1]."""

r = sp.Symbol("r", positive=True)
"""Importance of the last feature, relative to the others."""


def importance_symbols(n_features: int) -> tuple[sp.Symbol, ...]:
    """Return the symbols I_1 … I_n, none negative."""
    return tuple(sp.symbols(f"I_1:{n_features + 1}", nonnegative=True))


def density_symbols(n_features: int) -> tuple[sp.Symbol, ...]:
    """Return the symbols p_1 … p_n, for features that differ in density."""
    return tuple(sp.symbols(f"p_1:{n_features + 1}", positive=True))


def feature_moment(order: int, density: sp.Expr = p) -> sp.Expr:
    r"""Exact moment of one feature, E[x^k] = p / (k + 1) for k ≥ 1 [D01].

    >>> feature_moment(2)
    p/3
    """
    return sp.Integer(1) if order == 0 else sp.sympify(density) / (order + 1)


def feature_variance(density: sp.Expr = p) -> sp.Expr:
    """Variance of one feature, p/3 − p²/4: what ignoring it costs at the best bias [D01].

    >>> feature_variance()
    -p**2/4 + p/3
    """
    return feature_moment(2, density) - feature_moment(1, density) ** 2


def weighted_sum(costs: Sequence[sp.Expr], importance: Sequence[sp.Expr]) -> sp.Expr:
    r"""The one loss normalisation, L = Σ_i I_i E[(x_i − x'_i)²] [D02].

    A sum over features, never a mean: the only place in `theory` that says so.
    """
    return sp.Add(*(weight * cost for weight, cost in zip(importance, costs, strict=True)))


def exact_number(name: str, value: Any) -> sp.Expr:
    """Return a real number or symbol as SymPy, refusing floats.

    Parameters
    ----------
    value : int, Fraction, NumPy integer or SymPy expression

    Raises
    ------
    ValueError
        For a float (it stands for a rational of 2^-52 grain, hardly ever the one meant), or for
        something that is not a finite real number or symbol.
    """
    if isinstance(value, np.ndarray) and value.ndim == 0:
        value = value.item()
    try:
        expression = sp.sympify(value, strict=True)
    except (sp.SympifyError, TypeError, AttributeError) as error:
        raise ValueError(f"{name} must hold exact real numbers, got {value!r}") from error
    if not isinstance(expression, sp.Expr) or expression.is_extended_real is False:
        raise ValueError(f"{name} must hold exact real numbers, got {value!r}")
    if expression.has(sp.Float):
        raise ValueError(
            f"{name} must be exact here (whole numbers, Fraction or SymPy numbers), got the float "
            f"{value!r}; for floats use theory.loss_and_gradient"
        )
    if not expression.is_finite and expression.is_number:
        raise ValueError(f"{name} must be finite, got {value!r}")
    return expression


def exact_vector(name: str, value: Any, length: int, *, broadcast: bool = False) -> list[sp.Expr]:
    """Return `length` exact entries; one entry stands for all where `broadcast` is set."""
    if not isinstance(value, sp.MatrixBase) and np.ndim(np.asarray(value, dtype=object)) == 0:
        if not broadcast:
            raise ValueError(f"{name} must have {length} entries, got {value!r}")
        return [exact_number(name, value)] * length
    entries = [exact_number(name, entry) for entry in _flat(value)]
    if len(entries) != length:
        raise ValueError(f"{name} must have {length} entries, got {len(entries)}")
    return entries


def exact_matrix(name: str, value: Any) -> sp.Matrix:
    """Return a SymPy matrix of exact entries from a Matrix or nested lists."""
    rows = value.tolist() if hasattr(value, "tolist") else value
    if not isinstance(rows, list | tuple) or not rows:
        raise ValueError(f"{name} must be a matrix (nested lists or a SymPy Matrix), got {value!r}")
    if not all(isinstance(row, list | tuple) and len(row) == len(rows[0]) > 0 for row in rows):
        raise ValueError(f"{name} must have rows of one common length, got {value!r}")
    return sp.Matrix([[exact_number(name, entry) for entry in row] for row in rows])


def exact_model(W: Any, b: Any = None) -> tuple[sp.Matrix, list[sp.Expr]]:
    """Return exact weights (m, n), m ≤ n, and n biases; None means zero."""
    weights = exact_matrix("W", W)
    if weights.rows > weights.cols:
        raise ValueError(
            f"W must be (n_hidden, n_features) with n_hidden ≤ n_features, got {weights.shape}"
        )
    return weights, exact_vector("b", [0] * weights.cols if b is None else b, weights.cols)


def exact_density(density: Any, n_features: int) -> list[sp.Expr]:
    """Return n exact densities; numbers must lie in [0, 1], symbols pass."""
    densities = exact_vector("density", density, n_features, broadcast=True)
    for value in densities:
        if value.is_number and not bool(sp.And(value >= 0, value <= 1)):
            raise ValueError(f"density must lie in [0, 1] (it is p = 1 - sparsity), got {value}")
    return densities


def exact_importance(importance: Any, n_features: int) -> list[sp.Expr]:
    """Return n exact importances, all one for None; numbers must not be negative."""
    if importance is None:
        return [sp.Integer(1)] * n_features
    weights = exact_vector("importance", importance, n_features, broadcast=True)
    for value in weights:
        if value.is_negative:
            raise ValueError(f"importance must not be negative, got {value}")
    return weights


def as_fraction(value: sp.Rational) -> Fraction:
    """Return a SymPy rational as a Fraction."""
    return Fraction(int(value.p), int(value.q))


def _flat(value: Any) -> Iterable[Any]:
    return (
        list(value) if isinstance(value, sp.MatrixBase) else list(np.asarray(value, dtype=object))
    )
