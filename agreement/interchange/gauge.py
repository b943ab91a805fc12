"""One model out of all that a rotation makes of it, in numbers that every machine finds.

Rotating the hidden space changes neither WᵀW nor any loss.  Features keep their order; the first
span the first dimensions with positive components.  A search ends within some 1e-12 of a minimum,
where on another machine it ends elsewhere, so numbers are rounded, and a hash of them more coarsely
rounded names the weights.
"""

from __future__ import annotations

import hashlib

import numpy as np

from ground.checks import FloatArray
from theory.minima.orbits import rotated

__all__ = ["CONTENT", "DECIMALS", "content_hash", "in_gauge"]

DECIMALS = 9  # of a model: its loss is at a minimum, and moves by their square
CONTENT = 6  # decimals that count for the hash
LENGTH = 12


def in_gauge(W: FloatArray, b: FloatArray) -> tuple[FloatArray, FloatArray]:
    """The model rotated to its triangle, rounded to nine decimals, with no negative zero.

    >>> in_gauge(np.array([[0.0, 0.0], [-1.0, 1.00000000001]]), np.zeros(2))[0].tolist()
    [[1.0, -1.0], [0.0, 0.0]]
    """
    return np.round(rotated(W), DECIMALS) + 0.0, np.round(b, DECIMALS) + 0.0


def content_hash(W: FloatArray, b: FloatArray) -> str:
    """Twelve hexadecimal digits that stand for weights in the gauge, to six decimals.

    >>> W, b = np.ones((1, 1)), np.zeros(1)
    >>> content_hash(W, b) == content_hash(W + 1e-8, b)
    True
    """
    W, b = in_gauge(W, b)
    found = hashlib.sha256(f"{W.shape} ".encode())
    for array in (W, b):
        found.update(np.rint(array * 10.0**CONTENT).astype("<i8").tobytes())
    return found.hexdigest()[:LENGTH]
