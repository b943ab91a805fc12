"""The bench knows when it is not alone, marks what was disturbed, and lets nobody do less work."""

from __future__ import annotations

from dataclasses import replace
from types import SimpleNamespace

import numpy as np
import pytest

from benchmarks.__main__ import busy_loops, summary
from benchmarks.compare import Plan, compare, same_training
from benchmarks.judge import LIMITS, at_rest
from benchmarks.ours import Ours
from benchmarks.table import markdown
from benchmarks.watch import Product, Readings, Sensors, Turn, Watch, best_product, product
from benchmarks.worker import Missing, Worker, timed
from benchmarks.works import WORKS, Setting, Work

SMALL = Work(3, 2, 2, 256, 0.1)
IDLE = Readings(beside=0.2, others=0.01, product_wall=0.02, product_share=0.99, spread=0.02)
QUIET = Turn(steps=100, wall=0.5, cpu=0.95, switches=3)

MACHINE = SimpleNamespace(multiply_adds=1e10, words=1e9, bytes=1e10, describe=lambda: "this one")


class Side:
    """A side that is as fast, as disturbed and as well trained as it is told to be."""

    def __init__(self, turns=(QUIET,), loss=1.0, missing=None):
        self.turns, self.loss, self.missing, self.timed = list(turns), loss, missing, 0
        self.seed = 0

    def make(self, work, setting):
        if self.missing:
            raise Missing(self.missing)
        self.seed = setting.seed

    def time(self, steps):
        if steps > 40:  # a round's
            self.timed += 1
            return self.turns[(self.timed - 1) % len(self.turns)]
        return QUIET

    def losses(self):
        return self.loss * np.exp(0.01 * np.sin([self.seed, self.seed + 1]))


