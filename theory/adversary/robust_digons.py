r"""Digons trained against the attack on a random feature: how they shrink, jump and tilt [D17].

m digons, one in each dimension, W_i = ±√c e, and one bias b for all.  The attack on a feature stays
in its own digon, which it meets once in m times, and moves its two outputs by ±h, h = √2 c ε:

$$ J / m = (1 − 1/m)\, L_2(c, b, b) + \frac{1}{m} L_2(c, b + h, b − h), $$

with L₂ the exact loss of one digon whose outputs have these biases.  Other dimensions and dead
features add constants.  J depends on the attack as a fixed one does: by symmetry δ_k turns with
nothing that the family varies, so that its optimum is also where training with δ held fixed rests.

As p, ε → 0 with b = 0 the optimum is c = 1/(1 + a² n/m), with ε = a √(np/3), and ‖W‖²_F/m = 2c
passes 1 at a = √(m/n) although every feature is still in a digon.

*Tilted* digons lean into one more dimension that all of them share, W_i = (√u, ±√v e): the attack
on any feature then raises all outputs a little instead of one pair a lot, and one bias below zero
hides that.  Only a gradient through δ finds them.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from scipy.optimize import brentq

from ground.checks import (
    FloatArray,
    as_number,
    as_positive_density,
    check_positive_int,
)
from theory.adversary.attacked_loss import attacked_gradient_of
from theory.loss.floats import gradient_of
from theory.loss.problem import Problem, as_problem
from theory.minima.quasi_newton import quasi_newton

__all__ = ["RobustDigons", "robust_digons", "tilted_digons", "unit_frobenius_size"]

LARGEST = 100.0  # of the attack; inputs have length √n at most
PADDED = 11  # features from which the loss takes a Fourier sum instead of all patterns


@dataclass(frozen=True)
class RobustDigons:
    """The best digons under the attack on a random feature of theirs [D17].

    Attributes
    ----------
    n_digons : int
    size : float
        ε.
    scale : float
        c = ‖W_i‖².
    bias : float
    tilt : float
        The part u of c that lies in the shared dimension; 0 for digons in dimensions of their own.
    objective, clean : float
        J and L of all these features together; others add what they cost.
    """

    n_digons: int
    size: float
    scale: float
    bias: float
    tilt: float
    objective: float
    clean: float


def robust_digons(n_digons: int, *, size: float, density: float) -> RobustDigons:
    r"""Best m digons, one in each dimension, under the attack on a random feature [D17].

    .. math:: \min_{c, b} \; (m - 1) L_2(c, b, b) + L_2(c, b + h, b - h),
              \qquad h = \sqrt2 c \varepsilon

    Parameters
    ----------
    n_digons : int
        m.
    size : float
        ε in [0, 100].
    density : float
        p in (0, 1].

    Returns
    -------
    RobustDigons
        The lowest of all minima found from several starts: at low density two exchange, and c
        jumps.

    Examples
    --------
    Under a large attack they shrink, and stay digons:

    >>> [round(robust_digons(5, size=e, density=0.3).scale, 3) for e in (0.0, 0.25, 0.75)]
    [1.021, 0.891, 0.383]
    """
    m = check_positive_int("n_digons", n_digons)
    eps, p = _as_size(size), as_positive_density("density", density)
    world = as_problem(np.ones((2, 1, 2)), np.zeros((2, 2)), p, None)

    often = np.array([m - 1, 1])

    def value(s: FloatArray, b: FloatArray) -> tuple[float, FloatArray, FloatArray]:
        loss, gradient = _digon(world, float(s[0]), float(b[0]), eps)
        total = often @ gradient
        return float(often @ loss), total[:1], total[1:]

    root = np.sqrt(2) * eps
    starts = [(1.0, 0.0), (0.5, 0.0), (0.25, p / 2), (1.2, -1.2 * root)][: 4 if eps else 1]
    best = min(
        (
            quasi_newton(
                value, np.array([s]), np.array([b]), method="BFGS", scale=m * p, gtol=1e-10
            )
            for s, b in starts
        ),
        key=lambda end: end.loss,
    )
    s, b = float(best.W[0]), float(best.b[0])
    clean = float(_digon(world, s, b, eps)[0][0])
    return RobustDigons(m, eps, s * s, b, 0.0, best.loss, m * clean)


def unit_frobenius_size(n_digons: int, *, density: float, most: float) -> float | None:
    """Attack ε under which the best digons have ‖W‖²_F/m = 2c = 1, as if nothing were shared [D17].

    Parameters
    ----------
    n_digons : int
    density : float
        p in (0, 1].
    most : float
        The largest ε of interest, in (0, 100].

    Returns
    -------
    float or None
        Where c passes 1/2, or jumps over it; None where c is above 1/2 at `most`: sparse digons
        hide behind their bias and keep their scale.

    Examples
    --------
    >>> size = unit_frobenius_size(5, density=0.3, most=2.0)
    >>> round(robust_digons(5, size=size, density=0.3).scale, 6)
    0.5
    """
    m = check_positive_int("n_digons", n_digons)
    p = as_positive_density("density", density)
    allowed = f"a number in (0, {LARGEST:g}]"
    top = as_number("most", most, allowed, lambda v: 0 < v <= LARGEST)

    def excess(size: float) -> float:
        return robust_digons(m, size=size, density=p).scale - 0.5

    return None if excess(top) > 0 else float(brentq(excess, 0.0, top, xtol=1e-7 * top))


def tilted_digons(
    n_digons: int, *, size: float, density: float, start: RobustDigons | None = None
) -> RobustDigons:
    r"""Best digons that lean into one more dimension, which all share [D17].

    .. math:: W_i = (\sqrt u, \pm \sqrt v e_r), \quad
              J = L(W, b + \varepsilon\, G G_k / \|G_k\|)

    the same for every k.  They take n_digons + 1 dimensions.

    Parameters
    ----------
    n_digons : int
    size : float
        ε in [0, 100].
    density : float
        p in (0, 1].
    start : RobustDigons, optional
        A neighbour's, such as that of a smaller attack.

    Returns
    -------
    RobustDigons
        A local minimum with u > 0, or u = 0 where there is none.  An explicit model: where its
        objective is below the digons', those are not the best.

    Examples
    --------
    >>> found = tilted_digons(2, size=0.6, density=0.3)
    >>> found.tilt > 0.1, found.bias < -0.3
    (True, True)
    """
    count = check_positive_int("n_digons", n_digons)
    eps, p = _as_size(size), as_positive_density("density", density)
    world = _tilted_world(count, p)

    def value(shape: FloatArray, b: FloatArray) -> tuple[float, FloatArray, FloatArray]:
        loss, gradient = _tilted_digons(world, count, shape, float(b[0]), eps)
        return loss, gradient[:2], gradient[2:]

    starts = [(0.4, 0.7, -0.5 * eps)]
    if start is not None:
        own = max(start.scale - start.tilt, 0.0)
        starts.append((np.sqrt(start.tilt), np.sqrt(own), start.bias))
    best = min(
        (
            quasi_newton(
                value,
                np.array(one[:2]),
                np.array(one[2:]),
                method="BFGS",
                scale=2 * count * p,
                gtol=1e-8,
            )
            for one in starts
        ),
        key=lambda end: end.loss,
    )
    lean, own, bias = float(best.W[0]), float(best.W[1]), float(best.b[0])
    clean = _tilted_digons(world, count, best.W, bias, 0.0)[0]
    return RobustDigons(count, eps, lean**2 + own**2, bias, lean**2, best.loss, clean)


def _digon(world: Problem, s: float, b: float, eps: float) -> tuple[FloatArray, FloatArray]:
    """Loss of one digon, clean and attacked (2,), and its gradient by (√c, b), (2, 2)."""
    h, signs = np.sqrt(2) * s * s * eps, np.array([1.0, -1.0])
    W = np.broadcast_to(s * signs, (2, 1, 2))
    loss, dW, db = gradient_of(world.at(W, np.array([[b, b], [b + h, b - h]])))
    by_s = dW[:, 0] @ signs
    by_s[1] += (db[1] @ signs) * 2 * np.sqrt(2) * s * eps
    return loss, np.stack([by_s, db.sum(axis=1)], axis=1)


def _tilted(count: int, lean: float, own: float) -> FloatArray:
    """W of digons that lean, (count + 1, 2 count)."""
    pairs = np.kron(np.eye(count), np.array([[own, -own]]))
    return np.concatenate([np.full((1, 2 * count), lean), pairs])


def _tilted_world(count: int, p: float) -> Problem:
    """A world for them: with features of no importance beside, where that is faster.

    Four digons have 2^8 patterns of active features, and a Fourier sum costs less.
    """
    n = 2 * count if count < 4 else max(PADDED, 2 * count)
    importance = np.where(np.arange(n) < 2 * count, 1.0, 0.0)
    W = np.zeros((1, count + 1, n))
    return as_problem(W, np.zeros((1, n)), p, importance)


def _tilted_digons(
    world: Problem, count: int, shape: FloatArray, bias: float, eps: float
) -> tuple[float, FloatArray]:
    """J of digons that lean, all attacks being alike, and its gradient by √u, √v and b (3,)."""
    lean, own, k = float(shape[0]), float(shape[1]), 2 * count
    W, b = np.zeros(world.W.shape[1:]), np.zeros(world.W.shape[2])
    W[:, :k], b[:k] = _tilted(count, lean, own), bias
    # Row 0 of WᵀW, and how it moves with √u and √v.
    row, by = W[:, 0] @ W, np.zeros((2, len(b)))
    by[0, :k], by[1, :2] = 2 * lean, (2 * own, -2 * own)
    length = float(np.linalg.norm(row))
    u = row / length if length else row
    turns = eps * (by - np.outer(by @ u, u)) / (length or 1.0)
    loss, dW, db, ddelta = attacked_gradient_of(world.at(W[None], b[None]), eps * u[None])
    along = np.array([dW[0, 0, :k].sum(), np.sum(dW[0, 1:, :k] * _tilted(count, 0.0, 1.0)[1:])])
    return float(loss[0]), np.append(along + turns @ ddelta[0], db[0, :k].sum())


def _as_size(size: Any) -> float:
    allowed = f"a number in [0, {LARGEST:g}]"
    return as_number("size", size, allowed, lambda v: 0 <= v <= LARGEST)
