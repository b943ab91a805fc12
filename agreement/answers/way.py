"""A boundary that is met going one way from a point: where, how far, what is beyond, how known."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Protocol

import numpy as np

from agreement.description.words import aligned

if TYPE_CHECKING:
    from theory.minima.nearest import Exchange
    from theory.phases.nearest import Tie
    from theory.transitions.nearest import Edge

__all__ = ["Way", "way_rows"]

_CONTINUOUS = 0.02  # a jump of WᵀW below which a change is called continuous


class Point(Protocol):
    """Where one stands."""

    @property
    def density(self) -> float: ...

    @property
    def importance(self) -> float: ...


@dataclass(frozen=True)
class Way:
    """One boundary.

    Attributes
    ----------
    axis : "density" or "importance"
    at : float
    beyond : str
        What is best there.
    change : str
        Its order, or the curve it is a point of.
    label : str
        The derivation.
    """

    axis: str
    at: float
    beyond: str
    change: str
    label: str

    @classmethod
    def of_edge(cls, edge: Edge) -> Way:
        """Of the optimum of (2, 1)."""
        from agreement.answers.phase import kind_words

        words = f"{edge.beyond}, {kind_words(edge.beyond)}"
        order = {1: "first order, a jump", 3: "third order, continuous"}[edge.order]
        return cls(edge.axis, edge.at, words, order, "D09")

    @classmethod
    def of_exchange(cls, found: Exchange) -> Way:
        """Of the optimum of other sizes."""
        change = "continuous" if found.jump < _CONTINUOUS else f"a jump of {found.jump:.2g} in WᵀW"
        return cls(found.axis, found.at, found.beyond, change, "D03")

    @classmethod
    def of_tie(cls, tie: Tie) -> Way:
        """Of candidates."""
        curve = "" if tie.curve is None else f"r = {tie.curve}".replace("**", "^")
        return cls(tie.axis, tie.at, tie.beyond.name, curve or "whatever r is", "D06")

    def as_dict(self) -> dict[str, Any]:
        """For JSON."""
        return {
            "axis": self.axis,
            "at": self.at,
            "beyond": self.beyond,
            "change": self.change,
            "label": self.label,
        }


def way_rows(title: str, ways: tuple[Way, ...], point: Point, none: str) -> list[str]:
    """A table of boundaries, or a line that says that there is none."""
    if not ways:
        return [f"{title}: {none}."]
    rows = [("in", "at", "from here", "beyond it is best", "")]
    for way in ways:
        here = point.density if way.axis == "density" else point.importance
        factor, gap = way.at / here, abs(np.log10(way.at / here))
        times = f"× {factor:.3g}" if factor >= 1 else f"÷ {1 / factor:.3g}"
        rows.append(
            (
                {"density": "p", "importance": "r"}[way.axis],
                f"{way.at:.6g}",
                f"{times}, {gap:.2f} decades",
                way.beyond,
                f"{way.change} [{way.label}]",
            )
        )
    return [f"{title}:", *aligned(rows, left={0, 3, 4})]
