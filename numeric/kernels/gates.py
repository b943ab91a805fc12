"""Independent features, of which one random word is both the gate and the value.

A block of whole vectors is drawn, gated and written in one go: the words stay in registers.  Any
other block is drawn first and gated after; both give the same bits.
"""

from __future__ import annotations

from typing import Any

import numpy as np
from llvmlite import ir
from numba.core import cgutils

from ground.compiled import compiled
from numeric.kernels.lanes import LANES, WORD, Writer, written
from numeric.kernels.patterns import _WORD, _uniform_row
from numeric.kernels.streams import fill_words

__all__ = ["draw_apart", "draw_gated"]

_TOGETHER = 32  # counters: as many independent chains as the vector units need to be kept busy
_ROUNDS = 10
_EIGHT = ir.VectorType(ir.IntType(64), 8)
_WORDS = ir.VectorType(WORD, LANES)
_MULTIPLIERS = (0xD2511F53, 0xCD9E8D57)  # of Philox, as in `numeric.kernels.streams`
_WEYL = (0x9E3779B9, 0xBB67AE85)
_LOW = 0xFFFFFFFF


@compiled(fastmath={"contract"}, borrowing=True)
def _gated_row(row, words, p, low, span):  # type: ignore[no-untyped-def]
    """row[s] ← low + span·u/p where u < p, else 0, with u = (word + ½)/2³²."""
    if p >= 1.0:
        _uniform_row(row, words, low, span)
        return
    threshold = np.uint32(p * 2.0**32)
    # Given word < threshold, (word + ½)/threshold is uniform and symmetric on (0, 1).
    scale = span / np.float32(threshold) if threshold > 0 else np.float32(0.0)
    shift = low + np.float32(0.5) * scale
    for s in range(row.size):
        value = shift + scale * np.float32(words[s])
        row[s] = value if words[s] < threshold else np.float32(0.0)


@written
def _put(w: Writer) -> None:
    """A number in single precision, in a place for a word."""
    rules, place, number = w.values
    w.store(number, rules, place)


@compiled(borrowing=True)
def _rules(rules, density, low, span):  # type: ignore[no-untyped-def]
    """The largest word that is on, scale and shift: of each feature, one after the other."""
    n = density.size
    for j in range(n):
        last, scale, shift = np.uint32(0), np.float32(0.0), np.float32(0.0)
        p = density[j]
        threshold = np.uint32(p * 2.0**32) if p < 1.0 else np.uint32(_LOW)
        if threshold > 0:
            last = threshold if p >= 1.0 else threshold - np.uint32(1)
            scale = span * _WORD if p >= 1.0 else span / np.float32(threshold)
            shift = low + np.float32(0.5) * scale
        rules[j] = last  # word 0 alone, and standing for 0, where no word is on
        _put((rules, n + j, np.float32(scale)))
        _put((rules, 2 * n + j, np.float32(shift)))


def _all(numbers: Any) -> ir.Constant:
    return ir.Constant(_EIGHT, [ir.Constant(_EIGHT.element, number) for number in numbers])


def _chains(w: Writer, counter: Any, settings: Any, keys: Any) -> list[list[Any]]:
    """c0 to c3 of each eight of the counters from one on, each in the lower half of its lane."""
    build = w.builder

    def upper(product: Any) -> Any:
        # Not a shift: the one unit that shifts such vectors is the one that multiplies them.
        lanes = build.bitcast(product, _WORDS)
        odd = [lane | 1 for lane in range(LANES)]
        return build.bitcast(w.shuffled(lanes, lanes, odd), _EIGHT)

    low, one, other = (_all([number] * 8) for number in (_LOW, *_MULTIPLIERS))
    out = []
    for first in range(0, _TOGETHER, 8):
        c0 = build.add(counter, _all(range(first, first + 8)))
        c1, c2, c3 = settings
        for key0, key1 in keys:
            p0 = build.mul(build.and_(c0, low), one)
            p1 = build.mul(build.and_(c2, low), other)
            # Above its lower half a word may be anything: only that is multiplied, or kept.
            c0, c1 = build.xor(build.xor(upper(p1), c1), key0), p1
            c2, c3 = build.xor(build.xor(upper(p0), c3), key1), p0
        out.append([c0, c1, c2, c3])
    return out


