"""Boxes of parameters of (2, 1): the first, its parts, and what those left can still be [D10].

A box is one row, centre (w1, w2, b1, b2) and then half widths.
"""

from __future__ import annotations

import math
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ground.checks import (
    FloatArray,
)
from ground.structure import IGNORED_BELOW, Structure

_WIDEST_LEAF = 2.0**-5  # what survives is cut at least this fine, so that the enclosure is useful
_FINEST_LEAF = 2.0**-12  # and no finer, where a weight may or may not count as ignored


def root_box(p: float, weights: tuple[float, float], upper: float) -> tuple[int, FloatArray]:
    r"""One box that holds a global minimiser, and the bits its parts may have [D10].

    With U no less than the least loss and q = 3U/(I p) < 1, a = w² ≤ (1 + √q)/(1 − √q).
    """
    reach = []
    for weight in weights:
        root = math.sqrt(3 * upper / (weight * p))
        w = math.sqrt((1 + root) / (1 - root))
        reach.append(2.0 ** math.ceil(math.log2(w * (1 + 1e-6))))
    bias = 2.0 * max(reach) ** 2
    # a + c + b, with their steps, stays below 8 · bias: leave room for that in 53 bits.
    bits = (53 - round(math.log2(8 * bias))) // 2
    w1, w2 = reach
    # (w1, w2) and (−w1, −w2) are the same model.
    return bits, np.array([[w1 / 2, 0, 0, 0, w1 / 2, w2, bias, bias]])


def steepest_axis(boxes: FloatArray, p: float, weights: tuple[float, float]) -> NDArray[np.int64]:
    """For each box the axis that contributes most to the defect of its bound."""
    centres, halves = boxes[:, :4], boxes[:, 4:]
    reach = np.abs(centres[:, :2]) + halves[:, :2]
    total, q = sum(weights), 1 - p
    contribution = np.empty((len(boxes), 4))
    for i in (0, 1):
        w, other = reach[:, i], reach[:, 1 - i]
        contribution[:, i] = total * p * (4 * w * w + other * other + 1) * halves[:, i] ** 2
        # The cost of a positive bias when nothing is active has curvature (1 − p)², not p.
        positive = centres[:, 2 + i] + halves[:, 2 + i] > 0
        contribution[:, 2 + i] = weights[i] * (q * q * positive + 2 * p) * halves[:, 2 + i] ** 2
    return contribution.argmax(axis=1)


def halved(boxes: FloatArray, axis: NDArray[np.int64]) -> FloatArray:
    """Cut each box across an axis: the lower halves, then the upper ones."""
    rows = np.arange(len(boxes))
    below, above = boxes.copy(), boxes.copy()
    step = boxes[rows, 4 + axis] / 2
    below[rows, 4 + axis] = above[rows, 4 + axis] = step
    below[rows, axis] -= step
    above[rows, axis] += step
    return np.concatenate([below, above])


def exact_at_corners(boxes: FloatArray, bits: int) -> bool:
    """Whether all centres and corners still have few enough bits for exact corner values."""
    finest_w, finest_b = boxes[:, 4:6].min(), boxes[:, 6:].min()
    return bool(finest_w >= 2.0**-bits and finest_b >= 4.0**-bits)


def beyond_reach(boxes: FloatArray) -> NDArray[np.bool_]:
    """Boxes in which a bias is outside −(a + c₊) … 1 + c₋, where no minimiser is."""
    w1, w2, _, _, h1, h2, _, _ = boxes.T
    product, spread = w1 * w2, h1 * np.abs(w2) + h2 * np.abs(w1) + h1 * h2
    above, below = np.maximum(product + spread, 0), np.maximum(spread - product, 0)
    keep = np.ones(len(boxes), dtype=bool)
    for i in (0, 1):
        a = (np.abs(boxes[:, i]) + boxes[:, 4 + i]) ** 2
        b, half = boxes[:, 2 + i], boxes[:, 6 + i]
        keep &= (b + half >= -(a + above)) & (b - half <= 1 + below)
    return ~keep


def _roles(boxes: FloatArray) -> tuple[Any, Any]:
    """Whether each weight may count as ignored, and whether it may count as represented."""
    size, half = np.abs(boxes[:, :2]), boxes[:, 4:6]
    return size - half < IGNORED_BELOW, size + half >= IGNORED_BELOW


def fine(boxes: FloatArray) -> Any:
    """Boxes to leave as they are: small, and of one structure unless very small."""
    ignored, represented = _roles(boxes)
    doubtful = ignored & represented & (boxes[:, 4:6] > _FINEST_LEAF)
    return (boxes[:, 4:].max(axis=1) <= _WIDEST_LEAF) & ~doubtful.any(axis=1)


def roles_in(boxes: FloatArray) -> NDArray[np.bool_]:
    """Whether some box may hold a model that ignores, or represents, feature 1 (rows) and 2."""
    either = np.stack(_roles(boxes), axis=-1)  # by box, feature, role
    return np.asarray((either[:, 0, :, None] & either[:, 1, None, :]).any(axis=0))


def structures_in(boxes: FloatArray, weights: tuple[float, float]) -> tuple[str, ...]:
    """The structures that these boxes may hold, equal features exchanged."""
    names = set()
    for roles in np.argwhere(roles_in(boxes)):
        kept = tuple(i for i in (0, 1) if roles[i])
        lost = tuple(i for i in (0, 1) if not roles[i])
        structure = Structure((kept,) if kept else (), lost)
        names.add(str(structure.canonical(weights)))
    return tuple(sorted(names))


def enclosure_of(boxes: FloatArray) -> FloatArray:
    low, high = boxes[:, :4] - boxes[:, 4:], boxes[:, :4] + boxes[:, 4:]
    across = (low[:, :2] <= 0) & (high[:, :2] >= 0)
    small = np.where(across, 0.0, np.minimum(np.abs(low[:, :2]), np.abs(high[:, :2])))
    large = np.maximum(np.abs(low[:, :2]), np.abs(high[:, :2]))
    return np.array(
        [
            [*small.min(axis=0), *low[:, 2:].min(axis=0)],
            [*large.max(axis=0), *high[:, 2:].max(axis=0)],
        ]
    )
