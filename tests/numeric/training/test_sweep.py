"""Sweeps: the same bits whoever computes them, and nothing lost when something dies."""

from __future__ import annotations

import os
import re
import signal
import subprocess
import sys
import time
from pathlib import Path

import numpy as np
import pytest
import xarray as xr

from ground.results import configuration_of
from numeric.training.sweep import grid, on_grid, sweep
from tests.numeric.training import sweep_work

ROOT = Path(__file__).resolve().parents[3]
CELLS = [{"scale": float(i + 1), "name": f"cell {i}"} for i in range(7)]


def run(folder, work=sweep_work.draws, cells=CELLS, **options):
    settings = {"seed": 3, "configuration": {"what": "test"}, "chunk": 2, "progress": False}
    return sweep(work, cells, folder=folder, **(settings | options))


@pytest.fixture(scope="module")
def expected():
    """What the cells give, each computed alone and outside any sweep."""
    seeds = [np.random.SeedSequence(3, spawn_key=(i,)) for i in range(len(CELLS))]
    parts = [sweep_work.draws([cell], [seed]) for cell, seed in zip(CELLS, seeds, strict=True)]
    return xr.concat(parts, dim="cell", data_vars="minimal")


def assert_same_bits(result, expected):
    for name in ("value", "name"):
        assert result[name].values.tolist() == expected[name].values.tolist()


@pytest.mark.parametrize("chunk", [1, 3, 100])
def test_chunks_do_not_change_the_result(tmp_path, expected, chunk):
    result = run(tmp_path, chunk=chunk)
    assert_same_bits(result, expected)
    assert configuration_of(result) == {"what": "test", "seed": 3, "cells": CELLS}


def test_seeds_and_cells_differ(tmp_path, expected):
    value = expected.value.values
    assert len(np.unique(value)) == value.size
    assert not np.any(run(tmp_path, seed=4).value.values == value)


def test_two_workers_give_the_same_bits(tmp_path, expected):
    assert_same_bits(run(tmp_path, n_jobs=2), expected)


def test_workers_have_one_thread(tmp_path):
    assert run(tmp_path, sweep_work.threads, n_jobs=2).threads.values.tolist() == [1] * len(CELLS)


def test_a_worker_killed_in_mid_run_changes_nothing(tmp_path, expected):
    cells = [dict(cell) for cell in CELLS]
    cells[3]["marker"] = str(tmp_path / "died")
    result = run(tmp_path / "data", sweep_work.deadly_draws, cells, n_jobs=2)
    assert (tmp_path / "died").exists()
    assert_same_bits(result, expected)


def test_a_worker_that_grows_is_replaced_and_changes_nothing(tmp_path, expected):
    """Also here, where warnings are errors: loky's own would stop the thread that replaces it."""
    result = run(tmp_path, sweep_work.growing_draws, CELLS[:5], n_jobs=2, chunk=1)
    assert np.unique(result.process).size > 2
    assert_same_bits(result, expected.isel(cell=slice(5)))


def test_workers_that_always_die_give_up_and_say_so(tmp_path):
    with pytest.raises(RuntimeError, match="out of memory"):
        run(tmp_path, sweep_work.always_deadly, n_jobs=2)


def test_finished_chunks_are_not_computed_again(tmp_path, expected):
    run(tmp_path, chunk=3)
    kept = tmp_path / "cells-000000-000002.nc"
    (tmp_path / "cells-000003-000005.nc").unlink()
    before = kept.stat().st_mtime_ns
    seen = []

    def spy(cells, seeds):
        seen.extend(cell["name"] for cell in cells)
        return sweep_work.draws(cells, seeds)

    # Another chunk size takes over what a former one finished.
    assert_same_bits(run(tmp_path, spy, chunk=2), expected)
    assert seen == ["cell 3", "cell 4", "cell 5"]
    assert kept.stat().st_mtime_ns == before


