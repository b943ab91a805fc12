"""Ten features in five neurons: a ReLU hidden layer, a linear one, and one with a hidden bias."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from typing import Any

import numpy as np

from ground.checks import FloatArray

SPARSE = 4  # batches grow where few inputs have any active feature, but no further than so many


@dataclass(frozen=True)
class Stage:
    """One round of training, whose batch is counted in inputs with something in them.

    Attributes
    ----------
    runs, steps : int
    seen : int
        Inputs of a batch with at least one active feature, on average.
    learning_rate : float
    judged : int
        Inputs on which the runs are judged afterwards; they grow as the batch does.
    """

    runs: int
    steps: int
    seen: int
    learning_rate: float
    judged: int = 16_384


@dataclass(frozen=True)
class Blind:
    """The linear hidden layer by SGD, which a turn of the hidden space commutes with, and Adam not.

    Attributes
    ----------
    runs, steps, batch, learning_rate
    """

    runs: int
    steps: int = 1000
    batch: int = 128
    learning_rate: float = 0.05


@dataclass(frozen=True)
class Plan:
    """Three models over density, each the best of many runs, the better ones of which go on.

    Attributes
    ----------
    densities, beside : tuple of float
        Falling; the second, some of the first, of the model with a hidden bias and of SGD.
    relu, linear, biased : tuple of Stage
        Rounds of each model: many runs for few steps, then fewer for more.
    blind : Blind
    shown : tuple of float
        Densities of the stack plots.
    n_features, n_hidden : int
    falloff : float
        Importance I_i = falloff^i.
    points : int
        Of the sample for inputs of more than two active features in the exact loss, in each of
        its scramblings.
    seed : int
    """

    densities: tuple[float, ...]
    beside: tuple[float, ...]
    relu: tuple[Stage, ...]
    linear: tuple[Stage, ...]
    biased: tuple[Stage, ...]
    blind: Blind
    shown: tuple[float, ...]
    n_features: int = 10
    n_hidden: int = 5
    falloff: float = 0.75
    points: int = 8192
    seed: int = 2209

    @property
    def importance(self) -> FloatArray:
        """I_i, falling."""
        return np.asarray(self.falloff ** np.arange(self.n_features))

    def larger(self, density: float) -> float:
        """By how much batches grow where few inputs have any active feature."""
        return float(min(1 / (1 - (1 - density) ** self.n_features), SPARSE))

    def configuration(self) -> dict[str, Any]:
        """Everything the data depend on, but for the code; only the picture asks what is shown."""
        return {key: value for key, value in asdict(self).items() if key != "shown"}


PLANS = {
    "paper": Plan(
        densities=(
            1.0, 0.65, 0.5, 0.45, 0.4, 0.3, 0.2, 0.15, 0.1, 0.06, 0.03, 0.02,
        ),
        beside=(1.0, 0.4, 0.1, 0.03),
        relu=(
            Stage(1000, 350, 128, 2e-2, judged=8192),
            Stage(60, 1000, 512, 1e-2, judged=65_536),
            Stage(8, 2000, 2048, 5e-3, judged=131_072),
        ),
        linear=(
            Stage(60, 500, 128, 2e-2),
            Stage(8, 1500, 1024, 1e-2, judged=131_072),
        ),
        biased=(Stage(12, 600, 256, 2e-2), Stage(3, 1000, 1024, 1e-2, judged=131_072)),
        blind=Blind(80),
        shown=(1.0, 0.5, 0.3, 0.1, 0.02),
    ),
    "quick": Plan(
        densities=(1.0, 0.5, 0.25, 0.05),
        beside=(0.25,),
        relu=(Stage(40, 300, 64, 2e-2), Stage(5, 1000, 256, 1e-2)),
        linear=(Stage(10, 300, 64, 2e-2), Stage(4, 600, 128, 1e-2)),
        biased=(Stage(3, 300, 128, 2e-2),),
        blind=Blind(20, steps=300),
        shown=(1.0, 0.5, 0.25, 0.05),
        n_features=6,
        n_hidden=3,
        points=1024,
    ),
}  # fmt: skip
