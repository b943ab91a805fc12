"""Adversarial training against a random feature: sizes, runs, conventions."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from typing import Any

from numeric.adversary.feeds import RandomFeatureAttack

LIVE_ABOVE = 0.1  # ‖W_i‖ from which a feature is live
# How the feed counts dead features, and whether the gradient runs through the attack.
MODES = {
    "live": {"live_above": LIVE_ABOVE, "through": True},
    "detached": {"live_above": LIVE_ABOVE, "through": False},
    "raw": {"live_above": None, "through": True},
}


@dataclass(frozen=True)
class World:
    """Where digons are the best packing, what is trained there, and how.

    Attributes
    ----------
    n_features, n_hidden, density
    modes : tuple of str
        Of MODES.
    ratios : tuple of float
        ε over the mean input norm.
    batch : int
        A multiple of the number of features.
    """

    n_features: int
    n_hidden: int
    density: float
    modes: tuple[str, ...]
    ratios: tuple[float, ...]
    batch: int


@dataclass(frozen=True)
class Plan:
    """Two worlds, attacks of several sizes, three ways of training on them.

    Attributes
    ----------
    main, decoys : World
        Without features to drop, and with some: only there the conventions differ.
    runs, steps, learning_rate, seed
        Adam, its rate falling to zero along half a cosine.
    samples, ascents : int
        Inputs on which attacks are measured, and those of projected gradient.
    curve : int
        Ratios of a curve.
    tilts : tuple of float
        Ratios at which tilted digons are sought.
    threshold_sizes : tuple of (int, int)
        n and m for which the size of attack that halves the scale is drawn.
    threshold_densities : tuple of float
    near : float
        How near to the predicted scale digons must end.
    """

    main: World = World(
        12, 6, 0.2, ("live", "detached"), (0.0, 0.1, 0.2, 0.3, 0.4, 0.5, 0.6, 0.8, 1.1, 1.5), 240
    )
    decoys: World = World(14, 5, 0.3, ("live", "raw"), (0.1, 0.2, 0.3, 0.4), 280)
    runs: int = 2
    steps: int = 600
    learning_rate: float = 2e-2
    seed: int = 2024
    samples: int = 4096
    ascents: int = 256
    curve: int = 46
    tilts: tuple[float, ...] = (0.5, 0.6, 0.7, 0.8, 1.0, 1.25, 1.5)
    threshold_sizes: tuple[tuple[int, int], ...] = ((14, 5), (20, 10), (100, 20))
    threshold_densities: tuple[float, ...] = (0.01, 0.02, 0.04, 0.07, 0.1, 0.2, 0.4)
    near: float = 0.03

    def feed(self, mode: str, size: float) -> RandomFeatureAttack:
        """The attacked batches of a mode."""
        return RandomFeatureAttack(size, **MODES[mode])  # type: ignore[arg-type]

    def configuration(self) -> dict[str, Any]:
        """Everything the data depend on; only the claim asks who is near."""
        return {key: value for key, value in asdict(self).items() if key != "near"}


PLANS = {
    "paper": Plan(),
    "quick": Plan(
        main=World(6, 3, 0.2, ("live", "detached"), (0.0, 0.2, 0.5, 1.2), 60),
        decoys=World(8, 3, 0.3, ("live", "raw"), (0.2,), 64),
        runs=1,
        steps=400,
        samples=1024,
        ascents=64,
        curve=9,
        tilts=(0.4, 0.7, 1.2),
        threshold_sizes=((8, 3),),
        threshold_densities=(0.1, 0.3),
        near=0.1,
    ),
}
