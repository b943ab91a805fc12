"""Levels of D_i and drops of the loss: three set-ups, and the rule that says what a jump is.

The rule was fixed before the runs that it judges, on these grounds.  Change: 0.08, four fifths of
the step between the levels 2/5 and 1/2, the least between levels of small polytopes that end in
digons.  Window: 0.4 of ln t; a logistic step leaves at most half of its change in each window
beside it as long as it goes from a tenth to nine tenths within 0.9 of ln t.  Plateaus: a range of
at most half of the change in each window beside it.  A feature is present where its norm is 0.1,
as everywhere here.  (A first form of the rule asked for the change beside it instead of the range,
and took the flanks of short spikes for jumps; it was given up with its seed before these runs.)
"""

from __future__ import annotations

from dataclasses import asdict, dataclass
from typing import Any

from numeric.features.independent import Features, IndependentFeatures, OneHot
from numeric.measure.coincidence import Surroundings
from numeric.measure.jumps import JumpRule
from numeric.training.optimisers import SGD, Adam, Optimiser

RULE = JumpRule(window=0.4, least=0.08, plateau=0.5)
PRESENT = 0.1  # norm
AROUND = Surroundings(window=0.4, trend=1.0, reach=2.0, draws=999)
SETUPS = ("uniform", "one-hot", "falling")


@dataclass(frozen=True)
class Setup:
    """One task, trained from small weights.

    Attributes
    ----------
    label : str
    n_features, n_hidden : int
    density : float
        0 for one-hot data.
    falloff : float
        Importance I_i = falloff^i.
    optimiser : "Adam" or "SGD"
    learning_rate : float
    small : float
        Deviation of the weights at the start.
    """

    label: str
    n_features: int
    n_hidden: int
    density: float
    falloff: float
    optimiser: str
    learning_rate: float
    small: float

    @property
    def importance(self) -> list[float]:
        """One number a feature."""
        return [self.falloff**i for i in range(self.n_features)]

    @property
    def features(self) -> Features:
        """The law of the data."""
        if self.density == 0:
            return OneHot(self.n_features)
        return IndependentFeatures(self.density, self.importance, n_features=self.n_features)

    @property
    def rule(self) -> Optimiser:
        """How it is trained."""
        return Adam() if self.optimiser == "Adam" else SGD()


@dataclass(frozen=True)
class Plan:
    """Runs of each set-up with snapshots in logarithmic time, and one run beside its flow.

    Attributes
    ----------
    steps, runs, snapshots : int
    first : int
        Step of the first snapshot.
    setups : tuple of Setup
    flow : Setup
        The first task by gradient descent from the same starts, one run, to be held against the
        flow of the exact loss.
    """

    steps: int
    runs: int
    snapshots: int
    setups: tuple[Setup, ...]
    flow: Setup
    first: int = 20
    batch: int = 1024
    seed: int = 2317

    def configuration(self) -> dict[str, Any]:
        """Everything the data depend on, but for the code; only the comparison asks the rule."""
        return asdict(self)


def _plan(n: int, **sizes: int) -> Plan:
    uniform = Setup("uniform", n, n // 2, 0.05, 1.0, "Adam", 1e-3, 1e-2)
    return Plan(
        setups=(
            uniform,
            Setup("one-hot", 5, 2, 0.0, 1.0, "Adam", 1e-3, 1e-2),
            Setup("falling", 6, 3, 0.1, 0.6, "SGD", 0.2, 1e-3),
        ),
        flow=Setup("flow", n, n // 2, 0.05, 1.0, "SGD", 0.3, 1e-2),
        **sizes,
    )


# n = 8 and 6: the exact loss costs n 3ⁿ, and the Fourier sum of larger n is slow near digons.
PLANS = {
    "paper": _plan(8, steps=16_000, runs=20, snapshots=200),
    "quick": _plan(6, steps=8_000, runs=6, snapshots=100),
}
