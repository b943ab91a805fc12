"""What two neighbouring features on a circle cost each other, and bounds of it on boxes.

Everything is built from integrals over x in [0, 1] of (ax + b)₊ and of the part on which it is
positive.  Each of them grows, or falls, in a and in b alike: its range on a box is between two
corners.
"""

from __future__ import annotations

import numpy as np

from ground.checks import FloatArray

__all__ = ["gradient_range", "least_corner", "pair_energy"]

# Columns of points and boxes, (..., 5).
ANGLE, FIRST, SECOND, FIRST_BIAS, SECOND_BIAS = range(5)


def pair_energy(points: FloatArray) -> FloatArray:
    r"""Energy of two neighbours at an angle: half of each own cost, and what each sends [D44].

    .. math:: P(\theta, a_1, a_2, b_1, b_2) = \sum_{i=1,2} \tfrac12\, s(a_i, b_i)
              + c\big(\sqrt{a_1 a_2}\cos\theta,\, b_i\big),

    with :math:`s(a, b) = \int_0^1 (x - (ax+b)_+)^2 dx` and
    :math:`c(g, b) = \int_0^1 (gx+b)_+^2 dx`.

    Parameters
    ----------
    points : array (..., 5)
        Angle in [0, π/2]; squared lengths a ≥ 0 of both; biases of both.

    Returns
    -------
    array (...)

    Examples
    --------
    Two orthogonal features of length 1 without bias cost nothing.

    >>> bool(pair_energy(np.array([np.pi / 2, 1, 1, 0, 0])) < 1e-15)
    True
    """
    θ, a1, a2, b1, b2 = np.moveaxis(points, -1, 0)
    g = np.sqrt(a1 * a2) * np.cos(θ)
    own = 1 / 3 - _times_x(a1, b1) - _times_x(a2, b2) + (_square(a1, b1) + _square(a2, b2)) / 2
    return np.asarray(own + _square(g, b1) + _square(g, b2))


def least_corner(low: FloatArray, high: FloatArray) -> FloatArray:
    """Lower bound of the pair's energy on boxes, each term at the corner where it is least [D44].

    Parameters
    ----------
    low, high : array (..., 5)
    """
    a1, a2, b1, b2 = np.moveaxis(low[..., 1:], -1, 0)
    A1, A2, B1, B2 = np.moveaxis(high[..., 1:], -1, 0)
    g = np.sqrt(a1 * a2) * np.cos(high[..., ANGLE])
    own = 1 / 3 - _times_x(A1, B1) - _times_x(A2, B2) + (_square(a1, b1) + _square(a2, b2)) / 2
    return np.asarray(own + _square(g, b1) + _square(g, b2))


def gradient_range(low: FloatArray, high: FloatArray) -> tuple[FloatArray, FloatArray]:
    """Least and largest that each derivative of the pair's energy can be on boxes [D44].

    Parameters
    ----------
    low, high : array (..., 5)

    Returns
    -------
    two arrays (..., 5)
        Infinite where a box touches a = 0.
    """
    θ, a, b = low[..., ANGLE], low[..., 1:3], low[..., 3:]
    Θ, A, B = high[..., ANGLE], high[..., 1:3], high[..., 3:]
    sides = np.sqrt(a.prod(-1)), np.sqrt(A.prod(-1))
    g, G = (sides[0] * np.cos(Θ))[..., None], (sides[1] * np.cos(θ))[..., None]
    sent = 2 * _times_x(g, b).sum(-1), 2 * _times_x(G, B).sum(-1)
    with np.errstate(divide="ignore", invalid="ignore"):
        ratio = a[..., ::-1] / A, A[..., ::-1] / a
        pull = (
            np.sqrt(ratio[0]) / 2 * (np.cos(Θ) * sent[0])[..., None],
            np.sqrt(ratio[1]) / 2 * (np.cos(θ) * sent[1])[..., None],
        )
    turn = -sides[1] * np.sin(Θ) * sent[1], -sides[0] * np.sin(θ) * sent[0]
    by_a = (
        _times_x(a, b) - _part(A, B, 2) + pull[0],
        _times_x(A, B) - _part(a, b, 2) + pull[1],
    )
    by_b = (
        _mean(a, b) - _part(A, B, 1) + 2 * _mean(g, b),
        _mean(A, B) - _part(a, b, 1) + 2 * _mean(G, B),
    )
    least, most = (
        np.concatenate([turn[k][..., None], by_a[k], by_b[k]], axis=-1) for k in range(2)
    )
    return np.nan_to_num(least, nan=-np.inf, posinf=np.inf, neginf=-np.inf), np.nan_to_num(
        most, nan=np.inf, posinf=np.inf, neginf=-np.inf
    )


def _start(a: FloatArray, b: FloatArray) -> FloatArray:
    """Where ax + b becomes positive, within [0, 1]; a ≥ 0."""
    safe = np.where(a > 0, a, 1.0)
    return np.where(b >= 0, 0.0, np.where(a + b <= 0, 1.0, -b / safe))


def _square(a: FloatArray, b: FloatArray) -> FloatArray:
    """∫ (ax + b)₊² dx."""
    first, last = np.maximum(b, 0.0), np.maximum(a + b, 0.0)
    return (1 - _start(a, b)) * (first * first + first * last + last * last) / 3


def _times_x(a: FloatArray, b: FloatArray) -> FloatArray:
    """∫ x (ax + b)₊ dx."""
    k = _start(a, b)
    return a * (1 - k**3) / 3 + b * (1 - k * k) / 2


def _mean(a: FloatArray, b: FloatArray) -> FloatArray:
    """∫ (ax + b)₊ dx."""
    return (1 - _start(a, b)) * (np.maximum(b, 0.0) + np.maximum(a + b, 0.0)) / 2


def _part(a: FloatArray, b: FloatArray, power: int) -> FloatArray:
    """∫ x^power dx where ax + b > 0."""
    return (1 - _start(a, b) ** (power + 1)) / (power + 1)
