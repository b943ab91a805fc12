"""The loss as a function of rows θ = (W by rows, b), whatever the law of the data.

What flows and looks for critical points asks a landscape for loss, gradient and Hessian at any θ
in the world of any of its starts, and knows nothing of laws:

- independent features of a density, by the exact loss;
- one feature at a time, the limit of density 0 per unit of density;
- sets of features that come together or exclude each other.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Literal

import numpy as np

from ground.checks import FloatArray
from theory.loss.floats import gradient_of, hessian_of
from theory.loss.one_hot_hessian import one_hot_hessian_of
from theory.loss.problem import Problem, as_problem
from theory.loss.sets import Sets, check_faces, sets_loss_and_gradient
from theory.loss.sets_hessian import sets_hessian_of
from theory.one_hot.potential import one_hot_loss_and_gradient

Law = Sets | Literal["one-hot"] | None
"""None: independent features of a density."""


@dataclass(frozen=True, eq=False)
class Landscape:
    """Starts and the loss around them.

    Attributes
    ----------
    problem : Problem
        The starts; under another law its density only sets the scale.
    law : Sets, "one-hot" or None
    bias : bool
        False holds b: its slopes are zero.
    """

    problem: Problem
    law: Law
    bias: bool

    @property
    def start(self) -> FloatArray:
        """Rows θ of the starts, (B, mn + n)."""
        W, b = self.problem.W, self.problem.b
        return np.concatenate([W.reshape(len(W), -1), b], axis=1)

    @property
    def scale(self) -> FloatArray:
        """Natural size of the loss, Σ I_i p_i, p = 1 in the one-hot limit, (B,)."""
        found = (self.problem.importance * self.problem.density).sum(-1)
        return np.asarray(np.maximum(found, 1e-300))

    @property
    def free(self) -> int:
        """Number of parameters that move, the first of θ."""
        n = self.problem.b.shape[1]
        return self.problem.W[0].size + n * self.bias

    def part(self, where: Any) -> Landscape:
        """Return some of the starts, by their indices."""
        problem = self.problem
        at = problem.at(problem.W[where], problem.b[where], where)
        return Landscape(at, self.law, self.bias)

    def starting(self, theta: FloatArray) -> Landscape:
        """Return the same worlds with other starts, rows θ."""
        return Landscape(self.problem.at(*self.models(theta)), self.law, self.bias)

    def models(self, theta: FloatArray) -> tuple[FloatArray, FloatArray]:
        """W (B, m, n) and b (B, n) of rows θ."""
        W, b = np.split(theta, [self.problem.W[0].size], axis=1)
        return W.reshape(-1, *self.problem.W.shape[1:]), b

    def gradient(self, theta: FloatArray) -> tuple[FloatArray, FloatArray]:
        """Loss (B,) and gradient (B, mn + n) at rows θ, one for each start."""
        there = self.problem.at(*self.models(theta))
        if self.law is None:
            loss, dW, db = gradient_of(there)
        elif self.law == "one-hot":
            loss, dW, db = one_hot_loss_and_gradient(there.W, there.b, there.importance)
        else:
            patterns = self.law.patterns()
            each = [
                sets_loss_and_gradient(W, b, weight, patterns)
                for W, b, weight in zip(there.W, there.b, there.importance, strict=True)
            ]
            loss, dW, db = (np.stack(part) for part in zip(*each, strict=True))
        return loss, np.concatenate([dW.reshape(len(dW), -1), db * self.bias], axis=1)

    def hessian(self, theta: FloatArray) -> tuple[FloatArray, FloatArray, FloatArray]:
        """Loss, gradient and Hessian (B, mn + n, mn + n), of the branch z ≤ 0 at a kink."""
        there = self.problem.at(*self.models(theta))
        if self.law is None:
            loss, gradient, second = hessian_of(there)
        elif self.law == "one-hot":
            loss, gradient, second = one_hot_hessian_of(there.W, there.b, there.importance)
        else:
            patterns = self.law.patterns()
            each = [
                sets_hessian_of(W, b, weight, patterns)
                for W, b, weight in zip(there.W, there.b, there.importance, strict=True)
            ]
            loss, gradient, second = (np.stack(part) for part in zip(*each, strict=True))
        if not self.bias:
            gradient[:, self.free :] = 0.0
            second[:, self.free :] = 0.0
            second[:, :, self.free :] = 0.0
        return loss, gradient, second


def landscape(W: Any, b: Any, *, density: Any, importance: Any, law: Any, bias: bool) -> Landscape:
    """Check the arguments of a flow.

    Raises
    ------
    ValueError, TypeError
        Naming the argument, its value and what is allowed.

    Examples
    --------
    >>> there = landscape([[1.0]], None, density=None, importance=None, law="one-hot", bias=True)
    >>> there.gradient(there.start)[1].tolist()
    [[0.0, 0.0]]
    """
    if law is None:
        if density is None:
            raise ValueError("density must be given for independent features, got None")
        return _filled(as_problem(W, b, density, importance), None, bias)
    one_hot = isinstance(law, str) and law == "one-hot"
    if not (one_hot or isinstance(law, Sets)):
        raise TypeError(f'law must be None, "one-hot" or a theory.Sets, got {law!r}')
    if density is not None:
        raise ValueError("law and density cannot both be given: a law has its own densities")
    if one_hot:
        return _filled(as_problem(W, b, 1.0, importance), "one-hot", bias)
    check_faces(law)
    problem = as_problem(W, b, law.density, importance)
    n = problem.b.shape[1]
    if n != law.n_features:
        raise ValueError(
            f"W must have shape (..., n_hidden, {law.n_features}) for this law, got {n} features"
        )
    return _filled(problem, law, bias)


def _filled(problem: Problem, law: Law, bias: bool) -> Landscape:
    if not len(problem.W):
        raise ValueError("W, b, density and importance must have at least one model in their axes")
    return Landscape(problem, law, bias)
