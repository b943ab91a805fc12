"""The models of the figure: best known models, random directions, and what was trained for it."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from figures.ways_out.geometries import optimal, random_directions
from figures.ways_out.recovery.plan import HIDDEN, LARGE, RANDOM, TRAINED, Plan


def weights_of(plan: Plan, name: str, run: int, trained: Sequence[np.ndarray]) -> np.ndarray:
    """W: best known models are the same in all runs, random and trained ones are not."""
    if name == TRAINED:
        return np.asarray(trained[run])
    if name in (RANDOM, LARGE):
        n, m = plan.large if name == LARGE else (plan.n, plan.m)
        return random_directions(n, m, density=plan.sweep_density, seed=plan.seed + run).W
    return optimal(name, HIDDEN[name]).W


def live(W: np.ndarray) -> np.ndarray:
    """Without the features that a trained model ignores."""
    return W[:, np.linalg.norm(W, axis=0) > 0.1]
