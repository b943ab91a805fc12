"""The fourth cumulant of samples, as a matrix over symmetric pairs, and its rank beyond noise.

What a sample's error does to eigenvalues is measured, not assumed: the samples are cut into parts,
and signs drawn at random for the parts' deviations from their mean make matrices with the error's
own covariance.  An eigenvalue counts if it exceeds what those make in the directions that are left.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from ground.checks import FloatArray

__all__ = ["CumulantRank", "cumulant_rank", "fourth_cumulant", "symmetric_squares", "whitened"]

PARTS = 40
DRAWS = 99  # the largest of 99 is passed by the 100th with chance 1/100
ROWS = 2_000  # at a time, which a cache holds
FLAT = 1e-10  # of the largest variance: a direction in which nothing varies


@dataclass(frozen=True)
class CumulantRank:
    """What the fourth cumulant of samples shows.

    Attributes
    ----------
    rank : int
        Eigenvalues of the leading sign that exceed, one after the other, the error in the
        directions that are left.
    least : int
        Those that exceed the error's norm as a whole: by Weyl no more than the true rank.
    sign : int
        +1 or −1: that of the largest eigenvalue.
    eigenvalues, vectors : ndarray (d,), (d, d)
        Leading first; columns are symmetric pairs.
    threshold : float
        The error that the first eigenvalue not counted stayed below; the last one's if all count.
    """

    rank: int
    least: int
    sign: int
    eigenvalues: FloatArray
    vectors: FloatArray
    threshold: float


def whitened(activations: FloatArray, most: int) -> tuple[FloatArray, FloatArray]:
    """Centred samples of unit covariance in the leading principal directions, and the way back.

    Parameters
    ----------
    activations : (samples, m)
    most : int
        Directions kept.

    Returns
    -------
    ndarray (samples, k), ndarray (k, m)
        z, and a matrix with h − mean = z @ back.
    """
    centred = activations - activations.mean(axis=0)
    variances, axes = np.linalg.eigh(centred.T @ centred / len(centred))
    kept = np.flatnonzero(variances > FLAT * variances[-1])[-most:]
    roots = np.sqrt(variances[kept])
    return centred @ (axes[:, kept] / roots), roots[:, None] * axes[:, kept].T


def symmetric_squares(vectors: FloatArray) -> FloatArray:
    """Rows s(v), v_a v_b for a ≤ b with √2 where a < b: s(v)·s(w) = (v·w)²."""
    a, b = np.triu_indices(vectors.shape[1])
    return np.asarray(vectors[:, a] * vectors[:, b] * np.where(a == b, 1.0, np.sqrt(2)))


def fourth_cumulant(samples: FloatArray) -> FloatArray:
    r"""The fourth cumulant over symmetric pairs, (d, d).

    .. math:: K_{ab,ce} = E[z_a z_b z_c z_e] - C_{ab}C_{ce} - C_{ac}C_{be} - C_{ae}C_{bc}
    """
    z = samples - samples.mean(axis=0)
    C = z.T @ z / len(z)
    a, b = np.triu_indices(z.shape[1])
    moment = np.zeros((len(a), len(a)))
    for start in range(0, len(z), ROWS):
        columns = np.ascontiguousarray(z[start : start + ROWS].T)
        products = columns[a] * columns[b]
        moment += products @ products.T
    scale = np.where(a == b, 1.0, np.sqrt(2))
    crossed = C[np.ix_(a, a)] * C[np.ix_(b, b)] + C[np.ix_(a, b)] * C[np.ix_(b, a)]
    gaussian = np.outer(C[a, b], C[a, b]) + crossed
    return np.asarray((moment / len(z) - gaussian) * np.outer(scale, scale))


def cumulant_rank(samples: FloatArray, rng: np.random.Generator) -> CumulantRank:
    """How many eigenvalues of the fourth cumulant are there beyond its own error.

    Parameters
    ----------
    samples : (samples, k)
        Whitened; they must be many more than parts.
    rng : Generator
        Draws signs, and the order of the samples, which may hang together.
    """
    shuffled = samples[rng.permutation(len(samples))]
    K = fourth_cumulant(shuffled)
    parts = np.array([fourth_cumulant(part) for part in np.array_split(shuffled, PARTS)])
    values, vectors = np.linalg.eigh(K)
    sign = 1 if values[-1] >= -values[0] else -1
    order = np.argsort(-sign * values)
    values, vectors = sign * values[order], vectors[:, order]
    deviations = (parts - parts.mean(axis=0)).reshape(PARTS, -1) / PARTS
    drawn = rng.choice([-1.0, 1.0], (DRAWS, PARTS)) @ deviations
    errors = vectors.T @ drawn.reshape(DRAWS, *K.shape) @ vectors
    threshold = _largest(errors)
    least = int(np.sum(values > threshold))
    rank = least
    while rank < len(values):
        # Directions counted so far are out of it: their error is large, as they are.
        threshold = _largest(errors[:, rank:, rank:])
        if values[rank] <= threshold:
            break
        rank += 1
    return CumulantRank(rank, least, sign, values, vectors, threshold)


def _largest(errors: FloatArray) -> float:
    """The largest eigenvalue in size of any of them."""
    return float(np.abs(np.linalg.eigvalsh(errors)).max())
