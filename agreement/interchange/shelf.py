"""The reference models as they are shipped: computed once from their recipes, the same for all.

``python -m agreement.interchange.shelf NAMES`` computes these anew, and those that are missing, and
leaves out those that no recipe asks for; ``--check NAMES``, or for all, holds what is found now
against what is shipped, and writes nothing.
"""

from __future__ import annotations

import sys
from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path

import numpy as np

from agreement.interchange.found import model_of
from agreement.interchange.gauge import content_hash
from agreement.interchange.recipes import RECIPES, Recipe
from ground.checks import FloatArray
from ground.results import write_whole
from theory.loss.floats import gradient_of

__all__ = ["Compared", "Shipped", "compared", "compute", "shipped"]

NEAR = 1e-3  # between weights of one model, found twice by descents in a flat valley
EQUAL = 1e-6  # relative difference of their losses
FILE = Path(__file__).with_name("zoo.npz")


@dataclass(frozen=True, eq=False)
class Shipped:
    """W (m, n), b (n,) and their expected loss."""

    W: FloatArray
    b: FloatArray
    loss: float


def shipped(recipe: Recipe) -> Shipped:
    """The model of a recipe, by the hash of its configuration: no recipe gets another's."""
    stored, key = _stored(), recipe.hash
    return Shipped(stored[f"{key} W"], stored[f"{key} b"], float(stored[f"{key} loss"]))


@lru_cache
def _stored() -> dict[str, FloatArray]:
    with np.load(FILE, allow_pickle=False) as file:
        return dict(file)


def loss_of(recipe: Recipe, W: FloatArray, b: FloatArray) -> float:
    """Exact for few features, a Fourier sum for many."""
    return float(gradient_of(recipe.problem.at(W[None], b[None]))[0][0])


@dataclass(frozen=True)
class Compared:
    """A model computed anew beside the shipped one.

    Attributes
    ----------
    same : bool
        Whether their content hashes are the same.
    apart : float
        Largest difference of a weight or bias.
    above : float
        Relative difference of the losses, absolute where the shipped one is zero.
    """

    same: bool
    apart: float
    above: float

    @property
    def agree(self) -> bool:
        """Whether it is the same model, found to the precision of what finds it.

        Searches of few features end within 1e-9 of a minimum; descents of a packing, whose loss is
        a sum, where it is too flat to go on.
        """
        return self.same or (self.apart < NEAR and abs(self.above) < EQUAL)


def compared(recipe: Recipe) -> Compared:
    """Compute a model anew."""
    W, b = model_of(recipe)
    ours = shipped(recipe)
    same = content_hash(W, b) == content_hash(ours.W, ours.b)
    apart = max(np.abs(W - ours.W).max(), np.abs(b - ours.b).max())
    above = (loss_of(recipe, W, b) - ours.loss) / (ours.loss or 1.0)
    return Compared(same, float(apart), float(above))


def compute(again: Sequence[str] = ()) -> None:
    """Compute what is not there yet, and models of these names: some minutes for all."""
    before = _stored() if FILE.exists() else {}
    found: dict[str, FloatArray] = {}
    for recipe in RECIPES:
        key = recipe.hash
        names = [f"{key} {field}" for field in ("W", "b", "loss")]
        if names[0] in before and recipe.name not in again:
            found.update({name: before[name] for name in names})
            continue
        W, b = model_of(recipe)
        loss = np.array(loss_of(recipe, W, b))
        found.update(zip(names, (W, b, loss), strict=True))
        sys.stderr.write(f"{recipe.name} {key} {content_hash(W, b)}\n")
    write_whole(FILE, lambda path: np.savez_compressed(path, **found))  # type: ignore[arg-type]


def _check(names: Sequence[str]) -> int:
    """Print each model computed anew beside the shipped one; how many differ."""
    wrong = 0
    for recipe in (r for r in RECIPES if not names or r.name in names):
        found = compared(recipe)
        wrong += not found.agree
        said = "same" if found.same else "near" if found.agree else "OTHER"
        sys.stdout.write(
            f"{recipe.name:22} {recipe.hash} {said:5} weights {found.apart:.1e} apart, "
            f"loss {found.above:+.1e}\n"
        )
    return wrong


if __name__ == "__main__":
    if "--check" in sys.argv[1:2]:
        raise SystemExit(min(1, _check(sys.argv[2:])))
    compute(sys.argv[1:])