def test_damaged_and_foreign_chunks_are_set_aside(tmp_path, expected):
    run(tmp_path, configuration={"what": "another"})
    damaged = tmp_path / "cells-000004-000005.nc"
    damaged.write_bytes(damaged.read_bytes()[:1000])
    (tmp_path / "cells-nonsense.nc").write_text("?")
    with pytest.warns(UserWarning, match="5 files .*set-aside"):
        result = run(tmp_path)
    assert_same_bits(result, expected)
    assert len(list((tmp_path / "set-aside").iterdir())) == 5
    # A second visit keeps what the first one set aside.
    with pytest.warns(UserWarning, match="4 files"):
        run(tmp_path, configuration={"what": "a third"})
    assert len(list((tmp_path / "set-aside").iterdir())) == 9


@pytest.mark.parametrize("n_jobs", [1, 2])
def test_an_error_in_the_work_keeps_what_is_finished(tmp_path, expected, n_jobs):
    def fails_late(cells, seeds):
        if cells[0]["name"] == "cell 4":
            raise ArithmeticError("no")
        return sweep_work.draws(cells, seeds)

    with pytest.raises(ArithmeticError):
        run(tmp_path, fails_late, n_jobs=n_jobs)
    if n_jobs == 1:
        assert len(list(tmp_path.glob("cells-*.nc"))) == 2
    assert_same_bits(run(tmp_path), expected)


def test_killed_at_any_moment_it_goes_on(tmp_path, expected):
    script = (
        f"import sys; sys.path[:0] = [{str(ROOT)!r}]\n"
        "from tests.numeric.training import sweep_work, test_sweep as t\n"
        f"t.run({str(tmp_path)!r}, sweep_work.slow_draws, chunk=1)\n"
    )
    for files in (1, 3, 5):  # kill as soon as so many chunks are there
        process = subprocess.Popen([sys.executable, "-c", script])
        try:
            wait_for(lambda files=files: len(list(tmp_path.glob("cells-*.nc"))) >= files)
        finally:
            process.send_signal(signal.SIGKILL)
            process.wait()
    done = len(list(tmp_path.glob("cells-*.nc")))
    assert 5 <= done < len(CELLS)
    assert_same_bits(run(tmp_path), expected)


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"chunk": 0}, "chunk must be"),
        ({"n_jobs": 0}, "n_jobs must be"),
        ({"cells": []}, "cells must hold at least one"),
        ({"work": sweep_work.too_short}, "dimension cell of length 2"),
    ],
)
def test_bad_input(tmp_path, options, message):
    with pytest.raises(ValueError, match=message):
        run(tmp_path, **options)


def test_grid_and_back(tmp_path):
    axes = {"scale": [3.0, 1.0], "name": ["a", "b", "c"]}
    whole = run(tmp_path, cells=grid(**axes)).drop_vars("name")
    result = on_grid(whole, **axes)
    assert result.value.dims == ("scale", "name", "k")
    assert result.scale.values.tolist() == axes["scale"]
    assert np.array_equal(result.value.sel(scale=1.0, name="b"), whole.value.isel(cell=4))
    with pytest.raises(ValueError, match="do not fit"):
        on_grid(result, **axes)


# A real Dask cluster on the loopback interface: a scheduler and two worker processes.


def wait_for(condition, seconds=60):
    end = time.monotonic() + seconds
    while not condition():
        if time.monotonic() > end:
            raise TimeoutError("nothing happened")
        time.sleep(0.02)


class Cluster:
    """Scheduler and two workers, each a process of its own, one thread each."""

    def __init__(self, folder):
        self.log = folder / "scheduler.log"
        self.environment = os.environ | {
            "PYTHONPATH": str(ROOT),
            "DASK_DISTRIBUTED__COMM__TIMEOUTS__CONNECT": "3s",
        }
        self.folder = folder
        self.scheduler = self._start(
            "scheduler", "--host", "127.0.0.1", "--port", "0", "--no-dashboard"
        )
        self.address = ""
        wait_for(self._listening)
        self.workers = [self._worker(k) for k in range(2)]

    def _start(self, role, *options):
        with self.log.open("a") as log:
            return subprocess.Popen(
                [sys.executable, "-m", "distributed.cli.dask_" + role, *options],
                env=self.environment,
                cwd=self.folder,
                stdout=log,
                stderr=log,
            )

    def _listening(self):
        if self.scheduler.poll() is not None:
            raise RuntimeError(self.log.read_text())
        found = re.search(r"Scheduler at:\s+(tcp://127\.0\.0\.1:\d+)", self.log.read_text())
        self.address = found[1] if found else ""
        return bool(found)

    def _worker(self, k):
        return self._start(
            "worker",
            self.address,
            "--host",
            "127.0.0.1",
            "--nthreads",
            "1",
            "--no-nanny",
            "--no-dashboard",
            "--name",
            f"worker-{k}",
            "--local-directory",
            str(self.folder),
        )

    def stop(self):
        for process in [*self.workers, self.scheduler]:
            process.kill()
            process.wait()