def sensors(beside=0.2, wall=0.02, share=0.99, others=0.0):
    """A machine on which others use so many cores, at every look."""
    clock = [0.0, 0.0]

    def now():
        clock[0] += 0.5
        return clock[0]

    def busy():
        clock[1] += 1  # at the end of a turn there has been ours, 0.95 s, and theirs
        return (0.95 + 0.5 * others) * (clock[1] // 2)

    return Sensors(lambda: beside, busy, lambda: Product(wall, wall * share), now, lambda: 0.0)


def compared(watch, plan=Plan(3, 0.5, 2), **sides):  # noqa: B008 (frozen)
    workers = {"ours": Side()} | sides
    return compare(SMALL, workers, watch, plan, check=False)


def test_an_idle_machine_is_not_marked():
    found = compared(Watch(sensors(), best=0.02), eager=Side())
    assert found.marks == [[], [], []]
    assert not found.marked


@pytest.mark.parametrize(
    ("reading", "words"),
    [
        ({"beside": 1.4}, "1.4 tasks run beside it"),
        ({"others": 0.8}, "others use 0.80 cores"),
        ({"wall": 0.03}, "the calibration product takes 1.50 times its best"),
        ({"share": 0.6}, "its threads have a core for 60 % of the time"),
    ],
)
def test_each_reading_alone_marks_a_run(reading, words):
    found = compared(Watch(sensors(**reading), best=0.02))
    assert found.marks == [[words]] * 5
    assert found.marked


def test_a_side_that_is_put_aside_or_has_no_core_marks_the_round():
    aside, starved = replace(QUIET, switches=200), replace(QUIET, cpu=0.5)
    found = compared(Watch(sensors(), best=0.02), ours=Side([QUIET, aside, QUIET]))
    assert [len(words) for words in found.marks] == [0, 1, 0, 0]
    assert found.marks[1] == ["ours is put aside 211 times a second"]
    found = compared(Watch(sensors(), best=0.02), jax=Side([QUIET, starved, QUIET]))
    # The turn that is not taken by this side is another's, and was counted as such.
    assert "jax has 1.00 cores, 1.90 at best" in found.marks[1]


def test_disturbed_rounds_are_made_up_for_and_left_out():
    slow = Turn(steps=100, wall=5.0, cpu=0.95, switches=400)
    found = compared(Watch(sensors(), best=0.02), ours=Side([slow, QUIET, QUIET, QUIET]))
    assert (len(found.rounds), found.undisturbed, found.marked) == (4, 3, False)
    np.testing.assert_allclose(found.steps("ours")[0], 5.0)  # ms: the slow one is not among them


def test_a_machine_that_says_nothing_is_judged_by_the_product_alone():
    told = replace(sensors(), busy=lambda: None)
    assert not compared(Watch(told, best=0.02)).marked
    assert compared(Watch(told, best=0.01)).marked


def test_a_product_that_changes_over_a_round_marks_it():
    walls = iter(([0.020] * 3 + [0.025] * 3) * 50)
    told = replace(sensors(), product=lambda: Product(w := next(walls), w))
    words = [word for mark in compared(Watch(told, best=0.03)).marks for word in mark]
    assert "it differs by 25 % before and after" in words


def test_the_best_product_is_remembered_by_machine(tmp_path):
    path = tmp_path / "calibration.json"
    assert best_product(path, "one") == np.inf
    assert best_product(path, "one", 0.02) == 0.02
    assert best_product(path, "one", 0.03) == 0.02
    assert best_product(path, "other", 0.04) == 0.04
    assert best_product(path, "one") == 0.02


def test_who_trains_to_another_loss_is_found_out():
    workers = {"ours": Side(), "eager": Side(), "tuned": Side(missing="no compiler")}
    away, missing = same_training(SMALL, workers)
    assert abs(away["eager"]) < 3
    assert missing == {"tuned": "no compiler"}
    with pytest.raises(RuntimeError, match="jax trains 3, 2, 2, 256 to another loss"):
        same_training(SMALL, workers | {"jax": Side(loss=1.2)})


class Here(Side):
    """Our real side, in this process."""

    def make(self, work, setting):
        self.subject = Ours(work, setting)

    def time(self, steps):
        return timed(self.subject, steps)


def test_a_run_beside_busy_loops_is_marked_and_its_page_says_so():
    """A real, short run, on any machine: two processes want cores at every look."""
    with busy_loops(2):
        watch = Watch(Sensors(product=lambda: product(2)))
        found = compare(SMALL, {"ours": Here()}, watch, Plan(1, 0.05, 0), check=False)
    assert found.rounds[0][0].beside > LIMITS.beside
    result = summary({SMALL.name: found}, [], 2, MACHINE)
    assert result["marked"]
    page = markdown(result)
    assert "MARKED: THE MACHINE WAS NOT IDLE" in page[:200]
    assert "beside 2 busy loops" in page


def test_the_page_of_an_idle_run_names_the_best_peer():
    watch = Watch(sensors(), best=0.02)
    fast = replace(QUIET, wall=1.0, cpu=1.9)
    peers = {"eager": Side([replace(QUIET, wall=5.0, cpu=9.5)]), "jax": Side([fast])}
    found = compared(watch, dense=Side(), tuned=Side(missing="no compiler"), **peers)
    result = summary({SMALL.name: found}, [], 0, MACHINE)
    page = markdown(result)
    assert "MARKED" not in page
    assert "| 2.0 (2.0–2.0), JAX | 10.0 (10.0–10.0) |" in page
    assert "| 10 / 19 |" in page  # JAX: wall and CPU
    assert "No PyTorch tuned: no compiler" in page


def test_readings_at_the_limits():
    assert at_rest(IDLE, 0.02) == []
    assert at_rest(replace(IDLE, others=None), 0.02) == []
    assert len(at_rest(replace(IDLE, spread=0.5, beside=2.0), 0.01)) == 3


def test_works_are_those_of_the_public_code():
    assert [work.name for work in WORKS][:2] == ["2, 1, 1000, 1024", "5, 2, 8, 1024"]
    assert WORKS[1].densities()[[0, -1]].tolist() == [1.0, 0.05]


SIDES_OF_EXTRAS = [
    pytest.param("eager", marks=pytest.mark.extra("torch")),
    pytest.param("tuned", marks=pytest.mark.extra("torch")),
    pytest.param("jax", marks=pytest.mark.extra("jax")),
]


@pytest.mark.parametrize("side", SIDES_OF_EXTRAS)
def test_a_peer_trains_to_the_same_loss(side):
    """Real steps of each in its process, from the same weights, as before every timing."""
    workers = {name: Worker(name) for name in ("ours", side)}
    try:
        away, missing = same_training(SMALL, workers)
        assert missing == {}
        assert list(away) == [side]
        after = workers[side].losses()
        workers[side].make(SMALL, Setting())
        assert np.all(after < workers[side].losses())
        turn = workers[side].time(5)
        assert turn.steps == 5
        assert turn.cpu > 0
    finally:
        for worker in workers.values():
            worker.close()
