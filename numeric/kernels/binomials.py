"""Binomial counts by inversion: one, or sixteen that share their probability.

A search outwards from the mode ends where chance has it, which no processor foresees: with sixteen
in the lanes of a vector it goes on until the last is found, and still costs half as much.  The
numbers are the same, and so is the order in which each one's masses are taken away.
"""

from __future__ import annotations

from typing import Any

import numpy as np
from llvmlite import ir
from numba.core import cgutils

from ground.compiled import compiled
from numeric.kernels.lanes import LANES, Writer, written

__all__ = ["binomial", "binomials", "count_tables"]

_DOUBLE = ir.DoubleType()
_DOUBLES = ir.VectorType(_DOUBLE, LANES)


def count_tables(block: int) -> np.ndarray:
    """Rows log k! and 1/k for k = 0…block, which `binomial` reads."""
    k = np.arange(block + 1)
    tables = np.zeros((2, block + 1))
    tables[0, 1:] = np.cumsum(np.log(k[1:]))
    tables[1, 1:] = 1 / k[1:]
    return tables


@compiled(borrowing=True)
def _mode(count, p):  # type: ignore[no-untyped-def]
    return min(int((count + 1) * p), count)


@compiled(borrowing=True)
def _mass(count, mode, log_p, log_q, factorials):  # type: ignore[no-untyped-def]
    """The probability of the mode."""
    return np.exp(
        factorials[count]
        - factorials[mode]
        - factorials[count - mode]
        + mode * log_p
        + (count - mode) * log_q
    )


@compiled(borrowing=True)
def binomial(count, p, log_p, log_q, uniform, tables):  # type: ignore[no-untyped-def]
    """Binomial(count, p) by inversion, searched outwards from the mode.

    About √(count p q) steps. `uniform` lies in [0, 1); log_p and log_q are the logarithms of p
    and 1 − p, which the caller holds ready.
    """
    if count == 0 or p <= 0.0:
        return 0
    if p >= 1.0:
        return count
    factorials, reciprocals = tables[0], tables[1]
    mode = _mode(count, p)
    mass = _mass(count, mode, log_p, log_q, factorials)
    rest = uniform - mass
    if rest < 0.0:
        return mode
    odds = p / (1.0 - p)
    below, above = mode, mode
    mass_below, mass_above = mass, mass
    inverse_odds = 1.0 / odds
    while below > 0 or above < count:
        if above < count:
            mass_above *= (count - above) * reciprocals[above + 1] * odds
            above += 1
            rest -= mass_above
            if rest < 0.0:
                return above
        if below > 0:
            mass_below *= below * reciprocals[count - below + 1] * inverse_odds
            below -= 1
            rest -= mass_below
            if rest < 0.0:
                return below
    return mode  # rounding left a sliver of probability: give it to the likeliest count


def _searching(shared: bool) -> Any:
    """The search of `binomial` in every lane; with one count for all, one mass for all."""

    def write(w: Writer) -> None:
        counts, modes, masses, uniforms, odds, inverse_odds, out = w.values
        build = w.builder
        kind = _DOUBLE if shared else _DOUBLES

        def spread(value: Any) -> Any:
            nothing = ir.Constant(_DOUBLES, ir.Undefined)
            first = build.insert_element(nothing, value, ir.Constant(ir.IntType(32), 0))
            return build.shuffle_vector(first, nothing, w.lanes([0] * LANES))

        def number(value: float) -> Any:
            one = ir.Constant(_DOUBLE, value)
            return one if shared else ir.Constant(_DOUBLES, [one] * LANES)

        def vector(value: Any) -> Any:
            return spread(value) if shared else value

        def variable(value: Any) -> Any:
            return cgutils.alloca_once_value(build, value)

        def falls(value: Any) -> Any:
            return build.fcmp_ordered("<", value, ir.Constant(_DOUBLES, [0.0] * LANES))

        if not shared:
            odds, inverse_odds = spread(odds), spread(inverse_odds)
        count, mode, mass = (w.load(a, w.index(0), kind) for a in (counts, modes, masses))
        uniform = w.load(uniforms, w.index(0), _DOUBLES)
        above, below, mass_above, mass_below = map(variable, (mode, mode, mass, mass))
        rest, found = variable(build.fsub(uniform, vector(mass))), variable(vector(mode))
        is_open = variable(build.not_(falls(build.load(rest))))

        def take(place: Any, running: Any, factor: Any, step: float) -> None:
            """Go on by one place, and take its mass away; past the ends there is none."""
            here = build.fadd(build.load(place), number(step))
            value = build.fmul(build.load(running), factor)
            left = build.fsub(build.load(rest), vector(value))
            hit = build.and_(build.load(is_open), falls(left))
            for target, new in (
                (place, here),
                (running, value),
                (rest, left),
                (found, build.select(hit, vector(here), build.load(found))),
                (is_open, build.xor(build.load(is_open), hit)),
            ):
                build.store(new, target)

        one, zero = number(1.0), number(0.0)
        test, body, end = (build.append_basic_block(name) for name in ("test", "body", "end"))
        build.branch(test)
        build.position_at_end(test)
        still = build.or_(
            build.fcmp_ordered("<", build.load(above), count),
            build.fcmp_ordered(">", build.load(below), zero),
        )
        if shared:
            still = build.select(
                still,
                ir.Constant(ir.VectorType(ir.IntType(1), LANES), [1] * LANES),
                ir.Constant(ir.VectorType(ir.IntType(1), LANES), [0] * LANES),
            )
        still = build.bitcast(build.and_(still, build.load(is_open)), ir.IntType(LANES))
        build.cbranch(build.icmp_unsigned("!=", still, ir.Constant(still.type, 0)), body, end)
        build.position_at_end(body)
        a, b = build.load(above), build.load(below)
        up = build.fmul(build.fsub(count, a), build.fdiv(one, build.fadd(a, one)))
        down = build.fmul(b, build.fdiv(one, build.fadd(build.fsub(count, b), one)))
        take(above, mass_above, build.fmul(up, odds), 1.0)
        take(below, mass_below, build.fmul(down, inverse_odds), -1.0)
        build.branch(test)
        build.position_at_end(end)
        w.store(build.load(found), out, w.index(0))

    return written(write)


_search_shared, _search_each = _searching(True), _searching(False)


@compiled(borrowing=True)
def binomials(counts, p, log_p, log_q, uniforms, shared, tables, work, out):  # type: ignore[no-untyped-def]
    """out[t] = binomial(counts[t], p, …, uniforms[t]) for sixteen; `shared` if one count is all.

    Numbers and places are float64, contiguous; `work` is room for twice sixteen.
    """
    if p <= 0.0:
        out[:] = 0.0
    elif p >= 1.0:
        for t in range(LANES):
            out[t] = counts[t]
    else:
        modes, masses = work[0], work[1]
        for t in range(1 if shared else LANES):
            count = int(counts[t])
            mode = _mode(count, p)
            modes[t] = mode
            masses[t] = _mass(count, mode, log_p, log_q, tables[0])
        odds = p / (1.0 - p)
        if shared:
            _search_shared((counts, modes, masses, uniforms, odds, 1.0 / odds, out))
        else:
            _search_each((counts, modes, masses, uniforms, odds, 1.0 / odds, out))
