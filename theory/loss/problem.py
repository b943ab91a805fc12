"""A checked value: models and the world that they live in, checked once and handed on.

The public functions make a Problem at the border; what they call takes it and checks nothing.
"""

from __future__ import annotations

from typing import Any, NamedTuple

import numpy as np

from ground.checks import FloatArray, as_density, as_floats, as_importance, as_model

_FLOAT = np.dtype(np.float64)


class Problem(NamedTuple):
    """Models W, b and their world: densities, importances and range, on one batch axis.

    Attributes
    ----------
    W : (B, m, n)
    b : (B, n)
        Finite, m ≤ n.  All arrays lie row by row and are writable, so that a kernel has one type.
    density, importance : (B, n)
        In [0, 1]; finite and not negative.
    low, high : float
        Range of an active feature, low ≤ 0 < high.
    shape : tuple of int
        Leading axes before they were flattened to B.
    """

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

    def at(self, W: FloatArray, b: FloatArray, where: Any = None) -> Problem:
        """Other models W (K, m, n), b (K, n) in worlds that are known, unchecked.

        Parameters
        ----------
        where : int array (K,), optional
            Instance whose world each model is in; None where they are as many and in order.
        """
        return Problem(
            _owned(W),
            _owned(b),
            self.density if where is None else self.density[where],
            self.importance if where is None else self.importance[where],
            self.low,
            self.high,
            (len(W),),
        )


def as_problem(
    W: Any, b: Any, density: Any, importance: Any, low: float = 0.0, high: float = 1.0
) -> Problem:
    """Check the arguments and bring them to one batch axis.

    Raises
    ------
    ValueError
        Naming the argument, its value and what is allowed.

    Examples
    --------
    >>> as_problem([[1.0, 0.0]], None, 0.5, None).density.tolist()
    [[0.5, 0.5]]
    """
    plain = _plain(W, b, density, importance, low, high)
    if plain is not None:
        return plain
    weights, biases = as_model(W, b)
    m, n = weights.shape[-2:]
    p = as_density(density, n)
    weight = as_importance(importance, n)
    ends = as_floats("low", low), as_floats("high", high)
    if not (ends[0].ndim == ends[1].ndim == 0 and -np.inf < ends[0] <= 0 < ends[1] < np.inf):
        raise ValueError(f"low and high must satisfy low <= 0 < high, got {low!r} and {high!r}")
    largest = _largest(weights), _largest(biases)
    # Products of Python floats overflow to infinity without a word.
    low, high = float(ends[0]), float(ends[1])
    if high < 1e-100:
        raise ValueError(f"high must be at least 1e-100, got {high!r}")
    reach = m * n * largest[0] * largest[0] * max(float(high), -float(low)) + largest[1]
    if not reach * reach * n * max(_largest(weight), 1.0) < np.inf:
        raise ValueError(
            "W and b, importance, low and high must leave squared errors finite, got W and b up "
            f"to {largest[0]:g} and {largest[1]:g}"
        )
    leading = weights.shape[:-2], p.shape[:-1], weight.shape[:-1]
    try:
        shape = np.broadcast_shapes(*leading) if any(leading) else ()
    except ValueError as error:
        raise ValueError(
            f"leading axes must fit: W has shape {weights.shape}, density {p.shape}, "
            f"importance {weight.shape}"
        ) from error

    def flat(value: FloatArray, core: tuple[int, ...]) -> FloatArray:
        if value.shape != shape + core:
            value = np.broadcast_to(value, shape + core)
        return _owned(value).reshape(-1, *core)

    return Problem(
        flat(weights, (m, n)),
        flat(biases, (n,)),
        flat(p, (n,)),
        flat(weight, (n,)),
        float(low),
        float(high),
        shape,
    )


def _plain(
    W: Any, b: Any, density: Any, importance: Any, low: float, high: float
) -> Problem | None:
    """The Problem of arrays as they should be, of usual size, in a tenth of the time; else None.

    A sum of squares that is small shows at once that all numbers are finite and none is large.
    """
    usual = importance is None and type(low) is float and type(high) is float
    usual = usual and low in (0.0, -1.0) and high == 1.0
    if not (usual and type(density) is float and 0.0 <= density <= 1.0):
        return None
    if type(W) is not np.ndarray or W.dtype is not _FLOAT or W.ndim < 2:
        return None
    *leading, m, n = W.shape
    if not (W.flags.carray and W.size and m <= n and np.vdot(W, W) < 1e60):
        return None
    count = W.size // (m * n)
    if b is None:
        biases = np.zeros((count, n))
    else:
        if type(b) is not np.ndarray or b.dtype is not _FLOAT or b.shape != (*leading, n):
            return None
        if not (b.flags.c_contiguous and np.vdot(b, b) < 1e60):
            return None
        biases = b.reshape(count, n).copy()
    p = np.empty((count, n))
    p.fill(density)
    weight = np.empty((count, n))
    weight.fill(1.0)
    return Problem(W.reshape(count, m, n), biases, p, weight, low, high, tuple(leading))


def _owned(values: FloatArray) -> FloatArray:
    """Row by row and writable, a copy where it is not.

    Read-only arrays, as broadcasting makes them, are another type to Numba, for which it would
    compile every kernel once more, for seconds each.
    """
    return values if values.flags.carray else np.array(values, order="C")


def _largest(values: FloatArray) -> float:
    return float(np.abs(values).max()) if values.size else 0.0
