"""The explorer's tabs in their order, and what each says of itself."""

from __future__ import annotations

from dataclasses import dataclass

__all__ = ["TABS", "Tab"]


@dataclass(frozen=True)
class Tab:
    """One tab: ``key`` names its module beside this one and its script in ``page``."""

    key: str
    title: str
    about: str


TABS = (
    Tab(
        "phases",
        "Phase diagrams",
        "Which features does the best model of all keep, and what did training find? All features "
        "are equally dense; all but the last have importance 1. Losses are exact; minima are found "
        "by descents from many starts, and on the (2, 1) diagram every second cell along both axes "
        "is proved.",
    ),
    Tab(
        "surface",
        "Loss surface",
        "Two features in one dimension at any density and importance. The surface is the exact "
        "loss with the best bias at each (w₁, w₂); minima are descended to in this page, on the "
        "gradient that SymPy printed from theory.",
    ),
)
