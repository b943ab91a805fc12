"""Two sets of ten correlated features in ten dimensions: a basis for each set."""

from __future__ import annotations

from dataclasses import asdict
from typing import Any

from figures.geometry.runs import Runs
from figures.kit.profile import Profile

NAME = "local_bases"


DENSITY = 0.05


SETUPS = {
    "paper": Runs(20, 10, runs=16, steps=4000, law="correlated", sizes=(10, 10)),
    "quick": Runs(20, 10, runs=4, steps=1500, law="correlated", sizes=(10, 10), held_out=8192),
}


def configuration(profile: Profile) -> dict[str, Any]:
    """What the measurement must have been made with."""
    return {"density": DENSITY, **asdict(SETUPS[profile.name])}
