"""A certificate of (2, 1) read again, in ball arithmetic, by code of its own [D10].

Nothing here comes from the search or from its floats.  The boxes of weights are walked with exact
dyadic ends.  The bound on a box is that of D10, steps 5 and 8, in balls that hold all that rounding
did: no allowance is made for anything.  What is no box, the size of the first one and the loss of
the best point, is proved here too.

Needs python-flint (extra ``exact``).
"""

from __future__ import annotations

import math
from collections import deque
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any
from zipfile import BadZipFile

import numpy as np

from theory.minima.certificate_balls import Feature, precision

__all__ = ["refuse", "refuse_file", "replayed"]

REPRESENTED = 0.1  # a feature counts as represented from this weight on
BEYOND, SETTLED, HALVED, NARROWED = 0, 1, 2, 4
GRAIN = 2.0**-12
NAMES = "density importance lower upper point reach roles program"
Range = tuple[float, float]


class _Refused(Exception):
    """What does not hold."""


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
    return replayed(arrays)[0]


def replayed(arrays: Mapping[str, Any]) -> tuple[str | None, int, int]:
    """Say what does not hold, or None; how many boxes and intervals of a bias were looked at."""
    missing = {*NAMES.split()} - {*arrays}
    if missing:
        return f"there is no {', '.join(sorted(missing))}", 0, 0
    with precision() as arb:
        cell = _Cell(arb, arrays)
        try:
            cell.hold_ends()
            cell.hold_reach()
            cell.hold_boxes()
        except _Refused as reason:
            return str(reason), cell.boxes, cell.intervals
    return None, cell.boxes, cell.intervals


