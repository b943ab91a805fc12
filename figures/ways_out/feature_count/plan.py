"""Models whose features are counted from activations alone."""

from __future__ import annotations

from dataclasses import asdict, dataclass, field
from typing import Any


@dataclass(frozen=True)
class Subject:
    """One model: a family of blocks at its optimum, random directions, or a trained one.

    Attributes
    ----------
    kind : str
        A name of figures.ways_out.geometries.PHASES, "random" or "trained".
    n_hidden : int
    density : float
        Of the data, and of the model where it is no optimum of blocks.
    n_features : int
        Of a random or trained model.
    """

    kind: str
    n_hidden: int
    density: float
    n_features: int = 0


# Blocks at densities of their own phase and sparser ones; random directions up to five a
# dimension; trained models, which the exact ones hold free of training's confound.
SUBJECTS = (
    Subject("digon", 4, 0.08),
    Subject("digon", 8, 0.08),
    Subject("digon", 8, 0.3),
    Subject("triangle", 4, 0.7),
    Subject("triangle", 4, 0.05),
    Subject("tetrahedron", 6, 0.66),
    Subject("tetrahedron", 9, 0.05),
    Subject("pentagon", 2, 0.2),
    Subject("pentagon", 6, 0.2),
    Subject("pentagon", 6, 0.05),
    Subject("square antiprism", 3, 0.178),
    Subject("square antiprism", 6, 0.05),
    Subject("random", 4, 0.05, 8),
    Subject("random", 6, 0.05, 12),
    Subject("random", 6, 0.25, 12),
    Subject("random", 8, 0.05, 20),
    Subject("random", 8, 0.02, 40),
    Subject("trained", 4, 0.05, 12),
    Subject("trained", 5, 0.1, 20),
    Subject("trained", 10, 0.05, 20),
)


@dataclass(frozen=True)
class Plan:
    """How many samples of each, with how much noise.

    Attributes
    ----------
    subjects : tuple of Subject
    samples : int
        Activations a model and noise.
    noises : tuple of float
        Standard deviations in each dimension; features have lengths near 1.
    steps : int
        Of training.
    densities : tuple of float
        At which cumulants of one feature are sampled.
    """

    subjects: tuple[Subject, ...] = SUBJECTS
    samples: int = 30_000
    noises: tuple[float, ...] = (0.0, 0.05, 0.15)
    steps: int = 1200
    densities: tuple[float, ...] = field(default=(0.02, 0.1, 0.2, 0.3, 0.413, 0.6, 0.8, 1.0))
    seed: int = 43

    def configuration(self) -> dict[str, Any]:
        """Everything the data depend on, but for the code."""
        return asdict(self)


PLANS = {
    "paper": Plan(),
    "quick": Plan(
        subjects=tuple(SUBJECTS[k] for k in (0, 5, 7, 13, 17)), samples=8000,
        noises=(0.0, 0.15), steps=300, densities=(0.1, 0.6),
    ),
}  # fmt: skip
