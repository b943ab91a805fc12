"""Is a critical point of the one-hot limit a minimum or a saddle?  Second order, kinks kept [D11].

The potential has two derivatives except where some z_ij = G_ij t + b_i is zero for all t, as
for orthogonal features without bias.  There it still has a second-order form, which is
quadratic plus one convex term 2 I_i E[(a t + b)₊²] for each such pair: not a matrix, and
its least value over directions decides.
"""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
from scipy.optimize import minimize

from ground.checks import FloatArray
from theory.one_hot.potential import one_feature_moments

_FLAT = 1e-7  # curvature below this is called flat


def second_order_form(
    W: FloatArray, b: FloatArray, *, kink_below: float = 1e-12
) -> tuple[FloatArray, FloatArray]:
    r"""The second-order form of the potential at a critical point, I = 1 [D11].

    .. math::

       q(v) = v^\top S v + 2 \sum_{\text{kinks}} E\big[(t\,J^a v + J^b v)_+^2\big],

    so that H(θ + εv) = H(θ) + ½ ε² q(v) + o(ε²), with θ = (W by rows, b).

    Parameters
    ----------
    W : array (m, n)
    b : array (n,)
    kink_below : float
        A pair with both |G_ij| and |b_i| below this sits on its kink.

    Returns
    -------
    S : array (mn + n, mn + n)
    kinks : array (number of kinks, 2, mn + n)
        Rows J^a, J^b: how G_ij and b_i move with θ.
    """
    m, n = W.shape
    size = m * n + n
    gram = W.T @ W
    a, offset = gram, np.broadcast_to(b[:, None], gram.shape)
    moments = one_feature_moments(a, offset)
    S = np.zeros((size, size))
    kinks = []
    for i in range(n):
        for j in range(n):
            slope_row = np.zeros((m, n))  # ∂G_ij/∂W
            slope_row[:, i] += W[:, j]
            slope_row[:, j] += W[:, i]
            J = np.zeros((2, size))
            J[0, : m * n] = slope_row.ravel()
            J[1, m * n + i] = 1
            kinked = i != j and abs(a[i, j]) < kink_below and abs(offset[i, j]) < kink_below
            if kinked:
                kinks.append(J)
                first = 0.0
            else:
                t2, t, one = moments.t2[i, j], moments.t[i, j], moments.one[i, j]
                outer = 2 * np.array([[t2, t], [t, one]])
                first = 2 * moments.tz[i, j]
                if i == j:
                    first -= 2 * t2
                    outer -= 2 * _gate_curvature(a[i, i], b[i])
                S += J.T @ outer @ J
            # The Gram matrix is itself quadratic in W.
            for h in range(m):
                S[h * n + i, h * n + j] += first
                S[h * n + j, h * n + i] += first
    return S, np.array(kinks).reshape(-1, 2, size)


def classify(W: FloatArray, b: FloatArray) -> str:
    """Say "minimum", "valley" or "saddle" of a critical point, modulo rotations of W [D11].

    Returns
    -------
    str
        "saddle": the form is negative somewhere.  "minimum": positive in every direction
        but the rotations.  "valley": nowhere negative, zero in other directions too.
    """
    S, kinks = second_order_form(W, b)
    rotations = _rotations(W)
    # Rotations cost nothing; lift them, so that zero now means some other flat direction.
    S = S + rotations.T @ rotations
    values, vectors = np.linalg.eigh(S)
    lowest = values[0]
    if len(kinks) and lowest < _FLAT:
        # S alone is a lower bound; descend the true form from each direction where S is low.
        # Without negative directions of S the form is nowhere negative: one flat one settles it.
        enough = -_FLAT if lowest < -_FLAT else _FLAT
        lowest = np.inf
        for start in _low_directions(values, vectors):
            lowest = min(lowest, _least_on_sphere(S, kinks, start))
            if lowest < enough:
                break
    if lowest < -_FLAT:
        return "saddle"
    return "minimum" if lowest > _FLAT else "valley"


def _low_directions(values: FloatArray, vectors: FloatArray) -> Iterator[FloatArray]:
    """Eigenvectors of S to start from, then their sums: those that can make the form least."""
    low = vectors[:, values < _FLAT].T
    negative = vectors[:, values < -_FLAT].T
    first = negative if len(negative) else low
    for u in first:
        yield from (u, -u)
    for k, u in enumerate(first):
        for w in low[k + 1 :]:
            yield from (u + w, u - w, -u + w, -u - w)


def _gate_curvature(a: float, b: float) -> FloatArray:
    """Second derivatives of E[t (at + b)₊]: the gate closes at t₀ = −b/a, if it does."""
    if a == 0 or not 0 < -b / a < 1:
        return np.zeros((2, 2))
    t0 = -b / a
    return np.array([[t0**3, t0**2], [t0**2, t0]]) / abs(a)


def _rotations(W: FloatArray) -> FloatArray:
    """Unit directions in θ that rotate W, an orthonormal set."""
    m, n = W.shape
    rows = []
    for first in range(m):
        for second in range(first):
            turned = np.zeros_like(W)
            turned[first], turned[second] = W[second], -W[first]
            rows.append(np.concatenate([turned.ravel(), np.zeros(n)]))
    if not rows or not np.any(W):
        return np.zeros((0, m * n + n))
    _, sizes, basis = np.linalg.svd(np.array(rows), full_matrices=False)
    return np.asarray(basis[sizes > 1e-9])


def _least_on_sphere(S: FloatArray, kinks: FloatArray, start: FloatArray) -> float:
    def form(v: FloatArray) -> tuple[float, FloatArray]:
        length = np.linalg.norm(v)
        unit = v / length
        slope, offset = kinks[:, 0] @ unit, kinks[:, 1] @ unit
        moments = one_feature_moments(slope, offset)
        value = unit @ S @ unit + 2 * moments.z2.sum()
        gradient = 2 * (S @ unit) + 4 * (moments.tz @ kinks[:, 0] + moments.z @ kinks[:, 1])
        return float(value), (gradient - (gradient @ unit) * unit) / length

    return float(minimize(form, start, jac=True, method="L-BFGS-B").fun)
