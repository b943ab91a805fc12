"""Five features in two dimensions, one of them sparser: where the pentagon snaps [D15].

Two branches of minima compete: a pentagon, deformed as the odd feature's density q leaves the
others' p, and two digons that leave the odd feature out.  Both are followed here as exact minima.
They cross with different slopes, so the transition is of first order.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from scipy.optimize import brentq

from ground.checks import FloatArray, as_density
from theory.data_law import feature_variance
from theory.geometry.packing import best_block
from theory.loss.floats import hessian, loss_and_gradient
from theory.loss.problem import as_problem
from theory.minima.quasi_newton import quasi_newton, value_in

__all__ = ["Branch", "Crossing", "crossing", "pentagon", "snapping_ratio", "two_digons"]

ODD = 0  # index of the feature whose density differs


@dataclass(frozen=True, eq=False)
class Branch:
    """A minimum of the five-feature model; the odd feature comes first [D15].

    Attributes
    ----------
    W : (2, 5)
    b : (5,)
    loss : float
    slope : float
        d loss / d q along the branch (q is the odd feature's density).
    softest : float
        Least eigenvalue of the Hessian, the rotation left out; negative where the branch is
        no minimum any more.
    """

    W: FloatArray
    b: FloatArray
    loss: float
    slope: float
    softest: float


@dataclass(frozen=True)
class Crossing:
    """Where the two branches have the same loss [D15].

    Attributes
    ----------
    density : float
        p of the four.
    odd_density : float
        q at the crossing.
    pentagon, digons : Branch
        Both branches there.
    """

    density: float
    odd_density: float
    pentagon: Branch
    digons: Branch

    @property
    def ratio(self) -> float:
        """How many times sparser than the others the odd feature is, p/q."""
        return self.density / self.odd_density


def pentagon(density: float, odd_density: float, *, near: Branch | None = None) -> Branch:
    """The pentagon branch, deformed by the odd feature's density [D15].

    Parameters
    ----------
    density, odd_density : float
        p of four features and q of the first one, in (0, 1].
    near : Branch, optional
        The branch at densities close by; without it the regular pentagon is deformed in steps.

    Raises
    ------
    ValueError
        A density outside (0, 1].

    Examples
    --------
    At q = p it is the regular pentagon:

    >>> lengths = np.linalg.norm(pentagon(0.05, 0.05).W, axis=0)
    >>> bool(np.ptp(lengths) < 1e-6)
    True
    """
    p, q = _densities(density, odd_density)
    if near is None:
        regular = best_block("pentagon", p)
        turn = 2 * np.pi * np.arange(5) / 5
        W = np.sqrt(regular.scale) * np.stack([np.cos(turn), np.sin(turn)])
        near = _minimum(W, np.full(5, regular.bias), p, p)
        # In steps of at most 20 % in q, so that each minimum lies in the last one's valley.
        steps = int(np.ceil(abs(np.log(q / p)) / 0.2))
        for step in range(1, steps):
            near = _minimum(near.W, near.b, p, p * (q / p) ** (step / steps))
    return _minimum(near.W, near.b, p, q)


def two_digons(density: float, odd_density: float) -> Branch:
    r"""The branch of two digons, the odd feature left out [D15].

    .. math:: L = 4 \ell_{digon}(p) + q/3 - q^2/4

    Examples
    --------
    >>> float(round(two_digons(0.05, 0.03).b[0], 12))  # an ignored feature's bias is its mean
    0.015
    """
    p, q = _densities(density, odd_density)
    best = best_block("digon", p)
    W = np.sqrt(best.scale) * np.array([[0.0, 1, -1, 0, 0], [0.0, 0, 0, 1, -1]])
    b = np.array([q / 2, *[best.bias] * 4])
    return _branch(W, b, p, q, 4 * best.loss + feature_variance(q))


def crossing(density: float) -> Crossing:
    """Odd density at which the pentagon and the two digons have the same loss [D15].

    Raises
    ------
    ValueError
        A density at which the pentagon loses, or wins, whatever the odd feature's density is.

    Examples
    --------
    >>> found = crossing(0.05)
    >>> found.pentagon.slope > 0 and found.digons.slope > found.pentagon.slope
    True
    """
    p, _ = _densities(density, density)
    near = pentagon(p, p)
    ahead = two_digons(p, p).loss - near.loss
    # Sparser odd features favour the digons, denser ones the pentagon.
    factor = 1 / 1.15 if ahead > 0 else 1.15
    q = p
    for _ in range(60):
        step = q * factor
        if not 1e-6 < step <= 1:
            break
        further = pentagon(p, step, near=near)
        if (two_digons(p, step).loss - further.loss) * ahead <= 0:
            root = _root(p, q, step, near)
            return Crossing(p, root, pentagon(p, root, near=near), two_digons(p, root))
        q, near = step, further
    raise ValueError(
        f"density must be one at which the two branches cross for some odd density, got {density!r}"
    )


def snapping_ratio(density: float, *, tolerance: float = 1e-3) -> float:
    """How much sparser, p/q, the odd feature gets before the pentagon is no minimum [D15].

    Beyond it a pentagon turns into two digons by itself; between the crossing and it the
    pentagon lives on, though the digons lose less.

    Parameters
    ----------
    density : float
        p, at most 0.2: denser pentagons do not outlive the crossing by much.
    tolerance : float
        Relative accuracy of the ratio.

    Raises
    ------
    ValueError
        A density outside (0, 0.2].
    """
    p, _ = _densities(density, density)
    if p > 0.2:
        raise ValueError(f"density must be at most 0.2 here, got {density!r}")
    near, alive, factor = pentagon(p, p), 1.0, 1.1
    while factor > 1 + tolerance:
        further = pentagon(p, p / (alive * factor), near=near)
        if np.linalg.norm(further.W[:, ODD]) > 0.5:
            near, alive = further, alive * factor
        else:
            factor = np.sqrt(factor)
    return alive


def _root(p: float, q: float, step: float, near: Branch) -> float:
    """Odd density between q and step at which the branches tie."""

    def ahead(odd: float) -> float:
        return two_digons(p, odd).loss - pentagon(p, odd, near=near).loss

    return float(brentq(ahead, min(q, step), max(q, step), xtol=1e-13, rtol=1e-12))


def _minimum(W: FloatArray, b: FloatArray, p: float, q: float) -> Branch:
    """Minimise from (W, b)."""
    density = np.array([q, p, p, p, p])
    end = quasi_newton(
        value_in(as_problem(W, b, density, None)),
        W,
        b,
        method="BFGS",
        scale=float(np.sum(feature_variance(density))),
        gtol=1e-10,
        maxiter=2000,
    )
    return _branch(end.W, end.b, p, q, end.loss)


def _branch(W: FloatArray, b: FloatArray, p: float, q: float, loss: float) -> Branch:
    # At fixed W and b the loss is affine in q, and at a minimum only that dependence counts.
    ends = [float(loss_and_gradient(W, b, density=[odd, p, p, p, p])[0]) for odd in (0.0, 1.0)]
    curvature = hessian(W, b, density=[q, p, p, p, p])
    turn = np.concatenate([-W[1], W[0], np.zeros(5)])
    turn /= np.linalg.norm(turn)
    # The rotation costs nothing; lift it above the rest.
    lifted = curvature + np.outer(turn, turn) * np.trace(curvature)
    return Branch(W, b, loss, ends[1] - ends[0], float(np.linalg.eigvalsh(lifted)[0]))


def _densities(density: float, odd_density: float) -> tuple[float, float]:
    p, q = (float(as_density(value)) for value in (density, odd_density))
    if p == 0 or q == 0:
        raise ValueError(f"density must lie in (0, 1] here, got {density!r} and {odd_density!r}")
    return p, q
