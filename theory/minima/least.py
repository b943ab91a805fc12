"""The least minimum of few features, and nothing else: who only needs that one waits less [D03].

The starts are those of :func:`theory.minima.optimum.optimum_of`.  Natural solutions that differ by
an exchange of equal features descend to the same loss, so one of each kind goes; and after some
steps, descents that have come to the same place go on as one.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from ground.checks import FloatArray
from theory.loss.problem import Problem
from theory.minima.descent import descend
from theory.minima.orbits import groups, invariants
from theory.minima.starts import spread_starts, structured_starts

__all__ = ["Least", "least_of", "one_a_kind"]

SPREAD = 64  # evenly spread starts, as many as `optimum` makes
FEWER = 4  # of them, one in so many goes where all features are equal: there are fewer minima
STEPS = 10  # after which descents that are together go on as one
_TOGETHER = 1e-6, 1e-2  # relative difference of losses, and difference of overlaps and biases


@dataclass(frozen=True, eq=False)
class Least:
    """The best end of all descents."""

    loss: float
    W: FloatArray
    b: FloatArray
    converged: bool


def least_of(problem: Problem, *, also: tuple[FloatArray, FloatArray] | None = None) -> Least:
    """The best W and b found in the world of a checked value of one instance [D03].

    Parameters
    ----------
    problem : Problem
        Its W and b only say how many features and hidden dimensions there are: six features at
        most.
    also : (W, b), optional
        More starts, (K, m, n) and (K, n).

    Examples
    --------
    >>> from theory.loss.problem import as_problem
    >>> from theory.minima.optimum import optimum
    >>> found = least_of(as_problem([[0.0, 0.0, 0.0]], None, 0.1, None))
    >>> abs(found.loss / optimum(3, 1, density=0.1).loss - 1) < 1e-9
    True
    """
    _, m, n = problem.W.shape
    label = groups(problem.density[0], problem.importance[0])
    rest = 0.5 * (problem.low + problem.high) * problem.density[0]
    natural = one_a_kind(*structured_starts(n, m, rest), label)
    every = FEWER if label.max() == 0 else 1
    spread = tuple(part[::every] for part in spread_starts(n, m, SPREAD, rest))
    sources = [natural, spread, *([] if also is None else [also])]
    W, b = (np.concatenate(parts) for parts in zip(*sources, strict=True))
    begun = descend(_in_world(problem, W, b), most=STEPS)
    apart = _apart(begun.loss, begun.W, begun.b, label)
    ended = descend(_in_world(problem, begun.W[apart], begun.b[apart]))
    # An end that is no minimum is still a model; where losses are equal, a minimum is better.
    best = int(np.lexsort((~ended.converged, ended.loss))[0])
    return Least(float(ended.loss[best]), ended.W[best], ended.b[best], bool(ended.converged[best]))


def _in_world(problem: Problem, W: FloatArray, b: FloatArray) -> Problem:
    return problem.at(W, b, np.zeros(len(W), dtype=int))


def one_a_kind(W: FloatArray, b: FloatArray, label: np.ndarray) -> tuple[FloatArray, FloatArray]:
    """Without models that an exchange of equal features makes of another."""
    marks = [np.round(invariants(*model, label), 6) for model in zip(W, b, strict=True)]
    _, first = np.unique(np.stack(marks), axis=0, return_index=True)
    first.sort()
    return W[first], b[first]


def _apart(loss: FloatArray, W: FloatArray, b: FloatArray, label: np.ndarray) -> list[int]:
    """One of each group of models that are together up to rotation and exchange."""
    kept: list[tuple[int, FloatArray]] = []
    for k in np.argsort(loss, kind="stable"):
        mark = invariants(W[k], b[k], label)
        together = (
            loss[k] - loss[other] <= _TOGETHER[0] * loss[k]
            and float(np.abs(mark - theirs).max()) <= _TOGETHER[1]
            for other, theirs in reversed(kept)
        )
        if not any(together):
            kept.append((int(k), mark))
    return [k for k, _ in kept]