@written
def _draw_whole(w: Writer) -> None:
    """x[j, :count] of all features; a quarter of the words comes from each of a counter's four."""
    x, row, n, count, rules, quarter, k0, k1, step, block = w.values
    build, long = w.builder, ir.IntType(64)

    def spread(value: Any) -> Any:
        nothing = ir.Constant(_EIGHT, ir.Undefined)
        first = build.insert_element(nothing, value, ir.Constant(WORD, 0))
        return w.shuffled(first, nothing, [0] * 8)

    keys = []
    for _ in range(_ROUNDS):
        keys.append((spread(k0), spread(k1)))
        k0, k1 = (
            build.and_(build.add(key, ir.Constant(long, weyl)), ir.Constant(long, _LOW))
            for key, weyl in zip((k0, k1), _WEYL, strict=True)
        )
    settings = spread(block), spread(step), _all([0] * 8)
    # Where the next vector of each quarter goes: feature and sample.
    features, samples = [], []
    for word in range(4):
        begin = build.mul(quarter, w.index(word))
        features.append(cgutils.alloca_once_value(build, build.udiv(begin, count)))
        samples.append(cgutils.alloca_once_value(build, build.urem(begin, count)))
    with cgutils.for_range(build, build.udiv(quarter, w.index(_TOGETHER))) as loop:
        counter = spread(build.mul(loop.index, w.index(_TOGETHER)))
        found = _chains(w, counter, settings, keys)
        for pair in zip(found[::2], found[1::2], strict=True):
            for word in range(4):
                first, second = (build.bitcast(eight[word], _WORDS) for eight in pair)
                words = w.shuffled(first, second, range(0, 2 * LANES, 2))
                feature, sample = build.load(features[word]), build.load(samples[word])
                last = build.bitcast(w.scalar(rules, feature), _WORDS)
                scale = w.scalar(rules, w.place(feature, n))
                shift = w.scalar(rules, w.place(feature, n, n))
                value = w.fused(scale, build.uitofp(words, w.zero.type), shift)
                value = build.select(build.icmp_unsigned("<=", words, last), value, w.zero)
                w.store(value, x, w.place((feature, row), sample))
                after = build.add(sample, w.index(LANES))
                over = build.icmp_unsigned(">=", after, count)
                build.store(build.select(over, w.index(0), after), samples[word])
                build.store(build.add(feature, build.zext(over, long)), features[word])


@compiled(borrowing=True)
def draw_apart(world, x, count, words, step, block):  # type: ignore[no-untyped-def]
    """As `draw_gated`, for every block: words first, gates after."""
    density = world.density
    fill_words(words, density.size * count, world.k0, world.k1, step, block, 0)
    for j in range(density.size):
        drawn = words[j * count : (j + 1) * count]
        _gated_row(x[j, :count], drawn, density[j], world.low, world.span)


@compiled(borrowing=True)
def draw_gated(world, x, count, words, step, block):  # type: ignore[no-untyped-def]
    """Fill x[:, :count] by one word for each feature of each sample; `words` is room for them."""
    n = world.density.size
    if count % LANES != 0 or n * count % (4 * _TOGETHER) != 0:
        draw_apart(world, x, count, words, step, block)
        return
    _rules(words, world.density, world.low, world.span)
    quarter, row = n * count // 4, x.shape[1]
    k0, k1 = np.int64(world.k0), np.int64(world.k1)
    _draw_whole((x, row, n, count, words, quarter, k0, k1, step, block))
