"""Where an attack by one feature points, and which features are there to be attacked.

    d_k = G_k / ‖G_k‖,   G = WᵀW

To first order an input along d_k changes the output of feature k most.  As W_k → 0 the direction
keeps length 1 and has no limit, so a feature that the model doesn't represent still attacks at full
strength.  Two conventions: *raw* attacks along all of them; with a *live mask* only features longer
than a threshold count.  Everything here is written against the array API standard.
"""

from __future__ import annotations

from typing import Any

from array_api_compat import array_namespace
from array_api_compat import device as device_of

__all__ = ["dealt", "live_features", "pulled_back", "unit_directions"]


def unit_directions(W: Any) -> tuple[Any, Any]:
    """Unit directions d_k as rows (..., n, n), and ‖G_k‖ (..., n); 0 where G_k is 0."""
    xp = array_namespace(W)
    G = xp.matmul(xp.matrix_transpose(W), W)
    # Over its largest entry first: no square may leave the range of floats.
    scale = xp.max(xp.abs(G), axis=-1, keepdims=True)
    there = scale > 0
    scaled = G / xp.where(there, scale, xp.ones_like(scale))
    length = xp.sqrt(xp.sum(scaled * scaled, axis=-1, keepdims=True))
    d = scaled / xp.where(there, length, xp.ones_like(length))
    return d, (scale * length)[..., 0]


def live_features(W: Any, live_above: float | None = None) -> Any:
    """Which features attack, (..., n): G_k ≠ 0, and ‖W_k‖ ≥ live_above unless that is None."""
    xp = array_namespace(W)
    G = xp.matmul(xp.matrix_transpose(W), W)
    directed = xp.max(xp.abs(G), axis=-1) > 0
    if live_above is None:
        return directed
    return directed & (xp.sqrt(xp.sum(W * W, axis=-2)) >= live_above)


def dealt(alive: Any, batch: int) -> Any:
    """Rows of a batch dealt to the live features in turn, (..., batch, n) of 0 and 1.

    Row r gets the live feature of rank r mod their number: each gets as many rows, to one. Rows
    of zeros where none is live.
    """
    xp = array_namespace(alive)
    whole = xp.astype(alive, xp.int64)
    rank = xp.cumulative_sum(whole, axis=-1) - 1
    count = xp.sum(whole, axis=-1)[..., None]
    rows = xp.arange(batch, dtype=xp.int64, device=device_of(alive))
    turn = rows % xp.where(count > 0, count, xp.ones_like(count))
    return (rank[..., None, :] == turn[..., :, None]) & alive[..., None, :]


def pulled_back(W: Any, d: Any, length: Any, slopes: Any) -> Any:
    r"""Gradient with respect to W of Σ_k s_k·d_k, the rows s_k of `slopes` held fixed, (..., m, n).

    .. math:: \partial_W = W (Q + Q^T), \quad
              Q_k = \big(s_k - d_k (d_k \cdot s_k)\big) / \|G_k\|

    It grows without bound as W_k → 0.
    """
    xp = array_namespace(W)
    there = length > 0
    across = slopes - d * xp.sum(d * slopes, axis=-1, keepdims=True)
    Q = across / xp.where(there, length, xp.ones_like(length))[..., None]
    Q = xp.where(there[..., None], Q, xp.zeros_like(Q))
    return xp.matmul(W, Q + xp.matrix_transpose(Q))
