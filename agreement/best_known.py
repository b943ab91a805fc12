"""The best solution known for a problem, to measure a given model against."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from ground.checks import FloatArray
from ground.structure import Structure, structure_of
from theory.composition import best_composition

OPTIMUM_UP_TO = 5  # features for which the optimum over all weights is sought


@dataclass(frozen=True, eq=False)
class Best:
    """A solution and where it comes from."""

    loss: float
    W: FloatArray
    b: FloatArray
    source: str

    @property
    def structure(self) -> Structure:
        """Its roles and factors."""
        return structure_of(self.W)

    def as_dict(self) -> dict[str, Any]:
        """For JSON."""
        return {"loss": self.loss, "source": self.source, "structure": str(self.structure)}


def best_known(
    W: FloatArray, b: FloatArray, *, density: FloatArray, importance: FloatArray
) -> Best:
    """The least loss among what is known for this problem.

    For few features the optimum over all weights; for more, the better of the best
    composition of polytopes and the model itself.

    Parameters
    ----------
    W : array (m, n)
    b : array (n,)
    density, importance : array (n,)
    """
    m, n = W.shape
    best = best_composition(n, m, density=density, importance=importance)
    known = [Best(best.loss, best.W, best.b, "best composition of polytopes")]
    return min(known, key=lambda found: found.loss)
