r"""The loss of the privileged-basis model on one pattern, by cutting its cube into simplices [D30].

With the active features S uniform on [0, 1]^k, hidden neurons and outputs are linear between the
hyperplanes W_a·x = 0 and z_i = 0.  The cube is the union of k! simplices of ordered coordinates; a
simplex that a hyperplane cuts is halved at a crossed edge until nothing is crossed.  On a piece
of volume V with the values e_j of a linear error at its k + 1 corners

$$ ∫ e² = \frac{V}{(k+1)(k+2)} \Big( Σ_j e_j² + (Σ_j e_j)² \Big), $$

and ∫ e f likewise for the linear f = ∂z_i/∂θ, which is the gradient: the pieces' borders move with
θ, but the integrand is continuous there.  Values at new corners are interpolated, never divided by
more than the distance between the values on either side, so thin pieces cost no digits.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from ground.checks import FloatArray
from ground.compiled import compiled

ZERO = 1e-14  # of the largest value at a corner: below, a hyperplane passes through it


@compiled()
def halve(
    pieces: FloatArray, volumes: FloatArray, planes: NDArray[np.int64], top: int, value: int
) -> int:
    """Halve the piece on top of the stack where coordinate `value` changes sign at an edge.

    Returns the new top; the same where nothing is crossed.  The corner on the hyperplane gets an
    exact zero.
    """
    corners = pieces.shape[1]
    largest = 0.0
    for v in range(corners):
        largest = max(largest, abs(pieces[top, v, value]))
    above, below = -1, -1
    most, least = ZERO * largest, -ZERO * largest
    for v in range(corners):
        here = pieces[top, v, value]
        if here > most:
            most, above = here, v
        if here < least:
            least, below = here, v
    if above < 0 or below < 0:
        return top
    share = most / (most - least)
    for v in range(corners):
        for c in range(pieces.shape[2]):
            pieces[top + 1, v, c] = pieces[top, v, c]
    for c in range(pieces.shape[2]):
        middle = (1 - share) * pieces[top, above, c] + share * pieces[top, below, c]
        pieces[top, below, c] = middle
        pieces[top + 1, above, c] = middle
    pieces[top, below, value] = 0.0
    pieces[top + 1, above, value] = 0.0
    volumes[top + 1] = (1 - share) * volumes[top]
    volumes[top] *= share
    planes[top + 1] = planes[top]
    return top + 1


@compiled()
def pattern_loss(
    W: FloatArray,
    b: FloatArray,
    importance: FloatArray,
    active: NDArray[np.int64],
    weight: float,
    dW: FloatArray,
    db: FloatArray,
) -> float:
    """E[Σ I_i (x_i − x'_i)²] given the active features; `weight` times its gradient is added.

    Parameters
    ----------
    W : (m, n); b, importance : (n,)
    active : (k,)
        Features that are uniform on [0, 1]; the others are zero.
    weight : float
        Probability of the pattern.
    dW : (m, n); db : (n,)
        Where the gradient is added.
    """
    m, n = W.shape
    k = active.shape[0]
    total = 0.0
    if k == 0:
        for i in range(n):
            if b[i] > 0:
                total += importance[i] * b[i] * b[i]
                db[i] += weight * 2 * importance[i] * b[i]
        return total
    corners = k + 1
    depth = m * (k + 1) * (k + 1) // 4 + 2
    # A corner: the active features' values, then the neurons' inputs.
    pieces = np.empty((depth, corners, k + m))
    volumes = np.empty(depth)
    planes = np.empty(depth, dtype=np.int64)
    few = (k + 1) * (k + 1) // 4 + 2
    parts = np.empty((few, corners, k + m + 1))
    part_volumes = np.empty(few)
    part_planes = np.empty(few, dtype=np.int64)
    on = np.empty(m, dtype=np.bool_)
    # Integrals of 2 e_i by x_j and by h_a, and of e_i alone.
    sums = np.empty(k + m + 1)
    order = np.arange(k)
    turns = np.zeros(k, dtype=np.int64)
    factorial = 1.0
    for j in range(2, k + 1):
        factorial *= j
    scale = 1.0 / (factorial * corners * (k + 2))
    level = 0
    first = True
    while first or level < k:
        # Heap's permutations, one after the other.
        if not first:
            if turns[level] < level:
                other = 0 if level % 2 == 0 else turns[level]
                order[other], order[level] = order[level], order[other]
                turns[level] += 1
                level = 0
            else:
                turns[level] = 0
                level += 1
                continue
        first = False
        pieces[0] = 0.0
        for v in range(1, corners):
            for c in range(k + m):
                pieces[0, v, c] = pieces[0, v - 1, c]
            j = order[v - 1]
            pieces[0, v, j] = 1.0
            for a in range(m):
                pieces[0, v, k + a] += W[a, active[j]]
        volumes[0] = 1.0
        planes[0] = 0
        top = 0
        while top >= 0:
            if planes[top] < m:
                higher = halve(pieces, volumes, planes, top, k + planes[top])
                if higher == top:
                    planes[top] += 1
                top = higher
                continue
            piece = pieces[top]
            for a in range(m):
                on[a] = False
                for v in range(corners):
                    # What is within rounding of its hyperplane counts as on it.
                    if piece[v, k + a] > 0.0:
                        on[a] = True
            for a in range(m):
                if on[a]:
                    low, high = 0.0, 0.0
                    for v in range(corners):
                        low, high = min(low, piece[v, k + a]), max(high, piece[v, k + a])
                    on[a] = high > -low
            for i in range(n):
                if importance[i] == 0.0:
                    continue
                place = -1
                for j in range(k):
                    if active[j] == i:
                        place = j
                for v in range(corners):
                    for c in range(k + m):
                        parts[0, v, c] = piece[v, c]
                    z = b[i]
                    for a in range(m):
                        if on[a]:
                            z += W[a, i] * piece[v, k + a]
                    parts[0, v, k + m] = z
                part_volumes[0] = volumes[top]
                part_planes[0] = 0
                peak = 0
                sums[:] = 0.0
                while peak >= 0:
                    higher = halve(parts, part_volumes, part_planes, peak, k + m)
                    if higher > peak:
                        peak = higher
                        continue
                    part = parts[peak]
                    low, high = 0.0, 0.0
                    for v in range(corners):
                        low, high = min(low, part[v, k + m]), max(high, part[v, k + m])
                    positive = high > -low
                    volume = part_volumes[peak] * scale
                    peak -= 1
                    if not positive and place < 0:
                        continue
                    all_e = 0.0
                    squares = 0.0
                    for v in range(corners):
                        e = part[v, k + m] if positive else 0.0
                        if place >= 0:
                            e -= part[v, place]
                        part[v, k + m] = e
                        all_e += e
                        squares += e * e
                    total += importance[i] * volume * (squares + all_e * all_e)
                    if positive:
                        sums[k + m] += 2 * volume * (k + 2) * all_e
                        for c in range(k + m):
                            both = 0.0
                            all_f = 0.0
                            for v in range(corners):
                                all_f += part[v, c]
                                both += part[v, c] * part[v, k + m]
                            sums[c] += 2 * volume * (both + all_e * all_f)
                share = weight * importance[i]
                db[i] += share * sums[k + m]
                for a in range(m):
                    if on[a]:
                        dW[a, i] += share * sums[k + a]
                        for j in range(k):
                            dW[a, active[j]] += share * W[a, i] * sums[j]
            top -= 1
    return total


@compiled()
def patterns_loss(
    W: FloatArray,
    b: FloatArray,
    density: FloatArray,
    importance: FloatArray,
    least: int,
    most: int,
    by_count: FloatArray,
    dW: FloatArray,
    db: FloatArray,
) -> None:
    """All patterns of `least` to `most` active features, weighted by their probabilities.

    `by_count` (n + 1,) gets each number's share of the loss, `dW` and `db` the gradient.
    """
    n = W.shape[1]
    active = np.empty(n, dtype=np.int64)
    for code in range(1 << n):
        k = 0
        weight = 1.0
        for i in range(n):
            if code >> i & 1:
                active[k] = i
                k += 1
                weight *= density[i]
            else:
                weight *= 1 - density[i]
        if least <= k <= most and weight > 0.0:
            by_count[k] += weight * pattern_loss(W, b, importance, active[:k], weight, dW, db)
