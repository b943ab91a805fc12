r"""The integral over the chords of the cube, by which the best decoder's error is known [D38].

Of x the decoder knows a line along v, scaled so that the largest u_k = |v_k| is 1.  On the line lie
a chord of density ∏p and, where an end of it is on a face x_i = 0, the atom of the inputs with
n − 1 active features.  With λ_i(s) = (1 − p_i) / (1 − p_i + p_i u_i s), the weight of that atom
beside a chord of length s,

$$ E = ∏p · Σ_k I_k u_k² · { Σ_i u_i ∫₀¹ (s²/4) (1 + λ_i)² ∏_{k≠i} (1 − u_k s) ds
     + Σ_{v_i > 0 > v_j} u_i u_j ∫₀¹ (s³/4) λ_i λ_j (2 + λ_i + λ_j) / (1 − λ_i λ_j)
       ∏_{k≠i,j} (1 − u_k s) ds }. $$
"""

from __future__ import annotations

from functools import cache
from typing import Any

import numpy as np

from ground.checks import FloatArray

__all__ = ["chord_error", "log_error_of_one_sign", "nodes"]

POINTS = 64  # Gauss–Legendre points beyond what polynomials of degree n need


@cache
def nodes(n: int) -> tuple[FloatArray, FloatArray, FloatArray]:
    """Points s in (0, 1), 1 − s without cancellation, and weights.

    With s = t² the poles at s = −(1 − p)/(p u) keep away from the interval, and polynomials of
    degree n + 2 in s are integrated exactly.
    """
    t, weights = np.polynomial.legendre.leggauss(POINTS + n)
    t = (t + 1) / 2
    found = t**2, (1 - t) * (1 + t), weights * t
    for each in found:
        each.flags.writeable = False
    return found


def chord_error(v: FloatArray, density: FloatArray, importance: FloatArray) -> float:
    """E for one direction v (n,), largest |v_k| = 1, in a world (n,); zeros of v are known."""
    seen = v != 0
    v, p, weight = v[seen], density[seen], importance[seen]
    every = float(np.prod(p))
    if every == 0:  # a feature that is never active is known, and with it all others
        return 0.0
    u = np.abs(v)
    s, rest, step = nodes(len(u))
    atom, chord = shares(u, p, s)
    inside = (1 - u)[:, None] + u[:, None] * rest  # 1 − u s
    survive = np.prod(inside, axis=0)
    total = float(np.sum(u[:, None] * (1 + atom) ** 2 / inside, axis=0) @ (step * s**2 * survive))
    down = v < 0
    if down.any() and not down.all():
        # Chords with an atom at either end, and those with none.
        for i in np.flatnonzero(~down):
            both = chord[i] + chord[down] * atom[i]  # 1 − λ_i λ_j
            ends = atom[i] * atom[down] * (2 + atom[i] + atom[down]) / both
            pairs = np.sum(u[down, None] * ends / inside[down], axis=0) * u[i] / inside[i]
            total += float(pairs @ (step * s**3 * survive))
    return every * float(weight @ u**2) * total / 4


def shares(u: FloatArray, p: FloatArray, s: FloatArray) -> tuple[FloatArray, FloatArray]:
    """λ_i(s) and 1 − λ_i(s), (n, points)."""
    length = (p * u)[:, None] * s
    off = np.broadcast_to((1 - p)[:, None], length.shape)
    whole = off + length
    # Of a feature that is always active and v_i → 0 there is no atom.
    atom = np.divide(off, whole, out=np.zeros_like(whole), where=whole > 0)
    return atom, np.divide(length, whole, out=np.ones_like(whole), where=whole > 0)


def log_error_of_one_sign(
    u: FloatArray, density: FloatArray, importance: FloatArray
) -> tuple[float, FloatArray]:
    """ln(E/∏p) and its gradient by u, for v of one sign; u_i = 0 stands for the limit u_i → 0.

    Densities and importances must be positive; the largest u_k must be 1.
    """
    s, rest, step = nodes(len(u))
    atom, _ = shares(u, density, s)
    inside = (1 - u)[:, None] + u[:, None] * rest
    measure = step * s**2 / 4 * np.prod(inside, axis=0)
    terms = (1 + atom) ** 2 / inside
    each = terms @ measure
    total = float(u @ each)
    # u ∂λ/∂u = −λ (1 − λ); a factor 1 − u_k s is in every term but that of k.
    slopes = each - 2 * (atom * (1 - atom) * (1 + atom) / inside) @ measure
    every = u @ terms
    slopes -= ((every - u[:, None] * terms) * s / inside) @ measure
    square = float(importance @ u**2)
    value: Any = np.log(square) + np.log(total)
    return float(value), np.asarray(2 * importance * u / square + slopes / total)
