"""The stages of two correlated sets of three features in three dimensions [D25].

On their way from nothing to an octahedron models stay near saddles of the exact loss, each with a
symmetry of its own: a critical point among the models with that symmetry is one among all.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache
from typing import Any

import numpy as np
from scipy.optimize import minimize

from ground.checks import FloatArray, as_floats, as_positive_density
from theory.loss.sets import Sets, sets_loss_and_gradient

__all__ = ["SIZES", "SetStage", "set_stages", "twist_loss"]

SIZES = (3, 3)
FEATURES, HIDDEN = 6, 3
STEP = 1e-5  # of the differences of the gradient that make a Hessian
FLAT = 1e-5  # curvature over the density below which a direction is flat


@dataclass(frozen=True, eq=False)
class SetStage:
    """A critical point at which learning of two sets stays for a while [D25].

    Attributes
    ----------
    name : str
    W : array (3, 6)
    b : array (6,)
    loss : float
    slope : float
        Norm of the whole gradient, over the density.
    descents : int
        Independent directions in which the loss falls both ways, to second order.  Two clusters
        have others that go one way only, as outputs are at their kink with positive probability.
    fastest : float
        Rate at which gradient flow leaves along the steepest of them: −(least curvature).
    """

    name: str
    W: FloatArray
    b: FloatArray
    loss: float
    slope: float
    descents: int
    fastest: float


def twist_loss(angle: Any) -> FloatArray:
    r"""Loss over p, as p → 0, of two orthonormal triangles twisted against each other [D25].

    .. math:: f(\delta) = \frac{(2 \cos\delta - 1)^3}{180\, (1 + \cos\delta)}

    Parameters
    ----------
    angle : array_like (...)
        From the prism, δ = 0, to the octahedron, δ = ±π/3; in radians.

    Returns
    -------
    ndarray (...)
        Of the shape of the angle.

    Raises
    ------
    ValueError
        An angle outside [−π/3, π/3].

    Examples
    --------
    >>> twist_loss([0.0, np.pi / 3]).round(12).tolist() == [round(1 / 360, 12), 0.0]
    True
    """
    delta = as_floats("angle", angle)
    if not np.all(np.abs(delta) <= np.pi / 3 + 1e-12):
        raise ValueError(f"angle must lie in [−π/3, π/3], got {angle!r}")
    cosine = np.cos(delta)
    return np.asarray(np.maximum(2 * cosine - 1, 0.0) ** 3 / (180 * (1 + cosine)))


def set_stages(density: Any) -> tuple[SetStage, ...]:
    """Critical points with the symmetry of each stage, in the order of learning [D25].

    Nothing learnt; two clusters, each set on its principal component; pair and single in each
    set; two triangles as a prism; two triangles as an octahedron.

    Parameters
    ----------
    density : float
        Of a set, in (0, 1].

    Returns
    -------
    tuple of SetStage

    Raises
    ------
    ValueError
        A density outside (0, 1].

    Examples
    --------
    >>> [stage.descents for stage in set_stages(0.05)]
    [18, 4, 2, 1, 2]
    >>> round(set_stages(0.05)[1].loss / 0.05, 12)  # a third
    0.333333333333
    """
    p = as_positive_density("density", density)
    law = Sets("correlated", SIZES, p)
    starts = {
        "nothing": (np.zeros((HIDDEN, FEATURES)), p / 2),
        **{name: (W, 0.0) for name, W in _ideals().items()},
    }
    return tuple(_critical(name, W, b, law) for name, (W, b) in starts.items())


def _critical(name: str, W: FloatArray, bias: float, law: Sets) -> SetStage:
    """The least loss among models with the symmetry of a start."""
    ones, patterns, p = np.ones(FEATURES), law.patterns(), law.density

    def whole(theta: FloatArray) -> tuple[float, FloatArray]:
        loss, dW, db = sets_loss_and_gradient(*_parts(theta), ones, patterns)
        return loss / p, np.concatenate([dW.ravel(), db]) / p

    def within(x: FloatArray) -> tuple[float, FloatArray]:
        loss, slope = whole(basis @ x)
        return loss, basis.T @ slope

    basis = _fixed(name)
    start = basis.T @ np.concatenate([W.ravel(), np.full(FEATURES, bias)])
    if name != "nothing":  # a critical point already, at W = 0
        # Ends where rounding hides any gain; the slope says how near that is.
        start = minimize(within, start, jac=True, method="BFGS", options={"gtol": 1e-12}).x
    theta = basis @ start
    loss, slope = whole(theta)
    steps = STEP * np.eye(theta.size)
    rows = [(whole(theta + step)[1] - whole(theta - step)[1]) / (2 * STEP) for step in steps]
    curvatures = np.linalg.eigvalsh((np.array(rows) + np.transpose(rows)) / 2)
    W, b = _parts(theta)
    size = float(np.linalg.norm(slope))
    return SetStage(
        name, W, b, loss * p, size, int(np.sum(curvatures < -FLAT)), float(-curvatures[0] * p)
    )


def _parts(theta: FloatArray) -> tuple[FloatArray, FloatArray]:
    W, b = np.split(theta, [HIDDEN * FEATURES])
    return W.reshape(HIDDEN, FEATURES), b


def _ideals() -> dict[str, FloatArray]:
    """Each stage as it would be if sets did not meet."""
    x, y, z = np.eye(3)
    half, third = np.sqrt(0.5), np.sqrt(1 / 3)
    axis = np.full(3, third)
    return {
        "two clusters": np.stack([third * x] * 3 + [third * y] * 3, axis=1),
        "pair and single": np.stack([z, half * x, half * x, -z, half * y, half * y], axis=1),
        "prism": np.hstack([np.eye(3), np.eye(3) - 2 * np.outer(axis, axis)]),
        "octahedron": np.hstack([np.eye(3), -np.eye(3)]),
    }


@cache
def _fixed(name: str) -> FloatArray:
    """Orthonormal basis of the models that all symmetries of a stage leave as they are, (24, k).

    A symmetry turns hidden space and exchanges features: W → R W Π, b → Πᵀ b.
    """
    first, second, swap = (1, 0, 2, 3, 4, 5), (1, 2, 0, 3, 4, 5), (3, 4, 5, 0, 1, 2)
    both = [(*order, *(3 + k for k in order)) for order in ((1, 0, 2), (1, 2, 0))]
    last = (0, 2, 1, 3, 4, 5)
    x, y, z = np.eye(3)
    same, exchange = np.eye(3), np.stack([y, x, z])
    mirror = np.eye(3) - 2 / 3
    diagonal = [(_turn(order), order) for order in both]
    symmetries: dict[str, list[tuple[FloatArray, Sequence[int]]]] = {
        "nothing": [(-same, range(6)), (same, first), (same, second), (same, swap)],
        "two clusters": [
            (np.diag([1.0, 1.0, -1.0]), range(6)),
            (same, first),
            (same, second),
            (exchange, swap),
        ],
        "pair and single": [(same, last), (exchange @ np.diag([1.0, 1.0, -1.0]), swap)],
        "prism": [*diagonal, (mirror, swap)],
        "octahedron": [*diagonal, (-same, swap)],
    }
    group = _closure([_action(R, order) for R, order in symmetries[name]])
    sizes, vectors = np.linalg.eigh(sum(group) / len(group))
    return np.asarray(vectors[:, sizes > 0.5])


def _turn(order: Sequence[int]) -> FloatArray:
    """The turn that undoes an exchange of the first three features, standing on the axes."""
    return np.eye(3)[list(order[:3])]


def _action(R: FloatArray, order: Sequence[int]) -> FloatArray:
    """What a turn and an exchange do to θ = (W row by row, b), (24, 24)."""
    exchange = np.eye(FEATURES)[list(order)]  # W[:, order] = W exchangeᵀ
    top = np.kron(R, exchange)
    whole = np.zeros((top.shape[0] + FEATURES,) * 2)
    whole[: len(top), : len(top)] = top
    whole[len(top) :, len(top) :] = exchange
    return whole


def _closure(generators: Sequence[FloatArray]) -> list[FloatArray]:
    """Every product of the generators.

    Their entries are ninths, so that rounding to a millionth tells two apart.
    """
    one = np.eye(len(generators[0]))
    found = {_name(one): one}
    fresh = [one]
    while fresh:
        products = {_name(g @ h): g @ h for g in fresh for h in generators}
        fresh = [product for name, product in products.items() if name not in found]
        found |= products
    return list(found.values())


def _name(matrix: FloatArray) -> bytes:
    """The same for matrices that differ by rounding; adding 0 takes the sign off a zero."""
    return (np.round(matrix, 6) + 0.0).tobytes()
