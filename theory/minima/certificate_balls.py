"""The cost of one feature of (2, 1), and what it is at least on a box, in ball arithmetic [D10].

Integrals are differences of antiderivatives, where the search in floats cuts the square of inputs
along z = 0.  Needs python-flint (extra ``exact``).
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from itertools import pairwise
from typing import Any

__all__ = ["BITS", "Feature", "precision"]

BITS = 192  # differences of fourth powers are divided by two slopes of 2^-40 and more


@contextmanager
def precision() -> Iterator[Any]:
    """Work with so many bits, and leave the precision as it was; the type of a ball."""
    from flint import arb, ctx

    before, ctx.prec = ctx.prec, BITS
    try:
        yield arb
    finally:
        ctx.prec = before


class Feature:
    """Costs of one feature at a density."""

    def __init__(self, arb: Any, p: Any) -> None:
        self.arb, self.third = arb, p / 3
        # Products of balls are faster than quotients by whole numbers.
        self.zero, (self.halved, self.part3, self.part4, self.part6) = (
            arb(0),
            [arb(1) / n for n in (2, 3, 4, 6)],
        )
        self.alone, self.both = p * (1 - p), p * p
        self.none = (1 - p) * (1 - p)

    def cost(self, w: Any, other: Any, b: Any) -> Any:
        """E[(x − z₊)²]."""
        F, Fx, _, _ = self.moments(w * w, w * other, b)
        return self.third + F - 2 * Fx

    def corners(self, own: Any, other: Any, cuts: Sequence[float]) -> list[list[Any]]:
        """For each interval of the bias lower bounds at the corners (−, −), (−, +), (+, −), (+, +).

        Parameters
        ----------
        own, other : pairs of ball
            Centre and half-width of the feature's own weight, and of the other's.
        cuts : sequence of float
            Ends of the intervals.
        """
        (w, h), (v, k) = own, other
        ends = [self.arb(each) for each in cuts]
        cross, middle, steps, heard = h * k, w * v, [], []
        for dw in (-h, h):
            a, turn = (w + dw) * (w + dw), w * dw
            lone = [(self.first(a, b), self.second(a, b)) for b in ends]
            for dv in (-k, k):
                step = w * dv + v * dw
                steps.append((turn + turn, step))
                c = middle + step + cross
                heard.append(
                    [self._heard(a, c, b, *known) for b, known in zip(ends, lone, strict=True)]
                )
        found = []
        for number, (low, high) in enumerate(pairwise(ends)):
            b, g = (low + high) * self.halved, (high - low) * self.halved
            F, Fx, Fy, Fz = self.moments(w * w, middle, b)
            Fx, Fy, Fz = Fx + Fx, Fy + Fy, Fz + Fz  # derivatives of F by a, c and b
            level, rise = self.third + F - Fy * cross, Fz * g
            row = []
            for (da, dc), sent in zip(steps, heard, strict=True):
                flat = level + Fx * da + Fy * dc
                row.append((flat - rise - sent[number]).min(flat + rise - sent[number + 1]))
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
