"""Twenty features of falling importance under an L1 penalty: widths, penalties, lengths."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from typing import Any

import numpy as np

from numeric.models.two_layers import Model, ReluHidden, ReluOutput


@dataclass(frozen=True)
class Plan:
    """Three ways to train at each penalty: compared, raised, and from random weights.

    Attributes
    ----------
    ratio : float
        I_i = ratio^i.
    widths : tuple of int
        m.
    penalties : int
        How many λ there are, in steps of the same ratio, so that one feature is expected to drop
        out at each; the largest is `largest`.
    killed : int
        At each λ models without the least 1, 2, …, killed living features compete with the one
        that was best at the λ before.
    steps, random_steps : int
        Of each model at each λ, from where it stands, or from random weights.
    first : tuple of (runs, steps)
        Random starts at the smallest λ, and what is left of them after each round.
    """

    penalties: int
    steps: int
    random_steps: int
    random_runs: int
    first: tuple[tuple[int, int], ...]
    n_features: int = 20
    widths: tuple[int, ...] = (20, 5)
    density: float = 0.1
    ratio: float = 0.8
    largest: float = 0.6
    killed: int = 2
    batch: int = 256
    learning_rate: float = 5e-3
    held_out: int = 16_384
    seed: int = 1616

    @property
    def models(self) -> dict[str, Model]:
        """What is trained, by name."""
        return {"linear": ReluOutput(), "relu": ReluHidden()}

    @property
    def importance(self) -> np.ndarray:
        """(n,)."""
        return self.ratio ** np.arange(self.n_features)

    @property
    def l1(self) -> np.ndarray:
        """The penalties, rising."""
        span = self.n_features - 1
        powers = np.linspace(span, 0, self.penalties)
        return np.asarray(self.largest * self.ratio**powers)

    def configuration(self) -> dict[str, Any]:
        """Everything the data depend on, but for the code."""
        return asdict(self)


PLANS = {
    "paper": Plan(
        penalties=13, steps=300, random_steps=450, random_runs=2, first=((12, 400), (2, 1200))
    ),
    "quick": Plan(
        penalties=8,
        steps=300,
        random_steps=300,
        random_runs=1,
        first=((6, 300), (2, 500)),
        n_features=8,
        widths=(8, 2),
        ratio=0.75,
        held_out=8192,
    ),
}
