"""By how much other models of five one-hot features are worse than the pentagon: a certificate.

What holds with room to spare for one active feature holds for sparse ones too (D44, step 8).
``python -m theory.one_hot.pentagon_margin`` searches, replays in ball arithmetic and says up to
which density the pentagon is proved to be the optimum.
"""

from __future__ import annotations

import sys
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import product
from typing import Any

import numpy as np

from theory.one_hot.kgons import kgon
from theory.one_hot.pair_energy import gradient_range
from theory.one_hot.pentagon import CLOSE, NARROW, TANGENT, WIDE
from theory.one_hot.pentagon_search import Line, Region, search

__all__ = ["DENSITY", "PentagonMargin", "certify_margin"]

# Half-widths of the box around the minimiser, longest where the energy rises least.
_HALF = np.array([0.4, 1.0, 1.0, 0.65, 0.65]) / 80
_GRAIN = 2.0**16
_PARTS = (9, 20, 20, 13, 13)
_DEEPEST = 6  # halvings of a part
_STRETCH = (8.0, 1.0, 1.0, 1.0, 1.0)
MARGIN = 4.95e-6
CURVATURE = 0.0025
#: Of all L_A with two active features, at the pentagon; of what more add; of second derivatives.
PAIRS, MORE, BENT = 2.452, 440.0, 1000.0
#: The pentagon is proved to be the optimum of five features at every density up to this.
DENSITY = 2e-6


@dataclass(frozen=True, eq=False)
class PentagonMargin:
    """Reasons, box by box, that pairs unlike the pentagon's lie above the tangent by a margin.

    Attributes
    ----------
    close, tangent : tuple of uint8 arrays
        As in `theory.one_hot.pentagon.PentagonCertificate`, with the margin added.
    faces : tuple of ten such tuples
        The sides of the box around the pentagon's pair, the lower one of each axis first.
    near : two tuples of 5 float
        That box.
    """

    close: tuple[Any, ...]
    tangent: tuple[Any, ...]
    faces: tuple[tuple[Any, ...], ...]
    near: tuple[tuple[float, ...], tuple[float, ...]]

    @property
    def boxes(self) -> int:
        """How many there are in all trees."""
        return sum(
            map(len, (*self.close, *self.tangent, *(x for tree in self.faces for x in tree)))
        )

    def refused(self, *, every: int = 1, parts: tuple[int, ...] = _PARTS) -> str | None:
        """Say what does not hold, in ball arithmetic, or None if everything does [D44].

        Parameters
        ----------
        every : int ≥ 1
            Hold only every so manieth box, and part, against balls: a spot check, and no proof.
        parts : five int
            Into how many parts the box around the minimiser is cut along each axis.

        Raises
        ------
        ImportError
            Without python-flint (extra `exact`).
        """
        from theory.one_hot.balls import ball
        from theory.one_hot.pentagon_replay import minimiser, refuse_outside, refuse_tree

        best, spare, flat = minimiser(), ball(MARGIN), ball(0.0)
        value, five = best.energy + spare, 5 * best.energy + spare
        if not value + best.slope * (ball(WIDE) - best.angle) < 0:
            return "the tangent is not below zero by the margin at the widest gap searched"
        if len(self.faces) != 10:
            return "some side of the box around the minimiser is missing"
        low, high = self.near
        if not all(low[i] == low[i + 1] and high[i] == high[i + 1] for i in (1, 3)):
            return "the box around the minimiser is not its own mirror image"
        edges = zip(TANGENT.low, low, high, TANGENT.high, strict=True)
        if not all(r < n < N < R for r, n, N, R in edges):
            return "the box around the minimiser does not lie inside the region"
        point = (best.angle, best.squared_length, best.squared_length, best.bias, best.bias)
        if not all(x > n and x < N for x, n, N in zip(point, low, high, strict=True)):
            return "the minimiser is not proved to lie inside its box"
        whole, line = (TANGENT.low, TANGENT.high), (value, best.slope, best.angle)
        highest = value + best.slope * (ball(NARROW) - best.angle)
        problem = (
            refuse_outside((CLOSE.low, CLOSE.high), five)
            or refuse_outside(whole, highest)
            or refuse_flat(self.near, parts, every)
            or refuse_tree((CLOSE.low, CLOSE.high), self.close, five, flat, best.angle, every=every)
            or refuse_tree(whole, self.tangent, *line, self.near, every=every)
        )
        for face, tree in zip(faces_of(self.near), self.faces, strict=True):
            problem = problem or refuse_tree(face, tree, *line, every=every)
        return problem


