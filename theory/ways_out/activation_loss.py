"""Exact loss of two features in one dimension behind any output activation.

A pattern of active features is a segment or a square of inputs, cut by the lines on which the
output's input z meets a kink.  Between them the squared error is a polynomial, whose integral
Gauss points give to rounding: no slope is divided by, so that small ones cost no digits.
"""

from __future__ import annotations

from functools import cache
from typing import Any

import numpy as np
from numpy.polynomial.legendre import leggauss

from ground.checks import FloatArray, as_density, as_floats, as_importance
from theory.ways_out.activation_kernel import costs_of_lines
from theory.ways_out.output_activations import OutputActivation, as_output

__all__ = ["activation_loss", "output_cost"]


def activation_loss(
    W: Any,
    b: Any = None,
    *,
    density: Any,
    importance: Any = None,
    activation: str | OutputActivation = "relu",
) -> float:
    r"""Expected loss of x' = f(WᵀWx + b) for two features in one dimension, any f [D37].

    .. math:: L = \sum_i I_i\, E\big(x_i - f(w_i^2 x_i + w_i w_j x_j + b_i)\big)^2 .

    Parameters
    ----------
    W : array_like (1, 2)
    b : array_like (2,), optional
        Zero when left out.
    density : float in (0, 1], or one a feature
    importance : array_like (2,), optional
    activation : str or OutputActivation
        f: "linear", "relu", "leaky" (0.1), "gelu", "jump" (at 0.25), "clipped" (to [0, 1]),
        "absolute"; `leaky_output`, `jump_output` make others.

    Returns
    -------
    float
        Exact to rounding; for GELU to 1e-13.

    Raises
    ------
    ValueError
        For other shapes, an unknown activation, a density or an importance out of range.

    Examples
    --------
    An absolute value hears the other feature of a digon as its own.

    >>> round(activation_loss([[1, -1]], density=0.1, activation="absolute"), 4)
    0.0633
    >>> round(activation_loss([[1, -1]], density=0.1), 4)
    0.0033
    """
    f = as_output(activation)
    w = as_floats("W", W)
    if w.shape != (1, 2):
        raise ValueError(f"W must have shape (1, 2): two features in one dimension, got {w.shape}")
    bias = np.zeros(2) if b is None else as_floats("b", b)
    if bias.shape != (2,):
        raise ValueError(f"b must have shape (2,), got {bias.shape}")
    p = np.broadcast_to(as_density(density, 2), (2,))
    I = as_importance(importance, 2)
    cost = output_cost(f, w[0], w[0, ::-1], bias, p, p[::-1])
    return float(I @ cost)


def output_cost(
    f: OutputActivation, own: Any, other: Any, bias: Any, density: Any, other_density: Any = None
) -> FloatArray:
    """Expected squared error of one output, from both weights and its bias [D37].

    Parameters
    ----------
    f : OutputActivation
    own, other, bias, density, other_density : arrays that broadcast
        The feature's weight, the other's, the bias; how often either is active, the same when left
        out.
    """
    w, v, b, p = np.broadcast_arrays(own, other, bias, density)
    q = p if other_density is None else np.broadcast_to(other_density, p.shape)
    if f.lines:
        return costs_of_lines(w, v, b, p, q, f.kinks, f.lines, _gauss(f.nodes))
    a, g = w * w, w * v
    silent = f.value(b) ** 2
    alone = _over_segment(f, a, b, 1.0)
    heard = _over_segment(f, g, b, 0.0)
    both = _over_square(f, a, g, b)
    return np.asarray((1 - p) * ((1 - q) * silent + q * heard) + p * ((1 - q) * alone + q * both))


def _over_segment(f: OutputActivation, slope: FloatArray, b: FloatArray, own: float) -> FloatArray:
    """∫ (own · x − f(slope · x + b))² dx."""
    x, weight = _pieces(f, slope, b)
    return np.asarray(
        (weight * (own * x - f.value(slope[..., None] * x + b[..., None])) ** 2).sum(-1)
    )


def _over_square(f: OutputActivation, a: FloatArray, g: FloatArray, b: FloatArray) -> FloatArray:
    """∬ (x − f(a x + g y + b))² dx dy, inside along the steeper axis."""
    steep = np.abs(a) >= np.abs(g)
    inner, outer = np.where(steep, a, g), np.where(steep, g, a)
    # Along the outer axis the inner integral changes its formula where a kink enters or leaves.
    u, weight = _pieces(f, outer, b, np.stack([np.zeros_like(inner), inner], axis=-1))
    shifted = outer[..., None] * u + b[..., None]
    t, within = _pieces(f, np.broadcast_to(inner[..., None], u.shape), shifted)
    target = np.where(steep[..., None, None], t, u[..., None])
    z = inner[..., None, None] * t + shifted[..., None]
    return np.asarray((weight * (within * (target - f.value(z)) ** 2).sum(-1)).sum(-1))


def _pieces(
    f: OutputActivation, slope: FloatArray, b: FloatArray, shifts: FloatArray | None = None
) -> tuple[FloatArray, FloatArray]:
    """Gauss points and weights on [0, 1], between places where slope · x + b + shift is a kink."""
    ends = [np.zeros_like(slope), np.ones_like(slope)]
    for kink in f.kinks:
        level = kink - b[..., None] - (0.0 if shifts is None else shifts)
        with np.errstate(divide="ignore", invalid="ignore", over="ignore"):
            place = np.nan_to_num(level / slope[..., None], nan=0.0)
        ends += list(np.moveaxis(np.clip(place, 0.0, 1.0), -1, 0))
    cuts = np.sort(np.stack(ends, axis=-1), axis=-1)
    at, weight = _gauss(f.nodes)
    width = np.diff(cuts, axis=-1)[..., None]
    x = cuts[..., :-1, None] + width * at
    shape = (*slope.shape, -1)
    return x.reshape(shape), (width * weight).reshape(shape)


@cache
def _gauss(nodes: int) -> tuple[FloatArray, FloatArray]:
    at, weight = leggauss(nodes)
    return (at + 1) / 2, weight / 2
