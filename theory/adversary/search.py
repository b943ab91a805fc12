"""The worst attack on each of many inputs: every candidate of the arrangement, tried [D19]."""

from __future__ import annotations

import numpy as np

from ground.compiled import compiled
from theory.adversary.secular import maxima_on_sphere


@compiled()
def _loss(normals, importance, x, z, v):  # type: ignore[no-untyped-def]
    """What an input costs at v."""
    total = 0.0
    for i in range(x.shape[0]):
        moved = z[i]
        for a in range(v.shape[0]):
            moved += normals[i, a] * v[a]
        error = x[i] - max(moved, 0.0)
        total += importance[i] * error * error
    return total


@compiled()
def _keep(normals, importance, x, z, v, best, found):  # type: ignore[no-untyped-def]
    """Keep v if it is worse than the worst so far."""
    value = _loss(normals, importance, x, z, v)
    if value > best:
        best = value
        for a in range(v.shape[0]):
            found[a] = v[a]
    return best


@compiled()
def worst_of_all(  # type: ignore[no-untyped-def]
    normals, kinked, free, basis, nearest, reach, first, signs, curvature, axes,
    importance, size, x, z, loss, place,
):  # fmt: skip
    """Worst attacks (S, r) and losses (S,) of inputs x (S, n) with z = b + G x (S, n).

    The arrays before `importance` are those of an Arrangement.
    """
    samples, n = x.shape
    r = normals.shape[1]
    v, nearest_place = np.zeros(r), np.empty(r)
    middle = np.empty(n)
    g = np.empty(r)
    points = np.empty((2 + 2 * r, r))
    for s in range(samples):
        v[:] = 0.0
        found = place[s]
        found[:] = 0.0
        best = _loss(normals, importance, x[s], z[s], v)
        for f in range(kinked.shape[0]):
            d = free[f]
            square = 0.0
            for a in range(r):
                total, column = 0.0, 0
                for i in range(n):
                    if kinked[f] >> i & 1:
                        total -= nearest[f, a, column] * z[s, i]
                        column += 1
                nearest_place[a] = total
                square += total * total
            if square > size * size:
                continue
            radius = np.sqrt(size * size - square)
            if d == 0 or radius == 0.0:
                best = _keep(normals, importance, x[s], z[s], nearest_place, best, found)
                continue
            if d == 1:
                for sign in (-1.0, 1.0):
                    for a in range(r):
                        v[a] = nearest_place[a] + sign * radius * basis[f, a, 0]
                    best = _keep(normals, importance, x[s], z[s], v, best, found)
                continue
            must, may = 0, 0
            for i in range(n):
                middle[i] = z[s, i]
                for a in range(r):
                    middle[i] += normals[i, a] * nearest_place[a]
                if kinked[f] >> i & 1 == 0:
                    if middle[i] - radius * reach[f, i] > 0.0:
                        must |= 1 << i
                    if middle[i] + radius * reach[f, i] > 0.0:
                        may |= 1 << i
            for j in range(first[f], first[f + 1]):
                on = signs[j]
                if on & must != must or on & ~may != 0:
                    continue
                for b in range(d):
                    g[b] = 0.0
                for i in range(n):
                    if on >> i & 1:
                        weight = importance[i] * (x[s, i] - middle[i])
                        for b in range(d):
                            along = 0.0
                            for a in range(r):
                                along += axes[j, a, b] * normals[i, a]
                            g[b] += weight * along
                count = maxima_on_sphere(curvature[j], g, d, radius, points)
                for c in range(count):
                    for a in range(r):
                        v[a] = nearest_place[a]
                        for b in range(d):
                            v[a] += axes[j, a, b] * points[c, b]
                    best = _keep(normals, importance, x[s], z[s], v, best, found)
        loss[s] = best
