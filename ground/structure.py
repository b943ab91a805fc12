"""The name of a solution: which features are ignored, dedicated, or share a factor.

A weight matrix splits the hidden space into orthogonal factors (a tegum product).  Its
structure forgets angles and scales and keeps the partition, so that a candidate, an exact
optimum and a trained model can be asked whether they are the same phase.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Any

import numpy as np

from ground.checks import FloatArray, as_floats, as_importance

IGNORED_BELOW = 0.1  # norm ‖W_i‖ below which a feature is ignored, not represented
ORTHOGONAL_BELOW = 0.1  # |cos| of two features below which they are not linked


@dataclass(frozen=True, order=True)
class Structure:
    """A partition of the features (0-based inside, printed 1-based).

    ``[1] [2 3] (4)`` says: feature 1 is dedicated, 2 and 3 share an orthogonal factor,
    4 is ignored.

    >>> str(Structure(factors=((2, 1), (0,)), ignored=(3,)))
    '[1] [2 3] (4)'
    """

    factors: tuple[tuple[int, ...], ...]
    ignored: tuple[int, ...] = ()

    def __post_init__(self) -> None:
        object.__setattr__(self, "factors", tuple(sorted(tuple(sorted(f)) for f in self.factors)))
        object.__setattr__(self, "ignored", tuple(sorted(self.ignored)))
        members = [i for factor in self.factors for i in factor] + list(self.ignored)
        if sorted(members) != list(range(len(members))) or () in self.factors:
            raise ValueError(
                "factors and ignored must name every feature 0..n-1 exactly once, "
                f"got factors={self.factors} and ignored={self.ignored}"
            )

    @property
    def n_features(self) -> int:
        """Number of features n."""
        return sum(map(len, self.factors)) + len(self.ignored)

    def __str__(self) -> str:
        parts = ["[" + " ".join(str(i + 1) for i in factor) + "]" for factor in self.factors]
        if self.ignored:
            parts.append("(" + " ".join(str(i + 1) for i in self.ignored) + ")")
        return " ".join(parts)

    @classmethod
    def parse(cls, text: str) -> Structure:
        """Read back what ``str`` wrote.

        >>> Structure.parse('[1] [2 3] (4)').ignored
        (3,)
        """
        if not re.fullmatch(r"(\[\d+( \d+)*\] ?)*(\(\d+( \d+)*\))?", text) or not text:
            raise ValueError(f"text must look like '[1] [2 3] (4)', got {text!r}")

        def read(group: str) -> tuple[int, ...]:
            return tuple(int(word) - 1 for word in group.split())

        factors = tuple(read(group) for group in re.findall(r"\[([^\]]*)\]", text))
        ignored = re.search(r"\(([^)]*)\)", text)
        return cls(factors, read(ignored[1]) if ignored else ())

    def relabelled(self, order: tuple[int, ...]) -> Structure:
        """Rename feature i to order[i]."""
        return Structure(
            tuple(tuple(order[i] for i in factor) for factor in self.factors),
            tuple(order[i] for i in self.ignored),
        )

    def canonical(self, importance: Any = None) -> Structure:
        """Return the representative among structures that differ by equally important features.

        Features of equal importance may be exchanged without changing any loss.  What remains
        of a structure then is, for each factor, how many features of each importance it holds;
        features are dealt out to the sorted factors in their order, the ignored ones last.

        Parameters
        ----------
        importance : array_like (n,), optional
            None means that all features are equal.

        >>> str(Structure.parse('[1 3] [2]').canonical([1, 1, 5]))
        '[1] [2 3]'
        """
        weights = as_importance(importance, self.n_features)
        first = [int(np.flatnonzero(weights == value)[0]) for value in weights]
        stock = {group: iter([i for i, g in enumerate(first) if g == group]) for group in first}
        holdings = sorted(sorted(first[i] for i in factor) for factor in self.factors)
        return Structure(
            tuple(tuple(next(stock[group]) for group in holding) for holding in holdings),
            tuple(next(stock[first[i]]) for i in self.ignored),
        )


def structure_of(
    W: Any, *, ignored_below: float = IGNORED_BELOW, orthogonal_below: float = ORTHOGONAL_BELOW
) -> Structure:
    """Name the structure of one weight matrix.

    Feature i is ignored when ‖W_i‖ < `ignored_below`; two others are linked when
    |Ŵ_i·Ŵ_j| ≥ `orthogonal_below`; the factors are the connected components of the links.

    Parameters
    ----------
    W : array_like (m, n)
        Weights, one column a feature.
    """
    weights: FloatArray = as_floats("W", W)
    if weights.ndim != 2:
        raise ValueError(f"W must have shape (n_hidden, n_features), got {weights.shape}")
    norms = np.linalg.norm(weights, axis=0)
    kept = np.flatnonzero(norms >= ignored_below)
    directions = weights[:, kept] / norms[kept]
    links = np.abs(directions.T @ directions) >= orthogonal_below
    # Each feature takes the least label among its links until none changes.
    label, before = np.arange(len(kept)), None
    while before is None or not np.array_equal(label, before):
        before = label
        label = np.min(np.where(links, label, label[:, None]), axis=1, initial=len(kept))
    return Structure(
        factors=tuple(tuple(int(i) for i in kept[label == k]) for k in np.unique(label)),
        ignored=tuple(int(i) for i in np.flatnonzero(norms < ignored_below)),
    )
