"""Vectors of sixteen numbers, and how to write code that keeps them in registers.

LLVM vectorises a plain loop, but keeps no tile of a product in registers.  So the innermost loops
are written in its own language, by the few generators below.  Each holds rows × vectors sums in
registers, in an order that is written down; a machine of narrower vectors is given several for one.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import numpy as np
from llvmlite import ir
from numba.core import cgutils, types
from numba.extending import intrinsic

from ground.compiled import compiled

__all__ = [
    "LANES",
    "WORD",
    "Writer",
    "aligned",
    "padded",
    "pair_runs",
    "silence",
    "uniform_run",
    "written",
]

LANES = 16
_SINGLE, _DOUBLE, _INDEX = ir.FloatType(), ir.DoubleType(), ir.IntType(64)
WORD = ir.IntType(32)
_FIRST = ir.Constant(WORD, 0)
_VECTOR = ir.VectorType(_SINGLE, LANES)


@compiled(borrowing=True)
def padded(count):  # type: ignore[no-untyped-def]
    """The number of samples rounded up to whole vectors."""
    return (count + LANES - 1) // LANES * LANES


@compiled()
def aligned(rows, width):  # type: ignore[no-untyped-def]
    """(rows, width) zeros, float32; where width is whole vectors, each lies in one cache line."""
    flat = np.zeros(rows * width + LANES, np.float32)
    skip = (-flat.ctypes.data // 4) % LANES
    return flat[skip : skip + rows * width].reshape(rows, width)


class Writer:
    """What the generators write into: the loop's builder, and arrays by their data."""

    def __init__(self, context: Any, builder: Any, kinds: Any, values: Any) -> None:
        self.builder = builder
        self.values = [
            context.make_array(kind)(context, builder, value).data
            if isinstance(kind, types.Array)
            else value
            for kind, value in zip(kinds, values, strict=True)
        ]
        kind = ir.FunctionType(_VECTOR, [_VECTOR] * 3)
        self._fused = cgutils.get_or_insert_function(
            builder.module, kind, f"llvm.fmuladd.v{LANES}f32"
        )

    zero = ir.Constant(_VECTOR, [ir.Constant(_SINGLE, 0.0)] * LANES)

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
        first = self.builder.insert_element(nothing, value, _FIRST)
        return self.builder.shuffle_vector(first, nothing, self.lanes([0] * LANES))

    def scalar(self, array: Any, place: Any) -> Any:
        return self.spread(self.load(array, place, _SINGLE))

    def fused(self, a: Any, b: Any, c: Any) -> Any:
        """a b + c."""
        return self.builder.call(self._fused, [a, b, c])

    def sums(self, count: int, start: Any = None) -> list[Any]:
        """Variables that the optimiser turns into registers."""
        return [cgutils.alloca_once_value(self.builder, start or self.zero) for _ in range(count)]

    def counted(self, value: Any) -> Any:
        """A whole number, as 32 bits in every lane."""
        nothing = ir.Constant(ir.VectorType(WORD, LANES), ir.Undefined)
        first = self.builder.insert_element(nothing, self.builder.trunc(value, WORD), _FIRST)
        return self.builder.shuffle_vector(first, nothing, self.lanes([0] * LANES))

    @staticmethod
    def lanes(order: Sequence[int]) -> ir.Constant:
        kind = ir.VectorType(WORD, len(order))
        return ir.Constant(kind, [ir.Constant(WORD, lane) for lane in order])

    def shuffled(self, a: Any, b: Any, order: Sequence[int]) -> Any:
        return self.builder.shuffle_vector(a, b, self.lanes(order))

    def keep_active(
        self, x: Any, place: Any, sample: Any, places: Any, values: Any, found: Any
    ) -> Any:
        """Store the lanes that are not zero, and their numbers counted from `sample`; how many.

        Where there are no `values`, the numbers alone.
        """
        vector = self.load(x, place)
        active = self.builder.fcmp_unordered("!=", vector, self.zero)
        numbers = self.builder.add(self.counted(sample), self.lanes(range(LANES)))
        for array, lanes, name in ((values, vector, "f32"), (places, numbers, "i32")):
            if array is None:
                continue
            pointer = self.builder.gep(array, [found])
            kind = ir.FunctionType(
                ir.VoidType(), [lanes.type, pointer.type, ir.VectorType(ir.IntType(1), LANES)]
            )
            store = cgutils.get_or_insert_function(
                self.builder.module, kind, f"llvm.masked.compressstore.v{LANES}{name}"
            )
            self.builder.call(store, [lanes, pointer, active])
        mask = self.builder.bitcast(active, ir.IntType(LANES))
        return self.builder.zext(self.builder.ctpop(mask), _INDEX)

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


