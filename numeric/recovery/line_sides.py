"""Which side of its line a feature lies on, and whether a line holds an equal pair.

A feature alone on its line makes the third cumulant along it as large as its law is skewed; an
equal pair makes it zero.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from ground.checks import FloatArray
from numeric.recovery.fourth_cumulants import PARTS, fourth_cumulant, symmetric_squares

__all__ = ["Sides", "line_sides"]

CERTAIN = 4.0  # standard errors
SKEWED = 0.15  # κ₃/|κ₄|^¾ of zero or uniform, as sparse as 1 in 1000; more if denser


@dataclass(frozen=True)
class Sides:
    """For each line.

    Attributes
    ----------
    sign : ndarray (lines,)
        +1 or −1: the side that the third cumulant points to.
    paired, unclear : ndarray (lines,) of bool
        No third cumulant although it would be seen; too uncertain to say.
    skewness, error : ndarray (lines,)
        κ₃/|κ₄|^¾ along the line, and its standard error.
    """

    sign: FloatArray
    paired: NDArray[np.bool_]
    unclear: NDArray[np.bool_]
    skewness: FloatArray
    error: FloatArray


def line_sides(samples: FloatArray, lines: FloatArray) -> Sides:
    """Third cumulants along lines, the other lines' shares taken off.

    Parameters
    ----------
    samples : (samples, k)
    lines : (lines, k)
        Unit vectors, no two parallel.
    """
    if not len(lines):
        none = np.empty(0)
        return Sides(none, none.astype(bool), none.astype(bool), none, none)
    cosines = lines @ lines.T
    squares = symmetric_squares(lines)
    along = np.einsum("ld,de,le->l", squares, fourth_cumulant(samples), squares)
    fourth = np.abs(np.linalg.lstsq(cosines**4, along)[0])
    thirds = np.array([_thirds(part, lines, cosines) for part in np.array_split(samples, PARTS)])
    scale = np.maximum(fourth, 1e-300) ** 0.75
    skewness = thirds.mean(axis=0) / scale
    error = thirds.std(axis=0, ddof=1) / np.sqrt(PARTS) / scale
    seen = np.abs(skewness) > CERTAIN * error
    unclear = ~seen & (CERTAIN * error > SKEWED)
    return Sides(np.where(skewness < 0, -1.0, 1.0), ~seen & ~unclear, unclear, skewness, error)


def _thirds(samples: FloatArray, lines: FloatArray, cosines: FloatArray) -> FloatArray:
    """Coefficients of the u ⊗ u ⊗ u in the third cumulant."""
    along = (samples - samples.mean(axis=0)) @ lines.T
    return np.asarray(np.linalg.lstsq(cosines**3, np.mean(along**3, axis=0))[0])
