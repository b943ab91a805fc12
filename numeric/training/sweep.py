"""Grids of runs: in parallel, resumable, and the same bits whoever computes them.

A cell is one configuration.  Its random numbers come from its own `SeedSequence`, spawned from the
seed by the cell's index: they depend neither on the workers, nor on the order, nor on how cells are
cut into chunks, nor on an interruption.  Every finished chunk is one file, written whole or not at
all; a run that starts again takes what is there and computes the rest.
"""

from __future__ import annotations

import itertools
import os
import re
import socket
import sys
import warnings
from collections.abc import Callable, Iterator, Mapping, Sequence
from concurrent.futures.process import BrokenProcessPool
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import joblib
import numpy as np
import xarray as xr
from threadpoolctl import threadpool_limits
from tqdm import tqdm

from ground.checks import check_positive_int
from ground.results import configured, load, save
from ground.workers import worker_processes

__all__ = ["Cell", "grid", "on_grid", "sweep"]

Cell = Mapping[str, Any]
Work = Callable[[Sequence[Cell], list[np.random.SeedSequence]], xr.Dataset]

# A pool that breaks this often without finishing one more chunk is not unlucky.
ATTEMPTS = 3
ANSWERS = 5.0  # seconds in which a scheduler answers
THREAD_VARIABLES = (
    "OPENBLAS_NUM_THREADS",
    "MKL_NUM_THREADS",
    "OMP_NUM_THREADS",
    "NUMBA_NUM_THREADS",
)


def grid(**axes: Sequence[Any] | np.ndarray) -> list[dict[str, Any]]:
    """All combinations of the axes' values, the last axis fastest.

    Examples
    --------
    >>> grid(density=[0.1, 1.0], importance=[2])
    [{'density': 0.1, 'importance': 2}, {'density': 1.0, 'importance': 2}]
    """
    return [dict(zip(axes, values, strict=True)) for values in itertools.product(*axes.values())]


def on_grid(dataset: xr.Dataset, **axes: Sequence[Any] | np.ndarray) -> xr.Dataset:
    """Replace the dimension ``cell`` by the axes that `grid` made the cells from."""
    sizes = [len(values) for values in axes.values()]
    if dataset.sizes.get("cell") != int(np.prod(sizes)):
        raise ValueError(
            f"axes of sizes {sizes} do not fit the {dataset.sizes.get('cell')} cells of dataset"
        )
    variables = {}
    for name, variable in dataset.drop_vars("cell", errors="ignore").variables.items():
        if "cell" in variable.dims:
            moved = variable.transpose("cell", ...)
            shape = (*sizes, *moved.shape[1:])
            variables[name] = ((*axes, *moved.dims[1:]), moved.data.reshape(shape), variable.attrs)
        else:
            variables[name] = (variable.dims, variable.data, variable.attrs)
    result = xr.Dataset(variables, attrs=dataset.attrs)
    return result.set_coords([n for n in dataset.coords if n != "cell"]).assign_coords(
        {name: np.asarray(values) for name, values in axes.items()}
    )


