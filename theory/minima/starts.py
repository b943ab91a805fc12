"""Where to start from, to find every minimum: natural solutions, and points spread evenly.

The same problem always gets the same starts.
"""

from __future__ import annotations

from collections.abc import Iterator
from functools import lru_cache
from itertools import combinations, permutations
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from ground.checks import FloatArray
from ground.points import sobol
from theory.polytopes.coordinates import polygon_vertices, simplex_vertices

SCRAMBLE = 2022  # seed of the one scrambling
# The first 64 Sobol points of 42 coordinates, as 64ths, and where the normal law has its 64ths:
# enough for six features, without the half second that SciPy's statistics take to load.
POINTS_FILE = Path(__file__).with_name("spread_points.npz")
STRUCTURED_UP_TO = 6  # features; the list of arrangements grows like Bell numbers


def arrangements(n_features: int, n_hidden: int) -> Iterator[FloatArray]:
    """Yield every way to fill the hidden space with orthogonal factors of natural shape.

    A factor is a dedicated feature, a digon or larger simplex, or a polygon of five or more;
    features left over are ignored (zero columns).  Labelled: permutations are all there.
    """

    def fill(left: tuple[int, ...], row: int, W: FloatArray) -> Iterator[FloatArray]:
        if not left:
            yield W
            return
        yield from fill(left[1:], row, W)  # ignored
        for size in range(len(left)):
            for others in combinations(left[1:], size):
                block = (left[0], *others)
                k = len(block)
                rest = tuple(i for i in left if i not in block)
                for shape in _shapes(k):
                    if row + len(shape) <= n_hidden:
                        filled = W.copy()
                        filled[row : row + len(shape), block] = shape
                        yield from fill(rest, row + len(shape), filled)

    yield from fill(tuple(range(n_features)), 0, np.zeros((n_hidden, n_features)))


@lru_cache
def _shapes(k: int) -> tuple[FloatArray, ...]:
    flat = (polygon_vertices(k),) if k >= 5 else ()
    return (simplex_vertices(k), *flat)


def structured_starts(
    n_features: int, n_hidden: int, ignored_bias: FloatArray
) -> tuple[FloatArray, FloatArray]:
    """Natural solutions as starts, W (K, m, n) and b (K, n); full hidden spaces only.

    Parameters
    ----------
    ignored_bias : (n,)
        Bias of an ignored feature, p E[x].
    """
    ways = [
        W
        for W in arrangements(n_features, n_hidden)
        if np.linalg.matrix_rank(W) == n_hidden or n_hidden > n_features
    ]
    W = np.stack(ways)
    kept = np.linalg.norm(W, axis=1) > 0
    b = np.where(kept, 0.0, ignored_bias)
    return W, b


# Lengths and biases of two features that share one direction and both come out only when large:
# along the narrow strip of densities and importances in which that is a minimum.
_ALIGNED = (
    ((0.6, 1.2), (-0.55, -0.42)),
    ((0.92, 1.3), (-1.0, -0.68)),
    ((0.52, 1.08), (-0.28, -0.25)),
)


def aligned_starts(n_features: int, ignored_bias: FloatArray) -> tuple[FloatArray, FloatArray]:
    """Two features of one sign in the one hidden dimension, W (K, 1, n) and b (K, n).

    Such minima are never the best, and lie in a corner that spread starts seldom come to: for two
    features around r = 1.3 p, with the longer weight on the feature of less importance.
    """
    W, b = [], []
    for pair in permutations(range(n_features), 2):
        for lengths, biases in _ALIGNED:
            W.append(np.zeros((1, n_features)))
            b.append(ignored_bias.copy())
            W[-1][0, list(pair)], b[-1][list(pair)] = lengths, biases
    return np.array(W).reshape(-1, 1, n_features), np.array(b).reshape(-1, n_features)


def spread_count(count: int) -> int:
    """How many spread starts there are where so many are asked for: a power of two, or none."""
    return 1 << (count - 1).bit_length() if count > 0 else 0


def spread_starts(
    n_features: int, n_hidden: int, count: int, ignored_bias: FloatArray
) -> tuple[FloatArray, FloatArray]:
    """Sobol points turned into Gaussian weights of column norm about 0.8 and small biases.

    The first points of a Sobol sequence lie on the diagonal of the cube, where all weights are
    equal.  With fewer points than coordinates little else is seen of it, so that there the
    sequence is scrambled (with a fixed seed: the same starts for the same arguments).

    Parameters
    ----------
    count : int
        Rounded up to a power of two.
    """
    size = n_hidden * n_features
    if count < 1:
        return np.zeros((0, n_hidden, n_features)), np.zeros((0, n_features))
    power = spread_count(count).bit_length() - 1
    scramble = 2**power < size + n_features
    ranks, quantiles = _points()
    if 2**power == len(quantiles) and size + n_features <= ranks.shape[1]:
        ranks = ranks[:, : size + n_features]
        points, normal = (ranks + 0.5) / len(quantiles), quantiles[ranks[:, :size]]
    else:
        from scipy.special import ndtri

        points = sobol(size + n_features, SCRAMBLE, scramble=scramble).random_base2(power)
        points = np.clip(points + (0.0 if scramble else 0.5 / 2**power), 1e-9, 1 - 1e-9)
        normal = ndtri(points[:, :size])
    W = 0.8 / np.sqrt(n_hidden) * normal
    W = W.reshape(-1, n_hidden, n_features)
    b = (points[:, size:] - 0.5) * 0.4 + 0.5 * ignored_bias
    return W, b


@lru_cache
def _points() -> tuple[NDArray[np.uint8], FloatArray]:
    with np.load(POINTS_FILE, allow_pickle=False) as stored:
        return stored["ranks"], stored["quantiles"]


def all_starts(n: int, m: int, starts: int, rest: FloatArray) -> tuple[FloatArray, FloatArray]:
    """Natural solutions where the list is short, then spread ones."""
    pairs = [spread_starts(n, m, starts, rest)]
    if n <= STRUCTURED_UP_TO:
        pairs.insert(0, structured_starts(n, m, rest))
    W, b = zip(*pairs, strict=True)
    return np.concatenate(W), np.concatenate(b)
