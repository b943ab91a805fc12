"""Instances shared among threads: every split gives the same bits."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager

import numba
import numpy as np

from ground.checks import check_positive_int

__all__ = ["count_threads", "in_parallel", "numba_threads"]

PIECES = 8  # of each thread: at the end, none waits long for the last


def count_threads(threads: int | None) -> int:
    """The number of threads asked for; as many as Numba uses where None."""
    if threads is None:
        return int(numba.get_num_threads())
    return check_positive_int("threads", threads)


@contextmanager
def numba_threads(threads: int) -> Iterator[int]:
    """So many of Numba's own threads, or all that it has, for a while; yields how many."""
    before = numba.get_num_threads()
    number = min(threads, numba.config.NUMBA_NUM_THREADS)
    numba.set_num_threads(number)
    try:
        yield number
    finally:
        numba.set_num_threads(before)


def in_parallel(
    work: Callable[[np.ndarray], object], chosen: np.ndarray, threads: int | None = None
) -> None:
    """Call ``work(part)`` on parts of the chosen instances, in threads, of which one is the caller.

    Every instance is independent, so the split changes no bit. Parts are interleaved: a
    grid sorted by density would otherwise leave one thread with all the dense cells. Each thread
    takes the next part as it gets through with one. The caller works too: with nothing but new
    threads, two often share a core at first, and another one has none to do.

    Raises
    ------
    Exception
        What `work` raises, after the parts that are being worked on; no other part is begun.
    """
    threads = count_threads(threads)
    if threads == 1 or len(chosen) < 2:
        work(chosen)
        return
    pieces = min(len(chosen), PIECES * threads)
    left = deque(chosen[part::pieces].copy() for part in range(pieces))

    def take() -> None:
        try:
            while True:
                try:
                    part = left.popleft()
                except IndexError:
                    return
                work(part)
        finally:
            left.clear()

    helpers = min(threads, pieces) - 1
    with ThreadPoolExecutor(helpers) as pool:
        others = [pool.submit(take) for _ in range(helpers)]
        take()
    for other in others:
        other.result()
