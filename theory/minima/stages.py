"""Search for the minima of seven to fourteen features in stages: far on a cheap loss, then exact.

Every start descends on a loss of some thousand chosen inputs, then on one of more.  Ends that are
then in the same place go on as one, on the exact loss, by its slopes; up to eight features the last
steps are Newton's.  What is reported was found by the exact loss alone.

A minimum that one start in a hundred leads to is easily missed.  So further starts are made until
the best minimum has been reached often enough from evenly spread ones, or their number is spent.
"""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass

import numba
import numpy as np
from numpy.typing import NDArray

from ground.checks import FloatArray
from ground.progress import progress_bar
from theory.data_law import feature_variance
from theory.loss.floats import gradient_of
from theory.loss.problem import Problem
from theory.minima.block_starts import block_starts
from theory.minima.descent import Descent, descend, wake
from theory.minima.orbits import groups, invariants
from theory.minima.sampled_loss import MOST_FEATURES, Inputs, chosen_inputs, sampled_gradient
from theory.minima.starts import spread_starts
from theory.minima.together import Course, descend_together

__all__ = ["EQUAL", "HITS", "STAGED_UP_TO", "Search", "at_the_best", "in_stages", "scale_of"]

STAGED_UP_TO = MOST_FEATURES
# Inputs, greatest number of evaluations, and the relative gain at which a descent has ended.
LADDER = ((2048, 200, 1e-5), (8192, 60, 1e-6))
STILL = 1e-6  # gradient, relative to the scale of the loss, that ends it too
NEWTON_UP_TO = {3: 8, 4: 7}  # features with a Hessian of some milliseconds, by digits a feature
# At most; in between, where a descent was pushed off a saddle, it goes on by its slopes.
NEWTON_STEPS = (6, 6, 28)
# Before and after descents that are together go on as one: relative precision, evaluations.
EXACT = ((1e-5, 15), (1e-8, 100))
AT_ONCE = 8  # ends that are made exact together, between two steps of the bar
FLAT = 1e-5  # slope of what counts as converged there
HITS = 3  # spread starts that must have reached the best minimum
ROUNDS = 4  # each doubles the number of spread starts
EQUAL = 1e-8  # relative difference of losses at one minimum
# Relative difference of losses, and difference of overlaps and biases, of ends of the cheap
# descents that go on as one, and then of ends of the first exact steps.
NEAR = 4e-3, 0.04
SAME = 1e-6, 1e-2
_SHARED = 16  # models from which on threads share them


@dataclass(frozen=True, eq=False)
class Search:
    """What a search came to.

    Attributes
    ----------
    ended : Descent
        Ends by the exact loss.
    counts : (B,)
        How many starts each stands for.
    starts : int
        How many there were.
    hits : int
        Spread starts that came to the best end.
    """

    ended: Descent
    counts: NDArray[np.int64]
    starts: int
    hits: int


def in_stages(
    world: Problem,
    *,
    starts: int,
    bias: bool = True,
    also: tuple[FloatArray, FloatArray] | None = None,
    progress: bool = False,
) -> Search:
    """Minima in the world of a checked value of one instance, of seven to fourteen features.

    Parameters
    ----------
    world : Problem
        Its W and b only say how many features and hidden dimensions there are.
    starts : int
        Spread ones in the first round.
    bias, also, progress
        As in :func:`theory.minima.optimum.optimum`.

    Examples
    --------
    >>> from theory.loss.problem import as_problem
    >>> found = in_stages(as_problem(np.zeros((2, 7)), None, 0.3, None), starts=8)
    >>> bool(found.hits >= HITS), found.starts == found.counts.sum()
    (True, np.True_)
    """
    _, m, n = world.W.shape
    p, importance = world.density[0], world.importance[0]
    rest = 0.5 * (world.low + world.high) * p
    rungs = [chosen_inputs(p, world.low, world.high, count) for count, _, _ in LADDER]
    sources = [block_starts(m, importance * feature_variance(p), rest)]
    if also is not None:
        sources.append(also)
    natural = sum(len(source[0]) for source in sources)
    spread = spread_starts(n, m, starts, rest)
    W, b = (np.concatenate(parts) for parts in zip(*sources, spread, strict=True))
    total = len(spread[0])
    found = _round(world, rungs, W, b, natural, bias, progress)
    for _ in range(ROUNDS - 1):
        if found.hits >= HITS or not total:
            break
        W, b = (part[total:] for part in spread_starts(n, m, 2 * total, rest))
        total *= 2
        found = _both(world, found, _round(world, rungs, W, b, 0, bias, progress))
    return found