def refuse_flat(near: Any, parts: tuple[int, ...], every: int = 1) -> str | None:
    """Say why the energy may be curved by less than `CURVATURE` on the box, or None."""
    cuts = [np.linspace(l, h, n + 1).tolist() for l, h, n in zip(*near, parts, strict=True)]
    for number, cell in enumerate(product(*map(range, parts))):
        if number % every or cell[1::2] < cell[2::2]:
            continue  # exchanging the features gives a part that is looked at
        pending = [([c[k] for c, k in zip(cuts, cell, strict=True)],
                    [c[k + 1] for c, k in zip(cuts, cell, strict=True)], 0)]  # fmt: skip
        while pending:
            low, high, depth = pending.pop()
            if _curved(low, high):
                continue
            if depth == _DEEPEST:
                return f"the energy is not proved curved enough on part {cell} of the box"
            axis = int(np.argmax(np.subtract(high, low)))
            middle = (low[axis] + high[axis]) / 2
            pending.append((low, [*high[:axis], middle, *high[axis + 1 :]], depth + 1))
            pending.append(([*low[:axis], middle, *low[axis + 1 :]], high, depth + 1))
    return None


def _curved(low: Sequence[float], high: Sequence[float]) -> bool:
    """Whether second derivatives less `CURVATURE` are positive definite on a box.

    Turned into the eigenvectors of the centre, with the flattest of them stretched, they have a
    dominant diagonal.
    """
    from flint import arb_mat

    from theory.one_hot.balls import ball, second_derivatives

    θ, *rest = (ball(l).union(ball(h)) for l, h in zip(low, high, strict=True))
    a, b = rest[:2], rest[2:]
    g = (a[0] * a[1]).sqrt() * θ.cos()
    if not all(y < 0 and x + y > 0 and g + y > 0 for x, y in zip(a, b, strict=True)):
        return False  # they would change their formula
    H = second_derivatives(θ, a, b)
    turn = np.linalg.eigh([[float(x.mid()) for x in row] for row in H])[1] * _STRETCH
    for i in range(5):
        H[i][i] = H[i][i] - ball(CURVATURE)
    Q = arb_mat(5, 5, turn.ravel().tolist())
    found = (Q.transpose() * arb_mat(H) * Q).tolist()
    return all(
        row[i] > sum(abs(x) for j, x in enumerate(row) if j != i) for i, row in enumerate(found)
    )


def faces_of(near: Any) -> Iterator[tuple[tuple[float, ...], tuple[float, ...]]]:
    """The ten sides of a box."""
    low, high = near
    for axis in range(5):
        for end in (low[axis], high[axis]):
            yield (
                (*low[:axis], end, *low[axis + 1 :]),
                (*high[:axis], end, *high[axis + 1 :]),
            )


def certify_margin() -> PentagonMargin:
    """Search for a proof that all other pairs lie above the tangent by `MARGIN` [D44]."""
    pentagon = kgon(5)
    θ, a, b = 2 * np.pi / 5, pentagon.radius**2, pentagon.bias
    point = np.array([θ, a, a, b, b])
    slope = float(gradient_range(point, point)[0][0])
    line = Line(pentagon.loss / 5 + MARGIN, slope, θ)
    near = (
        tuple(float(x) for x in np.floor((point - _HALF) * _GRAIN) / _GRAIN),
        tuple(float(x) for x in np.ceil((point + _HALF) * _GRAIN) / _GRAIN),
    )
    return PentagonMargin(
        search(CLOSE, Line(pentagon.loss + MARGIN, 0.0, θ)),
        search(Region(TANGENT.low, TANGENT.high, *near), line),
        tuple(search(Region(*face), line) for face in faces_of(near)),
        near,
    )


def main() -> int:
    """Search, replay, and say what is proved; status 1 if it is not."""
    found = certify_margin()
    problem = found.refused()
    print(f"{found.boxes} boxes: {problem or 'every reason holds'}")
    if problem is None:
        print(f"proved: at every density up to {DENSITY:g} the pentagon is the only optimum")
    return int(problem is not None)


if __name__ == "__main__":
    sys.exit(main())
