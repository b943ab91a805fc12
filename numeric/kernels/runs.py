"""Products with sparse samples: only active entries are multiplied, each with a row of numbers.

Entries come in runs, one for each feature: places (samples) and values.  Rows are one for each
sample or feature, as wide as the hidden layer, padded to whole vectors.
"""

from __future__ import annotations

from typing import Any

from numba.core import cgutils, types
from numba.extending import intrinsic

from ground.compiled import compiled
from numeric.kernels.lanes import LANES, WORD, Writer, written

__all__ = ["gather", "keep_active", "scatter", "transpose"]


def _run(w: Writer, body: Any) -> None:
    """Call body(place, value in all lanes) for each entry of a run."""
    places, values, begin, end = w.values[:4]
    with cgutils.for_range(w.builder, end, begin) as loop:
        place = w.builder.sext(w.load(places, loop.index, WORD), begin.type)
        body(place, w.scalar(values, loop.index))


def _scattering(width: int) -> Any:
    """out[place] += value · row, for each entry of a run."""

    def write(w: Writer) -> None:
        out, out_row, column, rows, place = w.values[4:]
        row = [w.load(rows, w.place(place, w.index(LANES * v))) for v in range(width)]

        def add(sample: Any, value: Any) -> None:
            for v, vector in enumerate(row):
                there = w.place((sample, out_row), column, w.index(LANES * v))
                w.store(w.fused(value, vector, w.load(out, there)), out, there)

        _run(w, add)

    return written(write)


def _gathering(width: int) -> Any:
    """out = Σ value · rows[place], over a run."""

    def write(w: Writer) -> None:
        rows, row, column, out, place = w.values[4:]
        sums = w.sums(width)

        def add(sample: Any, value: Any) -> None:
            for v, total in enumerate(sums):
                there = w.place((sample, row), column, w.index(LANES * v))
                w.builder.store(w.fused(value, w.load(rows, there), w.builder.load(total)), total)

        _run(w, add)
        for v, total in enumerate(sums):
            w.store(w.builder.load(total), out, w.place(place, w.index(LANES * v)))

    return written(write)


@written
def _transpose_16(w: Writer) -> None:
    """out[k, s] = rows[s, k] for 16 × 16 numbers: four perfect shuffles of the rows."""
    rows, place, row, out, there, out_row = w.values
    found = [w.load(rows, w.place(place, (w.index(s), row))) for s in range(LANES)]
    low = [lane // 2 + LANES * (lane % 2) for lane in range(LANES)]
    high = [lane + LANES // 2 for lane in low]
    for _ in range(4):
        half = zip(found[: LANES // 2], found[LANES // 2 :], strict=True)
        found = [w.shuffled(a, b, order) for a, b in half for order in (low, high)]
    for k, vector in enumerate(found):
        w.store(vector, out, w.place(there, (w.index(k), out_row)))


@intrinsic
def keep_active(typing, x, place, sample, places, values, found):  # type: ignore[no-untyped-def]
    """Append the samples that are not zero in a vector of x, with their values; how many."""
    del typing

    def generate(context: Any, builder: Any, signature: Any, given: Any) -> Any:
        w = Writer(context, builder, signature.args, given)
        return w.keep_active(*w.values)

    wanted = (x, types.int64, types.int64, places, values, types.int64)
    return types.int64(*wanted), generate


_scatter_2, _scatter_1 = _scattering(2), _scattering(1)
_gather_2, _gather_1 = _gathering(2), _gathering(1)


@compiled(borrowing=True)
def scatter(out, starts, places, values, rows):  # type: ignore[no-untyped-def]
    """out[places[q]] += values[q] rows[j] for the entries q of each run j."""
    wide, n = rows.shape[1], rows.shape[0]
    for c in range(0, wide, 2 * LANES):
        for j in range(n):
            a, b = starts[j], starts[j + 1]
            if wide - c > LANES:
                _scatter_2((places, values, a, b, out, wide, c, rows, j * wide + c))
            else:
                _scatter_1((places, values, a, b, out, wide, c, rows, j * wide + c))


@compiled(borrowing=True)
def gather(out, starts, places, values, rows):  # type: ignore[no-untyped-def]
    """out[j] = Σ values[q] rows[places[q]] over the entries q of each run j."""
    wide, n = out.shape[1], out.shape[0]
    for c in range(0, wide, 2 * LANES):
        for j in range(n):
            a, b = starts[j], starts[j + 1]
            if wide - c > LANES:
                _gather_2((places, values, a, b, rows, wide, c, out, j * wide + c))
            else:
                _gather_1((places, values, a, b, rows, wide, c, out, j * wide + c))


@compiled(borrowing=True)
def transpose(out, rows, height, width):  # type: ignore[no-untyped-def]
    """out[k, s] = rows[s, k] for s < height, k < width, both whole vectors."""
    a, r = out.shape[1], rows.shape[1]
    for s in range(0, height, LANES):
        for k in range(0, width, LANES):
            _transpose_16((rows, s * r + k, r, out, k * a + s, a))
