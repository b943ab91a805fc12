"""Benefit per dimension of every arrangement, winners, free blocks, and the limit of large ones."""

from __future__ import annotations

from typing import Any

from figures.kit.profile import Profile

NAME = "packing_theory"


COUNTS = {"paper": 49, "quick": 13}


# Families compared: all, or the paper's and the two that follow them.
NAMES = {
    "paper": None,
    "quick": [
        *("4-simplex", "tetrahedron", "triangle", "digon", "pentagon", "square antiprism"),
        *("5-demicube", "2_21 polytope"),
    ],
}


# Free blocks: dimensions, and how many densities from 1 to 0.01, of which those are taken between
# which symmetric blocks do not win alone and fewer than ten features a dimension are best.
FREE = {"paper": ((4, 6, 8), 13), "quick": ((3,), 5)}


FREE_BETWEEN = (0.014, 0.22)


# For each number of features tried.  Where two were compared most agreed to 0.4 % of the benefit,
# the worst to 1.5 %: what is found is a lower bound.
STARTS = 1


def configuration(profile: Profile) -> dict[str, Any]:
    """What the derivation must have been made with."""
    return {"count": COUNTS[profile.name], "free": FREE[profile.name]}
