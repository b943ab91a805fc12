"""Work on many models or outputs in shares, one to a thread at a time."""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor

import numba

SHARES = 8  # to a thread, since models differ in what they cost


def in_shares(some: Callable[[int, int], None], count: int, worth: bool) -> None:
    """Call some(first, last) until all of `count` are done, in threads if that is worth while.

    Each of them must be computed by itself, so that no number depends on how they are shared.
    """
    threads = numba.get_num_threads() if worth else 1
    if threads == 1 or count == 1:
        some(0, count)
        return
    shares = min(SHARES * threads, count)
    ends = [count * k // shares for k in range(shares + 1)]
    with ThreadPoolExecutor(threads) as pool:
        list(pool.map(some, ends[:-1], ends[1:]))
