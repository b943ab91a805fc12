"""Vectors of sixteen samples: the tiles out of which the products of a step are made.

LLVM vectorises a plain loop, but keeps no tile of a product in registers.  So the innermost loops
are written in its own language, by the few generators below.  Each holds rows × vectors sums in
registers, in an order that is written down: neither the machine's width nor who calls it changes
a sum's order, and a machine of narrower vectors is given several for one.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import numpy as np
from llvmlite import ir
from numba.core import cgutils, types
from numba.extending import intrinsic

from ground.compiled import compiled

__all__ = ["LANES", "errors", "multiply", "outer", "padded"]

LANES = 16
_SINGLE, _DOUBLE, _INDEX = ir.FloatType(), ir.DoubleType(), ir.IntType(64)
_VECTOR = ir.VectorType(_SINGLE, LANES)


@compiled()
def padded(count):  # type: ignore[no-untyped-def]
    """The number of samples rounded up to whole vectors."""
    return (count + LANES - 1) // LANES * LANES


class _Writer:
    """What the generators write into: the loop's builder, and arrays by their data."""

    def __init__(self, context: Any, builder: Any, kinds: Any, given: Any) -> None:
        self.builder = builder
        self.values = [
            context.make_array(kind)(context, builder, value).data
            if isinstance(kind, types.Array)
            else value
            for kind, value in zip(kinds, cgutils.unpack_tuple(builder, given), strict=True)
        ]
        kind = ir.FunctionType(_VECTOR, [_VECTOR] * 3)
        self._fused = cgutils.get_or_insert_function(
            builder.module, kind, f"llvm.fmuladd.v{LANES}f32"
        )

    def index(self, number: int) -> ir.Constant:
        return ir.Constant(_INDEX, number)

    def place(self, *terms: Any) -> Any:
        """Σ of the terms; a pair stands for its product."""
        total = None
        for term in terms:
            value = self.builder.mul(*term) if isinstance(term, tuple) else term
            total = value if total is None else self.builder.add(total, value)
        return total

    def _at(self, array: Any, place: Any, kind: Any) -> Any:
        pointer = self.builder.gep(array, [place])
        return self.builder.bitcast(pointer, kind.as_pointer())

    def load(self, array: Any, place: Any, kind: Any = _VECTOR) -> Any:
        align = 8 if kind is _DOUBLE or getattr(kind, "element", None) is _DOUBLE else 4
        return self.builder.load(self._at(array, place, kind), align=align)

    def store(self, value: Any, array: Any, place: Any) -> None:
        align = 8 if getattr(value.type, "element", value.type) is _DOUBLE else 4
        self.builder.store(value, self._at(array, place, value.type), align=align)

    def spread(self, value: Any) -> Any:
        """One number in every lane."""
        nothing = ir.Constant(_VECTOR, ir.Undefined)
        first = self.builder.insert_element(nothing, value, ir.Constant(ir.IntType(32), 0))
        return self.builder.shuffle_vector(first, nothing, self._lanes([0] * LANES))

    def scalar(self, array: Any, place: Any) -> Any:
        return self.spread(self.load(array, place, _SINGLE))

    def fused(self, a: Any, b: Any, c: Any) -> Any:
        """a b + c."""
        return self.builder.call(self._fused, [a, b, c])

    def sums(self, count: int, start: Any = None) -> list[Any]:
        """Variables that the optimiser turns into registers."""
        zero = ir.Constant(_VECTOR, [ir.Constant(_SINGLE, 0.0)] * LANES)
        return [cgutils.alloca_once_value(self.builder, start or zero) for _ in range(count)]

    @staticmethod
    def _lanes(order: Sequence[int]) -> ir.Constant:
        word = ir.IntType(32)
        return ir.Constant(
            ir.VectorType(word, len(order)), [ir.Constant(word, lane) for lane in order]
        )

    def shuffled(self, a: Any, b: Any, order: Sequence[int]) -> Any:
        return self.builder.shuffle_vector(a, b, self._lanes(order))

    def totals(self, vectors: list[Any]) -> Any:
        """A vector of the sums of 1, 4 or 16 vectors' lanes: a tree of shuffles within fours."""
        fours, both = range(0, LANES, 4), (0, 16)
        pairs: tuple[tuple[list[int], int], ...] = (  # which lanes of two vectors meet
            ([q + o + s for q in fours for o in (0, 1) for s in both], 2),
            ([q + o + s for q in fours for s in both for o in (0, 1)], 2),
            ([q + o + s for s in both for q in (0, 4) for o in range(4)], 8),
            ([q + o + s for s in both for q in (0, 8) for o in range(4)], 4),
        )
        stage = 0
        while len(vectors) > 1:
            low, step = pairs[stage]
            high = [lane + step for lane in low]
            vectors = [
                self.builder.fadd(self.shuffled(a, b, low), self.shuffled(a, b, high))
                for a, b in zip(vectors[::2], vectors[1::2], strict=True)
            ]
            stage += 1
        total, width, wanted = vectors[0], LANES, (1, 2, 4, 8, 16)[stage]
        while width > wanted:
            width //= 2
            halves = [self.shuffled(total, total, range(o, o + width)) for o in (0, width)]
            total = self.builder.fadd(*halves)
        return total

    def add_doubles(self, total: Any, array: Any, place: Any) -> None:
        """array[place:] += total, in float64."""
        wide = ir.VectorType(_DOUBLE, total.type.count)
        found = self.load(array, place, wide)
        self.store(self.builder.fadd(found, self.builder.fpext(total, wide)), array, place)

    def products(self, sums: list[Any], rows: Any, scalars: Any, count: Any) -> None:
        """sums[a][v] += scalars(t, a) · rows(t, v) for all t < count."""
        with cgutils.for_range(self.builder, count) as loop:
            vectors = rows(loop.index)
            for a, one in enumerate(scalars(loop.index)):
                for v, vector in enumerate(vectors):
                    target = sums[a * len(vectors) + v]
                    value = self.fused(one, vector, self.builder.load(target))
                    self.builder.store(value, target)


