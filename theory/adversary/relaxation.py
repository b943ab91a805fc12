r"""The worst attack between two bounds, where trying every candidate would take too long [D19].

From above: an output that may be on or off within reach costs I (x − t_+)² ≤ I (x − t)² where
x ≥ 0, since t < 0 only makes the error larger; without its ReLU the loss is one quadratic, whose
maximum on the sphere the secular equation gives.  Or it costs no more than at the worst end of its
own interval.  Either may be better, output by output: three ways of choosing are tried.

From below: attacks found by steps to where the sphere is steepest, from both ends of every
direction.  Each is an attack, so that its loss is a bound.
"""

from __future__ import annotations

import numpy as np

from ground.checks import FloatArray
from ground.compiled import compiled
from theory.adversary.secular import maxima_on_sphere

STEPS = 40


def bounds(
    normals: FloatArray, importance: FloatArray, size: float, x: FloatArray, z: FloatArray
) -> tuple[FloatArray, FloatArray, FloatArray]:
    """Upper bounds (S,), attained losses (S,) and their attacks (S, r) for inputs x, z (S, n)."""
    reach = size * np.linalg.norm(normals, axis=1)
    on, off = z - reach > 0, z + reach <= 0
    ends = [np.maximum(z + sign * reach, 0.0) for sign in (-1.0, 1.0)]
    own = np.maximum(*(importance * (x - end) ** 2 for end in ends))  # the worst for each output
    own = np.where(off, importance * x**2, own)
    free = ~on & ~off
    upper = own.sum(-1)
    for boxed in (free & (x < 0), free & ((x < 0) | (z < 0)), free & ((x < 0) | (z > 0))):
        upper = np.minimum(upper, _relaxed(normals, importance, size, x, z, own, boxed | off))
    value, place = _ascent(normals, importance, size, x, z)
    return np.maximum(upper, value), value, place


def _relaxed(
    normals: FloatArray,
    importance: FloatArray,
    size: float,
    x: FloatArray,
    z: FloatArray,
    own: FloatArray,
    boxed: np.ndarray,
) -> FloatArray:
    """The bound with `boxed` outputs at their own worst and the others without their ReLU."""
    result = np.empty(len(x))
    patterns, which = np.unique(boxed, axis=0, return_inverse=True)
    for k, pattern in enumerate(patterns):
        mine = np.flatnonzero(which.ravel() == k)
        weights = np.where(pattern, 0.0, importance)
        value, vector = np.linalg.eigh(normals.T @ (weights[:, None] * normals))
        axes = vector[:, ::-1]
        error = x[mine] - z[mine]
        g = (weights * error) @ normals @ axes
        most = np.empty(len(mine))
        _largest(np.ascontiguousarray(value[::-1]), g, size, most)
        result[mine] = most + error**2 @ weights + own[mine] @ pattern
    return result


@compiled()
def _largest(d, g, radius, out):  # type: ignore[no-untyped-def]
    """Largest Σ d y² − 2 g·y on the sphere, for each row of g."""
    k = d.shape[0]
    points = np.empty((2 + 2 * k, k))
    for s in range(g.shape[0]):
        count = maxima_on_sphere(d, g[s], k, radius, points)
        out[s] = -np.inf
        for c in range(count):
            value = 0.0
            for j in range(k):
                value += points[c, j] * (d[j] * points[c, j] - 2.0 * g[s, j])
            out[s] = max(out[s], value)


def _ascent(
    normals: FloatArray, importance: FloatArray, size: float, x: FloatArray, z: FloatArray
) -> tuple[FloatArray, FloatArray]:
    r = normals.shape[1]
    length = np.linalg.norm(normals, axis=1)
    # Directions of no length, or of so little that it has no digits, are no starts.
    seen = length > 1e-150
    along = normals[seen] / length[seen, None]
    starts = size * np.concatenate([np.eye(r), -np.eye(r), along, -along])
    v = np.broadcast_to(starts, (len(x), *starts.shape)).copy()
    best, place = np.full(len(x), -np.inf), np.zeros((len(x), r))
    rows = np.arange(len(x))
    for _ in range(STEPS):
        moved = z[:, None] + v @ normals.T
        error = x[:, None] - np.maximum(moved, 0.0)
        loss = error**2 @ importance
        top = loss.argmax(1)
        better = loss[rows, top] > best
        best = np.where(better, loss[rows, top], best)
        place[better] = v[rows, top][better]
        slope = -(importance * error * (moved > 0)) @ normals
        norm = np.linalg.norm(slope, axis=-1, keepdims=True)
        steep = norm > 1e-150
        v = np.where(steep, size * slope / np.where(steep, norm, 1.0), v)
    return best, place