def sweep(
    work: Work,
    cells: Sequence[Cell],
    *,
    seed: int,
    folder: str | os.PathLike[str],
    configuration: Mapping[str, Any],
    chunk: int = 16,
    n_jobs: int = 1,
    progress: bool = True,
) -> xr.Dataset:
    """Compute every cell once, and return all of them in order.

    Parameters
    ----------
    work : callable (list of cells, list of SeedSequence) -> Dataset
        Computes some cells, each from its own seed only; the result has a leading dimension
        ``cell`` as long as the list. Importable where the workers are.
    cells : sequence of mappings
        What distinguishes the runs; JSON must be able to hold them.
    seed : int
        The outermost seed; cell i gets ``SeedSequence(seed, spawn_key=(i,))``.
    folder : path
        Where finished chunks are kept. One folder for each sweep.
    configuration : mapping
        Everything else that the result depends on, such as the settings that all cells share and a
        digest of the code. Finished chunks of another configuration are set aside.
    chunk : int
        Cells computed and saved together: what a kill costs at most, per worker.
    n_jobs : int
        Worker processes on this machine, each with one thread; 1 computes here; −1 for all cores.
        With ``SCHEDULER=tcp://host:port`` in the environment, a running Dask cluster does the work.
    progress : bool
        Show a bar with the time left.

    Returns
    -------
    Dataset
        Leading dimension ``cell``; carries ``configuration``, the seed and the cells.

    Raises
    ------
    ValueError
        Arguments that do not fit, or a work whose result has another number of cells.
    RuntimeError
        The workers died again and again without finishing anything; the finished chunks are kept.

    Warns
    -----
    UserWarning
        Files in the folder that are damaged or belong to another sweep. They are moved to
        ``folder/set-aside``, never deleted.
    """
    check_positive_int("chunk", chunk)
    if n_jobs != -1:
        check_positive_int("n_jobs", n_jobs)
    if not cells:
        raise ValueError("cells must hold at least one cell, got none")
    plan = _Plan(Path(folder), [dict(cell) for cell in cells], int(seed), dict(configuration))
    done = plan.finished()
    missing = sorted(
        set(range(len(cells))) - {i for first, n in done for i in range(first, first + n)}
    )
    with tqdm(
        total=len(cells), initial=len(cells) - len(missing), unit="cell", disable=not progress
    ) as bar:
        failures = 0
        while missing:
            try:
                for first, result in _compute(work, plan, _runs(missing, chunk), n_jobs):
                    n = result.sizes["cell"]
                    save(
                        configured(result, plan.chunk_configuration(first, n)), plan.path(first, n)
                    )
                    missing = [i for i in missing if not first <= i < first + n]
                    failures = 0
                    bar.update(n)
            except BrokenProcessPool as error:
                failures += 1
                if failures == ATTEMPTS:
                    raise RuntimeError(
                        f"worker processes died {ATTEMPTS} times in a row without finishing a "
                        f"chunk ({error}); out of memory? Try a smaller chunk or fewer n_jobs. "
                        f"What is finished is kept in {plan.folder}: run again to go on."
                    ) from error
    # Everything is read back, so that a resumed sweep and an uninterrupted one take the same path.
    parts = [load(plan.path(first, n)).drop_attrs() for first, n in sorted(plan.finished())]
    whole = xr.concat(
        parts, dim="cell", data_vars="minimal", coords="minimal", compat="equals", join="exact"
    )
    return configured(whole, {**plan.configuration, "seed": plan.seed, "cells": plan.cells})


class _Plan:
    """What is to be computed, and where its parts lie."""

    def __init__(
        self, folder: Path, cells: list[dict[str, Any]], seed: int, configuration: dict[str, Any]
    ) -> None:
        self.folder = folder
        self.cells = cells
        self.seed = seed
        self.configuration = configuration

    def path(self, first: int, n: int) -> Path:
        return self.folder / f"cells-{first:06d}-{first + n - 1:06d}.nc"

    def chunk_configuration(self, first: int, n: int) -> dict[str, Any]:
        return {
            "sweep": self.configuration,
            "seed": self.seed,
            "first": first,
            "cells": self.cells[first : first + n],
        }

    def seeds(self, first: int, n: int) -> list[np.random.SeedSequence]:
        return [np.random.SeedSequence(self.seed, spawn_key=(i,)) for i in range(first, first + n)]

    def finished(self) -> list[tuple[int, int]]:
        """(first, number) of the chunks on disk that belong to this plan, without overlaps.

        Whatever else lies there is set aside, and said.
        """
        found: list[tuple[int, int]] = []
        aside: list[str] = []
        for path in sorted(self.folder.glob("cells-*.nc")):
            try:
                first, last = (int(part) for part in path.stem.split("-")[1:])
                n = last - first + 1
                part = load(path, configuration=self.chunk_configuration(first, n))
                if part.sizes.get("cell") != n or (found and first < sum(found[-1])):
                    raise ValueError(f"{path} overlaps another chunk or lacks cells")
            except ValueError as error:
                aside.append(str(error).split(";")[0])
                _set_aside(path)
            else:
                found.append((first, n))
        if aside:
            warnings.warn(
                f"{len(aside)} files in {self.folder} are not of this sweep and were moved to "
                f"{self.folder / 'set-aside'}; their cells are computed again. First: {aside[0]}",
                stacklevel=3,
            )
        return found


def _set_aside(path: Path) -> None:
    """Move a file out of the way, to a name that is free."""
    place = path.parent / "set-aside"
    place.mkdir(exist_ok=True)
    names = (f"{path.stem}{suffix}{path.suffix}" for suffix in _suffixes())
    os.replace(path, next(place / name for name in names if not (place / name).exists()))


