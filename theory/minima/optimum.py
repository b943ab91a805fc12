"""The best W and b of all, and every other local minimum [D03].

The exact loss is minimised from natural solutions and from evenly spread starts; what is left
is listed up to rotation of the hidden space and exchange of equal features.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Any

import numpy as np
from scipy.optimize import minimize

from ground.checks import FloatArray, as_density, as_importance, check_positive_int, check_sizes
from ground.structure import Structure
from theory.loss.floats import EXACT_UP_TO, loss_and_gradient
from theory.loss.fourier import RTOL
from theory.loss.problem import Problem, as_problem
from theory.minima.descent import Descent, descend
from theory.minima.orbits import Minimum, distinct
from theory.minima.starts import all_starts

NEWTON_UP_TO = 6  # features; beyond, SciPy's L-BFGS with the exact gradient


@dataclass(frozen=True, eq=False)
class Optimum:
    """The global minimum found, and all minima in order of their loss.

    Attributes
    ----------
    W : (m, n), b : (n,), loss : float
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
) -> Optimum:
    """Best W and b over all parameters, and every other local minimum found [D03].

    Parameters
    ----------
    n_features, n_hidden : int
        n and m, m ≤ n.
    density, importance : array_like, () or (n,)
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
    if starts != 0:
        check_positive_int("starts", starts)
    rest = 0.5 * (low + high) * p
    W, b = all_starts(n, m, starts, rest)
    if also is not None:
        W = np.concatenate([W, np.asarray(also[0], dtype=float).reshape(-1, m, n)])
        b = np.concatenate([b, np.asarray(also[1], dtype=float).reshape(-1, n)])
    problem = as_problem(W, b if bias else None, p, weight, low, high)
    ended = descend(problem, bias=bias) if n <= NEWTON_UP_TO else _quasi_newton(problem, bias, rtol)
    minima = distinct(ended, p, weight)
    if n <= NEWTON_UP_TO:
        minima = _without_kinks(minima, problem, bias)
    if not minima:
        raise RuntimeError(
            f"none of {len(W)} descents converged for density={p} and importance={weight}; "
            "try more starts"
        )
    best = minima[0]
    return Optimum(best.W, best.b, best.loss, minima, len(W), int(ended.converged.sum()))


def _without_kinks(
    minima: tuple[Minimum, ...], problem: Problem, bias: bool
) -> tuple[Minimum, ...]:
    """Drop stationary points that are no minima on the far side of a kink.

    Where an output vanishes on inputs of positive probability (b_i = 0, or W_i = 0 without
    bias) the loss is only piecewise smooth to second order, and one Hessian does not tell.
    Such points are displaced along every parameter, both ways, and must be fallen back to;
    one that is not hands its starts over to the minimum that is reached instead.
    """
    counts = [minimum.count for minimum in minima]
    kept = [True] * len(minima)
    _, m, n = problem.W.shape
    for k, minimum in enumerate(minima):
        kinked = np.abs(minimum.b) < 1e-7 if bias else np.linalg.norm(minimum.W, axis=0) < 1e-3
        if not (kinked & (problem.importance[0] * problem.density[0] > 0)).any():
            continue
        size = m * n + n if bias else m * n
        theta = np.concatenate([minimum.W.ravel(), minimum.b])
        moved = theta + 1e-3 * np.concatenate([np.eye(len(theta)), -np.eye(len(theta))])
        moved = moved[np.tile(np.arange(len(theta)) < size, 2)]
        trial = problem._replace(
            W=moved[:, : m * n].reshape(-1, m, n).copy(),
            b=moved[:, m * n :].copy(),
            density=np.tile(problem.density[0], (len(moved), 1)),
            importance=np.tile(problem.importance[0], (len(moved), 1)),
            shape=(len(moved),),
        )
        ended = descend(trial, bias=bias)
        scale = float((problem.importance[0] * problem.density[0]).sum())
        lower = np.flatnonzero(ended.loss < minimum.loss - 1e-9 * scale)
        if len(lower):
            kept[k] = False
            reached = ended.loss[lower[0]]
            heirs = [at for at, is_kept in enumerate(kept) if is_kept]
            if heirs:
                heir = min(heirs, key=lambda at: abs(minima[at].loss - reached))
                counts[heir] += counts[k]
    return tuple(
        replace(minimum, count=count)
        for minimum, count, is_kept in zip(minima, counts, kept, strict=True)
        if is_kept
    )


def _quasi_newton(problem: Problem, bias: bool, rtol: float | None) -> Descent:
    """L-BFGS from each start, for problems too large for Hessians."""
    batch, m, n = problem.W.shape
    size = m * n
    W, b = problem.W.copy(), problem.b.copy()
    loss, slope, steps = np.empty(batch), np.empty(batch), np.empty(batch)
    scale = float((problem.importance * problem.density).sum() / batch) or 1.0
    method = "exact" if rtol is None and n <= EXACT_UP_TO[problem.base] else "fourier"
    rtol = RTOL if rtol is None else rtol
    # A sum that is good to some digits has no use for more of them: there it only has noise.
    settled = 1e-15 if method == "exact" else 1e-4 * rtol

    for r in range(batch):

        def value(theta: FloatArray, r: int = r) -> tuple[float, FloatArray]:
            at, dW, db = loss_and_gradient(
                theta[:size].reshape(m, n),
                theta[size:] if bias else None,
                density=problem.density[r],
                importance=problem.importance[r],
                low=problem.low,
                high=problem.high,
                method=method,
                rtol=rtol,
            )
            gradient = np.concatenate([dW.ravel(), db]) if bias else dW.ravel()
            return float(at) / scale, gradient / scale

        start = np.concatenate([W[r].ravel(), b[r]]) if bias else W[r].ravel()
        end = minimize(
            value,
            start,
            jac=True,
            method="L-BFGS-B",
            options={"maxiter": 5000, "maxfun": 20000, "ftol": settled, "gtol": 1e-8},
        )
        W[r] = end.x[:size].reshape(m, n)
        if bias:
            b[r] = end.x[size:]
        loss[r] = end.fun * scale
        slope[r] = np.linalg.norm(end.jac)
        steps[r] = end.nit
    unknown = np.full(batch, np.nan)
    flat = max(1e-4, 10 * np.sqrt(settled))  # near a minimum slopes go as the root of what is left
    return Descent(W, b, loss, slope, unknown, slope < flat, steps)