def _written(write: Callable[[_Writer], None]) -> Any:
    """What a generator writes, as a compiled function of one tuple; its integers are int64."""

    def tile(typing: Any, given: Any) -> Any:
        del typing
        wanted = [types.int64 if isinstance(kind, types.Integer) else kind for kind in given]

        def generate(context: Any, builder: Any, signature: Any, values: Any) -> Any:
            write(_Writer(context, builder, signature.args[0], values[0]))
            return context.get_dummy_value()

        return types.void(types.Tuple(wanted)), generate  # type: ignore[attr-defined]

    return intrinsic(tile)


def _multiplied(height: int, width: int) -> Any:
    """out[a, s] = Σ_t scalars[c + a·across + t·step] · rows[t, s], for a < height."""

    def write(w: _Writer) -> None:
        out, place, out_row, rows, begin, row, scalars, first, across, step, count = w.values
        sums = w.sums(height * width)
        w.products(
            sums,
            lambda t: [
                w.load(rows, w.place(begin, (t, row), w.index(LANES * v))) for v in range(width)
            ],
            lambda t: [
                w.scalar(scalars, w.place(first, (t, step), (w.index(a), across)))
                for a in range(height)
            ],
            count,
        )
        for number, total in enumerate(sums):
            a, v = divmod(number, width)
            there = w.place(place, (w.index(a), out_row), w.index(LANES * v))
            w.store(w.builder.load(total), out, there)

    return _written(write)


def _erring(height: int, width: int) -> Any:
    """z = b + D h for some outputs, made into ∂loss/∂z; loss and slopes are added up."""

    def write(w: _Writer) -> None:
        (back, goal, row, output, sample, hidden, decoder, m, b, weight, least, slopes, loss) = (
            w.values
        )
        build = w.builder
        outputs = [w.place(output, w.index(a)) for a in range(height)]
        sums = []
        for place in outputs:
            sums += w.sums(width, w.scalar(b, place))
        w.products(
            sums,
            lambda t: [
                w.load(hidden, w.place(sample, (t, row), w.index(LANES * v))) for v in range(width)
            ],
            lambda t: [w.scalar(decoder, w.place(t, (place, m))) for place in outputs],
            m,
        )
        floor = w.spread(least)
        zero = ir.Constant(_VECTOR, [ir.Constant(_SINGLE, 0.0)] * LANES)
        total, turns = w.load(loss, w.index(0)), []
        for a, place in enumerate(outputs):
            double = w.scalar(weight, place)  # 2 × importance
            turn = None
            for v in range(width):
                there = w.place((place, row), sample, w.index(LANES * v))
                z = build.load(sums[a * width + v])
                # So that NaN is on: a model that has diverged must not pass for a silent one.
                on = build.fcmp_unordered(">", z, floor)
                error = build.fsub(build.select(on, z, zero), w.load(goal, there))
                slope = build.fmul(double, error)
                total = w.fused(slope, error, total)
                slope = build.select(on, slope, zero)
                w.store(slope, back, there)
                turn = slope if turn is None else build.fadd(turn, slope)
            turns.append(turn)
        w.store(total, loss, w.index(0))
        w.add_doubles(w.totals(turns), slopes, output)

    return _written(write)


