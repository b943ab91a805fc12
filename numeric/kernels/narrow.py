"""A gradient through at most eight hidden dimensions, out of active entries alone.

As `numeric.kernels.runs`, with rows half a vector wide: half of what is loaded, and shuffled, would
else be padding.  Values are read where they stand, so that only their places are listed.
"""

from __future__ import annotations

from typing import Any

from llvmlite import ir
from numba.core import cgutils, types
from numba.extending import intrinsic

from ground.compiled import compiled
from numeric.kernels.lanes import LANES, WORD, Writer, written

__all__ = ["HALF", "gather_half", "keep_places", "transpose_half"]

HALF = LANES // 2  # numbers in a row
_ROW = ir.VectorType(ir.FloatType(), HALF)


@intrinsic
def keep_places(typing, x, place, sample, places, found):  # type: ignore[no-untyped-def]
    """Append the samples that are not zero in a vector of x; how many."""
    del typing

    def generate(context: Any, builder: Any, signature: Any, given: Any) -> Any:
        w = Writer(context, builder, signature.args, given)
        x, place, sample, places, found = w.values
        return w.keep_active(x, place, sample, places, None, found)

    wanted = (x, types.int64, types.int64, places, types.int64)
    return types.int64(*wanted), generate


@written
def _gather(w: Writer) -> None:
    """out = Σ x[place] · rows[place], over a run, in its order."""
    places, begin, end, x, feature, rows, out, there = w.values
    build = w.builder
    kind = ir.FunctionType(_ROW, [_ROW] * 3)
    fused = cgutils.get_or_insert_function(build.module, kind, f"llvm.fmuladd.v{HALF}f32")
    nothing = ir.Constant(_ROW, ir.Undefined)
    total = cgutils.alloca_once_value(build, ir.Constant(_ROW, None))
    with cgutils.for_range(build, end, begin) as loop:
        sample = build.sext(w.load(places, loop.index, WORD), begin.type)
        value = w.load(x, w.place(feature, sample), _ROW.element)
        first = build.insert_element(nothing, value, ir.Constant(WORD, 0))
        value = w.shuffled(first, nothing, [0] * HALF)
        row = w.load(rows, w.place((sample, w.index(HALF))), _ROW)
        build.store(build.call(fused, [value, row, build.load(total)]), total)
    w.store(build.load(total), out, there)


@written
def _transpose(w: Writer) -> None:
    """out[s, k] = rows[k, s] for 8 × 16 numbers: three perfect shuffles of the rows."""
    rows, place, row, out, there = w.values
    found = [w.load(rows, w.place(place, (w.index(k), row))) for k in range(HALF)]
    low = [lane // 2 + LANES * (lane % 2) for lane in range(LANES)]
    high = [lane + HALF for lane in low]
    for _ in range(3):
        half = zip(found[: HALF // 2], found[HALF // 2 :], strict=True)
        found = [w.shuffled(a, b, order) for a, b in half for order in (low, high)]
    for pair, vector in enumerate(found):
        w.store(vector, out, w.place(there, w.index(LANES * pair)))


@compiled(borrowing=True)
def gather_half(out, starts, places, x, rows):  # type: ignore[no-untyped-def]
    """out[j] = Σ x[j, s] rows[s] over the places s of each run j; rows and out are `HALF` wide."""
    for j in range(out.shape[0]):
        _gather((places, starts[j], starts[j + 1], x, j * x.shape[1], rows, out, j * HALF))


@compiled(borrowing=True)
def transpose_half(out, rows, width):  # type: ignore[no-untyped-def]
    """out[s, k] = rows[k, s] for k < `HALF`, s < width, whole vectors."""
    for s in range(0, width, LANES):
        _transpose((rows, s, rows.shape[1], out, s * HALF))