@pytest.fixture
def impatient():
    """A client that does not wait half a minute for a process that is dead."""
    import dask
    import distributed  # noqa: F401 (its defaults have to be there first)

    with dask.config.set({"distributed.comm.timeouts.connect": "3s"}):
        yield


@pytest.fixture(scope="module")
def cluster(tmp_path_factory):
    cluster = Cluster(tmp_path_factory.mktemp("cluster"))
    yield cluster
    cluster.stop()


@pytest.mark.extra("distributed", dev=True)
def test_a_dask_cluster_gives_the_same_bits_and_survives_a_kill(
    tmp_path, expected, cluster, impatient, monkeypatch
):
    monkeypatch.setenv("SCHEDULER", cluster.address)
    assert_same_bits(run(tmp_path / "whole"), expected)
    cells = [dict(cell) for cell in CELLS]
    cells[3]["marker"] = str(tmp_path / "died")
    result = run(tmp_path / "killed", sweep_work.deadly_draws, cells, chunk=1)
    assert (tmp_path / "died").exists()
    wait_for(lambda: sum(worker.poll() is not None for worker in cluster.workers) == 1)
    assert_same_bits(result, expected)


TRAINED = grid(density=[0.9, 0.3, 0.05], importance=[0.5, 2.0])


@pytest.mark.extra("distributed", dev=True)
def test_training_gives_the_same_bits_anywhere(tmp_path, cluster, impatient, monkeypatch):
    """The real work: here, on two processes of which one is killed, and on the cluster."""
    here = run(tmp_path / "here", sweep_work.training, TRAINED)
    cells = [dict(cell) for cell in TRAINED]
    cells[2]["marker"] = str(tmp_path / "died")
    results = [run(tmp_path / "two", sweep_work.training, cells, n_jobs=2, chunk=1)]
    assert (tmp_path / "died").exists()
    monkeypatch.setenv("SCHEDULER", cluster.address)
    results.append(run(tmp_path / "cluster", sweep_work.training, TRAINED))
    for result in results:
        for name in here.data_vars:
            np.testing.assert_array_equal(result[name], here[name])
    assert len(np.unique(here.W)) == here.W.size


@pytest.mark.extra("distributed", dev=True)
def test_a_cluster_of_one_worker_is_used(tmp_path, expected, cluster, impatient, monkeypatch):
    survivor, *others = [worker for worker in cluster.workers if worker.poll() is None]
    for other in others:
        other.kill()
        other.wait()
    monkeypatch.setenv("SCHEDULER", cluster.address)
    result = run(tmp_path, sweep_work.draws_with_process)
    assert_same_bits(result, expected)
    assert result.process.values.tolist() == [survivor.pid] * len(CELLS)


@pytest.mark.extra("distributed", dev=True)
def test_no_scheduler_there(tmp_path, impatient, monkeypatch):
    monkeypatch.setenv("SCHEDULER", "tcp://127.0.0.1:9")
    with pytest.raises(RuntimeError, match="no Dask scheduler answers"):
        run(tmp_path)


def test_dask_missing(tmp_path, monkeypatch):
    monkeypatch.setenv("SCHEDULER", "tcp://127.0.0.1:9")
    monkeypatch.setitem(sys.modules, "distributed", None)
    with pytest.raises(ImportError, match=r"superposition-theory\[dask\]"):
        run(tmp_path)
