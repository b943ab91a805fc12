"""How much of the explorer is computed while its page is built; the rest lies in data files."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from ground.checks import FloatArray


@dataclass(frozen=True)
class Plan:
    """Searches and grids of one profile.

    Attributes
    ----------
    starts : int
        Spread starts of the search for all minima, in each cell of a diagram.
    along : int
        Densities at which five features in two dimensions are searched.
    along_starts : int
    falloffs : tuple of float
        Importance of each of five features over that of the one before.
    levels : tuple of float
        λ of the L1 penalty.
    """

    starts: int = 16
    along: int = 25
    along_starts: int = 32
    falloffs: tuple[float, ...] = (1.0, 0.9)
    levels: tuple[float, ...] = tuple(round(0.05 * k, 2) for k in range(15))

    @property
    def along_densities(self) -> FloatArray:
        """p of five features, falling."""
        return np.geomspace(1, 0.01, self.along)


PLANS = {
    "paper": Plan(),
    "quick": Plan(starts=8, along=5, along_starts=8, falloffs=(1.0,), levels=(0.0, 0.2, 0.5)),
}
