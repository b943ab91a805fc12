r"""The loss to second order at a critical point, kinks kept [D21].

$$ L(θ + εv) = L(θ) + ½ ε² q(v) + o(ε²),   q(v) = vᵀSv + Σ_k κ_k(v),
   κ_k(v) = 2 c_k E[(J_k v · (x, 1))_+²] $$

An output that vanishes on an event of positive probability (b_i = 0, and no other slope on the
features that may be active then) has no second derivative there.  S is the Hessian with all of
these outputs shut; each of them adds a convex term of its own.  So q is no matrix, but it is
homogeneous of degree two, has one derivative, and Newton's method knows a second.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from ground.checks import FloatArray
from ground.compiled import compiled
from theory.loss.chain import carried, row_slopes
from theory.loss.clipped_cube import faces, row_moments, width

Events = list[tuple[float, NDArray[np.int64], FloatArray]]
"""Chance, features that may be active, and their densities given that."""


@dataclass(frozen=True, eq=False)
class Kink:
    """One output that vanishes on an event.

    Attributes
    ----------
    output : int
    chance : float
        c, of the event, times the importance of the output.
    density : (k,)
        Of the features that may be active in it.
    slopes : (k + 1, mn + n)
        J: how the slopes on these features, and last the bias, move with θ.
    """

    output: int
    chance: float
    density: FloatArray
    slopes: FloatArray

    def bend(self, v: FloatArray) -> tuple[float, FloatArray, FloatArray]:
        """κ(v), its gradient and (generalised) Hessian."""
        u = self.slopes @ v
        value, first, second = output_moments(u[:-1], float(u[-1]), -1, self.density)
        c = 2 * self.chance
        return c * value, c * first @ self.slopes, c * self.slopes.T @ second @ self.slopes


@dataclass(frozen=True, eq=False)
class SecondOrder:
    """The second-order form q at a critical point [D21].

    Attributes
    ----------
    shut : (mn + n, mn + n)
        S, the Hessian with every output shut that is at its kink.
    kinks : tuple of Kink
    first_order : bool
        Whether an output at its kink is to equal a feature that may be active then: the loss
        falls to first order, and the point is not critical.
    """

    shut: FloatArray
    kinks: tuple[Kink, ...]
    first_order: bool

    @property
    def open(self) -> FloatArray:
        """S + K, the Hessian with every output open that is at its kink."""
        found = self.shut.copy()
        for kink in self.kinks:
            y = np.append(kink.density / 2, 1.0)
            second = np.outer(y, y)
            second[np.diag_indices(len(y) - 1)] = kink.density / 3
            found += 2 * kink.chance * kink.slopes.T @ second @ kink.slopes
        return found

    def __call__(self, v: FloatArray) -> tuple[float, FloatArray, FloatArray]:
        """q(v), its gradient and (generalised) Hessian."""
        Sv = self.shut @ v
        value, gradient, hessian = float(v @ Sv), 2 * Sv, 2 * self.shut
        for kink in self.kinks:
            part = kink.bend(v)
            value, gradient, hessian = value + part[0], gradient + part[1], hessian + part[2]
        return value, gradient, hessian

    def on(self, basis: FloatArray) -> SecondOrder:
        """The form of w for v = basis · w."""
        kinks = tuple(
            Kink(kink.output, kink.chance, kink.density, kink.slopes @ basis) for kink in self.kinks
        )
        return SecondOrder(basis.T @ self.shut @ basis, kinks, self.first_order)


def second_order(
    W: FloatArray, b: FloatArray, importance: FloatArray, events: Events, *, below: float
) -> SecondOrder:
    """The second-order form at a critical point W (m, n), b (n,) [D21].

    Parameters
    ----------
    events : list of (chance, members, densities)
        The law of the data as a mixture: what may be active in each, independently, at which
        densities.
    below : float
        Slopes and biases smaller than this count as zero.

    Examples
    --------
    A dedicated feature beside one that is ignored: output 1 is at its kink while x_1 = 0.

    >>> W, b = np.array([[1.0, 0.0]]), np.array([0.0, 0.25])
    >>> law = [(1.0, np.arange(2), np.full(2, 0.5))]
    >>> form = second_order(W, b, np.ones(2), law, below=1e-9)
    >>> [(kink.output, kink.chance, kink.density.tolist()) for kink in form.kinks]
    [(0, 0.5, [0.5])]
    >>> both = form(np.array([0.0, 1.0, 0.0, 0.0]))[0], form(np.array([0.0, -1.0, 0.0, 0.0]))[0]
    >>> [round(value, 4) for value in both]
    [0.25, 0.0833]
    """
    n = W.shape[1]
    G = W.T @ W
    G[np.abs(G) < below] = 0.0
    offset = np.where(np.abs(b) < below, 0.0, b)
    first, second = np.zeros((n, n + 1)), np.zeros((n, n + 1, n + 1))
    J = row_slopes(W)
    kinks, falls = [], False
    for chance, members, density in events:
        place = np.append(members, n)
        for i in range(n):
            target = int(np.flatnonzero(members == i)[0]) if i in members else -1
            slopes = G[i, members]
            _, one, two = output_moments(slopes, float(offset[i]), target, density)
            first[i, place] += chance * importance[i] * one
            second[i][np.ix_(place, place)] += chance * importance[i] * two
            free = (slopes == 0.0) & (density > 0)
            rest = float(chance * importance[i] * np.prod(1 - density[~free]))
            if offset[i] == 0.0 and rest > 0:
                falls |= target >= 0 and bool(free[target])
                own = J[i][np.append(members[free], n)]
                kinks.append(Kink(i, rest, density[free], own))
    return SecondOrder(carried(W, first, second)[1], tuple(kinks), falls)


def output_moments(
    slopes: FloatArray, offset: float, target: int, density: FloatArray
) -> tuple[float, FloatArray, FloatArray]:
    """E[(x_i − z_+)²] with derivatives by (slopes, offset); E[z_+²] for target −1 [D03].

    Examples
    --------
    >>> value, first, second = output_moments(np.ones(1), 0.0, -1, np.ones(1))
    >>> round(value, 6), first.round(6).tolist(), second.round(6).tolist()
    (0.333333, [0.666667, 1.0], [[0.666667, 1.0], [1.0, 2.0]])
    """
    k = len(slopes)
    out = np.empty(2 + k + (k + 1) * (k + 2) // 2)
    # Shut where z = 0 throughout: the kernel takes z_max ≤ 0 first.
    _moments(
        np.ascontiguousarray(slopes),
        offset,
        target,
        np.ascontiguousarray(density),
        faces(k, 3),
        width(k, 2),
        out,
    )
    second = np.zeros((k + 1, k + 1))
    second[np.triu_indices(k + 1)] = out[2 + k :]
    second += np.triu(second, 1).T
    return float(out[0]), out[1 : 2 + k], second


@compiled()
def _moments(
    slopes: FloatArray,
    offset: float,
    target: int,
    density: FloatArray,
    digits: NDArray[np.int8],
    columns: int,
    out: FloatArray,
) -> None:
    k = slopes.size
    mom, ends = np.empty((digits.shape[0], columns)), np.empty((digits.shape[0], 3))
    ax = np.empty((k, 4))
    row_moments(
        slopes, np.zeros(k), offset, target, density, 0.0, 1.0, digits, 3, 2, mom, ends, ax, out
    )
