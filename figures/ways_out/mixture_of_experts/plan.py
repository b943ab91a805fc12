"""A mixture of experts of one neuron each, beside dense models of as many activations."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from typing import Any


@dataclass(frozen=True)
class Plan:
    """What is trained: T of n experts of one neuron, T of n/2, and dense models of T neurons.

    Attributes
    ----------
    active : tuple of int
        T.
    runs : int
        Random starts, of which the best is kept; one more start has a feature a neuron.
    large : int
        n of the models whose computed activations are counted, in `groups` groups of which one
        passes.
    curve : int
        Densities of the curves.
    """

    active: tuple[int, ...]
    steps: int
    runs: int
    n_features: int = 20
    density: float = 0.05
    large: int = 100
    groups: int = 10
    curve: int = 60
    batch: int = 256
    learning_rate: float = 0.01
    noise: float = 0.02
    held_out: int = 65_536
    seed: int = 3636

    def configuration(self) -> dict[str, Any]:
        """Everything the data depend on, but for the code."""
        return asdict(self)


PLANS = {
    "paper": Plan(active=(1, 2, 4), steps=550, runs=2),
    "quick": Plan(active=(1, 2), steps=300, runs=1, held_out=16_384),
}
