"""Worker processes on this machine.

loky replaces a worker that has grown too large, or has idled too long, by a new one.  Before it
does, it warns, from the thread that manages the workers.  Where warnings are errors, as in many a
test suite, that thread dies of it and its caller waits for ever.  Nothing depends on who computes
a result, so that here the replacement is made without the warning.
"""

from __future__ import annotations

import warnings
from collections.abc import Iterator
from contextlib import contextmanager

import joblib

__all__ = ["worker_processes"]

IDLE = 30  # seconds


@contextmanager
def worker_processes(n_jobs: int) -> Iterator[None]:
    """A context in which `joblib.Parallel` uses processes of one thread each.

    Parameters
    ----------
    n_jobs : int
        How many; −1 for one a core.  They end soon after a caller that was killed.
    """
    workers = joblib.parallel_config(
        backend="loky", n_jobs=n_jobs, inner_max_num_threads=1, idle_worker_timeout=IDLE
    )
    with warnings.catch_warnings(), workers:
        warnings.filterwarnings("ignore", "A worker stopped while some jobs", UserWarning)
        yield
