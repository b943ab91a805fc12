"""Why a model is above the best that is known: which of its factors are worth replacing."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict, dataclass
from typing import Any

import numpy as np

from theory.data_law import feature_variance
from theory.geometry.prices import best_benefit, prices
from theory.loss.floats import feature_losses_of
from theory.loss.problem import Problem

__all__ = ["Worth", "limit_of", "worth_of"]


@dataclass(frozen=True)
class Worth:
    """What a factor saves, beside what its dimensions could.

    Attributes
    ----------
    features : tuple of int
    dimensions : int
        Zero for the features that are ignored, which stand together.
    benefit : float or None
        What the factor saves per dimension against ignoring its features; None without any.
    best : float
        The most that any block saves per dimension at the features' mean density, times their
        mean importance.
    best_name : str
        That block's.
    shortfall : float or None
        By how much it saves less than its dimensions and features do in the best mixture; these
        add up to the gap to that mixture.  None where features are not all alike.
    """

    features: tuple[int, ...]
    dimensions: int
    benefit: float | None
    best: float
    best_name: str
    shortfall: float | None

    def as_dict(self) -> dict[str, Any]:
        """For JSON."""
        return asdict(self)


def worth_of(problem: Problem, factors: Sequence[tuple[tuple[int, ...], int]]) -> tuple[Worth, ...]:
    """What each factor (features, dimensions) saves, and last what the ignored features cost.

    Parameters
    ----------
    problem : Problem
        One model in its world, on [0, 1].
    factors : sequence of (features, dimensions)
    """
    m, n = problem.W.shape[1:]
    p, I = problem.density[0], problem.importance[0]
    saved = I * feature_variance(p) - feature_losses_of(problem)
    placed = {i for features, _ in factors for i in features}
    ignored = tuple(i for i in range(n) if i not in placed)
    price = prices(n, m, float(p[0])) if _alike(problem) else None
    found = []
    for features, dimensions in (*factors, *([(ignored, 0)] if ignored else ())):
        members = list(features)
        mean_p, mean_I = float(p[members].mean()), float(I[members].mean())
        name, best = best_benefit(mean_p) if mean_p > 0 else ("point", 0.0)
        own = float(saved[members].sum())
        short = None
        if price is not None:
            worth = price.dimension * dimensions + price.feature * len(members)
            short = float(I[0]) * worth - own
        benefit = own / dimensions if dimensions else None
        found.append(Worth(features, dimensions, benefit, mean_I * best, name, short))
    return tuple(found)


def limit_of(problem: Problem) -> float | None:
    """Loss of the best mixture with large blocks, which are a limit and no model.

    To half a per cent, as the finite blocks beside them are interpolated in the density.
    None where features are not all alike, or not those of [0, 1].
    """
    if not _alike(problem):
        return None
    m, n = problem.W.shape[1:]
    return (
        float(problem.importance[0, 0])
        * prices(n, m, float(problem.density[0, 0]), large=True).loss
    )


def _alike(problem: Problem) -> bool:
    p, I = problem.density[0], problem.importance[0]
    on_unit = (problem.low, problem.high) == (0.0, 1.0)
    return bool(on_unit and np.ptp(p) == 0 and np.ptp(I) == 0 and p[0] > 0)
