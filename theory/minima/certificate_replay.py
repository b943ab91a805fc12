"""A certificate of (2, 1) read again, in ball arithmetic, by code of its own [D10].

Nothing here comes from the search or from its floats.  The tree of boxes is walked with exact
dyadic ends.  The bound on a box is that of D10, step 5, with integrals by antiderivatives instead
of triangles, in balls that hold all that rounding did: no allowance is made for anything.  What is
no box, the size of the first one and the loss of the best point, is proved here too.

Needs python-flint (extra ``exact``).
"""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any
from zipfile import BadZipFile

import numpy as np

__all__ = ["refuse", "refuse_file"]

REPRESENTED = 0.1  # a feature counts as represented from this weight on
ABOVE, KEPT, OUTSIDE = 4, 5, 6
BITS = 192  # differences of fourth powers are divided by two slopes of 2^-40 and more
Row = tuple[float, ...]


def refuse_file(path: str | Path) -> str | None:
    """Say what in a file of `theory.minima.certificate_file` does not hold, or None [D10].

    Raises
    ------
    ImportError
        python-flint is not installed.
    """
    try:
        with np.load(path, allow_pickle=False) as file:
            arrays = {name: file[name] for name in file.files}
    except (ValueError, BadZipFile, EOFError, AttributeError):
        return "it is no file of arrays"
    return refuse(arrays)


def refuse(arrays: Mapping[str, Any]) -> str | None:
    """Say what in the arrays of such a file does not hold, or None if everything does [D10]."""
    from flint import arb, ctx

    missing = {
        "density",
        "importance",
        "lower",
        "upper",
        "point",
        "root",
        "roles",
        "codes",
        "sizes",
    }
    if missing - set(arrays):
        return f"there is no {', '.join(sorted(missing - set(arrays)))}"
    before, ctx.prec = ctx.prec, BITS
    try:
        cell = _Cell(arb, arrays)
        return cell.refuse_ends() or cell.refuse_root() or cell.refuse_tree()
    finally:
        ctx.prec = before


