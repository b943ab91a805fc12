"""The pentagon's certificate read again, in ball arithmetic, by code of its own.

Nothing here comes from the search: the tree of boxes is walked with exact dyadic ends, and every
reason is held against enclosures.  What is not a box (the minimiser, the second derivatives
around it, what lies outside the regions) is proved here too.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import product
from typing import Any

import numpy as np

from theory.one_hot.balls import ball, corner, derivative, energy, pi, second_derivatives

__all__ = ["Minimiser", "minimiser", "refuse_curvature", "refuse_outside", "refuse_tree"]

Ends = tuple[float, ...]
Box = tuple[Ends, Ends]
# What a number in the file says of a box; below them the axis of a halving, from the last on
# the coordinate whose derivative keeps its sign.
CORNER, CENTRE, MIRROR, NEAR, SLOPED = 5, 6, 7, 8, 9


@dataclass(frozen=True)
class Minimiser:
    """The pair inside the regular pentagon, in balls: squared length, bias, energy, slope."""

    squared_length: Any
    bias: Any
    energy: Any
    slope: Any
    angle: Any


def minimiser() -> Minimiser:
    """The stationary pair at 72°, proved to exist and to be alone nearby [D44].

    Krawczyk's operator maps a box of half-width 1e-10 around a root found by Newton's method into
    its inside.

    Raises
    ------
    ArithmeticError
        If it does not.
    """
    θ = 2 * pi() / 5

    def gradient(a: Any, b: Any) -> list[Any]:
        at = [θ, a, a, b, b]
        # Both features move together.
        return [2 * derivative(at, at, 1), 2 * derivative(at, at, 3)]

    def jacobian(a: Any, b: Any) -> list[list[Any]]:
        H = second_derivatives(θ, (a, a), (b, b))
        return [[2 * (H[i][j] + H[i][j + 1]) for j in (1, 3)] for i in (1, 3)]

    centre = [ball("1.37"), ball("-0.28")]
    for _ in range(12):
        F, J = gradient(*centre), jacobian(*centre)
        step = _solve(J, F)
        centre = [(c - s).mid() for c, s in zip(centre, step, strict=True)]
    box = [ball(c, 1e-10) for c in centre]
    inverse = [[x.mid() for x in row] for row in _inverse(jacobian(*centre))]
    F, J = gradient(*centre), jacobian(*box)
    image = []
    for i in range(2):
        moved = centre[i] - inverse[i][0] * F[0] - inverse[i][1] * F[1]
        for j in range(2):
            defect = (i == j) - inverse[i][0] * J[0][j] - inverse[i][1] * J[1][j]
            moved += defect * ball(0, 1e-10)
        image.append(moved)
    if not all(b.contains_interior(i) for b, i in zip(box, image, strict=True)):
        raise ArithmeticError("no stationary pair was proved to exist at 72 degrees")
    a, b = image
    at = [θ, a, a, b, b]
    return Minimiser(a, b, energy(θ, (a, a), (b, b)), derivative(at, at, 0), θ)


def _inverse(J: list[list[Any]]) -> list[list[Any]]:
    determinant = J[0][0] * J[1][1] - J[0][1] * J[1][0]
    return [
        [J[1][1] / determinant, -J[0][1] / determinant],
        [-J[1][0] / determinant, J[0][0] / determinant],
    ]


def _solve(J: list[list[Any]], F: list[Any]) -> list[Any]:
    inverse = _inverse(J)
    return [row[0] * F[0] + row[1] * F[1] for row in inverse]


def refuse_curvature(near: Box, best: Minimiser, parts: int = 3) -> str | None:
    """Say why the energy may not be strictly convex on the box around the minimiser, or None.

    The box is cut into parts along each axis; on each the matrix of second derivatives, turned
    into the eigenvectors of its centre, has only positive eigenvalues by Gershgorin's circles.
    """
    low, high = (np.asarray(side) for side in near)
    point = [best.angle, best.squared_length, best.squared_length, best.bias, best.bias]
    if not all(
        x > l and x < h for x, l, h in zip(point, map(float, low), map(float, high), strict=True)
    ):
        return "the minimiser is not proved to lie inside its box"
    cuts = np.linspace(low, high, parts + 1)
    for cell in product(range(parts), repeat=5):
        ends = [(float(cuts[k, i]), float(cuts[k + 1, i])) for i, k in enumerate(cell)]
        balls = [ball(l).union(ball(h)) for l, h in ends]
        g = (balls[1] * balls[2]).sqrt() * balls[0].cos()
        if not all(
            b < 0 and a + b > 0 and g + b > 0 for a, b in zip(balls[1:3], balls[3:], strict=True)
        ):
            return "second derivatives change their formula within the box around the minimiser"
        H = second_derivatives(balls[0], balls[1:3], balls[3:])
        Q = np.linalg.eigh([[float(x.mid()) for x in row] for row in H])[1]
        exact = [[ball(float(x)) for x in row] for row in Q]
        turned = [
            [
                sum(exact[k][i] * H[k][l] * exact[l][j] for k in range(5) for l in range(5))
                for j in range(5)
            ]
            for i in range(5)
        ]
        for i in range(5):
            others = sum(abs(turned[i][j]) for j in range(5) if j != i)
            if not turned[i][i] - others > 0:
                return f"the energy is not proved convex on part {cell} of the minimiser's box"
    return None


def refuse_outside(region: Box, height: Any) -> str | None:
    """Say why pairs beyond the region's lengths and biases may lie below a height, or None.

    A response of slope a costs at least r² / 3(1 + r)² with r = (a − 1)/2, whatever its bias; a
    bias above b sends b² at least; one below −a leaves nothing of the feature.
    """
    low, high = region
    longest = min(high[1], high[2])
    r = (ball(longest) - 1) / 2
    if low[1:3] != (0.0, 0.0) or not r > 0:
        return "lengths do not begin at 0 or end too early"
    if not r * r / (6 * (1 + r) ** 2) > height:
        return f"longer features than {longest} are not excluded"
    if not (max(low[3:]) <= -longest and ball(1) / 6 > height):
        return "lower biases are not excluded"
    if not (min(high[3:]) >= 0 and ball(min(high[3:])) ** 2 > height):
        return "higher biases are not excluded"
    return None


def refuse_tree(
    region: Box,
    levels: Sequence[Any],
    value: Any,
    slope: Any,
    at: Any,
    near: Box | None = None,
    *,
    every: int = 1,
) -> str | None:
    """Say which box of a tree has a false reason, or None if each is right.

    Parameters
    ----------
    region : two tuples of 5 float
        The first box.
    levels : sequence of arrays of int
        As the search writes them.
    value, slope, at : ball
        The energy is to be above value + slope (angle − at).
    near : two tuples of 5 float, optional
        The box that is left out.
    every : int
        Hold only every so manieth reason against balls: a spot check, and no proof.
    """
    boxes, count = [region], 0
    for depth, level in enumerate(levels):
        if len(level) != len(boxes):
            return f"level {depth} has {len(level)} reasons for {len(boxes)} boxes"
        halved = []
        for number, (box, code) in enumerate(zip(boxes, map(int, level), strict=True)):
            if code < CORNER:
                halved.append((box, code))
                continue
            count += 1
            if count % every == 0 and not _holds(code, box, region, value, slope, at, near):
                return f"box {number} of level {depth}: reason {code} does not hold"
        lower, upper = [], []
        for (low, high), axis in halved:
            middle = (low[axis] + high[axis]) / 2
            if not (
                low[axis] < middle < high[axis]
                and 2 * ball(middle) == ball(low[axis]) + ball(high[axis])
            ):
                return f"level {depth} halves a side too short to be halved exactly"
            lower.append((low, (*high[:axis], middle, *high[axis + 1 :])))
            upper.append(((*low[:axis], middle, *low[axis + 1 :]), high))
        boxes = lower + upper
    return f"{len(boxes)} boxes are left without a reason" if boxes else None


def _holds(
    code: int, box: Box, region: Box, value: Any, slope: Any, at: Any, near: Box | None
) -> bool:
    """Whether the energy is above the line on the box for that reason, or need not be."""
    low, high = box
    if code == MIRROR:
        # The pair with its features exchanged lies in another box.
        return high[1] < low[2]
    if code == NEAR:
        return near is not None and all(
            n <= l and h <= N for n, l, h, N in zip(near[0], low, high, near[1], strict=True)
        )
    a, A = [ball(x) for x in low], [ball(x) for x in high]
    if code == CORNER:
        # A falling line is highest at the box's least angle.
        return bool(slope <= 0 and corner(a, A) > value + slope * (a[0] - at))
    if code == CENTRE:
        centre = [(x + y) / 2 for x, y in zip(a, A, strict=True)]
        above = energy(centre[0], centre[1:3], centre[3:]) - value - slope * (centre[0] - at)
        for axis in range(5):
            if low[axis] < high[axis]:
                steep = derivative(a, A, axis) - (slope if axis == 0 else 0)
                above -= abs(steep) * (A[axis] - a[axis]) / 2
        return bool(above > 0)
    axis = code - SLOPED
    inside = all(
        (r < l and h < R) or (r == R == l == h)
        for r, l, h, R in zip(region[0], low, high, region[1], strict=True)
    )
    if not (0 <= axis < 5 and inside and low[axis] < high[axis] and min(low[1:3]) > 0):
        return False
    # A minimum inside the region would be a point where every derivative vanishes.
    steep = derivative(a, A, axis) - (slope if axis == 0 else 0)
    return bool(steep > 0 or steep < 0)
