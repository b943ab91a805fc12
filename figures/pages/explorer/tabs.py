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
    Tab(
        "along",
        "Five features",
        "Five features in two dimensions as they get sparser. Dots are minima found by descents "
        "from many starts, rings the best of them; lines follow a family of equal features with "
        "its best scale and bias, also where it is no minimum of the whole model. All losses are "
        "exact.",
    ),
    Tab(
        "packing",
        "Packing",
        "Far more equal features than dimensions: the hidden space is cut into blocks, and the "
        "polytope that saves most loss per dimension wins. Losses are exact; the scale, bias and "
        "free shape of each polytope are numerical minimisers.",
    ),
    Tab(
        "computation",
        "Computation",
        "Nets of one hidden ReLU layer that compute |x|. Two neurons a feature lose nothing; "
        "with fewer, arms that answer several features pay where features are sparse.",
    ),
    Tab(
        "attack",
        "Attack",
        "Each input meets its own worst attack of bounded length. Worst cases are exact and "
        "integrated over inputs; minimisers and thresholds are numerical. Superposition is given "
        "up as attacks grow.",
    ),
    Tab(
        "penalty",
        "L1",
        "Activity costs: the loss plus λ times the mean of |h|. One feature alone, or none, is in "
        "closed form; pairs are descended to on the exact loss. Move λ and see superposition go.",
    ),
)
