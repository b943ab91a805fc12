"""Argument checks: each public function calls them once, at its border.

Every error names the argument, the value it got, and what is allowed.
"""

from __future__ import annotations

import math
import numbers
from collections.abc import Callable, Collection
from typing import Any

import numpy as np
from numpy.typing import NDArray

FloatArray = NDArray[np.float64]


def as_floats(name: str, value: Any) -> FloatArray:
    """Convert to a float64 array, or say which argument cannot be one.

    Text that reads as a number, dates, and complex numbers are not real numbers.
    """
    try:
        array = np.asarray(value)
        if array.dtype.kind == "O":
            texts = any(isinstance(entry, str | bytes | complex) for entry in array.flat)
        else:
            texts = array.dtype.kind not in "biuf"
        if not texts:
            return np.asarray(array, dtype=np.float64)
    except (TypeError, ValueError, OverflowError, RuntimeError) as error:
        raise ValueError(f"{name} must be real numbers, got {_shown(value)}") from error
    raise ValueError(f"{name} must be real numbers, got {_shown(value)}")


def as_number(
    name: str, value: Any, allowed: str, test: Callable[[float], bool] = math.isfinite
) -> float:
    """One real number that passes the test, or say what is allowed."""
    number = as_floats(name, value)
    if number.ndim or not test(float(number)):
        raise ValueError(f"{name} must be {allowed}, got {_shown(value)}")
    return float(number)


def as_list(name: str, value: Any) -> FloatArray:
    """One number or a list of numbers as a list, finite and not empty."""
    axis = np.atleast_1d(as_floats(name, value))
    if axis.ndim != 1 or not axis.size or not np.isfinite(axis).all():
        raise ValueError(f"{name} must be a list of finite numbers, got {_shown(value)}")
    return axis


def as_positive_density(name: str, value: Any) -> float:
    """One density in (0, 1], where something is to be lost."""
    allowed = "one number in (0, 1] (it is p = 1 - sparsity; at 0 there is nothing to lose)"
    return as_number(name, value, allowed, lambda p: 1e-100 < p <= 1)


def check_flag(name: str, value: Any) -> bool:
    """Return True or False, or say that nothing else is either."""
    if not isinstance(value, bool | np.bool_):
        raise ValueError(f"{name} must be True or False, got {_shown(value)}")
    return bool(value)


def check_choice(name: str, value: Any, allowed: Collection[Any]) -> Any:
    """Return one of few values; 1 and True are not the same here."""
    for choice in allowed:
        if type(value) is type(choice) and value == choice:
            return value
    *first, last = map(repr, allowed)
    words = f"{', '.join(first)} or {last}" if first else last
    raise ValueError(f"{name} must be {words}, got {_shown(value)}")


def check_kind(name: str, value: Any, kind: type, words: str) -> None:
    """Say what the argument must be, unless it is of that class."""
    if not isinstance(value, kind):
        raise TypeError(f"{name} must be {words}, got {_shown(value)}")


def check_at_most(name: str, value: int, most: int, why: str) -> int:
    """Refuse what would not end, with the reason."""
    if value > most:
        raise ValueError(f"{name} must be at most {most} ({why}), got {value}")
    return value


def _shown(value: Any, most: int = 120) -> str:
    text = " ".join(repr(value).split())
    return text if len(text) <= most else text[:most].rpartition(" ")[0] + " …"


def check_positive_int(name: str, value: Any) -> int:
    """Return a positive integer, or raise a ValueError that names it."""
    if type(value) is int and value >= 1:  # the usual case, without the lookup
        return value
    if isinstance(value, bool) or not isinstance(value, numbers.Integral) or value < 1:
        raise ValueError(f"{name} must be a positive whole number, got {_shown(value)}")
    return int(value)


def as_at_least_zero(name: str, value: Any) -> float:
    """One finite number that is not negative."""
    return as_number(name, value, "finite and ≥ 0", lambda number: 0 <= number < math.inf)


def check_whole(name: str, value: Any) -> int:
    """Return a whole number of at least 0, or raise a ValueError that names it."""
    if isinstance(value, bool) or not isinstance(value, numbers.Integral) or value < 0:
        raise ValueError(f"{name} must be a whole number ≥ 0, got {_shown(value)}")
    return int(value)


