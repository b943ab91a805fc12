"""What a hierarchy found: groups of features that share a factor, and what is said of each."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from agreement.description.recognise import Match
from ground.checks import FloatArray
from ground.structure import Structure, structure_of

__all__ = ["Hierarchy", "Part"]

LEVELS = (0.05, 0.1, 0.2, 0.3, 0.5)  # of |cos|, for the partitions that `levels` lists


@dataclass(frozen=True)
class Part:
    """A group of features that share a factor.

    Attributes
    ----------
    features : tuple of int
        At the vertices in their order, where there is a name.
    dimensions : int
    match : Match or None
        The polytope; None for a flat, or a cloud, without a name.
    log_expected : float or None
        Log of the expected number of such groups in a random cloud; None for what is left over.
    noise : float or None
        Size of the noise, relative to the length of a feature, that explains the distance from
        the polytope: η √(r / ν), as of an error of size ε in r dimensions each takes its share.
    leakage : float
        Largest projection of another feature's direction on the part's span: the sine of the
        angle by which it leans.
    """

    features: tuple[int, ...]
    dimensions: int
    match: Match | None
    log_expected: float | None
    noise: float | None
    leakage: float

    @property
    def confidence(self) -> float | None:
        """1 − the chance that a random cloud holds such a group; None for what is left over."""
        return None if self.log_expected is None else -float(np.expm1(min(0.0, self.log_expected)))


@dataclass(frozen=True, eq=False)
class Hierarchy:
    """Parts, and what they came from.

    Attributes
    ----------
    parts : tuple of Part
        Each feature that is not ignored is in one.
    ignored : tuple of int
    order : tuple of int
        All features, neighbours in the trees side by side, part by part, the ignored ones last.
    W : array (m, n)
    """

    parts: tuple[Part, ...]
    ignored: tuple[int, ...]
    order: tuple[int, ...]
    W: FloatArray

    @property
    def structure(self) -> Structure:
        """The partition alone."""
        return Structure(tuple(part.features for part in self.parts), self.ignored)

    def levels(self, thresholds: Sequence[float] = LEVELS) -> tuple[tuple[float, Structure], ...]:
        """Single linkage: the partition by chains with |cos| of at least each threshold."""
        return tuple((level, structure_of(self.W, orthogonal_below=level)) for level in thresholds)
