"""Exact loss when sets of features come together, or exclude each other [D16].

Given which features are active, values are independent and uniform, so the loss is a mixture
over patterns of active features,

$$ L = Σ_A P(A) Σ_i E[(x_i − (b_i + Σ_{j∈A} G_{ij} x_j)_+)² | all of A active], $$

each term a moment of a clipped linear form over a cube (:mod:`theory.loss.clipped_cube`; with five
to ten active features the evaluation of :mod:`theory.loss.scales` is the quicker).  The law only
sets the weights: a correlated set is active as a whole or not at all, of an anticorrelated set at
most one feature is.
"""

from __future__ import annotations

from dataclasses import dataclass
from itertools import product
from typing import Any, Literal

import numpy as np
from numpy.typing import NDArray

from ground.checks import (
    FloatArray,
    as_model,
    as_number,
    check_choice,
    check_kind,
    check_positive_int,
)
from ground.compiled import compiled
from theory.loss.clipped_cube import faces, row_moments
from theory.loss.floats import EXACT_UP_TO, FACES_UP_TO
from theory.loss.fourier import RTOL, outputs
from theory.loss.models import gram
from theory.loss.problem import as_problem

__all__ = ["Sets", "set_loss"]

MOST_FACES = 1e9  # some two minutes
AT_ONCE = 256  # patterns whose slopes are held in memory

Kind = Literal["correlated", "anticorrelated"]


@dataclass(frozen=True)
class Sets:
    """A law of independent sets of features [D16].

    Attributes
    ----------
    kind : "correlated" or "anticorrelated"
    sizes : tuple of int
        Features of each set, in order.
    density : float
        P(a feature is active).  Of a correlated set that is the chance of its gate; in an
        anticorrelated set of s features each has it, so s · density ≤ 1.

    Examples
    --------
    >>> Sets("correlated", (2, 1), 0.1).n_features
    3
    """

    kind: Kind
    sizes: tuple[int, ...]
    density: float

    def __post_init__(self) -> None:
        check_choice("kind", self.kind, ("correlated", "anticorrelated"))
        if isinstance(self.sizes, str | bytes | dict) or not np.iterable(self.sizes):
            raise ValueError(f"sizes must be whole numbers, one a set, got {self.sizes!r}")
        sizes = tuple(check_positive_int("sizes", size) for size in self.sizes)
        density = as_number("density", self.density, "one number in [0, 1]", lambda p: 0 <= p <= 1)
        if not sizes:
            raise ValueError("sizes must name at least one set, got none")
        if self.kind == "anticorrelated" and max(sizes) * density > 1 + 1e-12:
            raise ValueError(
                "density must satisfy set size × density ≤ 1 for anticorrelated sets, "
                f"got {density} with sizes {sizes}"
            )
        object.__setattr__(self, "sizes", sizes)
        object.__setattr__(self, "density", density)

    @property
    def n_features(self) -> int:
        """Number of features of all sets."""
        return sum(self.sizes)

    @property
    def faces(self) -> float:
        """Faces that the exact loss visits: a factor for each set, as sets are independent.

        Examples
        --------
        >>> Sets("anticorrelated", (2, 1), 0.1).faces
        84.0
        """
        size = [1 + 3.0**k if self.kind == "correlated" else 1 + 3.0 * k for k in self.sizes]
        return float(np.prod(size)) * self.n_features

    def patterns(self) -> list[tuple[float, tuple[int, ...]]]:
        """(probability, active features) of every pattern that can occur.

        Examples
        --------
        >>> Sets("anticorrelated", (2,), 0.25).patterns()
        [(0.5, ()), (0.25, (0,)), (0.25, (1,))]
        """
        options: list[list[tuple[float, tuple[int, ...]]]] = []
        first, p = 0, self.density
        for size in self.sizes:
            members = tuple(range(first, first + size))
            first += size
            if self.kind == "correlated":
                options.append([(1 - p, ()), (p, members)])
            else:
                options.append([(1 - size * p, ()), *((p, (i,)) for i in members)])
        found = [
            (float(np.prod([chance for chance, _ in choice])), sum((a for _, a in choice), ()))
            for choice in product(*options)
        ]
        return [(chance, active) for chance, active in found if chance > 0]


def check_faces(law: Sets) -> None:
    """Refuse a law whose exact loss would not end.

    Raises
    ------
    ValueError
        With what would.
    """
    if law.faces > MOST_FACES:
        raise ValueError(
            f"law must have sets small enough for an exact sum, at most {MOST_FACES:.0e} faces of "
            f"its patterns, got {law.faces:.0e}: agreement.describe(law=…) estimates such a loss"
        )


