r"""Even digons and dedicated models of two equal features under attack, each at its best [D20].

An even digon W = (w, −w), b = (c, c) and a dedicated model W = (w, 0), b = (c, p/2) have two free
numbers each, so that their best loss is computed to rounding, and followed as ε grows.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, cast

import numpy as np
from scipy.optimize import minimize

from ground.checks import FloatArray
from theory.adversary.pair_kernel import pair_loss
from theory.data_law import feature_variance
from theory.loss.floats import gradient_of
from theory.loss.problem import as_problem

DEAD = ("live", "silent", "behind")
SHIFTS = {"live": (1.0,), "silent": (0.0, 1.0), "behind": (-1.0, 1.0)}
Value = Callable[[FloatArray], tuple[float, FloatArray]]


@dataclass(frozen=True)
class Member:
    """The best of a family: loss, its weight w > 0 and bias c."""

    loss: float
    weight: float
    bias: float

    def start(self, move: float = 0.0) -> FloatArray:
        """Where a descent at another ε starts: a bias that defends moves as the attack does."""
        pushed = move * self.weight**2 if self.bias < 0 else 0.0
        return np.array([self.weight, self.bias - pushed])


def worst_digon(p: float, size: float, tolerance: float) -> Value:
    """Loss and gradient of the even digon by (w, c), every input at its worst."""
    world = np.ones(2), np.full(2, p), np.array([size])

    def value(y: FloatArray) -> tuple[float, FloatArray]:
        out = pair_loss(np.array([y[0], -y[0], y[1], y[1]]), *world, tolerance)[0][0]
        return float(out[0]), np.array([out[1] - out[2], out[3] + out[4]])

    return value


def worst_dedicated(p: float, size: float, tolerance: float) -> Value:
    """Loss and gradient of the dedicated model by (w, c), every input at its worst.

    No attack reaches the dead feature, which costs its variance whatever the other one is: beside
    a feature that is never active a line is left to integrate, which takes no rule.
    """
    world = np.ones(2), np.array([p, 0.0]), np.array([size])
    variance = feature_variance(p)

    def value(y: FloatArray) -> tuple[float, FloatArray]:
        out = pair_loss(np.array([y[0], 0.0, y[1], 0.0]), *world, tolerance)[0][0]
        return float(out[0]) + variance, out[[1, 3]]

    return value


def random_digon(p: float, size: float) -> Value:
    """Loss and gradient of the even digon by (w, c), attacked by a feature drawn at random.

    Both attacks move one bias up and one down by √2 ε w², and cost the same.
    """
    world = as_problem(np.zeros((1, 1, 2)), None, p, None)

    def value(y: FloatArray) -> tuple[float, FloatArray]:
        w, c = y
        move = np.sqrt(2.0) * size * w * w
        problem = world.at(np.array([[[w, -w]]]), np.array([[c + move, c - move]]))
        loss, dW, db = (part[0] for part in gradient_of(problem))
        by_w = dW[0, 0] - dW[0, 1] + (db[0] - db[1]) * 2.0 * np.sqrt(2.0) * size * w
        return float(loss), np.array([by_w, db.sum()])

    return value


def random_dedicated(p: float, size: float, dead: str) -> Value:
    """The same of the dedicated model, whose dead feature attacks as `dead` says.

    "live": it is not drawn; "silent": it is drawn, and does nothing; "behind": it attacks as w₂ → 0
    from the digon's side, against the live one.
    """
    variance = feature_variance(p)
    shifts = np.array(SHIFTS[dead])
    world = as_problem(np.zeros((len(shifts), 1, 1)), None, p, None)

    def value(y: FloatArray) -> tuple[float, FloatArray]:
        w, c = y
        problem = world.at(np.full((len(shifts), 1, 1), w), (c + shifts * size * w * w)[:, None])
        loss, dW, db = gradient_of(problem)
        by_w = dW[:, 0, 0] + db[:, 0] * shifts * 2.0 * size * w
        return float(loss.mean()) + variance, np.array([by_w.mean(), db.mean()])

    return value


def best_member(
    value: Value,
    p: float,
    push: float,
    *near: tuple[Member, float],
    gradient: float = 1e-10,
) -> Member:
    """The best (w, c) of a family, from where it was and from what defends in other ways.

    Parameters
    ----------
    push : float
        What an attack moves an output by, for w = 1: √2 ε for a digon, ε for a dedicated model.
    *near : (Member, move)
        Of neighbouring ε, by how much more an output is moved here; alone if `push` is 0.
    gradient : float
        Norm of the gradient over p at which a descent ends.
    """
    tries = [member.start(move) for member, move in near]
    if push > 0:
        tries += [
            np.array(start)
            for start in ((1.0, -push), (1.0, 0.0), (1.3, -1.7 * push), (0.6, p / 3), (0.2, p / 2))
        ]
    # A model that learns nothing belongs to every family.
    found = [Member(2.0 * feature_variance(p), 0.0, 0.5 * p)]
    for start in tries:
        end = minimize(
            cast(Any, lambda y: tuple(part / p for part in value(y))),
            start,
            jac=True,
            method="BFGS",
            options={"gtol": gradient},
        )
        found.append(Member(float(end.fun) * p, abs(float(end.x[0])), float(end.x[1])))
    return min(found, key=lambda member: member.loss)
