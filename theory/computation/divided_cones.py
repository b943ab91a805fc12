"""The cones over a cube's faces, divided along hidden hyperplanes into few simplices [D26].

Simplices that are cut by one plane after the other fall into many slivers.  Here a face is cut as a
whole, into convex cells that know their vertices and, as bits, the facets through each; only what
is left in the end is divided into simplices.  It is a help, not a claim: whoever sums over the
simplices still cuts those that a plane crosses.
"""

from __future__ import annotations

import numpy as np

from ground.checks import FloatArray
from ground.compiled import compiled

MOST_VERTICES = 64  # of a cell: sets of vertices are bits of one word
ONE = np.uint64(1)
NONE = np.uint64(0)


@compiled()
def divided_cones(
    V: FloatArray, low: float, high: float, rounding: float
) -> tuple[FloatArray, FloatArray]:
    """Corners (T, k, k) beside the origin and shares (T,) of the cube, k ≥ 2 [D26].

    Parameters
    ----------
    V : (m, k)
        Hyperplanes through the origin.
    low, high : float
    rounding : float
        Relative size of what counts as zero.

    Returns
    -------
    corners, shares
        Empty where a cell has too many vertices, or rounding left a gap.
    """
    m, k = V.shape
    words = (2 * k + m + 63) // 64
    points = np.empty((m + 3, MOST_VERTICES, k))
    facets = np.empty((m + 3, MOST_VERTICES, words), np.uint64)
    sizes = np.empty(m + 3, np.int64)
    planes = np.empty(m + 3, np.int64)
    old_points = np.empty((MOST_VERTICES, k))
    old_facets = np.empty((MOST_VERTICES, words), np.uint64)
    values = np.empty(MOST_VERTICES)
    shared = np.empty(words, np.uint64)
    reach = max(high, -low)
    corners, shares = np.empty((64, k, k)), np.empty(64)
    count = 0
    failed = corners[:0].copy(), shares[:0].copy()

    for face in range(2 * k):
        own = face // 2
        end = low if face % 2 == 0 else high
        if end == 0.0:
            continue
        sizes[0], planes[0] = 1 << (k - 1), 0
        for v in range(sizes[0]):
            facets[0, v] = NONE
            turn = v
            for j in range(k):
                if j == own:
                    points[0, v, j] = end
                    continue
                points[0, v, j] = high if turn & 1 else low
                facets[0, v, (2 * j + (turn & 1)) // 64] |= ONE << np.uint64(
                    (2 * j + (turn & 1)) % 64
                )
                turn >>= 1
        top = 1
        while top > 0:
            top -= 1
            size, plane = sizes[top], planes[top]
            above = below = 0
            while plane < m:
                noise = 0.0
                for j in range(k):
                    noise += rounding * reach * abs(V[plane, j])
                above = below = 0
                for v in range(size):
                    value = 0.0
                    for j in range(k):
                        value += V[plane, j] * points[top, v, j]
                    values[v] = 0.0 if abs(value) <= noise else value
                    above += value > noise
                    below += value < -noise
                if above > 0 and below > 0:
                    break
                plane += 1
            if plane == m:
                more = simplices_of(points[top, :size], facets[top, :size], own, 2 * k + m)
                while count + len(more) > len(shares):
                    corners = np.concatenate((corners, np.empty_like(corners)))
                    shares = np.concatenate((shares, np.empty_like(shares)))
                for each in range(len(more)):
                    for v in range(k):
                        for j in range(k):
                            corners[count, v, j] = points[top, more[each, v], j]
                    share = facet_volume(corners[count], own)
                    for j in range(k):
                        share /= (high - low) * (j + 1)
                    shares[count] = share * abs(end)
                    count += 1
                continue
            for v in range(size):
                _put(old_points[v], old_facets[v], points[top, v], facets[top, v])
            new, word, bit = top + 1, (2 * k + plane) // 64, np.uint64((2 * k + plane) % 64)
            sizes[top] = sizes[new] = 0
            for v in range(size):
                for side, place in ((1.0, top), (-1.0, new)):
                    if side * values[v] >= 0.0:
                        w = sizes[place]
                        _put(points[place, w], facets[place, w], old_points[v], old_facets[v])
                        if values[v] == 0.0:
                            facets[place, w, word] |= ONE << bit
                        sizes[place] += 1
            for p in range(size):
                for q in range(size):
                    if values[p] <= 0.0 or values[q] >= 0.0:
                        continue
                    for each in range(words):
                        shared[each] = old_facets[p, each] & old_facets[q, each]
                    holders = 0
                    for v in range(size):
                        holds = True
                        for each in range(words):
                            holds &= old_facets[v, each] & shared[each] == shared[each]
                        holders += holds
                    if holders > 2:
                        continue  # on a larger face together: no edge
                    if max(sizes[top], sizes[new]) == MOST_VERTICES:
                        return failed
                    t = values[p] / (values[p] - values[q])
                    for place in (top, new):
                        w = sizes[place]
                        for j in range(k):
                            points[place, w, j] = old_points[p, j] + t * (
                                old_points[q, j] - old_points[p, j]
                            )
                        for each in range(words):
                            facets[place, w, each] = shared[each]
                        facets[place, w, word] |= ONE << bit
                        sizes[place] += 1
            planes[top] = planes[new] = plane + 1
            top += 2
    if abs(shares[:count].sum() - 1.0) > 1e-12:
        return failed
    return corners[:count].copy(), shares[:count].copy()


