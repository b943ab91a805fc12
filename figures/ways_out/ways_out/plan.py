"""Models trained with a little of each penalty, and decoded."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from typing import Any

SYSTEMS = (
    # Name, features, dimensions, density, and the block that the best known model repeats.
    ("digons", 8, 4, 0.1, (2, 1)),
    ("pentagons", 10, 4, 0.2, (5, 2)),
    ("crowded", 20, 5, 0.15, None),
)


@dataclass(frozen=True)
class Plan:
    """Strengths of each penalty in each system.

    Attributes
    ----------
    systems : tuple of (name, n, m, p, block)
        Where a block is given, the best one known under penalty stands for the whole.
    l1, interference, attack : tuple of float
        Strengths; an attack's is its length, along a random feature's direction.
    seeds : int
        Models of each, five at least for an interval.
    steps, attacked_steps, batch : int
        Of training.
    samples : int
        Activations that are decoded.
    noise : float
        Of activations, a standard deviation in each dimension.
    """

    systems: tuple[tuple[str, int, int, float, tuple[int, int] | None], ...] = SYSTEMS
    l1: tuple[float, ...] = (0.05, 0.2, 0.4)
    interference: tuple[float, ...] = (0.004, 0.02, 0.05)
    attack: tuple[float, ...] = (0.2,)
    seeds: int = 5
    steps: int = 1200
    attacked_steps: int = 800
    batch: int = 512
    samples: int = 1200
    noise: float = 0.03
    seed: int = 16

    @property
    def conditions(self) -> list[tuple[str, float]]:
        """Penalty and strength, without any first."""
        found = [("none", 0.0)]
        for name in ("l1", "interference", "attack"):
            found += [(name, strength) for strength in getattr(self, name)]
        return found

    def drawn(self, system: int, seed: int) -> dict[str, Any]:
        """What activations of a system are decoded, the same for every penalty."""
        return {
            "density": self.systems[system][3], "noise": self.noise, "samples": self.samples,
            "seed": (self.seed, system, seed),
        }  # fmt: skip

    def configuration(self) -> dict[str, Any]:
        """Everything the data depend on, but for the code."""
        return asdict(self)


PLANS = {
    "paper": Plan(),
    "quick": Plan(
        systems=SYSTEMS[:1], l1=(0.4,), interference=(0.05,), attack=(), seeds=3,
        steps=500, samples=600,
    ),
}  # fmt: skip