def _outer(height: int, across: int) -> Any:
    """g[a, k] += Σ_s left[a, s] right[k, s] + left2[a, s] right2[k, s], for whole vectors s."""

    def write(w: _Writer) -> None:
        g, m, j, k, left, right, vectors, left2, right2, vectors2, row = w.values
        sums = w.sums(height * across)
        for first, second, count in ((left, right, vectors), (left2, right2, vectors2)):
            with cgutils.for_range(w.builder, count) as loop:
                sample = w.builder.mul(loop.index, w.index(LANES))
                ours = [
                    w.load(first, w.place((w.place(j, w.index(a)), row), sample))
                    for a in range(height)
                ]
                theirs = [
                    w.load(second, w.place((w.place(k, w.index(c)), row), sample))
                    for c in range(across)
                ]
                for number, total in enumerate(sums):
                    a, c = divmod(number, across)
                    w.builder.store(w.fused(ours[a], theirs[c], w.builder.load(total)), total)
        found = w.totals([w.builder.load(total) for total in sums])
        if across == 1 and height > 1:  # a column of g
            for a in range(height):
                there = w.place((w.place(j, w.index(a)), m), k)
                w.add_doubles(w.shuffled(found, found, [a]), g, there)
            return
        for a in range(height):
            part = w.shuffled(found, found, range(a * across, (a + 1) * across))
            w.add_doubles(part, g, w.place((w.place(j, w.index(a)), m), k))

    return _written(write)


_multiply_44, _multiply_41 = _multiplied(4, 4), _multiplied(4, 1)
_multiply_14, _multiply_11 = _multiplied(1, 4), _multiplied(1, 1)
_errors_44, _errors_41 = _erring(4, 4), _erring(4, 1)
_errors_14, _errors_11 = _erring(1, 4), _erring(1, 1)
_outer_44, _outer_41 = _outer(4, 4), _outer(4, 1)
_outer_14, _outer_11 = _outer(1, 4), _outer(1, 1)


@compiled()
def multiply(out, rows, scalars, width):  # type: ignore[no-untyped-def]
    """out[k, s] = Σ_j scalars[j, k] rows[j, s] for s < width, a multiple of `LANES`."""
    n, m = scalars.shape
    a, r = out.shape[1], rows.shape[1]
    for s in range(0, width, 4 * LANES):
        last = width - s < 4 * LANES
        k = 0
        while k < m:
            tall = m - k >= 4
            for p in range(s, min(width, s + 4 * LANES), LANES if last else 4 * LANES):
                if tall and last:
                    _multiply_41((out, k * a + p, a, rows, p, r, scalars, k, 1, m, n))
                elif tall:
                    _multiply_44((out, k * a + p, a, rows, p, r, scalars, k, 1, m, n))
                elif last:
                    _multiply_11((out, k * a + p, a, rows, p, r, scalars, k, 1, m, n))
                else:
                    _multiply_14((out, k * a + p, a, rows, p, r, scalars, k, 1, m, n))
            k += 4 if tall else 1


@compiled()
def errors(back, goal, h, decoder, b, weight, least, slopes, loss, width):  # type: ignore[no-untyped-def]
    """back[j, s] = ∂loss/∂z of z = b + decoder h where z > least, else 0; returns the loss.

    `weight` is twice the importance; `loss` is room for a vector; the sums of back over samples
    are added to `slopes`, float64.
    """
    n, m = decoder.shape
    row = goal.shape[1]
    total = 0.0
    for s in range(0, width, 4 * LANES):
        last = width - s < 4 * LANES
        loss[:] = np.float32(0.0)
        for p in range(s, min(width, s + 4 * LANES), LANES if last else 4 * LANES):
            j = 0
            while j < n:
                tall = n - j >= 4
                if tall and last:
                    _errors_41(
                        (back, goal, row, j, p, h, decoder, m, b, weight, least, slopes, loss)
                    )
                elif tall:
                    _errors_44(
                        (back, goal, row, j, p, h, decoder, m, b, weight, least, slopes, loss)
                    )
                elif last:
                    _errors_11(
                        (back, goal, row, j, p, h, decoder, m, b, weight, least, slopes, loss)
                    )
                else:
                    _errors_14(
                        (back, goal, row, j, p, h, decoder, m, b, weight, least, slopes, loss)
                    )
                j += 4 if tall else 1
        for lane in range(LANES):
            total += 0.5 * loss[lane]
    return total


@compiled()
def outer(g, left, right, left2, right2, width, width2):  # type: ignore[no-untyped-def]
    """g += left rightᵀ + left2 right2ᵀ over so many samples each, g in float64."""
    n, m = g.shape
    row = left.shape[1]
    one, two = width // LANES, width2 // LANES
    for j in range(0, n - n % 4, 4):
        for k in range(0, m - m % 4, 4):
            _outer_44((g, m, j, k, left, right, one, left2, right2, two, row))
        for k in range(m - m % 4, m):
            _outer_41((g, m, j, k, left, right, one, left2, right2, two, row))
    for j in range(n - n % 4, n):
        for k in range(0, m - m % 4, 4):
            _outer_14((g, m, j, k, left, right, one, left2, right2, two, row))
        for k in range(m - m % 4, m):
            _outer_11((g, m, j, k, left, right, one, left2, right2, two, row))
