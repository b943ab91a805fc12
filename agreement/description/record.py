"""The description of a weight matrix, as a record, as a table and as JSON."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from agreement.description.assumed import AssumedLaw
from agreement.description.best import Best, counted_from_0
from agreement.description.cloud import Cloud
from agreement.description.parts import Hierarchy
from agreement.description.recognise import NAMED_WITHIN
from agreement.description.untied import Untied
from agreement.description.words import counted, unnamed
from ground.checks import FloatArray
from ground.structure import IGNORED_BELOW, ORTHOGONAL_BELOW, Structure

if TYPE_CHECKING:
    from agreement.description.gap import Worth

__all__ = ["Description", "Factor", "Thresholds"]


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
    law : AssumedLaw or None
        What the loss is the expectation over; None where none is known.
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
    law: AssumedLaw | None = None
    notes: tuple[str, ...] = ()

    @property
    def n_features(self) -> int:
        """Number of features."""
        return self.structure.n_features

    @property
    def mean_loss(self) -> float | None:
        """The loss as the paper's notebooks write it: the mean over features, not the sum."""
        return None if self.loss is None else self.loss / self.n_features

    @property
    def gap(self) -> float | None:
        """(loss − best known loss) / best known loss; absolute where that is zero."""
        if self.loss is None or self.best is None:
            return None
        return (self.loss - self.best.loss) / (self.best.loss or 1.0)

    @property
    def summary(self) -> str:
        """Such as "1 point, 2 digons, 2 features ignored"."""
        return self._named(self.factors)

    @property
    def phase(self) -> str:
        """The summary with factors in the order of their sizes: the same for the same factors."""
        return self._named(sorted(self.factors, key=lambda f: (len(f.features), f.name or "~")))

    def _named(self, factors: Sequence[Factor]) -> str:
        names: dict[str, int] = {}
        for factor in factors:
            name = factor.name or unnamed(factor.features, sure=factor.confidence is not None)
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
            "structure": counted_from_0(self.structure),
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
            "law": None if self.law is None else self.law.as_dict(),
            "loss": self.loss,
            "mean_loss": self.mean_loss,
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
                {"cos": level, "structure": counted_from_0(structure)}
                for level, structure in self.hierarchy.levels()
            ],
            "loss_error": self.loss_error,
            "loss_method": self.loss_method,
            "untied": None if self.untied is None else self.untied.as_dict(),
            "notes": self.notes,
        }

    def __str__(self) -> str:
        from agreement.description.report import lines_of

        return "\n".join(lines_of(self))


def _listed_or_number(value: Any) -> Any:
    """NumPy's numbers as JSON has them."""
    return value.tolist()
