"""Boxes of parameters of (2, 1): the first, and what those left can still be [D10].

A box is one row: w1, w2, their half-widths, the ends of the range of b1, those of b2, and a bound.
"""

from __future__ import annotations

import math
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ground.checks import FloatArray
from ground.structure import IGNORED_BELOW, Structure


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
    return bits, np.array([[w1 / 2, 0, w1 / 2, w2, -bias, bias, -bias, bias, -math.inf]])


def _roles(boxes: FloatArray) -> tuple[Any, Any]:
    """Whether each weight may count as ignored, and whether it may count as represented."""
    size, half = np.abs(boxes[:, :2]), boxes[:, 2:4]
    return size - half < IGNORED_BELOW, size + half >= IGNORED_BELOW


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
    """Least and largest |w1|, |w2|, b1, b2 of all boxes."""
    centre, half = boxes[:, :2], boxes[:, 2:4]
    small, large = np.maximum(np.abs(centre) - half, 0), np.abs(centre) + half
    return np.array(
        [
            [*small.min(axis=0), *boxes[:, 4:8:2].min(axis=0)],
            [*large.max(axis=0), *boxes[:, 5:8:2].max(axis=0)],
        ]
    )
