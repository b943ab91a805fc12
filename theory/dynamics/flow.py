r"""Gradient flow on the exact loss: where training of infinitely small steps would go.

$$ \dot W = −η ∂L/∂W,   \dot b = −η ∂L/∂b $$

Integrated by SciPy with an error that is asked for, many starts at once.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from scipy.integrate import LSODA, solve_ivp

from ground.checks import FloatArray, as_floats, as_number, check_choice, check_flag
from theory.dynamics.landscape import Landscape, landscape
from theory.loss.floats import EXACT_UP_TO

RTOL = 1e-7  # error of a step, relative to weights of the size of the start, at most one
METHODS = ("auto", "LSODA", "RK45")
NOTHING = 1e-12  # weights of a start that count as zero
STEEPEST = 1e3  # curvature that a step looks at, relative to its natural size
STUCK = 100  # steps of equal length after which the solver begins anew
ALONE = 16  # starts up to which each is integrated by itself
REST = 1e-6  # slope, relative to the scale of the loss, at which a model has come to rest
ROUND, GROWTH, ROUNDS = 60.0, 1.5, 12  # first length in units of 1/scale, and that of the next ones


@dataclass(frozen=True, eq=False)
class Flow:
    """Models that follow the gradient, in time; T times, or none where they have come to rest.

    Attributes
    ----------
    W : (T, ..., m, n)
    b : (T, ..., n)
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
    density: Any = None,
    importance: Any = None,
    law: Any = None,
    bias: bool = True,
    rate: float = 1.0,
    rtol: float = RTOL,
    method: str = "auto",
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
    density : array_like, () or (..., n), optional
    importance : array_like, () or (..., n), optional
    law : None, "one-hot" or theory.Sets
        None for independent features of the density, which the other laws take none of:
        "one-hot" is the limit of one feature at a time, its loss per unit of density.
    bias : bool
        False holds b as it is.
    rate : float
        Step size η > 0.
    rtol : float
        Error of one step of the integration, for the worst of all starts, relative to weights of
        size one, or to the largest weight of the start where that is smaller: waiting by a
        saddle takes as long as what is small there needs to grow.
    method : "auto", "LSODA" or "RK45"
        Each start by itself, with the exact Hessian, in long steps where the flow is slow; or
        all in step, for many starts and times that are not long.  "auto" takes the first for up
        to 16 starts and as many features as the exact loss is for.

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
    time = as_floats("times", times)
    if time.ndim != 1 or not len(time) or not np.all((time >= 0) & (time < np.inf)):
        raise ValueError(f"times must be a list of finite times ≥ 0, got {times!r}")
    if np.any(np.diff(time) <= 0):
        raise ValueError(f"times must rise, got {times!r}")
    check_flag("bias", bias)
    rate = as_number("rate", rate, "positive and finite", lambda v: 0 < v < np.inf)
    rtol = as_number("rtol", rtol, "a number in (0, 1)", lambda v: 0 < v < 1)
    check_choice("method", method, METHODS)
    there = landscape(W, b, density=density, importance=importance, law=law, bias=bias)
    path = integrate(there, rate * time, rtol, method)
    found = [_described(there, theta) for theta in path]
    return Flow(*(np.stack(parts) for parts in zip(*found, strict=True)))