class _Cell:
    """One certificate, its numbers as exact balls."""

    def __init__(self, arb: Any, arrays: Mapping[str, Any]) -> None:
        self.arb = arb
        self.p = arb(float(arrays["density"]))
        self.importance = [arb(float(each)) for each in arrays["importance"]]
        self.lower, self.upper = arb(float(arrays["lower"])), arb(float(arrays["upper"]))
        self.point = [float(each) for each in arrays["point"]]
        self.root = np.asarray(arrays["root"], dtype=float)
        self.roles = np.asarray(arrays["roles"], dtype=bool)
        self.codes = np.asarray(arrays["codes"])
        self.sizes = [int(size) for size in arrays["sizes"]]
        self.third = self.p / 3
        # Products of balls are faster than quotients by whole numbers.
        self.zero, (self.halved, self.part3, self.part4, self.part6) = (
            arb(0),
            [arb(1) / n for n in (2, 3, 4, 6)],
        )
        self.alone, self.both = self.p * (1 - self.p), self.p * self.p
        self.none = (1 - self.p) * (1 - self.p)

    # What is no box.

    def refuse_ends(self) -> str | None:
        """The point's loss is no higher than `upper`; density and importances are possible."""
        if not (0 < self.p <= 1 and all(each > 0 for each in self.importance)):
            return "density or importance is none"
        if not self.lower <= self.upper:
            return "the bounds cross"
        w1, w2, b1, b2 = self.point
        total = self.zero
        for weight, w, other, b in zip(self.importance, (w1, w2), (w2, w1), (b1, b2), strict=True):
            F, Fx, _, _ = self.moments(self._product(w, w), self._product(w, other), self.arb(b))
            total += weight * (self.third + F - 2 * Fx)
        return None if total <= self.upper else "the point's loss is above the upper bound"

    def refuse_root(self) -> str | None:
        """Some global minimiser with w1 ≥ 0 lies in the first box: D10, steps 1 to 4."""
        low, high = self.root[:4] - self.root[4:], self.root[:4] + self.root[4:]
        reach = []
        for weight in self.importance:
            share = 3 * self.upper / (weight * self.p)
            if not share < 1:
                return "the upper bound is too high to bound the weights"
            reach.append(((1 + share.sqrt()) / (1 - share.sqrt())).sqrt())
        if not (low[0] <= 0 and reach[0] <= high[0]):
            return "the first box does not hold w1"
        if not (reach[1] <= -low[1] and reach[1] <= high[1]):
            return "the first box does not hold w2"
        product = reach[0] * reach[1]
        for i in (0, 1):
            a = reach[i] * reach[i]
            if not (a + product <= -low[2 + i] and 1 + product <= high[2 + i]):
                return f"the first box does not hold b{i + 1}"
        return None

    # The boxes.

    def refuse_tree(self) -> str | None:
        """Each box has a reason that holds, and the halves of each that is halved have theirs."""
        boxes, start = self.root[None], 0
        left = np.zeros((2, 2), dtype=bool)
        for depth, size in enumerate(self.sizes):
            codes = self.codes[start : start + size]
            start += size
            if not len(codes) == size == len(boxes):
                return f"level {depth} has {len(codes)} reasons for {len(boxes)} boxes"
            for row, code in zip(
                boxes[codes >= ABOVE].tolist(), codes[codes >= ABOVE], strict=True
            ):
                wrong = self._refuse_box(tuple(row), int(code), left)
                if wrong:
                    return f"level {depth}: {wrong}"
            split = codes < ABOVE
            halves = _halves(boxes[split], codes[split].astype(int))
            if halves is None:
                return f"level {depth} halves a side too short to be halved exactly"
            boxes = halves
        if len(boxes):
            return f"{len(boxes)} boxes are left without a reason"
        if (left & ~self.roles).any():
            return "a structure is not excluded that the certificate excludes"
        return None

    def _refuse_box(self, box: Row, code: int, left: Any) -> str | None:
        if code == OUTSIDE:
            return None if self._outside(box) else "a box holds biases that are possible"
        if code not in (ABOVE, KEPT):
            return f"{code} is no reason"
        bound = self.bound(box)
        if not bound >= self.lower:
            return "the loss may be lower on a box than the lower bound"
        if not bound > self.upper:
            if code == ABOVE:
                return "the loss may be as low on a box as the upper bound"
            left |= _roles(box)
        return None

    def _outside(self, box: Row) -> bool:
        """Whether a bias is out of reach on the whole box: D10, step 3."""
        w1, w2, b1, b2, h1, h2, g1, g2 = map(self.arb, box)
        product, spread = w1 * w2, h1 * abs(w2) + h2 * abs(w1) + h1 * h2
        above = (product + spread).max(self.zero)  # c₊ at most
        below = (spread - product).max(self.zero)  # c₋ at most
        return any(
            b + g < -((abs(w) + h) ** 2 + above) or b - g > 1 + below
            for w, h, b, g in ((w1, h1, b1, g1), (w2, h2, b2, g2))
        )

    def bound(self, box: Row) -> Any:
        """A ball below whose least point the loss is nowhere on the box: D10, step 5."""
        w1, w2, b1, b2, h1, h2, g1, g2 = map(self.arb, box)
        one = self._feature(w1, h1, w2, h2, b1, g1)
        two = self._feature(w2, h2, w1, h1, b2, g2)
        first, second = self.importance
        sums = [first * one[i][j] + second * two[j][i] for i in (0, 1) for j in (0, 1)]
        return sums[0].min(sums[1]).min(sums[2].min(sums[3]))

    def _feature(self, w: Any, h: Any, other: Any, k: Any, b: Any, g: Any) -> list[list[Any]]:
        """For each end of w and of the other weight the least over both ends of the bias."""
        F, Fx, Fy, Fz = self.moments(w * w, w * other, b)
        cross, middle = h * k, w * other
        Fx, Fy, Fz = Fx + Fx, Fy + Fy, Fz + Fz  # derivatives of F by a, c and b
        level, rise = self.third + F - Fy * cross, Fz * g
        biases = [(b - g, level - rise), (b + g, level + rise)]
        found = []
        for dw in (-h, h):
            a, turn = (w + dw) * (w + dw), w * dw
            own = [(self.first(a, bias), self.second(a, bias)) for bias, _ in biases]
            row, slope = [], Fx * (turn + turn)
            for dk in (-k, k):
                step = w * dk + other * dw
                c = middle + step + cross
                tangent = slope + Fy * step
                ends = [
                    base + tangent - self._heard(a, c, bias, alone, square)
                    for (bias, base), (alone, square) in zip(biases, own, strict=True)
                ]
                row.append(ends[0].min(ends[1]))
            found.append(row)
        return found

    def _heard(self, a: Any, c: Any, b: Any, alone: Any, square: Any) -> Any:
        """2 E[x z₊], given ∫ x (ax + b)₊ and ∫ x (ax + b)₊²."""
        if c == self.zero:
            return (self.alone + self.alone + self.both + self.both) * alone
        both = (self.second(a, b + c) - square) / c
        return (self.alone + self.alone) * alone + self.both * both

    # Integrals over x in [0, 1] of x (sx + β)₊ and x (sx + β)₊², slopes of both signs.

    def first(self, s: Any, β: Any) -> Any:
        """∫ x (sx + β)₊ dx."""
        end, zero = s + β, self.zero
        if β >= zero and end >= zero:
            return s * self.part3 + β * self.halved
        if β <= zero and end <= zero:
            return zero
        if s > zero:  # positive from −β/s on: with u = sx + β, ∫ u (u − β) du / s²
            ratio = end / s
            return ratio * ratio * (end * self.part3 - β * self.halved)
        ratio = β / s
        return ratio * ratio * β * self.part6

    def second(self, s: Any, β: Any) -> Any:
        """∫ x (sx + β)₊² dx."""
        end, zero = s + β, self.zero
        if β >= zero and end >= zero:
            # ∫ x (sx + β)² = (s + β)²/4 + β (s + β)/6 + β²/12
            return (end * (end + end + end) + β * (end + end + β)) * self.part3 * self.part4
        if β <= zero and end <= zero:
            return zero
        ratio = end / s
        if s > zero:
            return ratio * ratio * end * (end * self.part4 - β * self.part3)
        ratio = β / s
        return ratio * ratio * β * β * self.part3 * self.part4

    def moments(self, a: Any, c: Any, b: Any) -> tuple[Any, Any, Any, Any]:
        """E of (z₊², x z₊, y z₊, z₊) for z = ax + cy + b: what a box's tangent is made of."""
        x1, x2 = self._power(a, b, 1), self._power(a, b, 2)
        y1, y2 = self._power(c, b, 1), self._power(c, b, 2)
        first, second = self.first(a, b), self.second(a, b)
        y_first, y_second = self.first(c, b), self.second(c, b)
        if a == self.zero:
            xy1, xy2, x_both, y_both = y1, y2, y1 / 2, y_first
        elif c == self.zero:
            xy1, xy2, x_both, y_both = x1, x2, first, x1 / 2
        else:
            corners = ((a + b + c, 1), (b + c, -1), (a + b, -1), (b, 1))
            ramps = [(z, sign) for z, sign in corners if z > self.zero]
            xy1 = sum((sign * z * z * z for z, sign in ramps), self.zero) / (6 * a * c)
            xy2 = sum((sign * z * z * z * z for z, sign in ramps), self.zero) / (12 * a * c)
            x_both = (self.second(a, b + c) - second) / (2 * c)
            y_both = (self.second(c, a + b) - y_second) / (2 * a)
        none = b if b > 0 else self.zero
        return (
            self.none * none * none + self.alone * (x2 + y2) + self.both * xy2,
            self.alone * first + self.both * x_both,
            self.alone * y_first + self.both * y_both,
            self.none * none + self.alone * (x1 + y1) + self.both * xy1,
        )

    def _power(self, s: Any, β: Any, n: int) -> Any:
        """∫ (sx + β)₊ⁿ dx."""
        low = β if β > 0 else self.zero
        if s == self.zero:
            return low**n
        end = s + β
        high = end if end > 0 else self.zero
        return (high ** (n + 1) - low ** (n + 1)) / ((n + 1) * s)

    def _product(self, one: float, other: float) -> Any:
        return self.arb(one) * self.arb(other)


def _halves(boxes: Any, axis: Any) -> Any:
    """Lower halves, then upper ones; None where a sum of two floats is not exact."""
    rows = np.arange(len(boxes))
    below, above = boxes.copy(), boxes.copy()
    step, centre = boxes[rows, 4 + axis] / 2, boxes[rows, axis]
    below[rows, 4 + axis] = above[rows, 4 + axis] = step
    below[rows, axis], above[rows, axis] = centre - step, centre + step
    if not (step > 0).all() or _rounded(centre, -step).any() or _rounded(centre, step).any():
        return None
    return np.concatenate([below, above])


def _rounded(x: Any, y: Any) -> Any:
    """Whether a sum of two floats is rounded: the error is a float, found without one (Knuth)."""
    total = x + y
    back = total - x
    return (x - (total - back)) + (y - back) != 0


def _roles(box: Row) -> Any:
    """Which roles, ignored and represented, the two weights may have on a box."""
    may = []
    for w, h in ((box[0], box[4]), (box[1], box[5])):
        may.append((abs(w) - h < REPRESENTED, abs(w) + h >= REPRESENTED))
    return np.array([[one and two for two in may[1]] for one in may[0]])