def set_loss(
    W: Any, b: Any = None, *, law: Sets, importance: Any = None
) -> tuple[float, FloatArray, FloatArray]:
    r"""Exact expected loss of one ReLU-output model under a law of sets, and gradient [D16].

    .. math:: L = \sum_A P(A) \sum_i I_i E[(x_i - (b_i + G_{iA} x_A)_+)^2 \mid A]

    Parameters
    ----------
    W : array_like (m, n)
    b : array_like (n,), optional
        None means none.
    law : Sets
    importance : array_like (n,), optional

    Returns
    -------
    loss : float
    dW : (m, n)
    db : (n,)

    Raises
    ------
    ValueError
        Shapes that do not fit each other or the law.

    Examples
    --------
    An antipodal pair of features that exclude each other costs nothing:

    >>> set_loss([[1.0, -1.0]], law=Sets("anticorrelated", (2,), 0.3))[0]
    0.0

    >>> round(set_loss([[1.0, -1.0]], law=Sets("correlated", (2,), 0.3))[0], 12)  # p/3
    0.1
    """
    check_kind("law", law, Sets, "theory.Sets")
    weights, biases = as_model(W, b)
    n = law.n_features
    if weights.shape[1:] != (n,) or weights.ndim != 2:
        raise ValueError(f"W must have shape (n_hidden, {n}) for this law, got {weights.shape}")
    check_faces(law)
    problem = as_problem(weights, biases, law.density, importance)
    if problem.shape:
        raise ValueError(f"importance must be one number or {n}, got leading axes {problem.shape}")
    return sets_loss_and_gradient(problem.W[0], problem.b[0], problem.importance[0], law.patterns())


def sets_loss_and_gradient(
    W: FloatArray,
    b: FloatArray,
    importance: FloatArray,
    patterns: list[tuple[float, tuple[int, ...]]],
) -> tuple[float, FloatArray, FloatArray]:
    """Loss, dW (m, n) and db (n,) under a law's patterns, of checked W (m, n) and b (n,) [D16]."""
    n = W.shape[1]
    dG, db = np.zeros((n, n)), np.zeros(n)
    gh, gl = np.empty((n, n)), np.empty((n, n))
    gram(np.ascontiguousarray(W), gh, gl)
    loss = 0.0
    large = []
    for chance, active in patterns:
        k = len(active)
        if FACES_UP_TO[3] < k <= EXACT_UP_TO[3]:
            large.append((chance, active))
            continue
        if k == 0:
            on = np.maximum(b, 0.0)
            loss += chance * float(importance @ on**2)
            db += chance * importance * 2 * on
            continue
        members = np.array(active)
        part = _cube(gh, gl, b, importance, members, faces(k, 3), chance, dG, db)
        loss += part
    for first in range(0, len(large), AT_ONCE):
        loss += _scale_by_scale(gh, b, importance, large[first : first + AT_ONCE], dG, db)
    return loss, W @ (dG + dG.T), db


def _scale_by_scale(
    G: FloatArray,
    b: FloatArray,
    importance: FloatArray,
    patterns: list[tuple[float, tuple[int, ...]]],
    dG: FloatArray,
    db: FloatArray,
) -> float:
    """Loss of patterns of many features, as models in which these are always on [D04]."""
    n, count = len(b), len(patterns)
    chances = np.array([chance for chance, _ in patterns])
    on = np.zeros((count, n))
    for place, (_, active) in enumerate(patterns):
        on[place, list(active)] = 1.0
    turned, found = np.zeros((count, n, n)), np.empty((count * n, 4))
    outputs(
        G * on[:, None, :], np.tile(b, (count, 1)), on, 0.0, 1.0, RTOL, 0, count * n, turned, found
    )
    weights = chances[:, None] * importance
    each = found.reshape(count, n, 4)
    dG += (weights[:, :, None] * turned).sum(axis=0)
    db += (weights * each[..., 1]).sum(axis=0)
    return float((weights * each[..., 0]).sum())


@compiled()
def _cube(
    gh: FloatArray,
    gl: FloatArray,
    b: FloatArray,
    importance: FloatArray,
    members: NDArray[np.int64],
    digits: NDArray[np.int8],
    chance: float,
    dG: FloatArray,
    db: FloatArray,
) -> float:
    """Loss of one pattern, with its gradient added to dG and db."""
    n, k = gh.shape[0], members.size
    mom, ends = np.empty((digits.shape[0], 6 + 2 * k)), np.empty((digits.shape[0], 3))
    ax, out = np.empty((k, 4)), np.empty(2 + k)
    ah, al, ones = np.empty(k), np.empty(k), np.ones(k)
    total = 0.0
    for i in range(n):
        target = int(np.int64(-1))  # a plain −1 would be compiled for once more
        for j in range(k):
            ah[j], al[j] = gh[i, members[j]], gl[i, members[j]]
            if members[j] == i:
                target = j
        row_moments(ah, al, b[i], target, ones, 0.0, 1.0, digits, 3, 1, mom, ends, ax, out)
        weight = chance * importance[i]
        total += weight * out[0]
        for j in range(k):
            dG[i, members[j]] += weight * out[1 + j]
        db[i] += weight * out[1 + k]
    return total
