"""Ten features in five neurons: ReLU hidden layer, linear one, and one with a hidden bias."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from typing import Any

import numpy as np

from ground.checks import FloatArray
from numeric.training.halving import Round

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
class Plan:
    """Three models over density, each the best of many runs, the better ones of which go on.

    Attributes
    ----------
    densities, bias_densities : tuple of float
        Falling; the second of the model with a hidden bias, some of the first.
    relu, linear, biased : tuple of Stage
        Rounds of each model: many runs for few steps, then fewer for more.
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
    bias_densities: tuple[float, ...]
    relu: tuple[Stage, ...]
    linear: tuple[Stage, ...]
    biased: tuple[Stage, ...]
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

    def rounds(self, stages: tuple[Stage, ...], density: float) -> list[Round]:
        """The rounds at one density, with batches in inputs."""
        busy = 1 - (1 - density) ** self.n_features
        larger = min(1 / busy, SPARSE)
        return [
            Round(
                each.runs,
                each.steps,
                round(each.seen * larger),
                each.learning_rate,
                round(each.judged * larger),
            )
            for each in stages
        ]

    def configuration(self) -> dict[str, Any]:
        """Everything the data depend on, but for the code; only the picture asks what is shown."""
        return {key: value for key, value in asdict(self).items() if key != "shown"}


PLANS = {
    "paper": Plan(
        densities=(
            1.0, 0.8, 0.65, 0.55, 0.5, 0.45, 0.4, 0.3, 0.2, 0.15, 0.12, 0.1, 0.06, 0.03, 0.02,
        ),
        bias_densities=(1.0, 0.4, 0.1, 0.03),
        relu=(
            Stage(1000, 500, 128, 2e-2),
            Stage(80, 1200, 512, 1e-2, judged=131_072),
            Stage(8, 2000, 2048, 5e-3, judged=131_072),
        ),
        linear=(
            Stage(60, 500, 128, 2e-2),
            Stage(8, 1500, 1024, 1e-2, judged=131_072),
        ),
        biased=(Stage(12, 600, 256, 2e-2), Stage(3, 1000, 1024, 1e-2, judged=131_072)),
        shown=(1.0, 0.5, 0.3, 0.1, 0.02),
    ),
    "quick": Plan(
        densities=(1.0, 0.5, 0.3, 0.1, 0.03),
        bias_densities=(0.3,),
        relu=(Stage(60, 400, 64, 2e-2), Stage(6, 800, 256, 1e-2)),
        linear=(Stage(10, 400, 64, 2e-2), Stage(3, 800, 256, 1e-2)),
        biased=(Stage(3, 400, 128, 2e-2),),
        shown=(1.0, 0.5, 0.3, 0.1, 0.03),
        points=1024,
    ),
}  # fmt: skip
