"""How fast could it be? Operations, draws and bytes of a step, at this machine's own speed.

The floor of a work is what is left when everything that can be spared has been:

- one random word for each active value (gates and empty samples cost none),
- five products of n·m multiply-adds for each sample with an active feature: Wx, Wᵀh, and in
  the backward pass Wδ, h⊗δ, x⊗∂h,
- the parameters and the optimiser's two moments read and written once,

each at the best rate measured here on one core, shared by two; the first two add up, since the
same vector units do both.
"""

from __future__ import annotations

import time
from collections.abc import Callable

import numpy as np
from numba import njit
from threadpoolctl import threadpool_limits

from benchmarks.works import Work
from numeric.kernels.streams import fill_words

__all__ = ["Machine", "floor_ms"]

PRODUCTS = 5


@njit
def _draw(out: np.ndarray, repeats: int) -> None:
    for step in range(repeats):
        fill_words(out, out.size, np.uint64(1), np.uint64(2), step, 0, 0)


class Machine:
    """Rates of one core: multiply-adds, random words and bytes a second."""

    def __init__(self) -> None:
        size = 384
        a = np.random.default_rng(0).random((size, size), dtype=np.float32)
        out = np.empty_like(a)
        words = np.empty(4096, np.uint32)
        _draw(words, 1)
        big = np.ones(1 << 24)
        copy = np.empty_like(big)
        with threadpool_limits(1):
            self.multiply_adds = size**3 / _best(lambda: np.dot(a, a, out=out))
        self.words = 200 * words.size / _best(lambda: _draw(words, 200))
        self.bytes = 2 * big.nbytes / _best(lambda: np.copyto(copy, big))

    def describe(self) -> str:
        """The rates in words."""
        return (
            f"one core: {self.multiply_adds / 1e9:.1f} G multiply-adds/s (float32 product of "
            f"384 × 384), {self.words / 1e9:.2f} G random words/s (Philox4x32-10), "
            f"{self.bytes / 1e9:.1f} GB/s copied from and to memory"
        )


def _best(work: Callable[[], object], repeats: int = 15) -> float:
    times = []
    for _ in range(repeats):
        begin = time.perf_counter()
        work()
        times.append(time.perf_counter() - begin)
    return min(times)


def floor_ms(work: Work, machine: Machine, dense: bool = False, cores: int = 2) -> float:
    """Milliseconds of a step at the floor."""
    p = work.densities(dense)
    active = work.batch * work.n * p.sum()
    samples = work.batch * (1 - (1 - p) ** work.n).sum()
    operations = PRODUCTS * work.n * work.m * samples
    state = 2 * 3 * 8 * work.instances * (work.n * work.m + work.n)
    # Up to the last-level cache, parameters never leave it.
    moved = state if state > 16e6 else 0
    seconds = active / machine.words + operations / machine.multiply_adds
    return float(1e3 * (seconds / cores + moved / machine.bytes))
