"""A checked value: two-layer nets and the world that they live in, on one batch axis.

y' = f(W₂ ReLU(W₁ x) + b) with f a ReLU or linear is to give a target of each feature by itself.
The public functions make it at the border; what they call takes it and checks nothing.
"""

from __future__ import annotations

from typing import Any, NamedTuple

import numpy as np

from ground.checks import FloatArray, as_density, as_floats, as_importance, check_choice

__all__ = ["OUTPUTS", "TARGETS", "TwoLayerNets", "as_two_layer_nets"]

TARGETS = {"absolute": (1.0, 1.0), "relu": (0.0, 1.0), "identity": (-1.0, 1.0)}
"""Targets of a feature, with their values at x = −1 and x = 1: each is linear on both sides."""
OUTPUTS = ("relu", "linear")
_LARGEST = 1e150


class TwoLayerNets(NamedTuple):
    """Nets W₁, W₂, b and their world: densities, importances, range, target and output.

    Attributes
    ----------
    W1 : (B, m, n)
    W2 : (B, n, m)
    b : (B, n)
        Finite; m may exceed n.
    density, importance : (B, n)
        In [0, 1]; finite and not negative.
    low, high : float
        Range of an active feature, low ≤ 0 < high.
    target, output : str
        One of `TARGETS`, one of `OUTPUTS`.
    shape : tuple of int
        Leading axes before they were flattened to B.
    """

    W1: FloatArray
    W2: FloatArray
    b: FloatArray
    density: FloatArray
    importance: FloatArray
    low: float
    high: float
    target: str
    output: str
    shape: tuple[int, ...]

    @property
    def target_slopes(self) -> tuple[float, float]:
        """The target at x = −1 and at x = 1."""
        return TARGETS[self.target]


def as_two_layer_nets(
    W1: Any,
    W2: Any,
    b: Any,
    density: Any,
    importance: Any = None,
    *,
    target: str = "absolute",
    output: str = "relu",
    low: float = -1.0,
    high: float = 1.0,
) -> TwoLayerNets:
    """Check the arguments and bring them to one batch axis.

    Raises
    ------
    ValueError
        Naming the argument, its value and what is allowed.

    Examples
    --------
    >>> as_two_layer_nets([[1.0], [-1.0]], [[1.0, 1.0]], None, 0.5).b.tolist()
    [[0.0]]
    """
    first, second = _weights("W1", W1), _weights("W2", W2)
    m, n = first.shape[-2:]
    if second.shape[-2:] != (n, m):
        raise ValueError(
            f"W2 must have shape (..., {n}, {m}) to fit W1 of shape {first.shape}, "
            f"got {second.shape}"
        )
    biases = np.zeros(n) if b is None else as_floats("b", b)
    if not biases.ndim or biases.shape[-1] != n:
        raise ValueError(f"b must have shape (..., {n}) to fit W1 and W2, got {biases.shape}")
    if not (np.abs(biases) < _LARGEST).all():
        raise ValueError(f"b must be finite and below {_LARGEST:g}, got {biases!r}")
    p, weight = as_density(density, n), as_importance(importance, n)
    check_choice("target", target, tuple(TARGETS))
    check_choice("output", output, OUTPUTS)
    ends = as_floats("low", low), as_floats("high", high)
    if not (ends[0].ndim == ends[1].ndim == 0 and -_LARGEST < ends[0] <= 0 < ends[1] < _LARGEST):
        raise ValueError(f"low and high must satisfy low <= 0 < high, got {low!r} and {high!r}")
    low, high = float(ends[0]), float(ends[1])
    if high < 1e-100:
        raise ValueError(f"high must be at least 1e-100, got {high!r}")
    if target == "identity" and output == "relu" and low < 0:
        raise ValueError(
            "target 'identity' is negative where low < 0, which output 'relu' cannot reach: take "
            f"low=0, output='linear', or target 'relu' or 'absolute'; got low={low!r}"
        )
    _check_reach(first, second, biases, weight, max(high, -low))
    leading = first.shape[:-2], second.shape[:-2], *(x.shape[:-1] for x in (biases, p, weight))
    try:
        shape = np.broadcast_shapes(*leading)
    except ValueError as error:
        raise ValueError(
            f"leading axes must fit: W1 has shape {first.shape}, W2 {second.shape}, b "
            f"{biases.shape}, density {p.shape}, importance {weight.shape}"
        ) from error

    def flat(value: FloatArray, core: tuple[int, ...]) -> FloatArray:
        return np.ascontiguousarray(np.broadcast_to(value, shape + core)).reshape(-1, *core)

    return TwoLayerNets(
        flat(first, (m, n)), flat(second, (n, m)), flat(biases, (n,)), flat(p, (n,)),
        flat(weight, (n,)), low, high, target, output, shape,
    )  # fmt: skip


def _weights(name: str, value: Any) -> FloatArray:
    weights = as_floats(name, value)
    form = "(..., n_hidden, n_features)" if name == "W1" else "(..., n_features, n_hidden)"
    if weights.ndim < 2 or 0 in weights.shape[-2:]:
        raise ValueError(
            f"{name} must have shape {form}, none of the last two 0, got {weights.shape}"
        )
    if not (np.abs(weights) < _LARGEST).all():
        raise ValueError(f"{name} must be finite and below {_LARGEST:g}")
    return weights


def _check_reach(
    W1: FloatArray, W2: FloatArray, b: FloatArray, importance: FloatArray, reach: float
) -> None:
    """Refuse what overflows: errors squared, summed and weighted, and their slopes."""
    m, n = W1.shape[-2:]
    first, second, bias = (float(np.abs(value).max(initial=0.0)) for value in (W1, W2, b))
    hidden = n * first * reach
    most = m * second * hidden + bias + reach
    weight = n * max(float(importance.max(initial=0.0)), 1.0) * 1e10
    if not most * max(most, hidden, m * second * reach) * weight < np.inf:
        raise ValueError(
            "W1, W2 and b, importance, low and high must leave squared errors and their gradient "
            f"finite, got W1 up to {first:g}, W2 up to {second:g} and b up to {bias:g}"
        )
