"""Quasi-random points of a unit cube: more even than random ones, so that fewer of them do.

SciPy keeps its sequences among its statistics, half a second to load, which only those pay who ask
for points: most figures and most calls do not.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from ground.checks import FloatArray

__all__ = ["halton", "sobol"]


def sobol(
    dimension: int, rng: np.random.Generator | int | None = None, *, scramble: bool = True
) -> Any:
    """Sobol's sequence, scrambled by `rng` (or a seed): a `scipy.stats.qmc.Sobol`."""
    from scipy.stats import qmc

    return qmc.Sobol(dimension, scramble=scramble, rng=rng)


def halton(count: int, dimension: int) -> FloatArray:
    """The first points of Halton's sequence but for the corner, (count, dimension)."""
    from scipy.stats import qmc

    points: FloatArray = qmc.Halton(dimension, scramble=False).random(count + 1)[1:]
    return points
