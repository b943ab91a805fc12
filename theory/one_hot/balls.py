"""The energy of two neighbours in ball arithmetic: every radius holds all that rounding did.

Needs python-flint (extra `exact`).  Nothing here is shared with the floats of
`theory.one_hot.pair_energy`: integrals are taken by antiderivatives of powers.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

__all__ = ["ball", "corner", "derivative", "energy", "pi", "second_derivatives"]


def _arb() -> Any:
    try:
        from flint import arb
    except ImportError as error:
        raise ImportError(
            "ball arithmetic needs python-flint: pip install 'superposition-theory[exact]'"
        ) from error
    return arb


def ball(value: Any, radius: float = 0.0) -> Any:
    """A float as it is, or with a radius around it."""
    return _arb()(value, radius)


def pi() -> Any:
    """A ball that holds π."""
    return _arb().pi()


# Integrals over x in [0, 1] of powers of x and of z = ax + b where z > 0; a ≥ 0, balls.


def _start(a: Any, b: Any) -> Any:
    """Where z becomes positive."""
    arb = _arb()
    if b >= 0:
        return arb(0)
    if a + b <= 0:
        return arb(1)
    return (-b / a).max(arb(0)).min(arb(1))


def _moment(a: Any, b: Any, x: int, z: int) -> Any:
    """∫ x^x z^z over the part where z > 0, by the antiderivative of the polynomial."""
    k = _start(a, b)

    def rest(n: int) -> Any:
        return (1 - k ** (n + 1)) / (n + 1)

    if z == 0:
        return rest(x)
    if z == 1:
        return a * rest(x + 1) + b * rest(x)
    return a * a * rest(x + 2) + 2 * a * b * rest(x + 1) + b * b * rest(x)


def energy(θ: Any, a: Sequence[Any], b: Sequence[Any]) -> Any:
    """The pair's energy at balls."""
    g = (a[0] * a[1]).sqrt() * θ.cos()
    total = _arb()(1) / 3
    for i in range(2):
        total += _moment(a[i], b[i], 0, 2) / 2 - _moment(a[i], b[i], 1, 1) + _moment(g, b[i], 0, 2)
    return total


def corner(low: Sequence[Any], high: Sequence[Any]) -> Any:
    """The energy is at least this on the box: ∫ z², ∫ xz grow in a and b."""
    g = (low[1] * low[2]).sqrt() * high[0].cos()
    total = _arb()(1) / 3
    for i in (1, 2):
        total += _moment(low[i], low[i + 2], 0, 2) / 2 - _moment(high[i], high[i + 2], 1, 1)
        total += _moment(g, low[i + 2], 0, 2)
    return total


def derivative(low: Sequence[Any], high: Sequence[Any], axis: int) -> Any:
    """A ball that holds ∂energy/∂axis on the box; products of positive numbers grow in each."""
    least, most = _derivative_at(low, high, axis), _derivative_at(high, low, axis)
    return least.union(most)


def _derivative_at(low: Sequence[Any], high: Sequence[Any], axis: int) -> Any:
    """The end of the derivative's range where what grows is taken low and what falls, high."""
    g = (low[1] * low[2]).sqrt() * high[0].cos()
    if axis >= 3:
        i = axis - 2
        own = _moment(low[i], low[axis], 0, 1) - _moment(high[i], high[axis], 1, 0)
        return own + 2 * _moment(g, low[axis], 0, 1)
    if axis == 0:
        G = (high[1] * high[2]).sqrt() * low[0].cos()
        sent = 2 * (_moment(G, high[3], 1, 1) + _moment(G, high[4], 1, 1))
        return -(high[1] * high[2]).sqrt() * high[0].sin() * sent
    sent = 2 * (_moment(g, low[3], 1, 1) + _moment(g, low[4], 1, 1))
    own = _moment(low[axis], low[axis + 2], 1, 1) - _moment(high[axis], high[axis + 2], 2, 0)
    return own + (low[3 - axis] / high[axis]).sqrt() / 2 * high[0].cos() * sent


def second_derivatives(θ: Any, a: Sequence[Any], b: Sequence[Any]) -> list[list[Any]]:
    """Hessian in (θ, a₁, a₂, b₁, b₂), where −a < b < 0 and g + b > 0; balls in, balls out.

    Where z becomes positive at k, ∫ z₊² has the second derivatives 2 ∫_k^1 (x², x, 1); the
    target x adds what moving k does to it, −2 (k³, k², k) / a.
    """
    g, t = (a[0] * a[1]).sqrt() * θ.cos(), θ.tan()
    starts = [-x / g for x in b]
    bent = g * g * sum(2 * (1 - s**3) / 3 for s in starts)  # g² C_gg of C = c(g, b₁) + c(g, b₂)
    drawn = g * g * sum(2 * (1 - s**3) / 3 - s * (1 - s * s) for s in starts)  # g C_g
    first = [-t, 1 / (2 * a[0]), 1 / (2 * a[1])]  # of log g
    second = [-(1 + t * t), -2 * first[1] ** 2, -2 * first[2] ** 2]
    H = [[_arb()(0)] * 5 for _ in range(5)]
    for i in range(3):
        for j in range(3):
            H[i][j] = (bent + drawn) * first[i] * first[j] + (drawn * second[i] if i == j else 0)
        for j, s in enumerate(starts):
            H[i][3 + j] = H[3 + j][i] = g * first[i] * (1 - s * s)
    for i, s in enumerate(starts):
        k = -b[i] / a[i]
        H[1 + i][1 + i] += (1 - k**3) / 3 - k**3 / a[i]
        H[1 + i][3 + i] += (1 - k * k) / 2 - k * k / a[i]
        H[3 + i][1 + i] = H[1 + i][3 + i]
        H[3 + i][3 + i] = 1 - k - k / a[i] + 2 * (1 - s)
    return H