@compiled()
def _put(point: FloatArray, through: np.ndarray, other: FloatArray, others: np.ndarray) -> None:
    """Set a vertex, and the facets through it, to another one."""
    for j in range(len(point)):
        point[j] = other[j]
    for each in range(len(through)):
        through[each] = others[each]


@compiled()
def simplices_of(points: FloatArray, facets: np.ndarray, own: int, bits: int) -> np.ndarray:
    """Divide a cell of a face into simplices, (T, k) of its vertices [D26].

    Its first vertex is joined to the facets that avoid it, divided alike: a stack of faces, as sets
    of vertices, with the vertices that they are joined to.
    """
    size, k = points.shape
    through = np.empty(bits, np.uint64)
    used = 0
    everything = NONE
    for v in range(size):
        everything |= ONE << np.uint64(v)
    for bit in range(bits):
        found = NONE
        for v in range(size):
            if facets[v, bit // 64] >> np.uint64(bit % 64) & ONE:
                found |= ONE << np.uint64(v)
        if found != NONE and found != everything:
            through[used] = found
            used += 1
    answer = np.empty((16, k), np.int64)
    count = 0
    stack = np.empty(k * (used + 1) + 2, np.uint64)
    depths = np.empty(len(stack), np.int64)
    paths = np.empty((len(stack), k), np.int64)
    sides = np.empty(used, np.uint64)
    stack[0], depths[0] = everything, 0
    top = 1
    while top > 0:
        top -= 1
        face, depth = stack[top], depths[top]
        path = paths[top].copy()
        apex = 0
        while not face >> np.uint64(apex) & ONE:
            apex += 1
        path[depth] = apex
        if depth == k - 1:
            if count == len(answer):
                answer = np.concatenate((answer, np.empty_like(answer)))
            for v in range(k):
                answer[count, v] = path[v]
            count += 1
            continue
        for each in range(used):
            sides[each] = through[each] & face
            if sides[each] == face:
                sides[each] = NONE
        for each in range(used):
            side = sides[each]
            facet = side != NONE and not side >> np.uint64(apex) & ONE
            for other in range(used):
                if side & sides[other] == side and (sides[other] != side or other < each):
                    facet = False  # within a larger one, or met before
            if facet:
                stack[top], depths[top] = side, depth + 1
                for v in range(k):
                    paths[top, v] = path[v]
                top += 1
    return answer[:count]


@compiled()
def facet_volume(corners: FloatArray, own: int) -> float:
    """(k − 1)! times the volume of a simplex in the face of feature `own`, by elimination."""
    k = len(corners)
    size = k - 1
    table = np.empty((size, size))
    for v in range(size):
        column = 0
        for j in range(k):
            if j != own:
                table[v, column] = corners[v + 1, j] - corners[0, j]
                column += 1
    volume = 1.0
    for i in range(size):
        pivot = i
        for r in range(i + 1, size):
            if abs(table[r, i]) > abs(table[pivot, i]):
                pivot = r
        if table[pivot, i] == 0.0:
            return 0.0
        if pivot != i:
            for c in range(size):
                table[i, c], table[pivot, c] = table[pivot, c], table[i, c]
        volume *= abs(table[i, i])
        for r in range(i + 1, size):
            factor = table[r, i] / table[i, i]
            for c in range(i, size):
                table[r, c] -= factor * table[i, c]
    return volume
