"""Falling importance, tiny starts: learning from saddle to saddle, and what the optimiser does."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ground.checks import FloatArray


@dataclass(frozen=True)
class Case:
    """One set-up: importances ratio^i from one start.

    Attributes
    ----------
    end : float
        Time until which it is followed.
    snapshots : int
        Of its runs; few where the exact loss of one takes ten milliseconds.
    """

    n_features: int
    n_hidden: int
    ratio: float
    end: float
    snapshots: int = 120

    @property
    def name(self) -> str:
        """The set-up in a word."""
        importance = "equal importance" if self.ratio == 1 else f"$I_i = {self.ratio:g}^i$"
        return f"$n = {self.n_features}$, $m = {self.n_hidden}$, {importance}"

    @property
    def importance(self) -> FloatArray:
        """I_i = ratio^i."""
        return self.ratio ** np.arange(self.n_features)


@dataclass(frozen=True)
class Plan:
    """Set-ups, the start, and how each is trained.

    Attributes
    ----------
    cases : tuple of Case
        The last is of equal importances.
    scale : float
        Deviation of the weights of the one start all runs of a set-up share.
    counted : tuple of int
        Cases of which directions of descent are also counted by the loss alone; (8, 4) takes
        half a minute.
    adam : int
        The case that Adam is tried on.
    rate : float
        Of stochastic gradient descent; a run's time is steps × rate.
    adam_rate, adam_steps
        Adam's, and how long it is followed.
    times : int
        Points of the flow, by log time, of which plateaus are minima of the slope.
    depth : float
        Decades by which the slope must fall and rise again for a plateau: fixed beforehand.
    """

    cases: tuple[Case, ...]
    runs: int
    counted: tuple[int, ...]
    adam: int = 1
    density: float = 0.5
    scale: float = 1e-8
    batch: int = 256
    rate: float = 1e-2
    adam_rate: float = 1e-3
    adam_steps: int = 6000
    times: int = 400
    depth: float = 0.5
    seed: int = 1713

    def start(self, case: Case) -> FloatArray:
        """W of the start of a case."""
        rng = np.random.default_rng([self.seed, case.n_features])
        return self.scale * rng.standard_normal((case.n_hidden, case.n_features))

    def marks(self, case: Case) -> NDArray[np.int64]:
        """Numbers of steps of stochastic gradient descent that are kept.

        At equal distances in time, but for the first tenth, which is in log time.
        """
        early = np.geomspace(self.rate, case.end / 10, case.snapshots // 8, endpoint=False)
        late = np.linspace(case.end / 10, case.end, case.snapshots - len(early))
        return np.unique(np.round(np.concatenate([early, late]) / self.rate).astype(int))

    def adam_marks(self) -> NDArray[np.int64]:
        """Numbers of Adam's steps that are kept."""
        return np.unique(np.geomspace(1, self.adam_steps, 80).astype(int))

    def configuration(self) -> dict[str, Any]:
        """Everything the data depend on, but for the code."""
        return asdict(self)


CASES = (
    Case(4, 2, 0.5, 150.0),
    Case(6, 3, 0.6, 200.0),
    Case(8, 4, 0.7, 160.0, snapshots=28),
    Case(4, 2, 1.0, 120.0),
)
PLANS = {
    "paper": Plan(CASES, runs=32, counted=(0, 1, 3)),
    "quick": Plan((CASES[0], CASES[3]), runs=8, counted=(0, 1), adam=0, rate=2e-2),
}
