"""Which models are looked into, at which densities, penalties and noise, and by what."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from typing import Any

# Hidden dimensions: so many blocks that all have 12 to 16 features.
HIDDEN = {
    "digon": 8,
    "triangle": 8,
    "tetrahedron": 9,
    "pentagon": 6,
    "square antiprism": 6,
}
RANDOM, TRAINED, LARGE = "random", "trained", "random, large"


@dataclass(frozen=True)
class Plan:
    """Cells of the experiment; λ and σ are in units of the mean length of the columns of W.

    Attributes
    ----------
    geometries : tuple of str
        Best known models of `HIDDEN`; n × m random directions; a model trained at `trained_at`.
    densities : tuple of float
        Of the data, for all geometries.
    crossed : tuple of float
        σ at each of them, for all geometries and methods without a dictionary; 0 is always there.
    l1 : tuple of float
        λ at each of them; the first is that of the codes of lone rays, and the only one of
        geometries that are not swept.
    swept : tuple of str
        Geometries whose λ and noise are swept, at one density.
    penalties, noises : tuple of float
        λ and σ swept; the latter at the first of `l1`.
    large_densities : tuple of float
    large : tuple of int
        n and m of larger random models: the sizes of MAIS-O43, which calls them m and n.
    samples : int
    steps, turns : int
        Of the autoencoder's training and of dictionary learning, one start each; of the latter
        `large_turns`, on `large_samples`, in larger models, where no rays are looked for.
    seeds : int
        Draws of the data, of starts, and of random and trained models.
    """

    geometries: tuple[str, ...]
    densities: tuple[float, ...]
    crossed: tuple[float, ...]
    l1: tuple[float, ...]
    swept: tuple[str, ...]
    penalties: tuple[float, ...]
    noises: tuple[float, ...]
    large_densities: tuple[float, ...]
    samples: int
    steps: int
    turns: int
    seeds: int
    large: tuple[int, int] = (256, 64)
    large_turns: int = 20
    large_samples: int = 4096
    n: int = 16
    m: int = 8
    sweep_density: float = 0.05
    trained_at: float = 0.05
    trained_steps: int = 2500
    tolerance: float = 0.05
    complete: float = 0.99
    seed: int = 1643

    @property
    def levels(self) -> tuple[float, ...]:
        """σ at every density, least first."""
        return (0.0, *self.crossed)

    def penalties_of(self, geometry: str) -> tuple[float, ...]:
        """λ at every density without noise."""
        return self.l1 if geometry in self.swept else self.l1[:1]

    def samples_of(self, geometry: str) -> int:
        """How many samples are drawn."""
        return self.large_samples if geometry == LARGE else self.samples

    def configuration(self) -> dict[str, Any]:
        """Everything the data depend on, but for the code."""
        return asdict(self)


PLANS = {
    "paper": Plan(
        geometries=(*HIDDEN, RANDOM, TRAINED),
        densities=(0.02, 0.1, 0.2, 0.35, 0.5, 0.7),
        crossed=(0.1, 0.2),
        l1=(0.3, 0.6),
        swept=("digon", "pentagon", RANDOM),
        penalties=(0.03, 0.1, 0.2, 0.4, 0.8, 1.2),
        noises=(0.05, 0.1, 0.2),
        large_densities=(1 / 32, 1 / 16),
        samples=1280,
        steps=800,
        turns=60,
        seeds=5,
    ),
    "quick": Plan(
        geometries=("digon", "pentagon", RANDOM),
        densities=(0.02, 0.2, 0.7),
        crossed=(0.1,),
        l1=(0.3,),
        swept=("digon", "pentagon"),
        penalties=(0.1, 0.8),
        noises=(0.1,),
        large_densities=(),
        samples=768,
        steps=400,
        turns=40,
        seeds=2,
    ),
}
