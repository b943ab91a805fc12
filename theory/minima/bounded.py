"""Descend within a bound on evaluations: for models of which one evaluation takes seconds."""

from __future__ import annotations

import numpy as np

from ground.checks import FloatArray
from theory.loss.floats import gradient_of
from theory.loss.problem import Problem
from theory.minima.quasi_newton import End, quasi_newton, value_in

__all__ = ["descend_within"]

RTOL = 1e-5  # of the Fourier sum while descending
_FLAT = 1e-5  # norm of the gradient over Σ I_i p_i below which a model is at the bottom


class _SpentError(Exception):
    pass


def descend_within(problem: Problem, evaluations: int) -> End:
    """The least loss that a quasi-Newton descent meets within so many evaluations.

    Parameters
    ----------
    problem : Problem
        One model in its world: the start.
    evaluations : int
        Of loss and gradient.  The result is the same for the same arguments: there is no clock.

    Returns
    -------
    End
        Its loss is that of :func:`theory.loss.floats.gradient_of` at full precision and may be
        above the start's by what the sum's errors hide; `steps` counts evaluations; `converged`
        says whether the gradient vanishes, relative to Σ I_i p_i, to 1e-5.

    Examples
    --------
    >>> from theory.loss.problem import as_problem
    >>> end = descend_within(as_problem([[0.5, -0.5]], [0.0, 0.0], 0.2, None), 60)
    >>> end.converged, end.steps <= 60
    (True, True)
    """
    value = value_in(problem, rtol=RTOL)
    scale = float((problem.importance * problem.density).sum()) or 1.0
    best: list[tuple[float, FloatArray, FloatArray, float]] = []
    used = 0

    def counted(W: FloatArray, b: FloatArray) -> tuple[float, FloatArray, FloatArray]:
        nonlocal used
        if used >= evaluations:
            raise _SpentError
        used += 1
        loss, dW, db = value(W, b)
        slope = float(np.sqrt((dW**2).sum() + (db**2).sum())) / scale
        if not best or loss < best[0][0]:
            best[:] = [(loss, W.copy(), b.copy(), slope)]
        return loss, dW, db

    message = ""
    try:
        end = quasi_newton(
            counted,
            problem.W[0],
            problem.b[0],
            method="L-BFGS-B",
            scale=scale,
            ftol=1e-13,
            gtol=1e-8,
            maxcor=20,
        )
        message = end.message
    except _SpentError:
        message = f"{evaluations} evaluations were spent"
    _, W, b, slope = best[0]
    loss = float(gradient_of(problem.at(W[None], b[None]))[0][0])
    return End(W, b, loss, slope, slope < _FLAT, message, used)
