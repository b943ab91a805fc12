"""Whether a group of features is a finding: a polytope, or a flat, that chance does not explain."""

from __future__ import annotations

from math import log

import numpy as np

from agreement.description.directions import Directions, principal
from agreement.description.parts import Part
from agreement.description.recognise import FLAT_BELOW, LARGEST, Match, matches
from ground.checks import FloatArray
from theory.polytopes.chance import log_apart, log_both, log_choices, log_flat, log_near
from theory.polytopes.shapes import named_shapes

__all__ = ["judged"]

# Expected number of groups in a random cloud up to which a group is a finding; for few features
# it is one over the number of their subsets.
CHANCE = 1e-4
# Features of a trained cloud are no random directions either.  A group is a factor where nobody
# leans into its span by more than 30°, and its name has at most as much noise as leaves a reader
# the picture; where others share the span, it must be as clean as the noise that names survive.
MOST_LEAN, MOST_NOISE, CLEAN = 0.5, 0.4, 0.12


def judged(cloud: Directions, members: list[int], named_within: float) -> Part | None:
    """The group as the polytope, or the flat, that a random cloud is least expected to hold."""
    n, k, r = len(cloud.features), len(members), cloud.rank
    inner = cloud.inner[:, members]
    if k == 1:
        sizes, span = np.ones(1), inner
    else:
        sizes, span = principal(inner)
    d = int(np.sum(sizes >= FLAT_BELOW**2 * sizes[0]))
    if d == r and k < n and k > LARGEST:
        return None
    shares = np.sum((span[:, :d].T @ cloud.inner) ** 2, axis=0)
    shares[members] = 0
    lean = float(shares.max())
    apart = log_apart(lean, d, r, n - k)
    limit = log(max(CHANCE, 0.5**n))
    features = tuple(cloud.features[i] for i in members)
    found: list[Part] = []
    # A name takes its dimension from the singular values: most groups have none to be held against.
    fitting = any(shape.dimension == d for shape in named_shapes(k))
    columns = cloud.columns[:, members]
    for match in matches(columns, named_within=named_within, sure=True) if fitting else ():
        if match.order is None or match.shape is None or match.dimension != d:
            continue
        near, noise = _nearness(inner[:, match.order], match, r)
        if (noise or 0.0) > (MOST_NOISE if lean <= MOST_LEAN**2 else CLEAN):
            continue
        count = log_choices(n, k, match.shape.symmetries) + log(len(named_shapes(k)))
        expected = count + log_both(near, apart)
        # A free shape must be a finding beside what has no free shape.
        if match.free is not None and found:
            expected -= log(CHANCE)
        if expected <= limit or (k == n and noise is None):
            order = tuple(features[i] for i in match.order)
            found.append(Part(order, d, match, min(0.0, expected), noise, 0.0))
    if not found and 1 < k < n and lean <= MOST_LEAN**2:
        off = float(np.sqrt(max(0.0, np.sum(sizes[d:]))))
        expected = log_choices(n, k) + log(r) + log_both(log_flat(sizes[:d], k, r, off), apart)
        if expected <= limit:
            found.append(Part(features, d, None, expected, None, 0.0))
    return min(found, key=lambda part: part.log_expected or 0.0, default=None)


def _nearness(ordered: FloatArray, match: Match, rank: int) -> tuple[float, float | None]:
    """Log chance to be this near to the match, and the noise that explains the distance."""
    shape, r, k = match.shape, rank, ordered.shape[1]
    assert shape is not None
    free = match.free is not None
    vertices = shape.vertices_of(shape.gram if match.free is None else shape.gram_of(match.free))
    d = len(vertices)
    agreement = _nuclear(ordered @ vertices.T)
    distance = float(np.sqrt(max(0.0, 2 * k - 2 * agreement)))
    near = log_near(np.sum(vertices**2, axis=1), k, r, distance, free=free)
    freedom = k * (r - 1) - (r * d - d * (d + 1) // 2) - free
    return near, distance * np.sqrt(r / freedom) if freedom else None


def _nuclear(matrix: FloatArray) -> float:
    """Sum of the singular values; the matrix has few columns."""
    sizes = np.linalg.eigvalsh(matrix.T @ matrix)
    return float(np.sqrt(np.maximum(sizes, 0)).sum())
