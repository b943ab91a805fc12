"""The description of a weight matrix, as a record, as a table and as JSON."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from agreement.description.cloud import Cloud
from agreement.description.hierarchy import Hierarchy
from agreement.description.recognise import NAMED_WITHIN
from agreement.description.untied import Untied
from ground.checks import FloatArray
from ground.structure import IGNORED_BELOW, ORTHOGONAL_BELOW, Structure, structure_of

if TYPE_CHECKING:
    from agreement.description.gap import Worth

__all__ = ["Description", "Factor", "Thresholds"]

# Share of the loss below which a factor's shortfall is not worth a line.
_WORTH = 1e-3
_INTERPOLATED = 5e-3  # the limit's error, its blocks being read off a table
_LISTED = 12  # features up to which the structure of the best known is written out


@dataclass(frozen=True)
class Thresholds:
    """Where the description draws its lines.

    Attributes
    ----------
    ignored_below : float
        A feature is ignored when ‖W_i‖ is below this.
    orthogonal_below : float
        Overlaps |Ŵ_i·Ŵ_j| below this are no links in the single linkage that proposes groups.
        Which groups are taken is decided by chance: see :mod:`agreement.description.hierarchy`.
    named_within : float
        A factor bears a polytope's name when the Gram matrix of its directions is this near,
        relative to the polytope's.
    """

    ignored_below: float = IGNORED_BELOW
    orthogonal_below: float = ORTHOGONAL_BELOW
    named_within: float = NAMED_WITHIN


@dataclass(frozen=True)
class Factor:
    """One orthogonal (tegum) factor.

    Attributes
    ----------
    features : tuple of int
        0-based; at the polytope's vertices in their order, where it has a name.
    name : str or None
        "point" for a dedicated feature.
    nearest : str or None
        The polytope that `distance` refers to: `name`, or the nearest one that is too far.
    distance : float or None
        Relative distance of Gram matrices to `nearest` (a lower bound where there is no name);
        None where no polytope has as many vertices.
    dimensions : int
    norm, spread : float
        Mean norm of the features, and its relative standard deviation.
    confidence : float or None
        1 − the chance that a cloud of as many random directions holds such a group somewhere;
        None for a feature or a cloud that is left over.
    noise : float or None
        Noise, relative to a feature's length, that would explain the distance from the polytope.
    leakage : float or None
        Sine of the largest angle by which another feature leans into the factor's span.
    shape : float or None
        Height squared of an antiprism, or share of the first part of a product.
    """

    features: tuple[int, ...]
    name: str | None
    nearest: str | None
    distance: float | None
    dimensions: int
    norm: float
    spread: float
    confidence: float | None = None
    noise: float | None = None
    leakage: float | None = None
    shape: float | None = None


@dataclass(frozen=True, eq=False)
class Description:
    """What `describe` found; print it for a table, or ask `to_json`.

    Attributes
    ----------
    structure : Structure
    factors : tuple of Factor
    norms, biases, dimensionality, leverage, superposition : array (n,)
        ‖W_i‖, b_i, D_i, ℓ_i [D13], and Σ_{j≠i} (Ŵ_i·W_j)².
    n_hidden : int
    loss : float or None
        Expected loss, where the density is known.
    best : Best or None
        The best solution known for the same problem; None where none was sought or is known.
    thresholds : Thresholds
    hierarchy : Hierarchy or None
        What the factors come from; its ``levels()`` are the partitions at several thresholds.
    clouds : tuple of Cloud
        Statistics of groups of features without a name.
    bottom : Best or None
        The model after exact descent in its own basin.
    limit : float or None
        Loss of the best mixture with large blocks, a limit and no model, to half a per cent.
    worth : tuple of Worth
        What each factor saves per dimension, beside what the best block does.
    untied : Untied or None
        Encoder and decoder, where the model has both: `loss` is theirs, all the rest is said of
        the tied model nearest to them.
    loss_error : float or None
        Standard error of the loss where it is an estimate.
    loss_method : str or None
        How the loss is known.
    notes : tuple of str
        What was assumed: a bias that was not there, say.
    """

    structure: Structure
    factors: tuple[Factor, ...]
    norms: FloatArray
    biases: FloatArray
    dimensionality: FloatArray
    leverage: FloatArray
    superposition: FloatArray
    n_hidden: int
    loss: float | None
    best: Best | None
    thresholds: Thresholds
    hierarchy: Hierarchy | None = None
    clouds: tuple[Cloud, ...] = ()
    bottom: Best | None = None
    limit: float | None = None
    worth: tuple[Worth, ...] = ()
    untied: Untied | None = None
    loss_error: float | None = None
    loss_method: str | None = None
    notes: tuple[str, ...] = ()

    @property
    def n_features(self) -> int:
        """Number of features."""
        return self.structure.n_features

    @property
    def gap(self) -> float | None:
        """(loss − best known loss) / best known loss; absolute where that is zero."""
        if self.loss is None or self.best is None:
            return None
        return (self.loss - self.best.loss) / (self.best.loss or 1.0)

    @property
    def summary(self) -> str:
        """Such as "1 point, 2 digons, 2 features ignored"."""
        names: dict[str, int] = {}
        for factor in self.factors:
            name = factor.name or _unnamed(factor)
            names[name] = names.get(name, 0) + 1
        parts = [counted(count, name) for name, count in names.items()]
        ignored = len(self.structure.ignored)
        if ignored:
            parts.append(f"{counted(ignored, 'feature')} ignored")
        return ", ".join(parts)

    def role(self, feature: int) -> str:
        """One of "ignored", "dedicated", "in superposition"."""
        if feature in self.structure.ignored:
            return "ignored"
        return "in superposition" if self.partners(feature) else "dedicated"

    def partners(self, feature: int) -> tuple[int, ...]:
        """The others in the feature's factor, 0-based."""
        for factor in self.structure.factors:
            if feature in factor:
                return tuple(i for i in factor if i != feature)
        return ()

    def to_json(self) -> str:
        """Everything as JSON; features are counted from 0, in `structure` too.

        (Tables for readers count from 1.)
        """
        return json.dumps(self.as_dict(), indent=2, default=_listed_or_number)

    def as_dict(self) -> dict[str, Any]:
        """What `to_json` writes."""
        return {
            "n_features": self.n_features,
            "n_hidden": self.n_hidden,
            "summary": self.summary,
            "structure": _counted_from_0(self.structure),
            "factors": [vars(factor) for factor in self.factors],
            "features": [
                {
                    "feature": i,
                    "role": self.role(i),
                    "with": self.partners(i),
                    "norm": self.norms[i],
                    "bias": self.biases[i],
                    "dimensionality": self.dimensionality[i],
                    "leverage": self.leverage[i],
                    "superposition": self.superposition[i],
                }
                for i in range(self.n_features)
            ],
            "loss": self.loss,
            "best_known": None if self.best is None else self.best.as_dict(),
            "gap": self.gap,
            "bottom": None if self.bottom is None else self.bottom.as_dict(),
            "limit": self.limit,
            "worth": [worth.as_dict() for worth in self.worth],
            "thresholds": vars(self.thresholds),
            "clouds": [vars(cloud) for cloud in self.clouds],
            "levels": []
            if self.hierarchy is None
            else [
                {"cos": level, "structure": _counted_from_0(structure)}
                for level, structure in self.hierarchy.levels()
            ],
            "loss_error": self.loss_error,
            "loss_method": self.loss_method,
            "untied": None if self.untied is None else self.untied.as_dict(),
            "notes": self.notes,
        }

    def __str__(self) -> str:
        lines = [
            f"{counted(self.n_features, 'feature')} in {counted(self.n_hidden, 'dimension')}: "
            f"{self.summary}",
            *([f"structure: {self.structure}"] if self.n_features <= 60 else []),
            *([f"{self.untied}."] if self.untied else []),
            *(f"Note: {note}." for note in self.notes),
            *self._level_rows(),
            "",
            *self._factor_rows(),
            "",
            *(f"{cloud}\n" for cloud in self.clouds),
            *self._feature_rows(),
            "",
            *self._loss_rows(),
            f"Ignored: norm below {self.thresholds.ignored_below:g}. Named: relative distance of "
            f"Gram matrices up to {self.thresholds.named_within:g}, and less than one such group "
            "expected in 10 000 random clouds (for n < 14 features, in 2ⁿ). noise: what would "
            "explain the distance. leaks: sine of the angle by which another feature leans in.",
        ]
        return "\n".join(lines)

    def _factor_rows(self) -> list[str]:
        head = ("factor", "is a", "dims", "distance", "noise", "leaks", "sure", "norm", "spread")
        rows = [(*head, "features")]
        for number, factor in enumerate(self.factors, 1):
            named = factor.name or f"unnamed (nearest: {factor.nearest or 'none known'})"
            distance = "" if factor.distance is None else f"{factor.distance:.3f}"
            rows.append(
                (
                    str(number),
                    named,
                    str(factor.dimensions),
                    distance if factor.name else f"≥ {distance}" if distance else "",
                    "" if factor.noise is None else f"{factor.noise:.1%}",
                    "" if factor.leakage is None else f"{factor.leakage:.2f}",
                    "" if factor.confidence is None else _sure(factor.confidence),
                    f"{factor.norm:.3f}",
                    f"{factor.spread:.3f}",
                    _listed(factor.features),
                )
            )
        return aligned(rows, left={1, 9})

    def _level_rows(self) -> list[str]:
        """Groups by single linkage, where the levels differ: how clear-cut the factors are."""
        if self.hierarchy is None:
            return []
        counts = [(level, len(found.factors)) for level, found in self.hierarchy.levels()]
        if len({count for _, count in counts}) == 1:
            return []
        listed = ", ".join(f"{level:g}: {count}" for level, count in counts)
        return [f"groups linked by |cos| of at least {listed}"]

    def _feature_rows(self) -> list[str]:
        head = ("feature", "role", "norm", "bias", "D", "leverage", "superposition", "with")
        rows: list[tuple[str, ...]] = [head]
        for i in range(self.n_features):
            shares = (self.dimensionality[i], self.leverage[i], self.superposition[i])
            ignored = i in self.structure.ignored  # its direction is noise
            rows.append(
                (
                    str(i + 1),
                    self.role(i),
                    f"{self.norms[i]:.3f}",
                    f"{self.biases[i]:.3f}",
                    *("" if ignored else f"{value:.3f}" for value in shares),
                    _listed(self.partners(i)),
                )
            )
        return aligned(rows, left={1, 7})

    def _loss_rows(self) -> list[str]:
        if self.loss is None:
            return ["Loss: not known without a density."]
        error = "" if self.loss_error is None else f" ± {self.loss_error:.1g}"
        loss = f"Loss: {self.loss:.6g}{error}"
        if self.loss_method not in (None, "exact", "Fourier sum"):
            loss += f" ({self.loss_method})"
        if self.bottom is None:
            return [f"{loss}."]
        ended = "" if self.bottom.converged else " or lower: the descent was cut short"
        rows = [f"{loss}; at the bottom of its own basin: {self.bottom.loss:.6g}{ended}."]
        if self.best is None:
            return [*rows, "No rival known."]
        unit = "relative" if self.best.loss else "absolute"
        rows.append(
            f"Best known: {self.best.loss:.6g} ({self.best.source}); gap: {self.gap:.2e} ({unit})."
        )
        if self.limit is not None and self.limit < self.best.loss * (1 - _INTERPOLATED):
            rows.append(f"With large blocks, a limit that no model attains: {self.limit:.6g}.")
        return [*rows, *self._worth_rows(), ""]

    def _worth_rows(self, most: int = 5) -> list[str]:
        """The factors most worth replacing."""
        short = [worth.shortfall or 0.0 for worth in self.worth]
        numbers = [
            k
            for k in sorted(range(len(short)), key=lambda k: -short[k])
            if short[k] > _WORTH * (self.loss or 0.0)
        ]
        if not numbers:
            return []
        rows = ["Saved per dimension, and how much the loss is above that of the best mixture:"]
        for k in numbers[:most]:
            worth = self.worth[k]
            who = f"factor {k + 1}" if worth.dimensions else "ignored features"
            saved = "" if worth.benefit is None else f"{worth.benefit:.4g} per dimension "
            beside = f"({worth.best_name}: {worth.best:.4g})" if saved else ""
            rows.append(f"  {who}: {saved}{beside}; {worth.shortfall:.3g} above")
        if len(numbers) > most:
            rows.append(f"  … and {len(numbers) - most} more")
        return rows


