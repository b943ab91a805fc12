"""The mean squared error behind an output made of lines, cut at its kinks: one compiled loop.

The same points and weights as in `activation_loss`, without arrays between: a search asks for
millions of them.
"""

from __future__ import annotations

import numpy as np

from ground.checks import FloatArray
from ground.compiled import compiled

__all__ = ["costs_of_lines"]


@compiled()
def _value(z, kinks, slopes, offsets):  # type: ignore[no-untyped-def]
    """The output at z: of the line between its neighbouring kinks."""
    k = 0
    while k < kinks.size and z > kinks[k]:
        k += 1
    return slopes[k] * z + offsets[k]


@compiled()
def _cut(slope, levels, count, cuts):  # type: ignore[no-untyped-def]
    """Where slope · x meets the levels inside (0, 1), sorted, between 0 and 1; how many."""
    cuts[0] = 0.0
    found = 1
    if slope != 0.0:
        for k in range(count):
            place = levels[k] / slope
            if 0.0 < place < 1.0:
                at = found
                while at > 0 and cuts[at - 1] > place:
                    cuts[at] = cuts[at - 1]
                    at -= 1
                cuts[at] = place
                found += 1
    cuts[found] = 1.0
    return found


@compiled()
def _segment(own, slope, b, kinks, slopes, offsets, at, weight, levels, cuts):  # type: ignore[no-untyped-def]
    """∫ (own · x − f(slope · x + b))² dx."""
    for k in range(kinks.size):
        levels[k] = kinks[k] - b
    total = 0.0
    for c in range(_cut(slope, levels, kinks.size, cuts)):
        width = cuts[c + 1] - cuts[c]
        for i in range(at.size):
            x = cuts[c] + width * at[i]
            error = own * x - _value(slope * x + b, kinks, slopes, offsets)
            total += width * weight[i] * error * error
    return total


@compiled()
def _square(a, g, b, kinks, slopes, offsets, at, weight, levels, cuts, within):  # type: ignore[no-untyped-def]
    """∬ (x − f(a x + g y + b))² dx dy, inside along the steeper axis."""
    steep = abs(a) >= abs(g)
    inner, outer = (a, g) if steep else (g, a)
    # Along the outer axis the inner integral changes its formula where a kink enters or leaves.
    for k in range(kinks.size):
        levels[2 * k] = kinks[k] - b
        levels[2 * k + 1] = kinks[k] - b - inner
    total = 0.0
    for c in range(_cut(outer, levels, 2 * kinks.size, cuts)):
        width = cuts[c + 1] - cuts[c]
        for i in range(at.size):
            u = cuts[c] + width * at[i]
            shifted = outer * u + b
            for k in range(kinks.size):
                levels[k] = kinks[k] - shifted
            line = 0.0
            for d in range(_cut(inner, levels, kinks.size, within)):
                short = within[d + 1] - within[d]
                for j in range(at.size):
                    t = within[d] + short * at[j]
                    target = t if steep else u
                    error = target - _value(inner * t + shifted, kinks, slopes, offsets)
                    line += short * weight[j] * error * error
            total += width * weight[i] * line
    return total


@compiled()
def _costs(w, v, b, p, q, kinks, slopes, offsets, at, weight, out):  # type: ignore[no-untyped-def]
    """Every entry; patterns that never occur are left out."""
    levels, cuts = np.empty(2 * kinks.size + 1), np.empty(2 * kinks.size + 2)
    within = np.empty(kinks.size + 2)
    for n in range(w.size):
        a, g = w[n] * w[n], w[n] * v[n]
        silent = _value(b[n], kinks, slopes, offsets) ** 2
        alone = _segment(1.0, a, b[n], kinks, slopes, offsets, at, weight, levels, cuts)
        heard = _segment(0.0, g, b[n], kinks, slopes, offsets, at, weight, levels, cuts)
        both = _square(a, g, b[n], kinks, slopes, offsets, at, weight, levels, cuts, within)
        out[n] = (1 - p[n]) * ((1 - q[n]) * silent + q[n] * heard) + p[n] * (
            (1 - q[n]) * alone + q[n] * both
        )


def costs_of_lines(
    w: FloatArray,
    v: FloatArray,
    b: FloatArray,
    p: FloatArray,
    q: FloatArray,
    kinks: tuple[float, ...],
    lines: tuple[tuple[float, float], ...],
    rule: tuple[FloatArray, FloatArray],
) -> FloatArray:
    """Expected squared error of one output, entry by entry, all of one shape.

    Parameters
    ----------
    w, v, b, p, q : arrays
        Own and other weight, bias, and how often either feature is active.
    kinks : tuple of float
        Rising.
    lines : tuple of (slope, offset)
        Of the output below the first kink, between kinks, and above the last.
    rule : (points, weights) on [0, 1]
    """
    slopes, offsets = (np.array(column, dtype=float) for column in zip(*lines, strict=True))
    out = np.empty(w.shape)
    flat = (np.ascontiguousarray(x, dtype=float).ravel() for x in (w, v, b, p, q))
    _costs(*flat, np.array(kinks, dtype=float), slopes, offsets, *rule, out.reshape(-1))
    return out
