r"""How many such arrangements a cloud without structure holds by chance.

n independent directions, uniform on the sphere in r dimensions, are the cloud.  Among them some k
lie by chance near a given polytope, near a flat of d dimensions, or away from all the others; the
*expected number* of such k in one cloud is an upper bound of the probability that there is one.
A name whose expected number is far below one is a finding, whatever search came upon it.

Being near: the copies of a polytope, turned in all ways, form a manifold O in the product of k
spheres, and its tube of radius η has the volume

$$ |O| · V_ν(η),   ν = k (r − 1) − \dim O, $$

to leading order (Weyl 1939), with V_ν the ball of the ν remaining dimensions.  With λ_j the
eigenvalues of the Gram matrix and A_q the area of the sphere S^q,

$$ |O| = \prod_{i<j} \sqrt{λ_i + λ_j} \prod_j λ_j^{(r - d)/2} \prod_{j<d} A_{r - 1 - j}. $$

Being apart: one direction has a squared projection of at most s on d given dimensions with
probability I_s(d/2, (r − d)/2), the incomplete beta function.
"""

from __future__ import annotations

from math import exp, inf, lgamma, log, log1p, pi

import numpy as np

from ground.checks import FloatArray

__all__ = ["log_apart", "log_both", "log_choices", "log_flat", "log_near"]

# Nearer than 1 % of a feature's length is not counted as more evidence: else, without noise, the
# last digit of rounding would decide between a polytope and its parts.
_LEAST = 0.01


def log_near(
    spectrum: FloatArray, n_vertices: int, rank: int, distance: float, *, free: bool = False
) -> float:
    """Log probability that k directions lie this near to some turn of a polytope.

    Parameters
    ----------
    spectrum : array (d,)
        Positive eigenvalues of its Gram matrix.
    n_vertices, rank : int
        k, and r ≥ d.
    distance : float
        η, the root of the sum of squared distances of the directions from the nearest turn.
    free : bool
        Whether the polytope has a free shape, which takes one dimension more.  On the way from
        one end to the other each vertex moves by a quarter turn.

    Examples
    --------
    Two directions are antipodal within an angle a with the probability of a cap; in the plane,
    a / π:

    >>> import numpy as np
    >>> bool(np.isclose(np.exp(log_near(np.array([2.0]), 2, 2, 0.1 / 2**0.5)), 0.1 / np.pi))
    True
    """
    k, d, r = n_vertices, len(spectrum), rank
    pairs = spectrum[:, None] + spectrum
    orbit = 0.5 * float(np.log(pairs[np.triu_indices(d, 1)]).sum())
    orbit += 0.5 * (r - d) * float(np.log(spectrum).sum())
    orbit += sum(_sphere(r - 1 - j) for j in range(d))
    dimensions = r * d - d * (d + 1) // 2
    if free:
        orbit += log(k**0.5 * pi / 2)
        dimensions += 1
    return min(0.0, orbit + _ball(k * (r - 1) - dimensions, distance, k) - k * _sphere(r - 1))


def log_flat(spectrum: FloatArray, n_vertices: int, rank: int, distance: float) -> float:
    """Log probability that k directions lie this near to some flat of d dimensions.

    Parameters are those of :func:`log_near`, with `spectrum` that of the directions in the flat.
    """
    k, d, r = n_vertices, len(spectrum), rank
    flats = sum(_sphere(r - 1 - j) - _sphere(d - 1 - j) for j in range(d))
    flats += 0.5 * (r - d) * float(np.log(spectrum).sum())
    inside = k * (_sphere(d - 1) - _sphere(r - 1))
    return min(0.0, flats + inside + _ball((k - d) * (r - d), distance, k))


def log_apart(largest: float, dimension: int, rank: int, others: int) -> float:
    """Log probability that all others have at most this squared projection on d dimensions."""
    if rank <= dimension or not others:
        return 0.0
    share = min(1.0, max(largest, _LEAST**2))
    return others * log_beta_share(dimension / 2, (rank - dimension) / 2, share)


def log_beta_share(a: float, b: float, share: float) -> float:
    r"""log I_s(a, b), the regularised incomplete beta function, by its continued fraction.

    .. math:: I_s(a, b) = \frac{s^a (1 - s)^b}{a B(a, b)} \cfrac{1}{1 + \cfrac{d_1}{1 + \cdots}}

    converges quickly for s < (a + 1)/(a + b + 2); beyond, 1 − I_{1−s}(b, a) does.  (SciPy has it
    too, and takes an eighth of a second to load, which a small model has no use for.)

    Examples
    --------
    >>> round(exp(log_beta_share(0.5, 0.5, 0.25)), 12)  # 2/π arcsin √s
    0.333333333333
    """
    if share <= 0 or share >= 1:
        return -inf if share <= 0 else 0.0
    if share > (a + 1) / (a + b + 2):
        return log1p(-exp(log_beta_share(b, a, 1 - share)))
    # Lentz's way to evaluate it from the front; numerators d_1, d_2, … as in DLMF 8.17.22.
    value, c, d = 1.0, 1.0, 0.0
    for step in range(1, 1000):
        j, odd = divmod(step, 2)
        if odd:
            term = -(a + j) * (a + b + j) * share / ((a + 2 * j) * (a + 2 * j + 1))
        else:
            term = j * (b - j) * share / ((a + 2 * j - 1) * (a + 2 * j))
        d = 1 / (1 + term * d)
        c = 1 + term / c
        value *= c * d
        if abs(c * d - 1) < 1e-15:
            break
    front = a * log(share) + b * log1p(-share) - log(a)
    return front + lgamma(a + b) - lgamma(a) - lgamma(b) - log(value)


def log_both(one: float, other: float) -> float:
    """Two independent log probabilities as one: P(p q ≤ t) = t (1 − log t) (Fisher)."""
    together = one + other
    return together if one == 0 or other == 0 else together + float(np.log1p(-together))


def log_choices(n_features: int, n_vertices: int, symmetries: int | None = None) -> float:
    """Log of the number of ways to pick k of n, and to put them at vertices that differ."""
    n, k = n_features, n_vertices
    chosen = lgamma(n + 1) - lgamma(k + 1) - lgamma(n - k + 1)
    return chosen if symmetries is None else chosen + lgamma(k + 1) - log(symmetries)


def _sphere(q: int) -> float:
    """Log area of the unit sphere S^q in q + 1 dimensions."""
    return log(2) + 0.5 * (q + 1) * log(pi) - lgamma(0.5 * (q + 1))


def _ball(dimensions: int, radius: float, n_vertices: int) -> float:
    """Log volume of a ball, no smaller than what k features each off by the least are in."""
    half = 0.5 * dimensions
    reach = max(radius, _LEAST * n_vertices**0.5)
    return half * log(pi) - lgamma(half + 1) + dimensions * log(reach)