def written(write: Callable[[Writer], None]) -> Any:
    """What a generator writes, as a compiled function of one tuple; its integers are int64."""

    def tile(typing: Any, given: Any) -> Any:
        del typing
        wanted = [types.int64 if isinstance(kind, types.Integer) else kind for kind in given]

        def generate(context: Any, builder: Any, signature: Any, values: Any) -> Any:
            given = cgutils.unpack_tuple(builder, values[0])
            write(Writer(context, builder, signature.args[0], given))
            return context.get_dummy_value()

        return types.void(types.Tuple(wanted)), generate  # type: ignore[attr-defined]

    return intrinsic(tile)


@written
def _uniform_vectors(w: Writer) -> None:
    """out[s] = shift + scale · word, whole vectors."""
    out, place, words, taken, vectors, shift, scale = w.values
    start, slope = w.spread(shift), w.spread(scale)
    with cgutils.for_range(w.builder, vectors) as loop:
        sample = w.builder.mul(loop.index, w.index(LANES))
        found = w.load(words, w.place(taken, sample), ir.VectorType(WORD, LANES))
        value = w.fused(slope, w.builder.uitofp(found, _VECTOR), start)
        w.store(value, out, w.place(place, sample))


@compiled(borrowing=True)
def uniform_run(out, j, start, stop, words, taken, shift, scale):  # type: ignore[no-untyped-def]
    """out[j, start:stop] = shift + scale · words[taken:]; up to 15 numbers beyond are touched."""
    vectors = (stop - start + LANES - 1) // LANES
    place = j * out.shape[1] + start
    _uniform_vectors((out, place, words, taken, vectors, np.float32(shift), np.float32(scale)))


@compiled(borrowing=True)
def silence(out, j, start):  # type: ignore[no-untyped-def]
    """out[j, start : start + 16] = 0: what is left of a vector, without asking how much that is."""
    nothing = np.float32(0.0)
    _uniform_vectors((out, j * out.shape[1] + start, out, 0, 1, nothing, nothing))


def _pairing(mixed: bool) -> Any:
    """Two rows of whole vectors, as `pair_runs` says; past the lone samples there is no choice."""

    def write(w: Writer) -> None:
        x, row, words, begin, end, first, lone, both, shift, scale = w.values
        build = w.builder
        start, slope = w.spread(shift), w.spread(scale)
        first, lone = w.counted(first), w.counted(lone)
        with cgutils.for_range(build, end, begin) as loop:
            sample = build.mul(loop.index, w.index(LANES))
            one, other = (
                w.fused(slope, build.uitofp(w.load(words, at, first.type), _VECTOR), start)
                for at in (sample, w.place(sample, both))
            )
            if mixed:
                number = build.add(w.counted(sample), w.lanes(range(LANES)))
                is_first = build.icmp_signed("<", number, first)
                is_lone = build.icmp_signed("<", number, lone)
                other = build.select(is_lone, one, other)
                other = build.select(is_first, w.zero, other)
                one = build.select(build.xor(is_first, is_lone), w.zero, one)
            w.store(one, x, sample)
            w.store(other, x, w.place(sample, row))

    return written(write)


_mixed_pairs, _plain_pairs = _pairing(True), _pairing(False)


@compiled(borrowing=True)
def pair_runs(x, words, first, second, both, shift, scale):  # type: ignore[no-untyped-def]
    """Two features: samples of the first alone, of the second alone, of both, from words in turn.

    The same as six calls of `uniform_run`, in one pass; up to 15 numbers beyond are touched.
    """
    lone, end = first + second, padded(first + second + both) // LANES
    mixed = padded(lone) // LANES
    row, shift, scale = x.shape[1], np.float32(shift), np.float32(scale)
    _mixed_pairs((x, row, words, 0, mixed, first, lone, both, shift, scale))
    _plain_pairs((x, row, words, mixed, end, first, lone, both, shift, scale))