def _round(
    world: Problem,
    rungs: list[Inputs],
    W: FloatArray,
    b: FloatArray,
    natural: int,
    bias: bool,
    progress: bool,
) -> Search:
    """From these starts, of which the first are natural ones, to ends by the exact loss."""
    newton = W.shape[2] <= NEWTON_UP_TO[world.base]
    course = _cheaply(world, rungs, W, b, bias)
    with progress_bar(len(W), "descent", shown=progress) as advance:
        near = _places(world, course.theta, course.loss, *NEAR)
        firsts = course.part(np.array([each[0] for each in near]))
        begun = _exactly(world, firsts.theta, firsts, bias, *EXACT[0])
        places = _places(world, begun.theta, begun.loss, *SAME)
        ends, members = [], [np.concatenate([near[k] for k in same]) for same in places]
        for k in range(0, len(places), AT_ONCE):
            part = begun.part(np.array([same[0] for same in places[k : k + AT_ONCE]]))
            part = _exactly(world, part.theta, part, bias, *EXACT[1])
            ends.append(_by_newton(world, part, bias) if newton else _end(world, part))
            advance(sum(map(len, members[k : k + AT_ONCE])))
    ended = _joined(ends)
    counts = np.array([len(each) for each in members])
    spread = np.array([np.sum(each >= natural) for each in members])
    return Search(ended, counts, len(W), int(spread[at_the_best(ended, scale_of(world))].sum()))


def _cheaply(
    world: Problem, rungs: list[Inputs], W: FloatArray, b: FloatArray, bias: bool
) -> Course:
    """Down the ladder of losses at chosen inputs; curvatures of one serve on the next."""
    size = W[0].size
    still = np.full(len(W), STILL * scale_of(world))
    theta = np.concatenate([W.reshape(len(W), -1), b if bias else np.zeros_like(b)], axis=1)

    def value_at(inputs: Inputs) -> _Value:
        def value(rows: FloatArray, _: NDArray[np.intp]) -> tuple[FloatArray, FloatArray]:
            loss, dW, db = _shared(_at(world, rows), inputs)
            gradient = np.concatenate([dW.reshape(-1, size), db if bias else 0.0 * db], axis=1)
            return loss, gradient

        return value

    course = None
    for inputs, (_, most, gain) in zip(rungs, LADDER, strict=True):
        wake(theta, world.at(W, b, np.zeros(len(W), dtype=int)), np.arange(len(W)), bias)
        course = descend_together(
            value_at(inputs), theta, most=most, still=still, gain=gain, known=course
        )
        theta = course.theta
    assert course is not None
    return course


def _shared(problem: Problem, inputs: Inputs) -> tuple[FloatArray, FloatArray, FloatArray]:
    """The loss at the inputs, by threads: the same numbers, since each model is its own."""
    threads = numba.get_num_threads()
    if threads == 1 or len(problem.W) < _SHARED:
        return sampled_gradient(problem, inputs)
    parts = np.array_split(np.arange(len(problem.W)), threads)
    with ThreadPoolExecutor(threads) as pool:
        found = pool.map(
            lambda part: sampled_gradient(
                problem.at(problem.W[part], problem.b[part], part), inputs
            ),
            parts,
        )
        loss, dW, db = (np.concatenate(each) for each in zip(*found, strict=True))
    return loss, dW, db


