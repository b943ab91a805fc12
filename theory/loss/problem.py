"""The arguments of an exact loss in floats: validated once, flattened to one batch axis."""

from __future__ import annotations

from typing import Any, NamedTuple

import numpy as np

from ground.checks import FloatArray, as_density, as_floats, as_importance, as_model


class Problem(NamedTuple):
    """Validated arguments, flattened to one batch axis."""

    W: FloatArray
    b: FloatArray
    density: FloatArray
    importance: FloatArray
    low: float
    high: float
    shape: tuple[int, ...]

    @property
    def base(self) -> int:
        """Digits a feature needs: without a separate inactive state if zero is the low end."""
        return 3 if self.low == 0.0 else 4


def as_problem(W: Any, b: Any, density: Any, importance: Any, low: float, high: float) -> Problem:
    """Check the arguments and bring them to one batch axis."""
    weights, biases = as_model(W, b)
    m, n = weights.shape[-2:]
    p = as_density(density, n)
    weight = as_importance(importance, n)
    ends = as_floats("low", low), as_floats("high", high)
    if not (ends[0].ndim == ends[1].ndim == 0 and -np.inf < low <= 0 < high < np.inf):
        raise ValueError(f"low and high must satisfy low <= 0 < high, got {low!r} and {high!r}")
    largest = np.abs(weights).max(initial=0.0), np.abs(biases).max(initial=0.0)
    with np.errstate(over="ignore"):
        reach = m * n * largest[0] ** 2 * max(high, -low) + largest[1]
        finite = np.isfinite(reach**2 * n * weight.max(initial=1.0))
    if not finite:
        raise ValueError(
            "W and b must leave squared errors finite, got entries up to "
            f"{largest[0]:g} and {largest[1]:g}"
        )
    try:
        shape = np.broadcast_shapes(weights.shape[:-2], p.shape[:-1], weight.shape[:-1])
    except ValueError as error:
        raise ValueError(
            f"leading axes must fit: W has shape {weights.shape}, density {p.shape}, "
            f"importance {weight.shape}"
        ) from error

    def flat(value: FloatArray, core: tuple[int, ...]) -> FloatArray:
        return np.ascontiguousarray(np.broadcast_to(value, shape + core)).reshape(-1, *core)

    return Problem(
        flat(weights, (m, n)),
        flat(biases, (n,)),
        flat(p, (n,)),
        flat(weight, (n,)),
        float(low),
        float(high),
        shape,
    )
