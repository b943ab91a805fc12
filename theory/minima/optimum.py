"""The best W and b of all, and every other local minimum [D03].

The exact loss is minimised from natural solutions and from evenly spread starts; what is left
is listed up to rotation of the hidden space and exchange of equal features.  It is the best that
was found, which is proved to be the best of all for (2, 1) only (:func:`theory.certify`); how often
spread starts came to it says how far to trust it.
"""

from __future__ import annotations

import warnings
from dataclasses import dataclass
from typing import Any

import numpy as np

from ground.checks import (
    FloatArray,
    as_density,
    as_importance,
    as_model,
    as_number,
    check_flag,
    check_positive_int,
    check_sizes,
)
from ground.structure import Structure
from theory.loss.problem import Problem, as_problem
from theory.minima.cost import check_cost
from theory.minima.descent import Descent, descend
from theory.minima.kinks import without_kinks
from theory.minima.orbits import Minimum, distinct
from theory.minima.quasi_newton import descend_each
from theory.minima.stages import HITS, STAGED_UP_TO, at_the_best, in_stages, scale_of
from theory.minima.starts import aligned_starts, all_starts, spread_count

WIDEST = 1e12  # end of the range of a feature; fourth powers of more overflow
NEWTON_UP_TO = 6  # features with a Hessian that costs next to nothing


@dataclass(frozen=True, eq=False)
class Optimum:
    """The global minimum found, and all minima in order of their loss.

    Attributes
    ----------
    W : (m, n)
    b : (n,)
    loss : float
        Of the best minimum.
    minima : tuple of Minimum
        Best first.
    starts : int
        How many descents were made.
    converged : int
        How many of them ended at a local minimum (zero gradient, no negative curvature).
    hits : int
        How many of the evenly spread starts came to the best minimum.  Where these are none or few
        there may well be a better one that all have missed.
    """

    W: FloatArray
    b: FloatArray
    loss: float
    minima: tuple[Minimum, ...]
    starts: int
    converged: int
    hits: int

    @property
    def structure(self) -> Structure:
        """Structure of the best minimum."""
        return self.minima[0].structure

    @property
    def doubt(self) -> str:
        """What speaks against the best minimum being the best of all; "" where nothing does."""
        if len(self.b) <= NEWTON_UP_TO or self.hits >= HITS:
            return ""
        came = ("None of the spread starts", "Only one spread start", "Only two spread starts")
        return (
            f"{came[self.hits]} came to the best minimum found: there may be a better one; try "
            "more starts"
        )


def optimum(
    n_features: int,
    n_hidden: int,
    *,
    density: Any,
    importance: Any = None,
    bias: bool = True,
    starts: int = 64,
    low: float = 0.0,
    high: float = 1.0,
    also: tuple[Any, Any] | None = None,
    rtol: float | None = None,
    progress: bool = False,
) -> Optimum:
    """Best W and b over all parameters, and every other local minimum found [D03].

    Parameters
    ----------
    n_features, n_hidden : int
        n and m, m ≤ n.
    density : array_like, () or (n,)
    importance : array_like, () or (n,), optional
    bias : bool
        False holds b at zero.
    starts : int
        Number of evenly spread (Sobol) starts, besides the natural solutions; rounded up to a
        power of two.  From seven to fourteen features it is doubled, up to eight times as many,
        until three of them have come to the best minimum.
    low, high : float
        Range of an active feature.
    also : (W, b), optional
        More starts, (K, m, n) and (K, n).
    rtol : float, optional
        For more than six features: search with the Fourier sum at this relative precision
        (1e-5 will do where benefits are compared), until steps gain less than a ten thousandth
        of it.  None: up to fourteen features in stages (:mod:`theory.minima.stages`), with the sum
        at 1e-7 beyond.
    progress : bool
        Show a bar of the descents, for more than six features.

    Returns
    -------
    Optimum
        The same for the same arguments: nothing is random.

    Warns
    -----
    UserWarning
        From seven features on, where fewer than three spread starts came to the best minimum; not
        with `rtol`.

    Raises
    ------
    ValueError
        Naming the argument; also if density or importance is not one value a feature.

    Examples
    --------
    With as many dimensions as features nothing is lost:

    >>> best = optimum(2, 2, density=0.5, starts=8)
    >>> round(best.loss, 12), str(best.structure)
    (0.0, '[1] [2]')
    """
    n, m = check_sizes(n_features, n_hidden)
    p, weight = as_density(density, n), as_importance(importance, n)
    for name, value in (("density", p), ("importance", weight)):
        if value.ndim != 1:
            raise ValueError(f"{name} must be one number or {n}, got shape {value.shape}")
    if not (type(starts) is int and starts == 0):
        check_positive_int("starts", starts)
    check_flag("bias", bias)
    check_flag("progress", progress)
    if rtol is not None:
        rtol = as_number("rtol", rtol, "a number in (0, 1)", lambda v: 0 < v < 1)
    low = as_number("low", low, f"a number in [-{WIDEST:g}, 0]", lambda v: -WIDEST <= v <= 0)
    high = as_number("high", high, f"a number in (0, {WIDEST:g}]", lambda v: 0 < v <= WIDEST)
    check_cost(n, m, starts, low)
    if also is not None:
        also = _more_starts(also, m, n)
    world = as_problem(np.zeros((m, n)), None, p, weight, low, high)
    return optimum_of(world, bias=bias, starts=starts, also=also, rtol=rtol, progress=progress)