def check_seed(value: Any) -> int | list[int]:
    """Return a seed as NumPy takes it: a whole number of at least 0, or some of them."""
    if isinstance(value, numbers.Integral):
        return check_whole("seed", value)
    try:
        words = [] if isinstance(value, str | bytes) else list(value)
        return [check_whole("seed", word) for word in words] or [check_whole("seed", None)]
    except (TypeError, ValueError):
        raise ValueError(
            f"seed must be a whole number ≥ 0, or a list of them, got {_shown(value)}"
        ) from None


def check_sizes(n_features: Any, n_hidden: Any) -> tuple[int, int]:
    """Return (n, m) with 1 ≤ m ≤ n."""
    n = check_positive_int("n_features", n_features)
    m = check_positive_int("n_hidden", n_hidden)
    if m > n:
        raise ValueError(
            f"n_hidden must not exceed n_features, got n_hidden={m} and n_features={n}"
        )
    return n, m


def as_density(density: Any, n_features: int | None = None) -> FloatArray:
    """Return densities p = 1 − S in [0, 1] as float64.

    Parameters
    ----------
    density : array_like, () or (..., n)
        Probability that a feature is active: one for all, or one for each feature.
    n_features : int, optional
        When given, the result is broadcast to (..., n).
    """
    p = as_floats("density", density)
    if not ((p >= 0) & (p <= 1)).all():
        raise ValueError(
            f"density must lie in [0, 1] (it is p = 1 - sparsity), got {_shown(density)}"
        )
    return p if n_features is None else _broadcast("density", p, n_features)


def as_importance(importance: Any, n_features: int) -> FloatArray:
    """Return importances I_i ≥ 0 as float64 of shape (..., n); None means all one."""
    if importance is None:
        return np.ones(n_features)
    weights = as_floats("importance", importance)
    if not (np.isfinite(weights) & (weights >= 0)).all():
        raise ValueError(f"importance must be finite and not negative, got {importance!r}")
    return _broadcast("importance", weights, n_features)


def as_density_axis(densities: Any) -> FloatArray:
    """Return the densities of a diagram: a list of numbers in (0, 1]."""
    p = _axis("densities", densities)
    if not np.all((p > 1e-100) & (p <= 1)):
        raise ValueError(f"densities must lie in (0, 1], got {densities!r}")
    return p


def as_importance_axis(importances: Any) -> FloatArray:
    """Return the relative importances of a diagram: a list of positive numbers."""
    r = _axis("importances", importances)
    if not np.all((r > 1e-100) & (r < 1e100)):
        raise ValueError(f"importances must be positive and finite, got {importances!r}")
    return r


def as_model(W: Any, b: Any = None) -> tuple[FloatArray, FloatArray]:
    """Return weights (..., m, n) and biases (..., n) that fit each other; b None means zero."""
    weights = as_floats("W", W)
    if weights.ndim < 2 or 0 in weights.shape[-2:]:
        raise ValueError(
            f"W must have shape (..., n_hidden, n_features), got shape {weights.shape}"
        )
    check_sizes(weights.shape[-1], weights.shape[-2])
    if not np.isfinite(weights).all():
        raise ValueError("W must be finite, got NaN or infinity in it")
    expected = (*weights.shape[:-2], weights.shape[-1])
    if b is None:
        return weights, np.zeros(expected)
    biases = as_floats("b", b)
    if biases.ndim == 0 or biases.shape[-1] != weights.shape[-1]:
        raise ValueError(f"b must have shape {expected} to fit W, got {biases.shape}")
    if not np.isfinite(biases).all():
        raise ValueError("b must be finite, got NaN or infinity in it")
    if biases.shape == expected:
        return weights, biases.copy()
    try:
        return weights, np.broadcast_to(biases, expected).astype(np.float64)
    except ValueError as error:
        raise ValueError(f"b must have shape {expected} to fit W, got {biases.shape}") from error


def _axis(name: str, values: Any) -> FloatArray:
    axis = as_floats(name, values)
    if axis.ndim != 1 or not axis.size:
        raise ValueError(f"{name} must be a list of numbers, got shape {axis.shape}")
    return axis


def _broadcast(name: str, value: FloatArray, n_features: int) -> FloatArray:
    if value.ndim == 0:
        return np.full(n_features, value)
    if value.shape[-1] == n_features:
        return value.copy()
    if value.shape[-1] != 1:
        raise ValueError(
            f"{name} must be one number or one for each of {n_features} features, "
            f"got shape {value.shape}"
        )
    return np.array(np.broadcast_to(value, (*value.shape[:-1], n_features)))
