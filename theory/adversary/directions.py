r"""Which way an attack goes: along the gradient of one output's input, δ_k = ε G_k / ‖G_k‖ [D17].

Output k sees z_k = b_k + G_k·x, so of all attacks of one size ε the one along row k of G = WᵀW
raises it most.  With Ŵ_k = W_k/‖W_k‖ the direction is

$$ u_k = G_k / ‖G_k‖ = Wᵀ Ŵ_k / ‖Wᵀ Ŵ_k‖, $$

which knows the direction of W_k alone: it has no limit as W_k → 0, and G_k = 0 only for W_k = 0.
"""

from __future__ import annotations

from typing import Any, NamedTuple

import numpy as np

from ground.checks import FloatArray, as_floats, as_model, as_number

__all__ = ["attack_directions"]


class Directions(NamedTuple):
    """What is needed of the n attacks of one model, and to differentiate them.

    Attributes
    ----------
    u : (B, n, n)
        Row k is the direction u_k; zero where feature k is dead.
    live : (B, n) of bool
        Features that attack.
    unit : (B, m, n)
        Ŵ_k.
    norm, stretch : (B, n)
        ‖W_k‖ and ‖WᵀŴ_k‖, whose product is ‖G_k‖.
    """

    u: FloatArray
    live: np.ndarray[Any, np.dtype[np.bool_]]
    unit: FloatArray
    norm: FloatArray
    stretch: FloatArray


def attack_directions(W: Any, *, live_above: float | None = None) -> FloatArray:
    r"""Unit attacks along the rows of G = WᵀW, one a feature [D17].

    .. math:: u_k = G_k / \|G_k\|

    Parameters
    ----------
    W : array_like (..., m, n)
    live_above : float, optional
        Features with ‖W_k‖ below it are dead and do not attack: their rows are zero.  None, the
        raw convention, takes every feature for live, however short W_k is.

    Returns
    -------
    (..., n, n)
        Row k is u_k.

    Raises
    ------
    ValueError
        A column that is zero where all are taken for live (its direction is 0/0), or no live
        feature at all.

    Examples
    --------
    >>> attack_directions([[3.0, -4.0]]).tolist()
    [[0.6, -0.8], [-0.6, 0.8]]
    """
    weights, _ = as_model(W)
    flat = np.ascontiguousarray(weights.reshape(-1, *weights.shape[-2:]))
    u = directions_of(flat, as_threshold(live_above)).u
    return u.reshape(*weights.shape[:-2], *u.shape[1:])


def as_threshold(live_above: Any) -> float | None:
    """Check the length below which a feature is dead; None means that none is."""
    if live_above is None:
        return None
    allowed = "None or a positive number, the length ‖W_k‖ below which a feature is dead"
    return as_number("live_above", live_above, allowed, lambda v: 0 < v < np.inf)


def as_size(size: Any, *, least: str = "not negative") -> FloatArray:
    """Check the size ε of an attack, one or one for each model."""
    value = as_floats("size", size)
    low = value > 0 if least == "positive" else value >= 0
    if not (low & (value < 1e100)).all():
        raise ValueError(f"size (ε of the attack) must be finite and {least}, got {size!r}")
    return value


def directions_of(W: FloatArray, live_above: float | None = None) -> Directions:
    """The attacks of checked models (B, m, n) [D17]."""
    # Directions know no scale, so that tiny and huge weights lose nothing here.
    largest = np.max(np.abs(W), axis=1)
    safe = np.where(largest > 0, largest, 1.0)
    unit = W / safe[:, None]
    length = np.linalg.norm(unit, axis=1)
    unit = unit / np.where(length > 0, length, 1.0)[:, None]
    norm = length * largest
    live = norm > 0 if live_above is None else norm >= live_above
    if live_above is None and not live.all():
        model, k = np.argwhere(~live)[0]
        raise ValueError(
            f"W must have no zero column, as G_k/‖G_k‖ is 0/0 there, but column {k} of model "
            f"{model} is zero; live_above leaves dead features out"
        )
    if not live.any(axis=1).all():
        raise ValueError(
            f"W must have a live feature, a column of length live_above = {live_above:g}, but "
            f"model {int(np.argmin(live.any(axis=1)))} has none"
        )
    whole = np.max(largest, axis=1)[:, None, None]
    seen = unit.swapaxes(-1, -2) @ (W / whole)
    # By a power of two, which rounds nothing: beside a unit column, squares of 1e-160 vanish.
    exponent = np.frexp(np.max(np.abs(seen), axis=2))[1]
    seen = np.ldexp(seen, -exponent[..., None])
    size = np.linalg.norm(seen, axis=2)
    u = np.where(live[..., None], seen / np.where(size > 0, size, 1.0)[..., None], 0.0)
    return Directions(u, live, unit, norm, np.ldexp(size, exponent) * whole[..., 0])
