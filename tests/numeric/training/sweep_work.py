"""Work for the tests of sweeps, in a module of its own so that workers can import it."""

from __future__ import annotations

import os
import signal
import time
from pathlib import Path

import numpy as np
import xarray as xr


def draws(cells, seeds):
    """A few numbers from each cell's own stream, and a matrix product."""
    rows = []
    for cell, seed in zip(cells, seeds, strict=True):
        rng = np.random.default_rng(seed)
        matrix = rng.standard_normal((40, 40))
        rows.append(cell["scale"] * (matrix @ matrix).sum(axis=0)[:3])
    return xr.Dataset(
        {"value": (("cell", "k"), np.array(rows)), "name": ("cell", [c["name"] for c in cells])},
        coords={"k": [1, 2, 3]},
    )


def slow_draws(cells, seeds):
    """The same numbers, slowly."""
    time.sleep(0.2)
    return draws(cells, seeds)


def draws_with_process(cells, seeds):
    """The same numbers, and who computed them."""
    result = draws(cells, seeds)
    return result.assign(process=("cell", np.full(len(cells), os.getpid())))


KEPT = []


def growing_draws(cells, seeds):
    """The same numbers from a process that keeps 400 MB of each of its chunks."""
    KEPT.append(np.ones(50_000_000))
    time.sleep(1.1)  # loky looks at the memory once a second
    return draws_with_process(cells, seeds)


def deadly_draws(cells, seeds):
    """The same numbers; the first worker that meets a cell with a marker dies as if killed."""
    die_at_marker(cells)
    return draws(cells, seeds)


def die_at_marker(cells):
    """Kill this process at a cell whose marker nobody has touched yet."""
    for cell in cells:
        marker = cell.get("marker")
        if marker and not Path(marker).exists():
            Path(marker).touch()
            os.kill(os.getpid(), signal.SIGKILL)


def training(cells, seeds):
    """Real training of (2, 1), a few steps; dies like `deadly_draws`."""
    from numeric.training.phase_diagram import Protocol

    die_at_marker(cells)
    return Protocol(2, 1, restarts=2, steps=40, batch=64, held_out=1024)(cells, seeds)


def always_deadly(cells, seeds):
    """Dies whoever computes it."""
    os.kill(os.getpid(), signal.SIGKILL)


def threads(cells, seeds):
    """How many threads BLAS and Numba would use in this worker."""
    import numba
    from threadpoolctl import threadpool_info

    count = max([numba.get_num_threads(), *(pool["num_threads"] for pool in threadpool_info())])
    return xr.Dataset({"threads": ("cell", np.full(len(cells), count))})


def too_short(cells, seeds):
    """A result that lacks a cell."""
    return draws(cells, seeds).isel(cell=slice(1, None))
