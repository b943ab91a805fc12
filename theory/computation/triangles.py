r"""Squared errors of one output on one triangle, in closed form [D26].

Within a sector of two active features z = b + g·x is linear, and so is the target t.  A linear
function with values e_j at the corners of a triangle of area V has

$$ ∫ e² = \frac{V}{12} (Σ e_j² + (Σ e_j)²),   ∫ e f = \frac{V}{12} (Σ e_j f_j + Σ e_j Σ f_j),
   ∫ e = \frac{V}{3} Σ e_j. $$

Where z changes its sign the line z = 0 cuts one corner off, and what is left is two triangles.
Everything is a sum of terms of one sign where the error has one sign: nothing cancels.
"""

from __future__ import annotations

from ground.compiled import compiled

__all__ = ["quiet_triangle", "target_triangle"]


@compiled(error_model="numpy", inline="always")
def _product(V, e, f):  # type: ignore[no-untyped-def]
    """∫ e f over a triangle from values at its corners."""
    own = e[0] * f[0] + e[1] * f[1] + e[2] * f[2]
    return V / 12.0 * (own + (e[0] + e[1] + e[2]) * (f[0] + f[1] + f[2]))


@compiled(error_model="numpy")
def quiet_triangle(V, b, zP, zQ, P, Q):  # type: ignore[no-untyped-def]
    """∫ z₊², ∫ z₊ u, ∫ z₊ v and ∫ z₊ over a triangle with corners 0, P, Q [D26].

    Parameters
    ----------
    V : float
        Its area.
    b, zP, zQ : float
        z at its corners, one of them positive at least.
    P, Q : (float, float)
        Corners (u, v).
    """
    if b >= 0.0 and zP >= 0.0 and zQ >= 0.0:
        total = b + zP + zQ
        share = V / 12.0
        wP, wQ = share * (total + zP), share * (total + zQ)
        square = share * (b * b + zP * zP + zQ * zQ + total * total)
        return square, wP * P[0] + wQ * Q[0], wP * P[1] + wQ * Q[1], 4.0 * share * total
    # Turned so that A is the corner whose sign is alone.
    alone = (b > 0.0) + (zP > 0.0) + (zQ > 0.0) == 1
    if (b > 0.0) == alone:
        zA, zB, zC = b, zP, zQ
        A, B, C = (0.0, 0.0), P, Q
    elif (zP > 0.0) == alone:
        zA, zB, zC = zP, zQ, b
        A, B, C = P, Q, (0.0, 0.0)
    else:
        zA, zB, zC = zQ, b, zP
        A, B, C = Q, (0.0, 0.0), P
    toB, toC = zA / (zA - zB), zA / (zA - zC)
    AB = A[0] + toB * (B[0] - A[0]), A[1] + toB * (B[1] - A[1])
    AC = A[0] + toC * (C[0] - A[0]), A[1] + toC * (C[1] - A[1])
    if alone:
        share = V * toB * toC * zA / 12.0
        return (
            2.0 * share * zA,
            share * (2.0 * A[0] + AB[0] + AC[0]),
            share * (2.0 * A[1] + AB[1] + AC[1]),
            4.0 * share,
        )
    first = V * (1.0 - toC) / 12.0
    second = V * (1.0 - toB) * toC * zB / 12.0
    both = zB + zC
    wB, wC = first * (both + zB), first * (both + zC)
    rest = first * both
    return (
        wB * zB + wC * zC + 2.0 * second * zB,
        wB * B[0] + wC * C[0] + rest * AC[0] + second * (2.0 * B[0] + AC[0] + AB[0]),
        wB * B[1] + wC * C[1] + rest * AC[1] + second * (2.0 * B[1] + AC[1] + AB[1]),
        4.0 * (rest + second),
    )


@compiled(error_model="numpy")
def target_triangle(V, linear, b, zP, zQ, tP, tQ, P, Q):  # type: ignore[no-untyped-def]
    """∫ (t − y)², and ∫ (y − t) y' times u, v and 1, with y = z₊ or z [D26].

    y' is 1 where z > 0, or everywhere if the output is linear.  The target is 0 at the origin
    and tP, tQ at the other corners; the rest is as for :func:`quiet_triangle`.
    """
    positive = (b > 0.0) + (zP > 0.0) + (zQ > 0.0)
    u, v = (0.0, P[0], Q[0]), (0.0, P[1], Q[1])
    if linear or (positive and b >= 0.0 and zP >= 0.0 and zQ >= 0.0):
        e = (b, zP - tP, zQ - tQ)
        return _product(V, e, e), _product(V, e, u), _product(V, e, v), V / 3.0 * sum3(e)
    if not positive:
        t = (0.0, tP, tQ)
        return _product(V, t, t), 0.0, 0.0, 0.0
    alone = positive == 1
    if (b > 0.0) == alone:
        z, t = (b, zP, zQ), (0.0, tP, tQ)
    elif (zP > 0.0) == alone:
        z, t = (zP, zQ, b), (tP, tQ, 0.0)
        u, v = (u[1], u[2], u[0]), (v[1], v[2], v[0])
    else:
        z, t = (zQ, b, zP), (tQ, 0.0, tP)
        u, v = (u[2], u[0], u[1]), (v[2], v[0], v[1])
    toB, toC = z[0] / (z[0] - z[1]), z[0] / (z[0] - z[2])
    uB, uC = u[0] + toB * (u[1] - u[0]), u[0] + toC * (u[2] - u[0])
    vB, vC = v[0] + toB * (v[1] - v[0]), v[0] + toC * (v[2] - v[0])
    tB, tC = t[0] + toB * (t[1] - t[0]), t[0] + toC * (t[2] - t[0])
    V0, V1, V2 = V * toB * toC, V * (1.0 - toC), V * (1.0 - toB) * toC
    if alone:
        e0 = (z[0] - t[0], -tB, -tC)
        t1, t2 = (t[1], t[2], tC), (t[1], tC, tB)
        square = _product(V0, e0, e0) + _product(V1, t1, t1) + _product(V2, t2, t2)
        by_u, by_v = _product(V0, e0, (u[0], uB, uC)), _product(V0, e0, (v[0], vB, vC))
        return square, by_u, by_v, V0 / 3.0 * sum3(e0)
    t0 = (t[0], tB, tC)
    e1, e2 = (z[1] - t[1], z[2] - t[2], -tC), (z[1] - t[1], -tC, -tB)
    square = _product(V0, t0, t0) + _product(V1, e1, e1) + _product(V2, e2, e2)
    by_u = _product(V1, e1, (u[1], u[2], uC)) + _product(V2, e2, (u[1], uC, uB))
    by_v = _product(V1, e1, (v[1], v[2], vC)) + _product(V2, e2, (v[1], vC, vB))
    return square, by_u, by_v, (V1 * sum3(e1) + V2 * sum3(e2)) / 3.0


@compiled(error_model="numpy", inline="always")
def sum3(e):  # type: ignore[no-untyped-def]
    """Sum of three."""
    return e[0] + e[1] + e[2]
