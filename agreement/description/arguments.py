"""What `describe` is given, checked once: one model, its world, its thresholds."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from agreement.description.untied import Untied, nearest_tied
from ground.checks import (
    FloatArray,
    as_floats,
    as_model,
    as_number,
    check_at_most,
    check_flag,
    check_positive_int,
)

if TYPE_CHECKING:
    from theory.loss.problem import Problem

__all__ = ["as_one_model", "as_threshold", "as_tied", "check_options"]

# Features up to which a loss is summed: n² · 20 µs, a minute and a half at this many.
LOSS_UP_TO = 2000
LARGEST = 1e75  # fourth powers of it are finite


def check_options(
    against_best: Any, low: Any, high: Any, model: Any, samples: Any, seed: Any
) -> None:
    """What is of use only with a density is still checked without one."""
    check_flag("against_best", against_best)
    as_number("low", low, "a number of at most 0", lambda value: -np.inf < value <= 0)
    as_number("high", high, "a positive number", lambda value: 0 < value < np.inf)
    if isinstance(model, type) or not (
        model is None or all(hasattr(model, name) for name in ("forward", "target", "shapes"))
    ):
        raise TypeError(f"model must be one of numeric, such as ReluHidden(), got {model!r}")
    check_at_most("samples", check_positive_int("samples", samples), 10**9, "an hour")
    if not (type(seed) is int and seed == 0):
        check_positive_int("seed", seed)


def as_tied(W: Any, decoder: Any, model: Any) -> tuple[Any, Untied | None]:
    """W of the tied model that is described, and what an untied one is."""
    if decoder is None:
        return W, None
    E, _ = as_model(W)
    D = as_floats("decoder", decoder)
    if E.ndim != 2:
        return E, None  # refused as several models
    if D.shape != E.shape[::-1]:
        raise ValueError(f"decoder must have shape {E.shape[::-1]} to fit W, got {D.shape}")
    if not np.isfinite(D).all():
        raise ValueError("decoder must be finite, got NaN or infinity in it")
    return nearest_tied(E, D, linear=getattr(model, "hidden_activation", "identity") == "identity")


def as_one_model(
    W: Any, b: Any, density: Any, importance: Any, low: float, high: float
) -> tuple[FloatArray, FloatArray, Problem | None]:
    """One model, and where the density is known the problem that it is an answer to."""
    if density is None:
        problem = None
        weights, biases = as_model(W, b)
    else:
        from theory.loss.problem import as_problem

        problem = as_problem(W, b, density, importance, low, high)
        if problem.W.shape[2] > LOSS_UP_TO:
            raise ValueError(
                f"density must be left out for more than {LOSS_UP_TO} features: the loss of "
                f"{problem.W.shape[2]} would take some {problem.W.shape[2] ** 2 * 2e-5 / 60:.0f} "
                "minutes"
            )
        weights, biases = problem.W, problem.b
    if np.ndim(W) != 2:
        raise ValueError(
            f"W must be one model (n_hidden, n_features), got {np.shape(W)}: "
            "choose one of them, or describe_each"
        )
    if problem is not None and problem.shape:
        raise ValueError(
            f"density and importance must be those of one model, got shapes "
            f"{np.shape(density)} and {np.shape(importance)}"
        )
    if problem is not None:
        weights, biases = problem.W[0], problem.b[0]
    for name, value in (("W", weights), ("b", biases)):
        if value.size and np.abs(value).max() > LARGEST:
            raise ValueError(f"{name} must have entries up to {LARGEST:g}, got larger ones")
    return weights, biases, problem


def as_threshold(name: str, value: Any, most: float) -> float:
    number = as_floats(name, value)
    if number.ndim or not 0 < number < np.inf or number > most:
        allowed = "a positive number" if most == np.inf else f"a number in (0, {most:g}]"
        raise ValueError(f"{name} must be {allowed}, got {value!r}")
    return float(number)
