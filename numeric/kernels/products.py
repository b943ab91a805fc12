"""The products of a step, out of tiles that hold their sums in registers.

Each tile is rows × vectors of sums, with the order of every sum written down: neither the machine's
width nor who calls it changes a bit.  The smallest models need no tiles: all of a step is one.
"""

from __future__ import annotations

from typing import Any

import numpy as np
from numba.core import cgutils

from ground.compiled import compiled
from numeric.kernels.lanes import LANES, Writer, written

__all__ = ["SHAPES", "errors", "multiply", "outer", "whole_step"]

IN_CACHE = 112  # rows of 64 samples that stay in the first-level cache while they are used again
SHAPES = ((2, 1), (3, 2), (5, 2))  # n, m of which a step fits into the registers as a whole


def _multiplied(height: int, width: int, *, onward: bool = False) -> Any:
    """out[a, s] = Σ_t scalars[c + a·across + t·step] · rows[t, s], for a < height.

    Onward the sums are added to what is in out.
    """

    def write(w: Writer) -> None:
        out, place, out_row, rows, begin, row, scalars, first, across, step, count = w.values
        targets = [
            w.place(place, (w.index(a), out_row), w.index(LANES * v))
            for a in range(height)
            for v in range(width)
        ]
        sums = [w.sums(1, w.load(out, there) if onward else None)[0] for there in targets]
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
        for total, there in zip(sums, targets, strict=True):
            w.store(w.builder.load(total), out, there)

    return written(write)


def _erring(height: int, width: int) -> Any:
    """z = b + D h for some outputs, made into ∂loss/∂z; loss and slopes are added up."""

    def write(w: Writer) -> None:
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
        total, turns = w.load(loss, w.index(0)), []
        for a, place in enumerate(outputs):
            double = w.scalar(weight, place)  # 2 × importance
            turn = None
            for v in range(width):
                there = w.place((place, row), sample, w.index(LANES * v))
                z = build.load(sums[a * width + v])
                # So that NaN is on: a model that has diverged must not pass for a silent one.
                on = build.fcmp_unordered(">", z, floor)
                error = build.fsub(build.select(on, z, w.zero), w.load(goal, there))
                slope = build.fmul(double, error)
                total = w.fused(slope, error, total)
                slope = build.select(on, slope, w.zero)
                w.store(slope, back, there)
                turn = slope if turn is None else build.fadd(turn, slope)
            turns.append(turn)
        w.store(total, loss, w.index(0))
        w.add_doubles(w.totals(turns), slopes, output)

    return written(write)


def _outer(height: int, across: int) -> Any:
    """g[a, k] += Σ_s left[a, s] right[k, s] + left2[a, s] right2[k, s], for whole vectors s."""

    def write(w: Writer) -> None:
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
        # Fours of columns are added up together, any other column by itself, in whatever tile.
        c = 0
        while c < across:
            columns = 4 if across - c >= 4 else 1
            found = w.totals(
                [
                    w.builder.load(sums[a * across + c + q])
                    for a in range(height)
                    for q in range(columns)
                ]
            )
            for a in range(height):
                part = found
                if height * columns > 1:
                    part = w.shuffled(found, found, range(a * columns, (a + 1) * columns))
                w.add_doubles(part, g, w.place((w.place(j, w.index(a)), m), w.place(k, w.index(c))))
            c += columns

    return written(write)


_multiply_54, _multiply_44, _multiply_34, _multiply_24, _multiply_14 = (
    _multiplied(height, 4) for height in (5, 4, 3, 2, 1)
)
_onward_54, _onward_44, _onward_34, _onward_24, _onward_14 = (
    _multiplied(height, 4, onward=True) for height in (5, 4, 3, 2, 1)
)
_multiply_41, _multiply_11 = _multiplied(4, 1), _multiplied(1, 1)
_errors_44, _errors_41 = _erring(4, 4), _erring(4, 1)
_errors_14, _errors_11 = _erring(1, 4), _erring(1, 1)
_outer_44, _outer_45 = _outer(4, 4), _outer(4, 5)
_outer_41, _outer_42 = _outer(4, 1), _outer(4, 2)
_outer_14, _outer_11 = _outer(1, 4), _outer(1, 1)


@compiled(borrowing=True)
def _multiply_narrow(out, rows, scalars, s):  # type: ignore[no-untyped-def]
    """As `multiply`, of one vector of samples from s on."""
    n, m = scalars.shape
    a, r = out.shape[1], rows.shape[1]
    for k in range(0, m - m % 4, 4):
        _multiply_41((out, k * a + s, a, rows, s, r, scalars, k, 1, m, n))
    for k in range(m - m % 4, m):
        _multiply_11((out, k * a + s, a, rows, s, r, scalars, k, 1, m, n))


@compiled(borrowing=True)
def _multiply_rest(height, tile):  # type: ignore[no-untyped-def]
    if height == 5:
        _multiply_54(tile)
    elif height == 3:
        _multiply_34(tile)
    elif height == 2:
        _multiply_24(tile)
    else:
        _multiply_14(tile)


@compiled(borrowing=True)
def _onward_rest(height, tile):  # type: ignore[no-untyped-def]
    if height == 5:
        _onward_54(tile)
    elif height == 3:
        _onward_34(tile)
    elif height == 2:
        _onward_24(tile)
    else:
        _onward_14(tile)


