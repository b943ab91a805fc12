r"""Gradient flow on the exact loss: where training of infinitely small steps would go.

$$ \dot W = −η ∂L/∂W,   \dot b = −η ∂L/∂b $$

Integrated by SciPy with an error that is asked for, many starts at once.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np
from scipy.integrate import solve_ivp

from ground.checks import FloatArray, as_floats, as_number, check_flag
from theory.loss.floats import gradient_of
from theory.loss.problem import Problem, as_problem

RTOL = 1e-7  # error of a step, relative to weights of size one
REST = 1e-6  # slope, relative to the scale of the loss, at which a model has come to rest
ROUND, GROWTH, ROUNDS = 60.0, 1.5, 12  # first length in units of 1/scale, and that of the next ones


@dataclass(frozen=True, eq=False)
class Flow:
    """Models that follow the gradient, in time; T times, or none where they have come to rest.

    Attributes
    ----------
    W : (T, ..., m, n), b : (T, ..., n)
    loss : (T, ...)
    slope : (T, ...)
        Norm of the gradient by what is free, over the natural scale Σ I_i p_i of the loss.
    """

    W: FloatArray
    b: FloatArray
    loss: FloatArray
    slope: FloatArray


def gradient_flow(
    W: Any,
    b: Any = None,
    *,
    times: Any,
    density: Any,
    importance: Any = None,
    bias: bool = True,
    rate: float = 1.0,
    rtol: float = RTOL,
) -> Flow:
    """Follow gradient flow of the exact loss from W and b at τ = 0.

    Parameters
    ----------
    W : array_like (..., m, n)
        Starts.
    b : array_like (..., n), optional
        None means zero.
    times : array_like (T,)
        Times τ ≥ 0 to report, rising; for gradient descent of a small step size η, τ is the
        number of steps.
    density, importance : array_like, () or (..., n)
    bias : bool
        False holds b as it is.
    rate : float
        Step size η > 0.
    rtol : float
        Error of one step of the integration, for the worst of all starts.

    Returns
    -------
    Flow
        With a first axis of times.  Where an output is exactly at its kink, as that of a feature
        of zero weights without bias, ReLU'(0) = 0: such a feature stays ignored.

    Raises
    ------
    ValueError
        Naming the argument, its value and what is allowed.

    Examples
    --------
    One feature, always active, learns along a logistic curve from w² = 1/4:

    >>> flow = gradient_flow([[0.5]], times=[0.0, 1.0, 9.0], density=1.0, bias=False)
    >>> (flow.W[:, 0, 0] ** 2).round(4).tolist()
    [0.25, 0.8275, 1.0]
    """
    problem = as_problem(W, b, density, importance)
    if not len(problem.W):
        raise ValueError("W, b, density and importance must have at least one model in their axes")
    time = as_floats("times", times)
    if time.ndim != 1 or not len(time) or not np.all((time >= 0) & (time < np.inf)):
        raise ValueError(f"times must be a list of finite times ≥ 0, got {times!r}")
    if np.any(np.diff(time) <= 0):
        raise ValueError(f"times must rise, got {times!r}")
    check_flag("bias", bias)
    rate = as_number("rate", rate, "positive and finite", lambda v: 0 < v < np.inf)
    rtol = as_number("rtol", rtol, "a number in (0, 1)", lambda v: 0 < v < 1)
    path = _integrate(problem, rate * time, bias, rtol)
    found = [_described(problem, theta, bias) for theta in path]
    return Flow(*(np.stack(parts) for parts in zip(*found, strict=True)))


def at_rest(
    W: Any,
    b: Any = None,
    *,
    density: Any,
    importance: Any = None,
    bias: bool = True,
    rest: float = REST,
    rtol: float = RTOL,
) -> Flow:
    """Follow gradient flow until models move no more.

    Parameters
    ----------
    W, b, density, importance, bias, rtol
        As in :func:`gradient_flow`.
    rest : float
        Slope at which a model has come to rest: near a minimum, or on a saddle that its start
        leads to.

    Returns
    -------
    Flow
        Without an axis of times.  A slope above `rest` says that a model is still on its way
        after all rounds, some 15 000 units of time 1 / Σ I_i p_i.
    """
    problem = as_problem(W, b, density, importance)
    theta = _packed(problem)
    live, length = np.arange(len(theta)), ROUND
    for _ in range(ROUNDS):
        # Those that rest are left alone, so that long times are for the slow ones only.
        part = _at(problem, theta[live], live)
        time = np.array([length / max(float(_scale(part).max()), 1e-300)])
        theta[live] = _integrate(part, time, bias, rtol)[-1]
        moving = _described(_at(part, theta[live]), theta[live], bias)[3].ravel() > rest
        live, length = live[moving], length * GROWTH
        if not len(live):
            break
    return Flow(*_described(problem, theta, bias))


def _integrate(problem: Problem, times: FloatArray, bias: bool, rtol: float) -> FloatArray:
    """W and b of all starts as rows θ, (T, B, mn + n)."""
    start = _packed(problem)
    # SciPy takes the root mean square of the errors of all starts, this is for the worst.
    error = max(rtol / np.sqrt(len(start)), 1e-13)
    if times[-1] == 0.0:
        return start[None]
    found = solve_ivp(
        _velocity(problem, bias),
        (0.0, times[-1]),
        start.ravel(),
        t_eval=times,
        rtol=error,
        atol=error,
    )
    if not found.success:
        raise RuntimeError(f"gradient flow stopped: {found.message}")
    return np.asarray(found.y.T.reshape(len(times), *start.shape))


def _velocity(problem: Problem, bias: bool) -> Callable[[float, FloatArray], FloatArray]:
    def velocity(_time: float, theta: FloatArray) -> FloatArray:
        _, slope = _gradient(_at(problem, theta.reshape(len(problem.W), -1)), bias)
        return -slope.ravel()

    return velocity


def _gradient(problem: Problem, bias: bool) -> tuple[FloatArray, FloatArray]:
    loss, dW, db = gradient_of(problem)
    return loss, np.concatenate([dW.reshape(len(dW), -1), db * bias], axis=1)


def _described(problem: Problem, theta: FloatArray, bias: bool) -> tuple[FloatArray, ...]:
    """W, b, loss and slope of rows θ, in the shape the starts had."""
    there = _at(problem, theta)
    loss, gradient = _gradient(there, bias)
    slope = np.linalg.norm(gradient, axis=1) / np.maximum(_scale(problem), 1e-300)
    shape = problem.shape
    return (
        there.W.reshape(shape + there.W.shape[1:]),
        there.b.reshape(shape + there.b.shape[1:]),
        loss.reshape(shape),
        slope.reshape(shape),
    )


def _packed(problem: Problem) -> FloatArray:
    return np.concatenate([problem.W.reshape(len(problem.W), -1), problem.b], axis=1)


def _at(problem: Problem, theta: FloatArray, where: Any = None) -> Problem:
    W, b = np.split(theta, [problem.W[0].size], axis=1)
    return problem.at(W.reshape(-1, *problem.W.shape[1:]), b, where)


def _scale(problem: Problem) -> FloatArray:
    return np.asarray((problem.importance * problem.density).sum(-1))
