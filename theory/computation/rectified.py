r"""One input as its two halves, x = ReLU(x) − ReLU(−x), and their moments.

The targets x, |x| and ReLU(x) are sums of the same two halves with coefficients 1, 0 or −1, so
that two means and a 2 × 2 covariance a feature hold every moment of targets, inputs and of
neurons that read one feature.  Written for any kind of number: floats, arrays, SymPy.
"""

from __future__ import annotations

from typing import Any, NamedTuple

__all__ = ["HALVES", "INPUT", "TARGETS", "Halves", "halves", "mean_of", "product_of"]

HALVES = {"identity": (1, -1), "absolute": (1, 1), "relu": (1, 0)}
"""Coefficients of ReLU(x) and ReLU(−x) in each target."""

TARGETS = tuple(HALVES)

INPUT = HALVES["identity"]


class Halves(NamedTuple):
    """Moments of u = ReLU(x) and v = ReLU(−x); u v = 0 always."""

    mean_u: Any
    mean_v: Any
    square_u: Any  # E[u²]
    square_v: Any


def halves(density: Any, low: Any, high: Any) -> Halves:
    r"""Moments of both halves of a feature that is uniform on [low, high] when active [D27].

    .. math:: E[u] = p\,\frac{h_+^2 - l_+^2}{2 (h - l)}, \qquad
       E[u^2] = p\,\frac{h_+^3 - l_+^3}{3 (h - l)}

    and the same of [−h, −l] for v.

    >>> halves(0.5, -1.0, 1.0).mean_u
    0.125
    """
    width = high - low

    def moments(least: Any, most: Any) -> tuple[Any, Any]:
        least, most = (end if end > 0 else 0 * end for end in (least, most))
        return (
            density * (most**2 - least**2) / (2 * width),
            density * (most**3 - least**3) / (3 * width),
        )

    (mean_u, square_u), (mean_v, square_v) = moments(low, high), moments(-high, -low)
    return Halves(mean_u, mean_v, square_u, square_v)


def mean_of(moments: Halves, a: tuple[int, int]) -> Any:
    """E[a_1 u + a_2 v]."""
    return a[0] * moments.mean_u + a[1] * moments.mean_v


def product_of(moments: Halves, a: tuple[int, int], c: tuple[int, int], *, centred: bool) -> Any:
    """E[(a·(u, v)) (c·(u, v))], or the covariance of the two where `centred`."""
    raw = a[0] * c[0] * moments.square_u + a[1] * c[1] * moments.square_v
    return raw - mean_of(moments, a) * mean_of(moments, c) if centred else raw