def _counted_from_0(structure: Structure) -> dict[str, Any]:
    return {"factors": structure.factors, "ignored": structure.ignored}


def _listed_or_number(value: Any) -> Any:
    """NumPy's numbers as JSON has them."""
    return value.tolist()


def aligned(rows: Sequence[Sequence[str]], *, left: set[int]) -> list[str]:
    """Lay out a table in plain text: columns padded, numbers to the right."""
    widths = [max(len(row[k]) for row in rows) for k in range(len(rows[0]))]
    return [
        "  ".join(
            cell.ljust(width) if k in left else cell.rjust(width)
            for k, (cell, width) in enumerate(zip(row, widths, strict=True))
        ).rstrip()
        for row in rows
    ]


_PLURALS = {"tetrahedron": "tetrahedra", "octahedron": "octahedra", "icosahedron": "icosahedra"}


def counted(count: int, name: str) -> str:
    """The count with the name in its plural: "2 rectified 4-simplices", "1 feature".

    >>> counted(2, "4-simplex"), counted(1, "feature"), counted(2, "triangle × triangle")
    ('2 4-simplices', '1 feature', '2 triangle × triangle products')
    """
    if count == 1:
        return f"1 {name}"
    if " × " in name:
        return f"{count} {name} products"
    if name in _PLURALS:
        return f"{count} {_PLURALS[name]}"
    if name.endswith("simplex"):
        return f"{count} {name[:-2]}ices"
    for kind in ("cloud of ", "free block of "):
        if name.startswith(kind):
            return f"{count} {kind[:-4]}s of {name[len(kind) :]}"
    return f"{count} {name}s"


def _unnamed(factor: Factor) -> str:
    k = len(factor.features)
    return (
        f"unnamed {k}-feature factor"
        if factor.confidence is not None or k < 6
        else (f"cloud of {k} features")
    )


def _sure(confidence: float) -> str:
    return "> 0.9999" if confidence > 0.9999 else f"{confidence:.4f}"


def _listed(features: tuple[int, ...], most: int = 12) -> str:
    words = [str(i + 1) for i in features[:most]]
    return " ".join(words) + (f" … ({len(features)})" if len(features) > most else "")


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
            "structure": _counted_from_0(self.structure),
            "converged": self.converged,
        }

    def save(self, path: str | Path) -> None:
        """Write W and b as .npz."""
        np.savez(Path(path), W=self.W, b=self.b)
