"""The exact loss of (2, 1) over (w1, w2): surfaces, all minima, and the basins of gradient flow."""

from __future__ import annotations

from typing import Any

import numpy as np

from figures.kit.profile import Profile

NAME = "loss_surface_n2_m1"


# (p, r): dense and both important; near the corner of the diagram; two minima side by side.
POINTS = ((0.9, 1.0), (0.6, 0.8), (0.3, 0.2))


REACH = 1.6  # of both weights


SIZES = {"paper": 91, "quick": 25}  # points of a surface along each axis


STARTS = {"paper": 40, "quick": 12}  # starts of gradient flow along each axis


BIASES = np.linspace(-1.6, 1.2, 141)


MINIMA = 6  # kept of each point


def configuration(profile: Profile) -> dict[str, Any]:
    """What the surfaces must have been computed with."""
    return {
        "theory": NAME,
        "points": [list(point) for point in POINTS],
        "size": SIZES[profile.name],
        "starts": STARTS[profile.name],
    }