@compiled(borrowing=True)
def multiply(out, rows, scalars, width):  # type: ignore[no-untyped-def]
    """out[k, s] = Σ_j scalars[j, k] rows[j, s] for s < width, a multiple of `LANES`."""
    n, m = scalars.shape
    a, r = out.shape[1], rows.shape[1]
    pieces = (n + IN_CACHE - 1) // IN_CACHE
    whole = width - width % (4 * LANES)
    for s in range(0, whole, 4 * LANES):
        for piece in range(pieces):
            j, stop = n * piece // pieces, n * (piece + 1) // pieces
            k = 0
            while k < m:
                # A tile of one row would wait for its own sums: what is left over shares one.
                left = m - k
                height = 4 if left == 4 or left > 5 else left
                at, scalar = k * a + s, j * m + k
                tile = (out, at, a, rows, j * r + s, r, scalars, scalar, 1, m, stop - j)
                if height == 4 and j == 0:
                    _multiply_44(tile)
                elif height == 4:
                    _onward_44(tile)
                elif j == 0:
                    _multiply_rest(height, tile)
                else:
                    _onward_rest(height, tile)
                k += height
    for s in range(whole, width, LANES):
        _multiply_narrow(out, rows, scalars, s)


@compiled(borrowing=True)
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


@compiled(borrowing=True)
def outer(g, left, right, left2, right2, width, width2):  # type: ignore[no-untyped-def]
    """g += left rightᵀ + left2 right2ᵀ over so many samples each, g in float64."""
    n, m = g.shape
    row = left.shape[1]
    one, two = width // LANES, width2 // LANES
    for j in range(0, n - n % 4, 4):
        k = 0
        while k < m:
            if m - k == 5:  # alone, the last column would wait for its own sums
                _outer_45((g, m, j, k, left, right, one, left2, right2, two, row))
                k += 5
            elif m - k >= 4:
                _outer_44((g, m, j, k, left, right, one, left2, right2, two, row))
                k += 4
            elif m - k >= 2:
                _outer_42((g, m, j, k, left, right, one, left2, right2, two, row))
                k += 2
            else:
                _outer_41((g, m, j, k, left, right, one, left2, right2, two, row))
                k += 1
    for j in range(n - n % 4, n):
        for k in range(0, m - m % 4, 4):
            _outer_14((g, m, j, k, left, right, one, left2, right2, two, row))
        for k in range(m - m % 4, m):
            _outer_11((g, m, j, k, left, right, one, left2, right2, two, row))


def _whole(n: int, m: int) -> Any:
    """Forward and backward of one vector of samples after another, nothing kept on the way."""

    def write(w: Writer) -> None:
        x, row, vectors, decoder, b, double, slopes, g, loss = w.values
        build = w.builder
        W = [[w.scalar(decoder, w.index(j * m + k)) for k in range(m)] for j in range(n)]
        offset = [w.scalar(b, w.index(j)) for j in range(n)]
        weight = [w.scalar(double, w.index(j)) for j in range(n)]
        products, turns, total = w.sums(n * m), w.sums(n), w.sums(1)[0]

        def add(target: Any, one: Any, other: Any) -> None:
            build.store(w.fused(one, other, build.load(target)), target)

        with cgutils.for_range(build, vectors) as loop:
            sample = build.mul(loop.index, w.index(LANES))
            goal = [w.load(x, w.place((w.index(j), row), sample)) for j in range(n)]
            hidden, back = [w.zero] * m, [w.zero] * m
            for j in range(n):
                hidden = [w.fused(W[j][k], goal[j], hidden[k]) for k in range(m)]
            for j in range(n):
                z = offset[j]
                for k in range(m):
                    z = w.fused(W[j][k], hidden[k], z)
                on = build.fcmp_unordered(">", z, w.zero)  # NaN is on, as in `errors`
                error = build.fsub(build.select(on, z, w.zero), goal[j])
                slope = build.fmul(weight[j], error)
                add(total, slope, error)
                slope = build.select(on, slope, w.zero)
                build.store(build.fadd(slope, build.load(turns[j])), turns[j])
                for k in range(m):
                    add(products[j * m + k], slope, hidden[k])
                    back[k] = w.fused(W[j][k], slope, back[k])
            for j in range(n):
                for k in range(m):
                    add(products[j * m + k], back[k], goal[j])
        for array, found in ((g, products), (slopes, turns), (loss, [total])):
            first = 0
            while first < len(found):
                count = 4 if len(found) - first >= 4 else 1
                part = [build.load(vector) for vector in found[first : first + count]]
                w.add_doubles(w.totals(part), array, w.index(first))
                first += count

    return written(write)


_whole_21, _whole_32, _whole_52 = (_whole(n, m) for n, m in SHAPES)


@compiled(borrowing=True)
def whole_step(x, decoder, b, weight, slopes, g, loss, width):  # type: ignore[no-untyped-def]
    """Loss and gradient of a tied model with ReLU of one of the `SHAPES`, as sums over samples.

    They are added to loss (1,), slopes (n,) and g (n, m), all float64; `weight` is twice the
    importance, and so is the loss.
    """
    row, vectors = x.shape[1], width // LANES
    if x.shape[0] == 2:
        _whole_21((x, row, vectors, decoder, b, weight, slopes, g, loss))
    elif x.shape[0] == 3:
        _whole_32((x, row, vectors, decoder, b, weight, slopes, g, loss))
    else:
        _whole_52((x, row, vectors, decoder, b, weight, slopes, g, loss))
