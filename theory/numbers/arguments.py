"""What an exact argument may be: integers, fractions, algebraic numbers, symbols; no floats."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

import numpy as np
import sympy as sp


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
    for value in dict.fromkeys(densities):
        # SymPy would deduce all that can be known of a fraction before it compares.
        if value.is_Rational and 0 <= value.p <= value.q:
            continue
        if value.is_number and not bool(sp.And(value >= 0, value <= 1)):
            raise ValueError(f"density must lie in [0, 1] (it is p = 1 - sparsity), got {value}")
        if value.is_negative or value.is_real is False:
            raise ValueError(f"density must not be negative, got {value}")
    return densities


def exact_importance(importance: Any, n_features: int) -> list[sp.Expr]:
    """Return n exact importances, all one for None; numbers must not be negative."""
    if importance is None:
        return [sp.Integer(1)] * n_features
    weights = exact_vector("importance", importance, n_features, broadcast=True)
    for value in weights:
        negative = value.p < 0 if value.is_Rational else value.is_negative
        if negative:
            raise ValueError(f"importance must not be negative, got {value}")
    return weights


def _flat(value: Any) -> Iterable[Any]:
    return (
        list(value) if isinstance(value, sp.MatrixBase) else list(np.asarray(value, dtype=object))
    )
