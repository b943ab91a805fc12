"""Which reference models there are, and of which problem each is an answer.

A recipe says all that a model is computed from, so its hash is a name that anybody can compute;
numbers are decimals, whose powers are rounded once, so that it is the same on any machine.
"""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal, localcontext
from typing import Any

import numpy as np

from agreement.interchange.configuration import configuration_hash, configuration_of
from numeric.features.independent import IndependentFeatures
from theory.loss.problem import Problem, as_problem

__all__ = ["RECIPES", "Recipe"]

STARTS = 64


@dataclass(frozen=True)
class Recipe:
    """A problem, and how its model is found.

    Attributes
    ----------
    name : str
    n_features, n_hidden : int
    density : str
        p, a decimal.
    by : str
        "optimum", "packing", "free block", or "block" for a polytope with its best scale and bias.
    whose : str
        Where the setting is from.
    ratio : str
        Importances are its powers 1, r, r², …
    block : str or None
        The polytope's family.
    """

    name: str
    n_features: int
    n_hidden: int
    density: str
    by: str
    whose: str
    ratio: str = "1"
    block: str | None = None

    @property
    def problem(self) -> Problem:
        """For theory: one model, its weights nothing."""
        nothing = np.zeros((self.n_hidden, self.n_features))
        return as_problem(nothing, None, float(self.density), self.importance)

    @property
    def importance(self) -> list[float]:
        """Powers of the ratio, each the double next to the exact decimal."""
        with localcontext() as context:
            context.prec = 200
            return [float(Decimal(self.ratio) ** i) for i in range(self.n_features)]

    @property
    def law(self) -> IndependentFeatures:
        """The law of the data."""
        return IndependentFeatures(float(self.density), self.importance)

    def configuration(self) -> dict[str, Any]:
        """Everything that the model depends on."""
        found: dict[str, Any] = {"by": self.by}
        if self.by == "optimum":
            found["starts"] = STARTS
        if self.block is not None:
            found["block"] = self.block
        return {**configuration_of(self.law, self.n_hidden), "found": found}

    @property
    def hash(self) -> str:
        """Of the configuration."""
        return configuration_hash(self.configuration())


def _named(family: str, n: int, m: int, densities: tuple[str, ...], **rest: Any) -> list[Recipe]:
    return [Recipe(f"{family}-{n}-{m}-p{p}", n, m, p, **rest) for p in densities]


BASIC = ("1", "0.1", "0.01")
PHASES = "the paper's phase diagram"
GEOMETRY = "the paper's geometry of uniform superposition"

RECIPES: tuple[Recipe, ...] = (
    # The diagram of two features in one dimension, whose optima are proved.
    Recipe("point-2-1", 2, 1, "0.9", "optimum", PHASES, ratio="0.5"),
    Recipe("digon-2-1", 2, 1, "0.1", "optimum", PHASES),
    Recipe("point-digon-3-2", 3, 2, "0.1", "optimum", PHASES),
    # Five features in two dimensions: the paper's first picture, and the pentagon it perturbs.
    *_named(
        "intro", 5, 2, ("1", "0.2", "0.1"), by="optimum", whose="the paper's first figure",
        ratio="0.9",
    ),
    Recipe("pentagon-5-2", 5, 2, "0.05", "optimum", "the pentagon that the paper perturbs"),
    # Polytopes by themselves: dimensionality 2/3, 3/4, 3/8, which the paper draws; 5/16, 1/6.
    Recipe("triangle-3-2", 3, 2, "0.1", "block", GEOMETRY, block="triangle"),
    Recipe("tetrahedron-4-3", 4, 3, "0.1", "block", GEOMETRY, block="tetrahedron"),
    Recipe("square-antiprism-8-3", 8, 3, "0.2", "block", GEOMETRY, block="square antiprism"),
    Recipe("demicube-16-5", 16, 5, "0.1", "block", "packing theory", block="5-demicube"),
    Recipe("24-cell-24-4", 24, 4, "0.01", "block", "packing theory", block="24-cell"),
    *_named("basic", 20, 5, BASIC, by="packing", whose="the paper's basic results", ratio="0.7"),
    *_named("basic", 80, 20, BASIC, by="packing", whose="the paper's basic results", ratio="0.9"),
    *_named("uniform", 400, 30, ("0.3", "0.1"), by="packing", whose=GEOMETRY),
    *(
        Recipe(f"free-{k}-{d}-p{p}", k, d, p, "free block", "packing theory")
        for k, d, p in (
            (8, 3, "0.2"), (9, 3, "0.1"), (12, 3, "0.05"), (12, 3, "0.02"),
            (11, 4, "0.2"), (12, 4, "0.1"), (15, 4, "0.05"), (21, 4, "0.02"),
        )
    ),
)  # fmt: skip
