r"""The critical point near a model, and how many directions lead down from it [D21].

Newton's method on the exact gradient, whatever the law of the data:

$$ θ ← θ − (H² + μ)^{-1} H g, $$

with a damping μ that is lowered after a step that shrinks the gradient and raised after one that
does not.  It goes to minima, saddles and maxima alike.  Gradients at kinks have a derivative in
each direction, of which H is the one of the branch the model is on, and that is enough for
quadratic convergence.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np

from ground.checks import FloatArray, check_at_most, check_flag, check_positive_int
from theory.dynamics.index import counts, indices
from theory.dynamics.landscape import Landscape, landscape
from theory.loss.second_order import Events, SecondOrder, second_order

STILL = 1e-10  # slope, relative to the scale of the loss, of a critical point
ZERO = 1e-8  # slopes and biases that count as zero, relative to the largest


@dataclass(frozen=True, eq=False)
class Saddle:
    """A critical point of the loss [D21].

    Attributes
    ----------
    W : (m, n)
    b : (n,)
    loss : float
    slope : float
        Norm of the gradient by what is free, over the natural scale Σ I_i p_i of the loss.
    index : int
        Largest dimension of a space of directions that all lead down, kinks kept: 0 for a
        minimum.
    one_sided : int
        The same where one end of every line is enough; more than `index` only at a kink, where
        a direction can lead down while its opposite leads up.
    branches : (int, int)
        Negative eigenvalues of the Hessian with all outputs at their kink open, and with all
        shut: what one Hessian says.  Both indices lie between.
    """

    W: FloatArray
    b: FloatArray
    loss: float
    slope: float
    index: int
    one_sided: int
    branches: tuple[int, int]

    @property
    def kind(self) -> str:
        """Return "minimum" (or valley), "saddle", or "one-sided" if only one end leads down."""
        if self.index:
            return "saddle"
        return "one-sided" if self.one_sided else "minimum"


def saddle(
    W: Any,
    b: Any = None,
    *,
    density: Any = None,
    importance: Any = None,
    law: Any = None,
    bias: bool = True,
    steps: int = 200,
) -> Saddle:
    """Critical point near W and b, with its index [D21].

    Parameters
    ----------
    W : array_like (m, n)
        Near a critical point, as on a plateau of :func:`gradient_flow`.
    b : array_like (n,), optional
        None means zero.
    density : array_like, () or (n,), optional
    importance : array_like, () or (n,), optional
    law : None, "one-hot" or theory.Sets
        As in :func:`gradient_flow`.
    bias : bool
        False holds b as it is.
    steps : int
        Most steps of Newton's method.

    Returns
    -------
    Saddle
        Its slope is at most 1e-10.  Directions without curvature, as rotations, count as flat.
        The index is computed to rounding without kinks, else by a search: within a second for
        few features, within a minute where outputs at their kink leave ten directions open.

    Raises
    ------
    ValueError
        Where no critical point is near, or the loss has no slope there but falls to first order,
        as at W_i = 0 with b_i = 0.

    Examples
    --------
    The empty model leads down along every weight; a dedicated feature is left for the digon only
    on one side, since on the other it would be disturbed:

    >>> saddle([[0.01, -0.02]], [0.2, 0.3], density=0.5).index
    2
    >>> found = saddle([[1.0, 0.01]], [0.0, 0.25], density=0.5, importance=[1.0, 0.6])
    >>> found.index, found.one_sided, found.branches
    (0, 1, (0, 1))
    """
    check_flag("bias", bias)
    check_at_most("steps", check_positive_int("steps", steps), 10_000, "seconds")
    there = landscape(W, b, density=density, importance=importance, law=law, bias=bias)
    if there.problem.shape:
        raise ValueError(f"W must be one model (m, n), got leading axes {there.problem.shape}")
    theta = _critical(there, steps)
    weights, biases = there.models(theta)
    loss, gradient = there.gradient(theta)
    slope = float(np.linalg.norm(gradient) / there.scale[0])
    if slope > STILL:
        raise ValueError(
            f"W and b must be near a critical point: a slope of {slope:.1e} is left after {steps} "
            "steps; follow theory.gradient_flow further"
        )
    form = form_at(there, theta)
    index, one_sided = indices(form)
    return Saddle(weights[0], biases[0], float(loss[0]), slope, index, one_sided, counts(form))


def form_at(there: Landscape, theta: FloatArray) -> SecondOrder:
    """The second-order form at a critical point θ (1, mn + n), by what is free [D21].

    Raises
    ------
    ValueError
        Where the loss falls to first order.
    """
    W, b = (part[0] for part in there.models(theta))
    size = float(max(1.0, np.abs(W).max() ** 2, np.abs(b).max()))
    importance = there.problem.importance[0] / there.scale[0]
    form = second_order(W, b, importance, _events(there), below=ZERO * size)
    if form.first_order:
        raise ValueError(
            "W and b must be away from W_i = 0 with b_i = 0, where the loss falls to first order"
        )
    return form.on(np.eye(W.size + b.size)[:, : there.free])


def _events(there: Landscape) -> Events:
    """The law as a mixture: what may be active together, independently, at which densities."""
    n = there.problem.b.shape[1]
    everyone = np.arange(n)
    if there.law is None:
        return [(1.0, everyone, there.problem.density[0])]
    if there.law == "one-hot":
        return [(1.0, everyone[[j]], np.ones(1)) for j in range(n)]
    return [
        (chance, np.array(active, dtype=np.int64), np.ones(len(active)))
        for chance, active in there.law.patterns()
    ]


def _critical(there: Landscape, steps: int) -> FloatArray:
    """Newton's method on the gradient, damped, (1, mn + n)."""
    free, scale = there.free, there.scale[0]
    theta, damping = there.start.copy(), 1e-3
    _, gradient, second = there.hessian(theta)
    for _ in range(steps):
        g = gradient[0, :free] / scale
        if np.linalg.norm(g) < 1e-3 * STILL:
            break
        values, vectors = np.linalg.eigh(second[0, :free, :free] / scale)
        top = float(np.abs(values).max(initial=1e-300))
        # Rotations have no curvature, and no slope but rounding.
        bent = np.abs(values) > 1e-10 * top
        along = vectors.T @ g
        move = np.zeros(free)
        inverse = values[bent] / (values[bent] ** 2 + damping * top**2)
        move -= vectors[:, bent] @ (inverse * along[bent])
        trial = theta.copy()
        trial[0, :free] += move
        if np.array_equal(trial, theta):
            break
        found = there.hessian(trial)
        if np.linalg.norm(found[1]) < np.linalg.norm(gradient):
            theta, (_, gradient, second) = trial, found
            damping = max(damping * 0.03, 1e-20)
        else:
            damping *= 10
            if damping > 1e12:
                break
    return theta
