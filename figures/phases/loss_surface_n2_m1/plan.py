"""The exact loss of (2, 1) over (w1, w2): surfaces, all minima, and the basins of gradient flow."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from typing import Any

import numpy as np

from ground.checks import FloatArray


@dataclass(frozen=True)
class Plan:
    """Three points of the diagram, each without and with the best bias.

    Attributes
    ----------
    size : int
        Points of a surface along each axis.
    starts : int
        Starts of gradient flow along each axis; an even number keeps them off the axes, which
        separate basins.
    points : tuple of (float, float)
        (p, r): dense and both important; near the corner of the diagram; two minima side by side.
    reach : float
        Largest size of both weights.
    minima : int
        Kept of each point.
    bias_range, bias_count : (float, float), int
        Biases that are tried at each (w1, w2).
    """

    size: int
    starts: int
    points: tuple[tuple[float, float], ...] = ((0.9, 1.0), (0.6, 0.8), (0.3, 0.2))
    reach: float = 1.6
    minima: int = 6
    bias_range: tuple[float, float] = (-1.6, 1.2)
    bias_count: int = 141

    @property
    def biases(self) -> FloatArray:
        """Biases at which one output's loss is scanned, rising."""
        return np.linspace(*self.bias_range, self.bias_count)

    def configuration(self) -> dict[str, Any]:
        """Everything the surfaces depend on, but for the code."""
        return asdict(self)


PLANS = {"paper": Plan(size=91, starts=40), "quick": Plan(size=25, starts=12)}
