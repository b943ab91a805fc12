"""Benefit per hidden dimension of every arrangement, winners, and the limit of large blocks."""

from __future__ import annotations

from typing import Any

import numpy as np
import xarray as xr

from figures.profile import Profile
from ground.results import configured
from theory.large_blocks import large_block
from theory.packing import packing
from theory.packing_mixture import large_blocks_take_over, packing_transitions

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


def configuration(profile: Profile) -> dict[str, Any]:
    """What the derivation must have been made with."""
    return {"count": COUNTS[profile.name]}


def derive(profile: Profile) -> xr.Dataset:
    """Everything over 1/p from 1 to 100."""
    p = np.geomspace(1, 0.01, COUNTS[profile.name])
    large = [large_block(float(density)) for density in p]
    found = [
        *packing_transitions(np.geomspace(1, 0.01, COUNTS["quick"]), names=NAMES[profile.name]),
        large_blocks_take_over(0.02, 0.06, names=NAMES[profile.name]),
    ]
    result = packing(p, names=NAMES[profile.name]).assign(
        large_benefit=("density", [block.benefit for block in large]),
        large_ratio=("density", [block.features_per_dimension for block in large]),
        large_scale=("density", [block.scale for block in large]),
        transition=("change", [change.density for change in found]),
        accuracy=("change", [change.accuracy for change in found]),
        dense=("change", [change.dense for change in found]),
        sparse=("change", [change.sparse for change in found]),
    )
    return configured(result, {"theory": "packing", **configuration(profile)})
