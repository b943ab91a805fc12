"""A solution that a model is held against: W and b, their loss, and where they come from."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from ground.checks import FloatArray
from ground.structure import Structure, structure_of

__all__ = ["Best", "counted_from_0"]


@dataclass(frozen=True, eq=False)
class Best:
    """A solution and where it comes from.

    Attributes
    ----------
    loss : float
    W : array (m, n)
    b : array (n,)
    source : str
    converged : bool or None
        Where it is the end of a descent, whether that is at the bottom.
    """

    loss: float
    W: FloatArray
    b: FloatArray
    source: str
    converged: bool | None = None

    @property
    def structure(self) -> Structure:
        """Its roles and factors."""
        return structure_of(self.W)

    def as_dict(self) -> dict[str, Any]:
        """For JSON."""
        return {
            "loss": self.loss,
            "source": self.source,
            "structure": counted_from_0(self.structure),
            "converged": self.converged,
        }

    def save(self, path: str | Path) -> None:
        """Write W and b as .npz."""
        np.savez(Path(path), W=self.W, b=self.b)


def counted_from_0(structure: Structure) -> dict[str, Any]:
    """Factors and ignored features by number, the first being 0."""
    return {"factors": structure.factors, "ignored": structure.ignored}
