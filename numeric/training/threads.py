"""Instances shared among threads: every split gives the same bits."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager

import numba
import numpy as np
import scipy.linalg.cython_blas  # noqa: F401 (see blas_on_one_thread)
from threadpoolctl import threadpool_limits

from ground.checks import check_positive_int

__all__ = ["blas_on_one_thread", "count_threads", "in_parallel", "numba_threads"]


def count_threads(threads: int | None) -> int:
    """The number of threads asked for; as many as Numba uses where None."""
    if threads is None:
        return int(numba.get_num_threads())
    return check_positive_int("threads", threads)


@contextmanager
def blas_on_one_thread() -> Iterator[None]:
    """The loops around BLAS are parallel: two threads inside would fight over the cores.

    Numba calls the BLAS of scipy.linalg, which it loads on first use; a limit set before
    would miss it. Hence the import at the top of this module.
    """
    with threadpool_limits(1, user_api="blas"):
        yield


@contextmanager
def numba_threads(threads: int) -> Iterator[None]:
    """Numba's own threads, for a while."""
    before = numba.get_num_threads()
    numba.set_num_threads(min(threads, numba.config.NUMBA_NUM_THREADS))
    try:
        yield
    finally:
        numba.set_num_threads(before)


def in_parallel(
    work: Callable[[np.ndarray], object], chosen: np.ndarray, threads: int | None = None
) -> None:
    """Call ``work(part)`` on parts of the chosen instances, in threads.

    Every instance is independent, so the split changes no bit. Parts are interleaved: a
    grid sorted by density would otherwise leave one thread with all the dense cells.
    """
    threads = count_threads(threads)
    if threads == 1 or len(chosen) < 2:
        work(chosen)
        return
    pieces = min(len(chosen), 4 * threads)
    with ThreadPoolExecutor(threads) as pool:
        list(pool.map(work, [chosen[part::pieces].copy() for part in range(pieces)]))
