"""The strongest of given attacks on each sample, and projected gradient ascent.

For x' = ReLU(WᵀWx + b), on any arrays.  An attack δ moves the outputs' inputs by WᵀWδ only.
"""

from __future__ import annotations

import math
from typing import Any

import numpy as np
from array_api_compat import array_namespace

from numeric.namespaces import like

__all__ = ["ascend", "losses", "on_the_sphere", "strongest"]

LAST = 0.005  # length of the last step of the ascent over the size of the attack
ENTRIES = 2**18  # of a block of samples × outputs: what stays in a cache


def losses(W: Any, b: Any, x: Any, fed: Any, importance: Any) -> Any:
    """Σ_i I_i (x_i − x'_i)² of each sample, fed with something else, (..., batch)."""
    xp = array_namespace(x)
    z = xp.matmul(xp.matmul(fed, xp.matrix_transpose(W)), W) + b[..., None, :]
    error = xp.where(z > 0, z, xp.zeros_like(z)) - x
    return xp.sum(importance[..., None, :] * error * error, axis=-1)


def strongest(
    W: Any, b: Any, x: Any, importance: Any, attacks: Any, allowed: Any
) -> tuple[Any, Any]:
    """The attack of K that raises each sample's loss most, and that loss.

    Parameters
    ----------
    attacks : array (..., K, n)
    allowed : bool array (..., K)
        Those that count; at least one.

    Returns
    -------
    choice : int array (..., batch)
    loss : array (..., batch)
    """
    xp = array_namespace(x)
    batch, leading = x.shape[-2], np.broadcast_shapes(W.shape[:-2], x.shape[:-2])
    rows = max(1, ENTRIES // (x.shape[-1] * math.prod(leading)))
    found = [
        _strongest(W, b, x[..., begin : min(begin + rows, batch), :], importance, attacks, allowed)
        for begin in range(0, batch, rows)
    ]
    return (
        xp.concat([choice for choice, _ in found], axis=-1),
        xp.concat([loss for _, loss in found], axis=-1),
    )


def _strongest(
    W: Any, b: Any, x: Any, importance: Any, attacks: Any, allowed: Any
) -> tuple[Any, Any]:
    xp = array_namespace(x)
    z = xp.matmul(xp.matmul(x, xp.matrix_transpose(W)), W) + b[..., None, :]
    shifts = xp.matmul(xp.matmul(attacks, xp.matrix_transpose(W)), W)
    weights = importance[..., None, :]
    constant = xp.sum(weights * x * x, axis=-1)
    best = xp.full_like(z[..., 0], -xp.inf)
    choice = xp.zeros_like(best, dtype=xp.int64)
    twice, zero = 2 * x, xp.zeros_like(z)
    for k in range(attacks.shape[-2]):
        if not bool(xp.any(allowed[..., k])):
            continue
        # (x − r)² = x² + r (r − 2x)
        r = xp.maximum(z + shifts[..., k, None, :], zero)
        loss = constant + xp.sum(weights * (r * (r - twice)), axis=-1)
        better = (loss > best) & allowed[..., k, None]
        best = xp.where(better, loss, best)
        choice = xp.where(better, xp.full_like(choice, k), choice)
    return choice, best


def ascend(
    W: Any, b: Any, x: Any, importance: Any, start: Any, size: float, steps: int
) -> tuple[Any, Any]:
    """Follow each sample's gradient inside ‖δ‖ ≤ size; the best δ on the way, and its loss.

    Steps have a length: size at first, falling geometrically to LAST of it. Where the gradient
    is zero, the sample stays.
    """
    xp = array_namespace(x)
    Wt, weights = xp.matrix_transpose(W), importance[..., None, :]
    hidden = xp.matmul(x, Wt)
    delta, best, top = start, start, None
    for step in range(steps + 1):
        z = xp.matmul(hidden + xp.matmul(delta, Wt), W) + b[..., None, :]
        on = z > 0
        error = xp.where(on, z, xp.zeros_like(z)) - x
        loss = xp.sum(weights * error * error, axis=-1)
        if top is None:
            top = loss
        else:
            better = loss > top
            top = xp.where(better, loss, top)
            best = xp.where(better[..., None], delta, best)
        if step == steps:
            break
        slope = xp.where(on, weights * error, xp.zeros_like(error))
        slope = xp.matmul(xp.matmul(slope, Wt), W)
        rate = size * LAST ** (step / max(1, steps - 1))
        delta = _projected(delta + rate * _unit(slope), size)
    return best, top


def on_the_sphere(rng: np.random.Generator, x: Any, size: float) -> Any:
    """Random δ of that length, one a sample."""
    return size * _unit(like(rng.standard_normal(tuple(x.shape)), x))


def _unit(vectors: Any) -> Any:
    xp = array_namespace(vectors)
    length = xp.sqrt(xp.sum(vectors * vectors, axis=-1, keepdims=True))
    return vectors / xp.where(length > 0, length, xp.ones_like(length))


def _projected(delta: Any, size: float) -> Any:
    xp = array_namespace(delta)
    length = xp.sqrt(xp.sum(delta * delta, axis=-1, keepdims=True))
    return delta * (size / xp.clip(length, min=size))
