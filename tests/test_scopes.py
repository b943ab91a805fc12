"""Scopes: what shares data stays together, each test is handed out once, what takes long first."""

from __future__ import annotations

from itertools import chain
from types import SimpleNamespace

import pytest

from figures.kit.folder import folders
from figures.kit.profile import ROOT
from tests.scopes import (
    EXPLORER,
    FIGURES,
    SECONDS,
    families,
    pytest_xdist_make_scheduler,
    scope,
    seconds,
)

TESTS = [
    "tests/test_laws.py::test_a",
    f"{FIGURES}[phase_n2_m1]",
    "tests/figures/pages/test_book.py::test_a[x::y]",
    "tests/test_laws.py::test_b",
    f"{FIGURES}[pca_collapse]",
    "tests/figures/pages/test_book.py::test_b",
    f"{FIGURES}[correlated_features]",
    f"{EXPLORER}test_tabs.py::test_a",
    f"{EXPLORER}test_build.py::test_a",
    "theory/phases/diagram.py::theory.phases.diagram.phase_diagram",
]


class Worker:
    """What a scheduler asks of a worker; it keeps what it is told to run."""

    def __init__(self):
        self.told, self.shutting_down = [], False
        self.gateway = SimpleNamespace(id=id(self))

    def send_runtest_some(self, indices):
        self.told += indices

    def shutdown(self):
        self.shutting_down = True


def handed_out(workers):
    """The tests that each worker runs, if each is as fast as the others."""
    options = {"dist": "loadscope", "tx": [f"{len(workers)}*popen"]}
    config = SimpleNamespace(
        getvalue=options.get, option=SimpleNamespace(loadscopereorder=True, **options)
    )
    scheduler = pytest_xdist_make_scheduler(config, None)
    for worker in workers:
        scheduler.add_node(worker)
        scheduler.add_node_collection(worker, TESTS)
    scheduler.schedule()
    done = dict.fromkeys(workers, 0)
    while scheduler.has_pending:
        for worker in workers:
            if done[worker] < len(worker.told):
                scheduler.mark_test_complete(worker, worker.told[done[worker]])
                done[worker] += 1
    return [[TESTS[index] for index in worker.told] for worker in workers]


@pytest.mark.parametrize("count", [1, 2, 3])
def test_a_scope_has_one_worker_and_a_test_runs_once(count):
    runs = handed_out([Worker() for _ in range(count)])
    assert sorted(chain(*runs)) == sorted(TESTS)
    for name in map(scope, TESTS):
        together = [test for test in TESTS if scope(test) == name]
        assert sum(any(test in run for test in together) for run in runs) == 1
        assert any(set(together) <= set(run) for run in runs)


def test_what_takes_long_begins_first():
    (order,) = handed_out([Worker()])
    each = [seconds(scope(test)) for test in order]
    assert each == sorted(each, reverse=True)


def test_figures_that_share_data_are_one_scope_and_others_their_own():
    assert set(families()) == set(folders())
    assert scope(f"{FIGURES}[pca_collapse]") == scope(f"{FIGURES}[correlated_features]")
    assert scope(f"{FIGURES}[phase_n2_m1]") == "phase_n2_m1"
    assert scope(f"{EXPLORER}test_tabs.py::test_a") == scope(f"{EXPLORER}test_build.py::test_b")
    assert scope("tests/test_a.py::test_b[c::d]") == "tests/test_a.py"


def test_a_scope_that_takes_long_exists():
    for name in SECONDS:
        assert name in families() or (ROOT / name).exists(), f"no scope {name}"