def _places(
    world: Problem, theta: FloatArray, loss: FloatArray, relative: float, distance: float
) -> list[NDArray[np.intp]]:
    """Descents that have come to one place up to symmetry, the lowest first, in each list."""
    label = groups(world.density[0], world.importance[0])
    at = _at(world, theta)
    marks = np.stack([invariants(W, b, label) for W, b in zip(at.W, at.b, strict=True)])
    left = np.argsort(loss, kind="stable")
    found = []
    while len(left):
        first = left[0]
        together = loss[left] - loss[first] <= relative * loss[first]
        together &= np.abs(marks[left] - marks[first]).max(axis=1) <= distance
        together[0] = True
        found.append(left[together])
        left = left[~together]
    return found


def _exactly(
    world: Problem, theta: FloatArray, known: Course | None, bias: bool, rtol: float, most: int
) -> Course:
    """Descents on the exact loss, of which nothing but slopes is asked."""
    size = world.W[0].size

    def value(rows: FloatArray, _: NDArray[np.intp]) -> tuple[FloatArray, FloatArray]:
        loss, dW, db = gradient_of(_at(world, rows), "fourier", rtol)
        return loss, np.concatenate([dW.reshape(-1, size), db if bias else 0.0 * db], axis=1)

    still = np.full(len(theta), 1e-9 * scale_of(world))
    return descend_together(value, theta, most=most, still=still, gain=1e-4 * rtol, known=known)


def _by_newton(world: Problem, course: Course, bias: bool) -> Descent:
    """The last steps by curvatures, each of which costs a hundred times what slopes do."""
    ended = descend(_at(world, course.theta), bias=bias, most=NEWTON_STEPS[0])
    for most in NEWTON_STEPS[1:]:
        left = np.flatnonzero(~ended.converged)
        if not len(left):
            break
        theta = np.concatenate([ended.W[left].reshape(len(left), -1), ended.b[left]], axis=1)
        on = _exactly(world, theta, None, bias, *EXACT[1])
        on_ended = descend(_at(world, on.theta), bias=bias, most=most)
        for name in Descent.__dataclass_fields__:
            getattr(ended, name)[left] = getattr(on_ended, name)
    return ended


def _end(world: Problem, course: Course) -> Descent:
    """Where descents ended, by the usual loss, where curvatures cost too much."""
    at = _at(world, course.theta)
    slope = np.linalg.norm(course.gradient, axis=1) / scale_of(world)
    loss = gradient_of(at)[0]
    unknown = np.full(len(loss), np.nan)
    return Descent(at.W, at.b, loss, slope, unknown, slope < FLAT, unknown)


def _both(world: Problem, first: Search, second: Search) -> Search:
    """Two rounds as one."""
    ended = _joined([first.ended, second.ended])
    best = at_the_best(ended, scale_of(world))
    split = len(first.counts)
    reached = ((first, best[:split].any()), (second, best[split:].any()))
    return Search(
        ended,
        np.concatenate([first.counts, second.counts]),
        first.starts + second.starts,
        sum(part.hits for part, still in reached if still),
    )


def at_the_best(ended: Descent, scale: float) -> NDArray[np.bool_]:
    """Which descents ended at the best minimum, or at another of the same loss."""
    least = float(ended.loss[ended.converged].min(initial=np.inf))
    return np.asarray(ended.converged & (ended.loss - least <= EQUAL * (least + 1e-6 * scale)))


def scale_of(world: Problem) -> float:
    """Natural size of the loss of a world, Σ I_i p_i."""
    return float((world.importance[0] * world.density[0]).sum()) or 1.0


def _joined(ends: list[Descent]) -> Descent:
    names = Descent.__dataclass_fields__
    return Descent(**{name: np.concatenate([getattr(end, name) for end in ends]) for name in names})


def _at(world: Problem, theta: FloatArray) -> Problem:
    """Models of rows θ in the one world."""
    m, n = world.W.shape[1:]
    W = theta[:, : m * n].reshape(-1, m, n)
    return world.at(W, theta[:, m * n :], np.zeros(len(theta), dtype=int))


_Value = Callable[[FloatArray, NDArray[np.intp]], tuple[FloatArray, FloatArray]]
