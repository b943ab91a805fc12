"""Two features in one dimension: the paper's first phase diagram, with certificates."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from figures.phases.diagram import Diagram
from ground.checks import FloatArray


@dataclass(frozen=True)
class Plan(Diagram):
    """The grid, and the exact layers on it.

    Attributes
    ----------
    line : int
        Densities along a line of transitions.
    certified : int
        Every which cell along both axes gets a certificate.
    """

    line: int = 81
    certified: int = 2

    @property
    def ratios(self) -> FloatArray:
        """r at which the paper's diagram is held against the true one."""
        return np.geomspace(0.1, 1, 7)


PLANS = {
    "paper": Plan(2, 1, size=32, restarts=12, steps=3000),
    "quick": Plan(2, 1, size=8, restarts=6, steps=1000, line=15, certified=4),
}