def at_rest(
    W: Any,
    b: Any = None,
    *,
    density: Any = None,
    importance: Any = None,
    law: Any = None,
    bias: bool = True,
    rest: float = REST,
    rtol: float = RTOL,
) -> Flow:
    """Follow gradient flow until models move no more.

    Parameters
    ----------
    W, b, density, importance, law, bias, rtol
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
    there = landscape(W, b, density=density, importance=importance, law=law, bias=bias)
    theta = there.start
    live, length = np.arange(len(theta)), ROUND
    for _ in range(ROUNDS):
        # Those that rest are left alone, so that long times are for the slow ones only.
        part = there.part(live).starting(theta[live])
        time = np.array([length / float(part.scale.max())])
        theta[live] = integrate(part, time, rtol)[-1]
        moving = _slope(part, part.gradient(theta[live])[1]) > rest
        live, length = live[moving], length * GROWTH
        if not len(live):
            break
    return Flow(*_described(there, theta))


def integrate(there: Landscape, times: FloatArray, rtol: float, method: str = "auto") -> FloatArray:
    """W and b of all starts as rows θ at checked times, (T, B, mn + n)."""
    start = there.start
    if times[-1] == 0.0:
        return start[None]
    n = there.problem.b.shape[1]
    if method == "auto":
        alone = len(start) <= ALONE and n <= EXACT_UP_TO[3]
        method = "LSODA" if alone else "RK45"
    if method == "LSODA":
        each = [_alone(there.part([k]), times, rtol) for k in range(len(start))]
        return np.stack(each, axis=1)
    return _together(there, times, rtol)


def _alone(there: Landscape, times: FloatArray, rtol: float) -> FloatArray:
    """One start, implicitly where that is quicker, (T, mn + n)."""

    def velocity(_time: float, theta: FloatArray) -> FloatArray:
        return -there.gradient(theta[None])[1][0]

    def curvature(_time: float, theta: FloatArray) -> FloatArray:
        # At a kink curvature has no bound, but is felt over no length.
        most = STEEPEST * there.scale[0] * (1 + np.abs(theta).max()) ** 2
        return -np.clip(there.hessian(theta[None])[2][0], -most, most)

    def solver(time: float, theta: FloatArray) -> LSODA:
        return LSODA(
            velocity,
            time,
            theta,
            times[-1],
            jac=curvature,
            rtol=max(rtol, 1e-13),
            atol=_smallest(there, rtol),
        )

    at, path = solver(0.0, there.start[0]), [there.start[0]] * int(times[0] == 0.0)
    length, steps = 0.0, 0
    while at.status == "running":
        before = at.t
        message = at.step()
        if at.status == "failed":
            raise RuntimeError(f"gradient flow stopped: {message}")
        passed = times[(times > before) & (times <= at.t)]
        if len(passed):
            path.extend(at.dense_output()(passed).T)
        steps += 1
        if steps % STUCK == 0:
            # A kink leaves LSODA with a bound on its steps that it never takes back.
            if abs(at.t - before - length) < 1e-3 * length and at.status == "running":
                at = solver(at.t, at.y)
            length = at.t - before
    return np.array(path)


def _together(there: Landscape, times: FloatArray, rtol: float) -> FloatArray:
    """All starts in step, (T, B, mn + n)."""
    start = there.start

    def velocity(_time: float, theta: FloatArray) -> FloatArray:
        return -there.gradient(theta.reshape(start.shape))[1].ravel()

    # SciPy takes the root mean square of the errors of all starts, this is for the worst.
    share = 1 / np.sqrt(len(start))
    found = solve_ivp(
        velocity,
        (0.0, times[-1]),
        start.ravel(),
        t_eval=times,
        rtol=max(rtol * share, 1e-13),
        atol=_smallest(there, rtol) * share,
    )
    if not found.success:
        raise RuntimeError(f"gradient flow stopped: {found.message}")
    return np.asarray(found.y.T.reshape(len(times), *start.shape))


def _smallest(there: Landscape, rtol: float) -> float:
    """Error that may be made of a weight near zero."""
    largest = np.abs(there.problem.W).max(axis=(1, 2))
    largest = largest[largest > NOTHING]
    return rtol * float(largest.min(initial=1.0))


def _described(there: Landscape, theta: FloatArray) -> tuple[FloatArray, ...]:
    """W, b, loss and slope of rows θ, in the shape the starts had."""
    loss, gradient = there.gradient(theta)
    W, b = there.models(theta)
    shape = there.problem.shape
    return (
        W.reshape(shape + W.shape[1:]),
        b.reshape(shape + b.shape[1:]),
        loss.reshape(shape),
        _slope(there, gradient).reshape(shape),
    )


def _slope(there: Landscape, gradient: FloatArray) -> FloatArray:
    return np.asarray(np.linalg.norm(gradient, axis=1) / there.scale)
