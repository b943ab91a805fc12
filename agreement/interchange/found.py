"""The model of a recipe, computed by what the recipe names."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from agreement.interchange.gauge import in_gauge
from agreement.interchange.recipes import STARTS, Recipe
from ground.checks import FloatArray
from theory.geometry.library import free_blocks
from theory.geometry.packed_model import Packed, packed, unit_vectors
from theory.geometry.packing import best_block
from theory.minima.bounded import descend_within
from theory.minima.optimum import optimum_of

__all__ = ["LABELS", "known_of", "model_of"]

LABELS = {"optimum": "D03", "block": "D14", "packing": "D14", "free block": "D14"}
PROVED = "D10"  # of two features in one dimension
DESCENDED_UP_TO = 30  # features for which a packing is let go down to its minimum
EVALUATIONS = 3000
_PUSH = 0.03  # relative to the lengths of the columns


def model_of(recipe: Recipe) -> tuple[FloatArray, FloatArray]:
    """W (m, n) and b (n,) in the gauge; the same for the same recipe."""
    if recipe.by == "optimum":
        best = optimum_of(recipe.problem, starts=STARTS)
        return in_gauge(best.W, best.b)
    if recipe.by == "block":
        return in_gauge(*_polytope(recipe))
    if recipe.by == "free block":
        return in_gauge(*_free(recipe))
    return in_gauge(*_packing(recipe))


def known_of(recipe: Recipe) -> str:
    """What is known of a recipe's model: proved, the best of a search, or the best known."""
    if recipe.by == "optimum":
        if (recipe.n_features, recipe.n_hidden) == (2, 1):
            return "the optimum, proved"
        return "best of a search over all weights"
    if recipe.by == "block":
        return "best of its kind: norm and bias"
    if recipe.by == "free block":
        return "best block found of any shape"
    if recipe.n_features <= DESCENDED_UP_TO:
        return "best known: a packing, descended"
    return "best known: a packing"


def _polytope(recipe: Recipe) -> tuple[FloatArray, FloatArray]:
    assert recipe.block is not None
    best = best_block(recipe.block, float(recipe.density))
    W = np.sqrt(best.scale) * unit_vectors(best.name, best.shape)
    return W, np.full(best.n_features, best.bias)


def _free(recipe: Recipe) -> tuple[FloatArray, FloatArray]:
    """One that theory found by hours of descents, and ships."""
    shape = recipe.n_hidden, recipe.n_features
    return next(
        (block.W, block.b)
        for block in free_blocks()
        if block.W.shape == shape and block.density == float(recipe.density)
    )


def _packing(recipe: Recipe) -> tuple[FloatArray, FloatArray]:
    """Blocks at right angles; of few features, what descent makes of them."""
    problem = recipe.problem
    start = packed(problem)
    if recipe.n_features > DESCENDED_UP_TO:
        order = _in_blocks(start) if recipe.ratio == "1" else np.arange(recipe.n_features)
        return start.W[:, order], start.b[order]
    # Blocks at right angles do not feel each other to first order: a saddle needs a push.
    noise = np.random.default_rng(0).normal(size=start.W.shape) / np.sqrt(recipe.n_hidden)
    W = start.W + _PUSH * np.linalg.norm(start.W, axis=0) * noise
    end = descend_within(problem.at(W[None], start.b[None]), EVALUATIONS)
    if end.loss < start.loss:
        return end.W, end.b
    return start.W, start.b


def _in_blocks(start: Packed) -> NDArray[np.int_]:
    """Equal features block by block, those that are ignored last.

    Which of them a block takes is otherwise decided by the last bits of losses that are equal.
    """
    blocks = sorted(start.parts, key=lambda part: (-len(part[1]), part[0]))
    placed = [i for _, members in blocks for i in members]
    ignored = sorted(set(range(start.W.shape[1])) - set(placed))
    return np.array(placed + ignored)
