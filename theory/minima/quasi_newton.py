"""Descend from one W and b by SciPy's quasi-Newton methods: the one place that packs them.

For what the Newton steps of :mod:`theory.minima.descent` do not reach: many features, of which
the Hessian is too large, other laws than that of independent features, and weights that are
held to a shape.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Literal, cast

import numpy as np

from ground.checks import FloatArray
from ground.progress import progress_bar
from theory.loss.floats import EXACT_UP_TO, gradient_of
from theory.loss.fourier import RTOL
from theory.loss.problem import Problem
from theory.minima.descent import Descent

Value = Callable[[FloatArray, FloatArray], tuple[float, FloatArray, FloatArray]]
"""Loss, dW and db at W and b."""


@dataclass(frozen=True, eq=False)
class End:
    """Where a descent ended.

    Attributes
    ----------
    W, b : arrays
        Of the shapes of the start.
    loss : float
    slope : float
        Norm of the gradient of loss / scale by what was free.
    converged : bool
        Whether a criterion of the method is met; False also where rounding hides any gain,
        which may be at the minimum.
    message : str
        Why it ended, in SciPy's words.
    steps : int
    """

    W: FloatArray
    b: FloatArray
    loss: float
    slope: float
    converged: bool
    message: str
    steps: int


def quasi_newton(
    value: Value,
    W: FloatArray,
    b: FloatArray,
    *,
    method: Literal["BFGS", "L-BFGS-B"],
    scale: float = 1.0,
    bias: bool = True,
    least: float | None = None,
    **options: Any,
) -> End:
    """Descend from W and b to a minimum of a loss with gradient.

    Parameters
    ----------
    value : callable
        W, b → loss, dW, db; dW has the shape of W.
    W, b : arrays
        The start.  W may have any shape: lengths (n,) stand for weights whose directions are
        held by `value`.
    method : {"BFGS", "L-BFGS-B"}
        The first keeps a matrix of curvatures and ends nearest to the minimum, the second a few
        vectors.
    scale : float
        Natural size of the loss, which is divided by it: tolerances are relative to it.
    bias : bool
        False holds b as it is.
    least : float, optional
        Bound that entries of W stay at or above; with "L-BFGS-B" only.
    **options
        Of `scipy.optimize.minimize`.

    Examples
    --------
    >>> def bowl(W, b):
    ...     return float(np.sum((W - 1) ** 2) + b @ b), 2 * (W - 1), 2 * b
    >>> quasi_newton(bowl, np.zeros((1, 2)), np.ones(2), method="BFGS").W.round(6).tolist()
    [[1.0, 1.0]]
    """
    from scipy.optimize import minimize  # a fifth of a second that Newton steps do without

    size = W.size

    def unpacked(theta: FloatArray) -> tuple[FloatArray, FloatArray]:
        return theta[:size].reshape(W.shape), theta[size:] if bias else b

    def objective(theta: FloatArray) -> tuple[float, FloatArray]:
        loss, dW, db = value(*unpacked(theta))
        gradient = np.concatenate([dW.ravel(), db]) if bias else dW.ravel()
        return loss / scale, gradient / scale

    start = np.concatenate([W.ravel(), b]) if bias else W.ravel()
    bounds = None
    if least is not None:
        bounds = [(least, None)] * size + [(None, None)] * (start.size - size)
    end = minimize(
        objective, start, jac=True, method=method, bounds=bounds, options=cast(Any, options)
    )
    return End(
        *unpacked(end.x),
        loss=float(end.fun) * scale,
        slope=float(np.linalg.norm(end.jac)),
        converged=bool(end.success),
        message=str(end.message),
        steps=int(end.nit),
    )


def value_in(problem: Problem, method: str = "auto", rtol: float = RTOL) -> Value:
    """Loss and gradient at any one W and b in the world of a checked value of one instance."""

    def value(W: FloatArray, b: FloatArray) -> tuple[float, FloatArray, FloatArray]:
        loss, dW, db = gradient_of(problem.at(W[None], b[None]), method, rtol)
        return float(loss[0]), dW[0], db[0]

    return value


def descend_each(
    problem: Problem, *, bias: bool = True, rtol: float | None = None, progress: bool = False
) -> Descent:
    """Descend from every instance in turn, as :func:`theory.minima.descent.descend` does at once.

    Parameters
    ----------
    problem : Problem
        Its W and b are the starts.
    bias : bool
        False keeps b as it is.
    rtol : float, optional
        Of the Fourier sum; None: with the recursion where it is the choice, else with the sum
        at its own precision.
    progress : bool
        Show a bar.
    """
    batch, _, n = problem.W.shape
    scale = float((problem.importance * problem.density).sum() / batch) or 1.0
    exact = n <= EXACT_UP_TO[problem.base]
    rtol = RTOL if rtol is None else rtol
    # A sum that is good to some digits has no use for more of them: there it only has noise.
    settled = 1e-15 if exact else 1e-4 * rtol
    ends = []
    with progress_bar(batch, "descent", shown=progress) as advance:
        for r, (W, b) in enumerate(zip(problem.W, problem.b, strict=True)):
            value = value_in(problem.at(W[None], b[None], [r]), rtol=rtol)
            end = quasi_newton(
                value,
                W,
                b,
                method="L-BFGS-B",
                scale=scale,
                bias=bias,
                maxiter=5000,
                maxfun=20000,
                ftol=settled,
                gtol=1e-8,
            )
            ends.append(end)
            advance(1)
    slope = np.array([end.slope for end in ends])
    flat = max(1e-4, 10 * np.sqrt(settled))  # near a minimum slopes go as the root of what is left
    return Descent(
        W=np.stack([end.W for end in ends]),
        b=np.stack([end.b for end in ends]),
        loss=np.array([end.loss for end in ends]),
        gradient=slope,
        curvature=np.full(batch, np.nan),
        converged=slope < flat,
        steps=np.array([float(end.steps) for end in ends]),
    )
