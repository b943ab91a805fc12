"""How clean the digons get: more features that compete, and longer training."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from typing import Any

from figures.geometry.runs import Runs
from figures.kit.profile import Profile

NAME = "pressure"


@dataclass(frozen=True)
class Pressure:
    """Features per dimension and lengths of training, at one density of the digons' plateau."""

    runs: Runs
    density: float
    ratios: tuple[int, ...]
    steps: tuple[int, ...]


SETUPS = {
    "paper": Pressure(
        Runs(0, 12, runs=4, steps=0, learning_rate=3e-3),
        0.3,
        (2, 3, 5, 8),
        (250, 500, 1000, 2000),
    ),
    "quick": Pressure(
        Runs(0, 6, runs=4, steps=0, learning_rate=3e-3, held_out=8192), 0.3, (2, 5), (250, 1500)
    ),
}


def configuration(profile: Profile) -> dict[str, Any]:
    """What the measurement must have been made with."""
    return asdict(SETUPS[profile.name])
