"""The best W and b of all, and every other local minimum [D03].

The exact loss is minimised from natural solutions and from evenly spread starts; what is left
is listed up to rotation of the hidden space and exchange of equal features.
"""

from __future__ import annotations

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
from theory.minima.descent import descend
from theory.minima.kinks import without_kinks
from theory.minima.orbits import Minimum, distinct
from theory.minima.quasi_newton import descend_each
from theory.minima.starts import all_starts

WIDEST = 1e12  # end of the range of a feature; fourth powers of more overflow
NEWTON_UP_TO = 6  # features; beyond, SciPy's L-BFGS with the exact gradient


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
    """

    W: FloatArray
    b: FloatArray
    loss: float
    minima: tuple[Minimum, ...]
    starts: int
    converged: int

    @property
    def structure(self) -> Structure:
        """Structure of the best minimum."""
        return self.minima[0].structure


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
        power of two.
    low, high : float
        Range of an active feature.
    also : (W, b), optional
        More starts, (K, m, n) and (K, n).
    rtol : float, optional
        For more than six features: search with the Fourier sum at this relative precision
        (1e-5 will do where benefits are compared), until steps gain less than a ten thousandth
        of it.  None: with the exact recursion up to ten features, with the sum at 1e-7 beyond.
    progress : bool
        Show a bar of the descents, for more than six features.

    Returns
    -------
    Optimum
        The same for the same arguments: nothing is random.

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
    _, m, n = problem.W.shape
    p, weight = problem.density[0], problem.importance[0]
    rest = 0.5 * (problem.low + problem.high) * p
    W, b = all_starts(n, m, starts, rest)
    if also is not None:
        W, b = np.concatenate([W, also[0]]), np.concatenate([b, also[1]])
    problem = problem.at(W, b if bias else np.zeros_like(b), np.zeros(len(W), dtype=int))
    few = n <= NEWTON_UP_TO
    if few:
        ended = descend(problem, bias=bias)
    else:
        ended = descend_each(problem, bias=bias, rtol=rtol, progress=progress)
    minima = distinct(ended, p, weight)
    if few:
        minima = without_kinks(minima, problem, bias=bias)
    if not minima:
        raise RuntimeError(
            f"none of {len(W)} descents converged for density={p} and importance={weight}; "
            "try more starts"
        )
    best = minima[0]
    return Optimum(best.W, best.b, best.loss, minima, len(W), int(ended.converged.sum()))
