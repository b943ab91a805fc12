"""Benefit per dimension of every arrangement, winners, free blocks, large ones, upper bounds."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from typing import Any

import numpy as np

from ground.checks import FloatArray


@dataclass(frozen=True)
class Plan:
    """Arrangements over 1/p from 1 to 100, and free blocks at some of these densities.

    Attributes
    ----------
    count : int
        Densities.
    free_dimensions : tuple of int
        Of free blocks.
    free_count : int
        Densities from 1 to 0.01 of which those in `free_between` are taken for free blocks: there
        symmetric blocks do not win alone, and fewer than ten features a dimension are best.
    free_between : (float, float)
    starts : int
        Of each search for a free block that is not among those shipped.  Where two were compared
        most agreed to 0.4 % of the benefit, the worst to 1.5 %: what is found is a lower bound.
    names : tuple of str, optional
        Families compared; all without.
    changes : int
        Densities from 1 to 0.01 between which changes of the winner are looked for.
    large_between : (float, float)
        Densities between which large blocks take over.
    hybrid_densities : tuple of float
        Where simplices that share a feature are compared with what exchanges there.
    """

    count: int
    free_dimensions: tuple[int, ...]
    free_count: int
    names: tuple[str, ...] | None = None
    free_between: tuple[float, float] = (0.014, 0.22)
    starts: int = 1
    changes: int = 13
    large_between: tuple[float, float] = (0.02, 0.06)
    hybrid_densities: tuple[float, ...] = (0.80026, 0.66, 0.65, 0.64424, 0.64, 0.635)

    @property
    def hybrid_rivals(self) -> tuple[str, ...]:
        """What exchanges where hybrids win."""
        return ("tetrahedron", "triangle", "digon")

    @property
    def densities(self) -> FloatArray:
        """p, falling from 1 to 0.01."""
        return np.geomspace(1, 0.01, self.count)

    @property
    def free_densities(self) -> FloatArray:
        """p of free blocks, falling."""
        every = np.geomspace(1, 0.01, self.free_count)
        least, most = self.free_between
        return every[(every > least) & (every < most)]

    def configuration(self) -> dict[str, Any]:
        """Everything the derivation depends on, but for the code."""
        return {"theory": "packing", **asdict(self)}


PLANS = {
    "paper": Plan(count=49, free_dimensions=(4, 6, 8), free_count=13),
    "quick": Plan(
        count=13,
        free_dimensions=(3,),
        free_count=5,
        # The paper's families and the two that follow them.
        names=(
            *("4-simplex", "tetrahedron", "triangle", "digon", "pentagon", "square antiprism"),
            *("5-demicube", "2_21 polytope"),
        ),
        # One density, whose block is shipped.
        free_between=(0.05, 0.22),
        hybrid_densities=(0.64424,),
    ),
}