class _Cell:
    """One certificate, its numbers as exact balls, and where the reader of its boxes is."""

    def __init__(self, arb: Any, arrays: Mapping[str, Any]) -> None:
        self.arb = arb
        self.p = arb(float(arrays["density"]))
        self.importance = [arb(float(each)) for each in arrays["importance"]]
        self.lower, self.upper = arb(float(arrays["lower"])), arb(float(arrays["upper"]))
        self.point = [arb(float(each)) for each in arrays["point"]]
        self.reach = [arb(float(each)) for each in arrays["reach"]]
        self.roles = np.asarray(arrays["roles"], dtype=bool)
        self.left = np.zeros((2, 2), dtype=bool)
        self.program: Iterator[int] = iter(np.asarray(arrays["program"]).tolist())
        self.feature = Feature(arb, self.p)
        self.boxes = self.intervals = 0

    # What is no box.

    def hold_ends(self) -> None:
        """The point's loss is no higher than `upper`; density and importances are possible."""
        if not (0 < self.p <= 1 and all(each > 0 for each in self.importance)):
            raise _Refused("density or importance is none")
        if not self.lower <= self.upper:
            raise _Refused("the bounds cross")
        w1, w2, b1, b2 = self.point
        one, two = self.feature.cost(w1, w2, b1), self.feature.cost(w2, w1, b2)
        if not self.importance[0] * one + self.importance[1] * two <= self.upper:
            raise _Refused("the point's loss is above the upper bound")

    def hold_reach(self) -> None:
        """Some global minimiser with w1 ≥ 0 lies in the first box: D10, steps 1, 2 and 4."""
        for i, weight in enumerate(self.importance):
            root = (3 * self.upper / (weight * self.p)).sqrt()
            if not root < 1:
                raise _Refused("the upper bound is too high to bound the weights")
            if not self.reach[i] * self.reach[i] * (1 - root) >= 1 + root:
                raise _Refused(f"the first box does not hold w{i + 1}")

    # The boxes.

    def hold_boxes(self) -> None:
        """Each box has a reason that holds, and the halves of each that is halved have theirs."""
        r1, r2 = self.reach
        everything = (-math.inf, math.inf)
        pending: deque[Any] = deque()
        pending.append(((r1 / 2, r1 / 2), (self.arb(0), r2), [everything, everything]))
        while pending:
            *box, ranges = pending.popleft()
            self.boxes += 1
            code = self.byte()
            ranges = [self.within(box[i], box[1 - i], ranges[i]) for i in (0, 1)]
            if code == BEYOND:
                if not any(low > high for low, high in ranges):
                    raise _Refused(f"box {self.boxes} has room for the biases of a minimiser")
                continue
            if code == SETTLED:
                self.hold_settled(box, [self.cuts(*each) for each in ranges])
                continue
            if code in (NARROWED, NARROWED + 1):
                ranges = self.narrowed(box, ranges)
            elif code not in (HALVED, HALVED + 1):
                raise _Refused(f"box {self.boxes}: {code} is no reason")
            axis = code % 2
            w, half = box[axis][0], box[axis][1] / 2
            for part in (w - half, w + half):
                box[axis] = (part, half)
                pending.append((*box, ranges))
        if next(self.program, None) is not None:
            raise _Refused("reasons are left when every box has one")
        if (self.left & ~self.roles).any():
            raise _Refused("a structure is not excluded that the certificate excludes")

    def byte(self) -> int:
        """The next byte of the program."""
        found = next(self.program, None)
        if found is None:
            raise _Refused("boxes are left without a reason")
        return found

    def within(self, own: Any, other: Any, biases: Range) -> Range:
        """What is left of a range of biases: a minimiser has −(a + c₊) < b ≤ 1 + c₋."""
        (w, h), (v, k) = own, other
        product, spread = w * v, h * abs(v) + k * abs(w) + h * k
        most = (abs(w) + h) ** 2 + (product + spread).max(self.arb(0))
        least = 1 + (spread - product).max(self.arb(0))
        low, high = (math.ceil(float(each) / GRAIN) * GRAIN for each in (most, least))
        if not (most <= low and least <= high):
            raise _Refused(f"box {self.boxes}: an end of the biases was rounded inwards")
        return max(biases[0], -low), min(biases[1], high)

    def cuts(self, low: float, high: float) -> list[float]:
        """Ends of the intervals that a range is cut into, from the lowest on."""
        if not low <= high:
            raise _Refused(f"box {self.boxes} cuts an empty range")
        ends, pending = [low], [(low, high)]
        while pending:
            low, high = pending.pop()
            cut = self.byte()
            if cut == 0:
                ends.append(high)
                continue
            # Any place in between will do.
            step = 2.0 ** (math.frexp(high - low)[1] - 4) if low < high else 1.0
            middle = math.floor((low + high) / 2 / step + 0.5) * step
            if cut != 1 or not low < middle < high:
                raise _Refused(f"box {self.boxes}: no cut")
            pending += [(middle, high), (low, middle)]
        self.intervals += len(ends) - 1
        return ends

    def bounds(self, box: Any, cuts: Any) -> tuple[Any, Any]:
        """By feature, interval and corner of the box what each costs at least, and the least."""
        one = self.feature.corners(box[0], box[1], cuts[0])
        two = self.feature.corners(box[1], box[0], cuts[1])
        first, second = self.importance
        costs = (
            [[first * each for each in row] for row in one],
            # In the order of the first feature's steps.
            [[second * row[k] for k in (0, 2, 1, 3)] for row in two],
        )
        least = []
        for rows in costs:
            best = list(rows[0])
            for row in rows[1:]:
                best = [x.min(y) for x, y in zip(best, row, strict=True)]
            least.append(best)
        return costs, least

    def hold_settled(self, box: Any, cuts: Any) -> None:
        """Every model of the box costs `lower` or more, and which structures are left."""
        _, (one, two) = self.bounds(box, cuts)
        sums = [x + y for x, y in zip(one, two, strict=True)]
        if not all(each >= self.lower for each in sums):
            raise _Refused(f"box {self.boxes}: the loss may be lower than the lower bound")
        if not all(each > self.upper for each in sums):
            roles = [(abs(w) - h < REPRESENTED, abs(w) + h >= REPRESENTED) for w, h in box]
            self.left |= np.array([[one and two for two in roles[1]] for one in roles[0]])

    def narrowed(self, box: Any, ranges: Any) -> list[Range]:
        """Ranges without the intervals at either end in which no minimiser's bias is."""
        cuts, kept = [], []
        for each in ranges:
            cuts.append(self.cuts(*each))
            kept.append((self.byte(), self.byte()))
        costs, least = self.bounds(box, cuts)
        found = []
        for f, (first, last) in enumerate(kept):
            if not first <= last < len(costs[f]):
                raise _Refused(f"box {self.boxes} keeps intervals that are not there")
            for row in (*costs[f][:first], *costs[f][last + 1 :]):
                if not all(x + y > self.upper for x, y in zip(row, least[1 - f], strict=True)):
                    raise _Refused(f"box {self.boxes} drops the bias of a possible minimiser")
            found.append((cuts[f][first], cuts[f][last + 1]))
        return found
