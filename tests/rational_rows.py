"""Oracle: loss and gradient in rational arithmetic, from the printed alternating sum.

E[(b + a·u)_+²] over the cube is 2/((k+2)! Πa) Σ_v (−1)^{k−|v|} (b + a·v)_+^{k+2}; the moments
are its derivatives.  It divides by slopes, so the ones that are exactly zero are left out first.
"""

from __future__ import annotations

from fractions import Fraction
from itertools import product
from math import factorial


def loss_and_gradient(W, b, p, importance, low=0):
    """Exact loss, dW and db of floats taken as the rationals they are."""
    W = [[Fraction(w) for w in row] for row in W]
    b, p, importance = ([Fraction(v) for v in values] for values in (b, p, importance))
    n = len(b)
    G = [[sum(row[i] * row[j] for row in W) for j in range(n)] for i in range(n)]
    loss = Fraction(0)
    D = [[Fraction(0)] * (n + 1) for _ in range(n)]
    for i, active in product(range(n), product([False, True], repeat=n)):
        weight = importance[i]
        for density, on in zip(p, active, strict=True):
            weight *= density if on else 1 - density
        if weight:
            kept = [j for j in range(n) if active[j]]
            value, gradient = _row(G[i], b[i], i, kept, low)
            loss += weight * value
            for j in range(n + 1):
                D[i][j] += weight * gradient[j]
    dW = [[sum(row[i] * (D[i][j] + D[j][i]) for i in range(n)) for j in range(n)] for row in W]
    return loss, dW, [D[i][n] for i in range(n)]


def _row(a, b, i, active, low):
    n, span = len(a), 1 - low
    b = b + sum(a[j] * low for j in active)
    slope = {j: a[j] * span for j in active}
    live = [j for j in active if slope[j]]
    k = len(live)
    area = Fraction(1)
    for j in live:
        area *= slope[j]
    corners = []
    for v in product([0, 1], repeat=k):
        z = b + sum(slope[j] for j, on in zip(live, v, strict=True) if on)
        if z > 0:
            corners.append(((-1) ** (k - sum(v)), dict(zip(live, v, strict=True)), z))

    def total(power, *features):
        scale = 2 * Fraction(factorial(k + 2), factorial(power)) / factorial(k + 2)
        chosen = [c for c in corners if all(c[1][f] for f in features)]
        return scale / area * sum((sign * z**power for sign, _, z in chosen), Fraction(0))

    # M and its derivatives by b and by slopes, for u uniform on [0, 1].
    M, Mb, Mbb = total(k + 2), total(k + 1), total(k)

    def by(j):
        return total(k + 1, j) - M / slope[j] if j in live else Mb / 2

    def by_b(j):
        return total(k, j) - Mb / slope[j] if j in live else Mbb / 2

    def by_two(j, l):
        if j not in live or l not in live:
            return Mbb / 3 if j == l else by_b(l if j not in live else j) / 2
        again = 2 if j == l else 1
        return (
            total(k, j, l)
            - total(k + 1, j) / slope[l]
            - total(k + 1, l) / slope[j]
            + again * M / (slope[j] * slope[l])
        )

    def x_z(j):
        return low * Mb / 2 + span * by(j) / 2

    def x_on(j):
        return low * Mbb / 2 + span * by_b(j) / 2

    def x_x_on(j, l):
        cross = low * low * Mbb + low * span * (by_b(j) + by_b(l)) + span**2 * by_two(j, l)
        return cross / 2

    gradient = [Fraction(0)] * (n + 1)
    own = i in active
    square = Fraction(1 + low + low * low, 3)
    for j in active:
        gradient[j] = 2 * x_z(j) - (2 * x_x_on(i, j) if own else 0)
    gradient[n] = Mb - (2 * x_on(i) if own else 0)
    return M + (square - 2 * x_z(i) if own else 0), gradient