def _more_starts(also: Any, m: int, n: int) -> tuple[FloatArray, FloatArray]:
    """Starts that somebody names, (K, m, n) and (K, n)."""
    try:
        first, second = also
        return as_model(np.reshape(first, (-1, m, n)), np.reshape(second, (-1, n)))
    except (TypeError, ValueError) as error:
        raise ValueError(
            f"also must be (W, b) of shapes (K, {m}, {n}) and (K, {n}): {error}"
        ) from error


def optimum_of(
    problem: Problem,
    *,
    bias: bool = True,
    starts: int = 64,
    also: tuple[FloatArray, FloatArray] | None = None,
    rtol: float | None = None,
    progress: bool = False,
) -> Optimum:
    """The optimum in the world of a checked value of one instance [D03].

    Parameters
    ----------
    problem : Problem
        Its W and b only say how many features and hidden dimensions there are.
    bias, starts, also, rtol, progress
        As in :func:`optimum`.
    """
    n = problem.W.shape[2]
    p, weight = problem.density[0], problem.importance[0]
    staged = NEWTON_UP_TO < n <= STAGED_UP_TO and rtol is None
    if staged:
        search = in_stages(problem, starts=starts, bias=bias, also=also, progress=progress)
        minima = distinct(search.ended, p, weight, search.counts)
        made = search.starts
        converged, hits = int(search.counts[search.ended.converged].sum()), search.hits
    else:
        ended, hits = _directly(problem, bias, starts, also, rtol, progress)
        minima = distinct(ended, p, weight)
        if n <= NEWTON_UP_TO:
            minima = without_kinks(minima, problem, bias=bias)
        made, converged = len(ended.loss), int(ended.converged.sum())
    if not minima:
        raise RuntimeError(
            f"none of {made} descents converged for density={p} and importance={weight}; "
            "try more starts"
        )
    best = minima[0]
    found = Optimum(best.W, best.b, best.loss, minima, made, converged, hits)
    if found.doubt and rtol is None:
        warnings.warn(found.doubt, stacklevel=3)
    return found


def _directly(
    problem: Problem,
    bias: bool,
    starts: int,
    also: tuple[FloatArray, FloatArray] | None,
    rtol: float | None,
    progress: bool,
) -> tuple[Descent, int]:
    """Descents from every start on the loss itself; and how many spread ones came to the best."""
    _, m, n = problem.W.shape
    rest = 0.5 * (problem.low + problem.high) * problem.density[0]
    W, b = all_starts(n, m, starts, rest)
    spread = np.arange(len(W)) >= len(W) - spread_count(starts)
    more = [aligned_starts(n, rest)] if bias and m == 1 and n <= NEWTON_UP_TO else []
    more += [] if also is None else [also]
    for others, biases in more:
        W, b = np.concatenate([W, others]), np.concatenate([b, biases])
    spread = np.concatenate([spread, np.zeros(len(W) - len(spread), dtype=np.bool_)])
    problem = problem.at(W, b if bias else np.zeros_like(b), np.zeros(len(W), dtype=int))
    if n <= NEWTON_UP_TO:
        ended = descend(problem, bias=bias)
    else:
        ended = descend_each(problem, bias=bias, rtol=rtol, progress=progress)
    return ended, int((at_the_best(ended, scale_of(problem)) & spread).sum())
