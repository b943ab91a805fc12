"""Lines among the D_i of trained models against the fractions that theory knows."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, NamedTuple

import numpy as np
import xarray as xr
from numpy.typing import NDArray

from agreement.comparison.packing import REPRESENTED
from ground.checks import FloatArray
from numeric.measure.geometry import feature_dimensionality, norms
from numeric.measure.lines import Line, lines

NEAR = 0.012  # a line is explained by a fraction this close
CLOSE = 0.02  # a feature lies at a fraction, or at the hub's of theory, this close
UNEXPLAINED = "unexplained"


class Fraction(NamedTuple):
    """D_i of a polytope's features, and between which densities the polytope wins."""

    name: str
    share: float
    sparsest: float
    densest: float

    @property
    def wins(self) -> bool:
        """Whether it wins anywhere."""
        return bool(np.isfinite(self.sparsest))


class FreeShares(NamedTuple):
    """D_i of the features of the best free block found at one density."""

    density: float
    n_features: int
    dimensionality: FloatArray


@dataclass(frozen=True, eq=False)
class LineFindings:
    """D_i of trained models, the lines among them, and what each lies at.

    Attributes
    ----------
    dimensionality : array (density, run, feature)
    present : bool array (density, run, feature)
        Features that the model represents.
    lines : tuple of Line
        Over all densities together.
    reasons : tuple of str
        Of each line, as `explained` has it.
    """

    dimensionality: FloatArray
    present: NDArray[np.bool_]
    lines: tuple[Line, ...]
    reasons: tuple[str, ...]

    @property
    def explained(self) -> list[tuple[Line, str]]:
        """Each line with what it lies at."""
        return list(zip(self.lines, self.reasons, strict=True))

    def at(self, share: float) -> list[Line]:
        """Lines near a fraction."""
        return [line for line in self.lines if abs(line.dimensionality - share) < NEAR]

    def count(self, share: float, *, within: float) -> int:
        """Represented features near a fraction."""
        return int(np.sum(np.abs(self.dimensionality[self.present] - share) < within))

    def close(self, derived: xr.Dataset) -> float:
        """Share of the represented features that lie at some known fraction."""
        D = self.dimensionality[self.present]
        return float(np.mean(np.abs(D[:, None] - derived["share"].values).min(axis=1) < CLOSE))

    def row(self, derived: xr.Dataset) -> dict[str, Any]:
        """The row of the table of agreement."""
        winning = [fraction for fraction in fractions(derived) if fraction.wins]
        distance = np.abs(self.dimensionality[self.present] - 0.5)
        return {
            "cells": int(self.dimensionality.shape[0]),
            "runs": int(np.prod(self.dimensionality.shape[:2])),
            "features": int(self.present.sum()),
            "lines": len(self.lines),
            "lines_explained": sum(reason != UNEXPLAINED for reason in self.reasons),
            "fractions_winning": len(winning),
            "fractions_found": sum(bool(self.at(fraction.share)) for fraction in winning),
            "features_at_fractions": self.close(derived),
            "digon_line_distance": float(np.median(distance[distance < NEAR])),
        }


def line_findings(models: xr.Dataset, derived: xr.Dataset) -> LineFindings:
    """Find the lines among the D_i of trained models, and what they lie at.

    Parameters
    ----------
    models : Dataset (density, run, hidden, feature)
        With ``W``.
    derived : Dataset
        ``share`` of each ``fraction`` and the densities ``from`` … ``to`` at which it wins;
        ``free_D`` (free_density, free_feature) of free blocks of ``free_dimension`` dimensions;
        ``hub_D`` (hub_density,) of hubs, by falling density.
    """
    W = models["W"].transpose("density", "run", "hidden", "feature").values
    D, present = feature_dimensionality(W), norms(W) > REPRESENTED
    found = found_lines(D, present)
    p = np.broadcast_to(models["density"].values[:, None, None], D.shape)
    reasons = [explained(line, derived, D, present, p, W.shape[2]) for line in found]
    return LineFindings(D, present, tuple(found), tuple(reasons))


def found_lines(D: FloatArray, present: NDArray[np.bool_]) -> list[Line]:
    """Lines among all D_i of represented features, over all densities together."""
    return lines(D[present])


def explained(
    line: Line,
    derived: xr.Dataset,
    D: FloatArray,
    present: NDArray[np.bool_],
    density: FloatArray,
    n_hidden: int,
) -> str:
    """What a line lies at: a fraction, hubs, an even share, a free block, or nothing known.

    Hubs: where most features in the line lie near the D_i that theory has for them at their own
    density [D47].

    ΣD_i = m where W has a tight frame's spectrum.  The k features that a model represents then
    have m/k each if they share alike: of most features in the line that must be true.
    """
    for name, share in zip(derived["fraction"].values, derived["share"].values, strict=True):
        if abs(line.dimensionality - share) < NEAR:
            return str(name)
    inside = present & (np.abs(D - line.dimensionality) < NEAR)
    hubs = hub_share(derived, density[inside])
    if np.mean(np.abs(D[inside] - hubs) < CLOSE) > 0.5:
        ends = density[inside].min(), density[inside].max()
        return f"hubs, p = {ends[0]:.2g}" + (f" to {ends[1]:.2g}" if ends[0] < ends[1] else "")
    shares = n_hidden / np.maximum(present.sum(axis=-1), 1)
    even = np.abs(shares - line.dimensionality) < NEAR
    if inside[even].sum() > 0.5 * inside.sum():
        counts = present.sum(axis=-1)[even]
        return f"{n_hidden} over {counts.min()} to {counts.max()}: an even share"
    for p, k, free in free_shares(derived):
        if np.mean(np.abs(free - line.dimensionality) < NEAR) > 0.5:
            return f"{k} in {int(derived['free_dimension'])}, free, p = {p:.2g}"
    return UNEXPLAINED


def hub_share(derived: xr.Dataset, density: FloatArray) -> FloatArray:
    """D_i of hubs between the densities at which it is known; NaN outside of them."""
    p, share = derived["hub_density"].values[::-1], derived["hub_D"].values[::-1]
    return np.asarray(np.interp(density, p, share, left=np.nan, right=np.nan))


def fractions(derived: xr.Dataset) -> list[Fraction]:
    """Fractions that theory knows, the largest first."""
    columns = [derived[name].values.tolist() for name in ("fraction", "share", "from", "to")]
    rows = [Fraction(*row) for row in zip(*columns, strict=True)]
    return sorted(rows, key=lambda fraction: -fraction.share)


def free_shares(derived: xr.Dataset) -> list[FreeShares]:
    """D_i of each free block."""
    rows = zip(derived["free_density"].values, derived["free_D"].values, strict=True)
    return [
        FreeShares(float(p), int(np.isfinite(row).sum()), row[np.isfinite(row)]) for p, row in rows
    ]


__all__ = [
    "CLOSE",
    "NEAR",
    "UNEXPLAINED",
    "Fraction",
    "FreeShares",
    "LineFindings",
    "explained",
    "found_lines",
    "fractions",
    "free_shares",
    "line_findings",
]
