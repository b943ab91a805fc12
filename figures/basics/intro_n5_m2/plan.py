"""Five features in two dimensions, importance 0.9^i, from dense to sparse."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from figures.basics.setup import BasicSetup


@dataclass(frozen=True)
class Plan(BasicSetup):
    """The densities, and how the optimum is followed along them.

    Attributes
    ----------
    carried : int
        Minima that the next density starts from.
    finer : int
        Points of a curve between two densities.
    """

    carried: int = 6
    finer: int = 8


def _densities(count: int) -> tuple[float, ...]:
    """From 1 down to 1/20, equal steps of the logarithm."""
    return tuple(float(p) for p in 20 ** -np.linspace(0, 1, count))


PLANS = {
    "paper": Plan(5, 2, 0.9, _densities(28), 16, 4000),
    "quick": Plan(5, 2, 0.9, _densities(10), 8, 1500),
}
