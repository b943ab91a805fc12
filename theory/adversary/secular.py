r"""The largest value of a convex quadratic on a sphere: the secular equation [D19].

Maximise q(y) = Σ_j d_j y_j² − 2 g_j y_j on |y| = ρ, d_1 ≥ d_2 ≥ … .  Where q is stationary
y_j = g_j / (d_j − λ), with λ from

$$ φ(λ) = Σ_j \frac{g_j²}{(λ − d_j)²} = ρ². $$

At a local maximum λ ≥ d_2.  Beyond d_1 there is one root, the largest value of all; between d_2 and
d_1 φ is convex, and of its roots only the one nearer to d_1 can be a maximum.  Where some g_j
vanishes λ = d_j is possible too, with what is missing to |y| = ρ along the axis j (the hard case).
So there are at most 2 + 2k points to try in k dimensions.
"""

from __future__ import annotations

import numpy as np

from ground.compiled import compiled

HALVINGS = 200  # at most: the interval is halved until its ends are neighbours


@compiled()
def _size(d, g, k, shift):  # type: ignore[no-untyped-def]
    """φ at λ = d_1 + shift, and half its derivative there."""
    value, slope = 0.0, 0.0
    for j in range(k):
        gap = (d[0] - d[j]) + shift
        part = g[j] / gap
        value += part * part
        slope -= part * part / gap
    return value, slope


@compiled()
def _place(d, g, k, shift, radius, out):  # type: ignore[no-untyped-def]
    """y at λ = d_1 + shift, brought to the sphere."""
    norm = 0.0
    for j in range(k):
        out[j] = -g[j] / ((d[0] - d[j]) + shift)
        norm += out[j] * out[j]
    norm = np.sqrt(norm)
    for j in range(k):
        out[j] *= radius / norm


@compiled()
def maxima_on_sphere(d, g, k, radius, out):  # type: ignore[no-untyped-def]
    """Points of the sphere among which every local maximum of q is.

    Parameters
    ----------
    d, g : (≥ k,)
        Curvatures, falling, and half the slope at 0, with its sign changed.
    k : int
        Dimensions.
    radius : float
        ρ > 0.
    out : (≥ 2 + 2k, ≥ k)
        Receives the points.

    Returns
    -------
    int
        How many.
    """
    count = 0
    length = 0.0
    for j in range(k):
        length += g[j] * g[j]
    length = np.sqrt(length)
    # Beyond d_1: g_1²/s² ≤ φ ≤ |g|²/s² brackets the root s = λ − d_1.
    if length > 0.0:
        low, high = abs(g[0]) / radius, length / radius
        for _ in range(HALVINGS):
            middle = 0.5 * (low + high)
            if middle <= low or middle >= high:
                break
            if _size(d, g, k, middle)[0] > radius * radius:
                low = middle
            else:
                high = middle
        if high > 0.0:
            _place(d, g, k, high, radius, out[count])
            count += 1
    # Between d_2 and d_1, right of the least φ.
    if k > 1 and g[0] != 0.0 and d[0] > d[1]:
        low, high = d[1] - d[0], 0.0
        for _ in range(HALVINGS):
            middle = 0.5 * (low + high)
            if middle <= low or middle >= high:
                break
            if _size(d, g, k, middle)[1] < 0.0:
                low = middle
            else:
                high = middle
        least, high = high, 0.0
        if least < 0.0 and _size(d, g, k, least)[0] < radius * radius:
            low = least
            for _ in range(HALVINGS):
                middle = 0.5 * (low + high)
                if middle <= low or middle >= high:
                    break
                if _size(d, g, k, middle)[0] < radius * radius:
                    low = middle
                else:
                    high = middle
            if low < 0.0:
                _place(d, g, k, low, radius, out[count])
                count += 1
    # The hard case, along every axis.
    for axis in range(k):
        rest, possible = radius * radius, True
        for j in range(k):
            if j != axis:
                gap = d[j] - d[axis]
                if gap == 0.0:
                    out[count, j] = 0.0
                    continue
                part = g[j] / gap
                if not part * part <= rest:
                    possible = False
                    break
                rest -= part * part
                out[count, j] = part
        if possible:
            out[count, axis] = np.sqrt(rest)
            for j in range(k):
                out[count + 1, j] = out[count, j]
            out[count + 1, axis] = -out[count, axis]
            count += 2
    return count
