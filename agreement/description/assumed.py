"""Under which law a loss was computed: said in words, and as numbers, in every description."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

__all__ = ["AssumedLaw", "assumed_law", "independent_law", "spread_in_words"]


@dataclass(frozen=True)
class AssumedLaw:
    """The law of the data that a loss is the expectation over.

    Attributes
    ----------
    name : str
        As numeric calls it: "IndependentFeatures", "OneHot", "CorrelatedSets", ….
    density, importance : tuple of float
        One of each a feature.
    low, high : float
        Range of an active feature, on which it is uniform.
    sizes : tuple of int
        Of the sets, where features come in sets; else empty.
    """

    name: str
    density: tuple[float, ...]
    importance: tuple[float, ...]
    low: float = 0.0
    high: float = 1.0
    sizes: tuple[int, ...] = ()

    @property
    def words(self) -> str:
        """One clause.

        >>> independent_law([0.1, 0.1], [1.0, 1.0]).words
        'independent features, each active with p = 0.1, then uniform on [0, 1]; importance 1'
        """
        p, n = f"p = {spread_in_words(self.density)}", len(self.density)
        how = {
            "IndependentFeatures": f"independent features, each active with {p}",
            "OneHot": f"exactly one of {n} features active",
            "ExactlyKActive": f"{sum(self.density):g} of {n} features active at a time",
            "CorrelatedSets": f"features in sets of {_listed(self.sizes)}, active together, {p}",
            "AnticorrelatedSets": f"features in sets of {_listed(self.sizes)}, at most one of "
            f"each active, {p}",
        }.get(self.name, f"{self.name}, {p}")
        values = f"uniform on [{self.low:g}, {self.high:g}]"
        if self.name == "GivenActivations":
            values = "as given"
        elif self.low == self.high:
            values = f"{self.low:g}"
        return f"{how}, then {values}; importance {spread_in_words(self.importance)}"

    def as_dict(self) -> dict[str, Any]:
        """For JSON."""
        return {**vars(self), "words": self.words}


def independent_law(
    density: Any, importance: Any, low: float = 0.0, high: float = 1.0
) -> AssumedLaw:
    """Independent features, from one density and one importance for each."""
    return AssumedLaw("IndependentFeatures", _numbers(density), _numbers(importance), low, high)


def assumed_law(law: Any, importance: Any = None) -> AssumedLaw:
    """What a checked law of one model says of itself.

    Parameters
    ----------
    law : theory.Sets, or a law of numeric
    importance : array_like (n,), optional
        In place of the law's own.
    """
    n = law.n_features
    names = {"correlated": "CorrelatedSets", "anticorrelated": "AnticorrelatedSets"}
    weights = getattr(law, "importance", None) if importance is None else importance
    return AssumedLaw(
        names.get(getattr(law, "kind", None) or "", type(law).__name__),
        _numbers(np.broadcast_to(law.density, n)),
        _numbers(np.broadcast_to(1.0 if weights is None else weights, n)),
        float(getattr(law, "low", 0.0)),
        float(getattr(law, "high", 1.0)),
        tuple(map(int, getattr(law, "sizes", ()))),
    )


def spread_in_words(values: Sequence[float]) -> str:
    """One number where all are the same, else their range.

    >>> spread_in_words([0.5, 0.5]), spread_in_words([0.1, 1, 0.3])
    ('0.5', '0.1 … 1')
    """
    low, high = min(values), max(values)
    return f"{low:.4g}" if low == high else f"{low:.4g} … {high:.4g}"


def _numbers(values: Any) -> tuple[float, ...]:
    return tuple(np.asarray(values, dtype=float).tolist())


def _listed(sizes: tuple[int, ...]) -> str:
    shown = ", ".join(map(str, sizes[:6]))
    return shown + (f", … ({len(sizes)} sets)" if len(sizes) > 6 else "")