def _suffixes() -> Iterator[str]:
    yield ""
    yield from (f".{k}" for k in itertools.count(1))


def _runs(missing: list[int], chunk: int) -> list[tuple[int, int]]:
    """Cut the missing indices into runs of neighbours, at most a chunk long: (first, number)."""
    runs: list[tuple[int, int]] = []
    for i in missing:
        if runs and i == sum(runs[-1]) and runs[-1][1] < chunk:
            runs[-1] = (runs[-1][0], runs[-1][1] + 1)
        else:
            runs.append((i, 1))
    return runs


def _compute(
    work: Work, plan: _Plan, runs: list[tuple[int, int]], n_jobs: int
) -> Iterator[tuple[int, xr.Dataset]]:
    """Results of the runs as they finish: (first, Dataset)."""
    tasks = [(first, plan.cells[first : first + n], plan.seeds(first, n)) for first, n in runs]
    scheduler = os.environ.get("SCHEDULER")
    if not scheduler and (n_jobs == 1 or len(tasks) == 1):
        for task in tasks:
            yield _one(work, *task)
        return
    with _cluster(scheduler) if scheduler else worker_processes(n_jobs):
        # Unordered: a slow chunk must not keep finished ones off the disk.
        ahead = "all" if scheduler else "2*n_jobs"
        parallel = joblib.Parallel(
            return_as="generator_unordered", batch_size=1, pre_dispatch=ahead
        )
        yield from parallel(joblib.delayed(_alone)(work, *task) for task in tasks)


def _one(
    work: Work, first: int, cells: Sequence[Cell], seeds: list[np.random.SeedSequence]
) -> tuple[int, xr.Dataset]:
    """One chunk, its result checked."""
    result = work(cells, seeds)
    n = result.sizes.get("cell")
    if n != len(cells):
        raise ValueError(
            f"work must return a dimension cell of length {len(cells)}, got {dict(result.sizes)}"
        )
    return first, result


def _alone(
    work: Work, first: int, cells: Sequence[Cell], seeds: list[np.random.SeedSequence]
) -> tuple[int, xr.Dataset]:
    """One chunk in a worker, on one thread: workers must not fight over the cores."""
    # The environment reaches libraries that are loaded later, the two others those that are here.
    for variable in THREAD_VARIABLES:
        os.environ.setdefault(variable, "1")
    if "numba" in sys.modules:
        sys.modules["numba"].set_num_threads(1)
    with threadpool_limits(limits=1):
        return _one(work, first, cells, seeds)


def _place(scheduler: str) -> tuple[str, int]:
    """Host and port of an address."""
    found = re.fullmatch(r"(?:(?:tcp|tls|wss?)://)?(\[[^\]]+\]|[^:/\[\]]+):(\d{1,5})/?", scheduler)
    if found is None:
        raise ValueError("it must be an address such as tcp://host:8786")
    return found[1].strip("[]"), int(found[2])


@contextmanager
def _cluster(scheduler: str) -> Iterator[None]:
    """The workers of a running Dask cluster."""
    try:
        from distributed import Client
    except ImportError as error:
        raise ImportError(
            f"SCHEDULER={scheduler} asks for a Dask cluster, but dask is not installed: "
            "pip install 'superposition-theory[dask]', or unset SCHEDULER"
        ) from error
    try:
        # Dask retries for half a minute, and logs each try: whether anybody listens shows at once.
        socket.create_connection(_place(scheduler), timeout=ANSWERS).close()
        client = Client(scheduler, set_as_default=False, timeout=2 * ANSWERS)
    except (OSError, OverflowError, ValueError) as error:
        raise RuntimeError(
            f"no Dask scheduler answers at SCHEDULER={scheduler} ({error}); "
            "start one, or unset SCHEDULER to compute here"
        ) from error
    with client, joblib.parallel_config(backend="dask", client=client, n_jobs=-1) as config:
        # On a cluster of one core joblib would compute here instead, and workers that join later
        # would find nothing to do: it must believe in at least two.
        backend = config["backend"]
        count = backend.effective_n_jobs
        backend.effective_n_jobs = lambda n_jobs: max(2, count(n_jobs))
        yield
