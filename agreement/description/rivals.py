"""What a given model is measured against: every model that the project knows how to make.

A rival is a model with W and b whose loss is that of :func:`theory.loss.floats.gradient_of`:
the optimum over all weights where features are few, packings of blocks, and what descent makes
of those and of the model itself.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

import numpy as np

from agreement.description.best import Best
from theory.loss.floats import gradient_of
from theory.loss.problem import Problem
from theory.minima.bounded import descend_within
from theory.minima.descent import descend
from theory.minima.least import least_of

OPTIMUM_UP_TO = 5  # features for which the optimum over all weights is sought
DESCENT_UP_TO = 10  # features for which the descent has its exact Hessian
COMPOSITION_UP_TO = 16  # features for which each small polytope is fitted at every place
PUSHED_UP_TO = 30  # features for which a descent leaves the saddle that a packing can be
# An evaluation of a model of n features costs some 8 n² µs: evaluations times n² have this bound.
WORK = 100_000
LEAST, MOST = 6, 300
_EQUAL = 1e-9  # relative difference of losses that are the same
_PUSH = 0.03  # relative to the lengths of the columns

BOTTOM = "the model after exact descent"


def rivals(problem: Problem, loss: float, *, own: Best | None = None) -> tuple[Best, ...]:
    """Every model known for this problem, the best first.

    Parameters
    ----------
    problem : Problem
        One model in its world.
    loss : float
        Of that model.
    own : Best, optional
        The bottom of its own basin, where it is known already; it is among the rivals.

    Returns
    -------
    tuple of Best
        Empty where features are not those of [0, 1]: no rival is known there.
    """
    if (problem.low, problem.high) != (0.0, 1.0):
        return ()
    own = bottom(problem, loss) if own is None else own
    found = [*_made(problem), own]
    first, *rest = sorted(found, key=lambda rival: rival.loss)
    # Several ways can lead to one loss: the most telling of them is named, which stands first.
    told = next(rival for rival in found if rival.loss <= first.loss * (1 + _EQUAL))
    if told is not first:
        first = replace(first, source=told.source, converged=told.converged)
    return (first, *rest)


def best_known(problem: Problem, loss: float, *, own: Best | None = None) -> Best | None:
    """The best of :func:`rivals`, never worse than the model; None where no rival is known."""
    return next(iter(rivals(problem, loss, own=own)), None)


def bottom(problem: Problem, loss: float | None = None, *, evaluations: int | None = None) -> Best:
    """The model after exact descent in its own basin: what more training would make of it.

    Up to 10 features by Newton steps with the exact Hessian; above, by a quasi-Newton descent
    of so many evaluations that the cost stays bounded, with `converged` False if they do not
    reach the bottom.

    Parameters
    ----------
    problem : Problem
        One model in its world.
    loss : float, optional
        Of that model, where it is known already.
    evaluations : int, optional
        Bound on the evaluations of loss and gradient for more than 10 features; some
        100 000 / n² by default, between 6 and 300.

    Returns
    -------
    Best
        Never worse than the model.
    """
    W, b, n = problem.W[0], problem.b[0], problem.W.shape[2]
    if loss is None:
        loss = float(gradient_of(problem)[0][0])
    if n <= DESCENT_UP_TO and problem.low == 0.0:
        ended = descend(problem)
        lower, W_end, b_end = float(ended.loss[0]), ended.W[0], ended.b[0]
        converged = bool(ended.converged[0])
    else:
        end = descend_within(problem, _evaluations(n) if evaluations is None else evaluations)
        lower, W_end, b_end, converged = end.loss, end.W, end.b, end.converged
    if not lower < loss:
        lower, W_end, b_end = loss, W, b
    return Best(lower, W_end, b_end, BOTTOM, converged)


def _evaluations(n: int) -> int:
    return int(np.clip(WORK // n**2, LEAST, MOST))


def _made(problem: Problem) -> Iterator[Best]:
    """Rivals that do not come from the model, the most telling first."""
    n = problem.W.shape[2]
    if n <= OPTIMUM_UP_TO:
        # Every composition of polytopes is among the starts of this search.
        best = least_of(problem, also=problem[:2])
        yield Best(best.loss, best.W, best.b, "optimum over all weights", best.converged)
        return
    # What packs and composes takes half a second to load.
    from theory.geometry.packed_model import packed
    from theory.minima.composition import composition_of

    starts: list[Best] = []
    for free in (False, True):
        packing = packed(problem, free=free)
        if not free or any(name == "free block" for name, _ in packing.parts):
            source = f"packing: {packing.counted or 'all features ignored'}"
            starts.append(Best(packing.loss, packing.W, packing.b, source))
    if n <= COMPOSITION_UP_TO:
        parts = composition_of(problem)
        starts.append(Best(parts.loss, parts.W, parts.b, "best composition of polytopes"))
    models = np.stack([start.W for start in starts]), np.stack([start.b for start in starts])
    if n <= DESCENT_UP_TO:
        ended = descend(problem.at(*models, [0] * len(starts)))
        for k, start in enumerate(starts):
            end = float(ended.loss[k]), ended.W[k], ended.b[k]
            yield Best(*end, f"descent from {start.source}", bool(ended.converged[k]))
    elif n <= PUSHED_UP_TO:
        start = min(starts, key=lambda start: start.loss)
        # Blocks at right angles do not feel each other to first order: a saddle needs a push.
        noise = np.random.default_rng(0).normal(size=start.W.shape) / np.sqrt(len(start.W))
        W = start.W + _PUSH * np.linalg.norm(start.W, axis=0) * noise
        pushed = descend_within(problem.at(W[None], start.b[None]), _evaluations(n))
        source = f"descent from {start.source}"
        yield Best(pushed.loss, pushed.W, pushed.b, source, pushed.converged)
    yield from starts
