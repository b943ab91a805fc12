"""Time every work on all sides, alternating, with the machine watched, and write the tables.

``python -m benchmarks [--strict] [--rounds 5] [--seconds 0.5] [--only 2,1,1000,1024]``

On a machine that is not idle the table is marked, or, with ``--strict``, the run ends with
status 1. ``--beside 1`` runs a busy loop beside it, to see it marked.
"""

from __future__ import annotations

import argparse
import datetime
import json
import os
import platform
import subprocess
import sys
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from tqdm import tqdm

from benchmarks.compare import Comparison, Plan, compare, row
from benchmarks.floor import Machine, floor_ms
from benchmarks.growth import grow
from benchmarks.judge import at_rest
from benchmarks.table import markdown, what_marked
from benchmarks.watch import Sensors, Watch, best_product
from benchmarks.worker import SIDES, THREADS, Worker
from benchmarks.works import WORKS, Work
from ground.results import write_text

TABLES = Path("build/tables")
GROWTH = (10, 100, 1000, 10_000, 100_000)


def main(arguments: list[str] | None = None) -> int:
    """Parse, measure, write; the status is 1 where ``--strict`` refuses."""
    options = _parser().parse_args(arguments)
    works = [work for work in WORKS if options.only in (None, work.name.replace(" ", ""))]
    if not works or options.rounds < 1 or options.beside < 0:
        names = "; ".join(work.name.replace(" ", "") for work in WORKS)
        _parser().error(f"--only must be one of {names}, --rounds at least 1, --beside at least 0")
    known = TABLES / "calibration.json"
    with busy_loops(options.beside):
        watch = Watch(Sensors(), best_product(known, machine_name()))
        restless = _at_the_start(watch)
        if restless and options.strict:
            print(f"Refused (--strict): {'; '.join(restless)}. Try again when the machine is idle.")
            return 1
        patience = 0 if restless else options.patience
        plan = Plan(options.rounds, options.seconds, patience)
        found = measure(works, watch, plan)
        best_product(known, machine_name(), watch.best)
        growth = [] if options.only else [grow(n) for n in tqdm(GROWTH, unit="run", desc="growth")]
    result = summary(found, growth, options.beside, Machine())
    if options.strict and result["marked"]:
        print("Refused (--strict): the machine did not stay idle. Nothing is written.")
        print("\n".join(what_marked(result)))
        return 1
    write(result, "bench_beside" if options.beside else "bench")
    return 0


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m benchmarks", description=__doc__)
    parser.add_argument("--rounds", type=int, default=5, help="undisturbed rounds (%(default)s)")
    parser.add_argument(
        "--seconds", type=float, default=0.5, help="of a side in each (%(default)s)"
    )
    parser.add_argument(
        "--patience", type=int, default=3, help="rounds more for disturbed ones (%(default)s)"
    )
    parser.add_argument("--only", help="one work, as n,m,instances,batch")
    parser.add_argument("--strict", action="store_true", help="refuse a machine that is not idle")
    parser.add_argument("--beside", type=int, default=0, help="busy loops to run beside it")
    return parser


@contextmanager
def busy_loops(count: int) -> Iterator[None]:
    """Processes that do nothing, all the time."""
    loops = [subprocess.Popen([sys.executable, "-c", "while True: pass"]) for _ in range(count)]
    try:
        yield
    finally:
        for loop in loops:
            loop.kill()
            loop.wait()


def _at_the_start(watch: Watch) -> list[str]:
    """What disturbs the machine before anything of ours runs."""
    for _ in range(3):
        watch.look()
    return at_rest(watch.round(), watch.best)


def measure(
    works: list[Work],
    watch: Watch,
    plan: Plan,
    *,
    sides: Iterable[str] = tuple(SIDES),
    check: bool = True,
) -> dict[str, Comparison]:
    """All works, with one process a side."""
    workers = {side: Worker(side) for side in sides}
    found = {}
    try:
        for work in (bar := tqdm(works, unit="work")):
            bar.set_description(work.name)
            found[work.name] = compare(work, workers, watch, plan, check=check)
    finally:
        for worker in workers.values():
            worker.close()
    return found


def summary(
    found: dict[str, Comparison], growth: list[dict[str, float]], beside: int, machine: Machine
) -> dict[str, Any]:
    """All that is written as JSON, and from which the page is made."""
    works = {}
    for name, comparison in found.items():
        works[name] = row(comparison)
        work = comparison.work
        floor = floor_ms(work, machine)
        works[name] |= {
            "floor_ms": floor,
            "times_floor": works[name]["ours"]["wall_ms"] / floor,
            "floor_dense_ms": floor_ms(work, machine, dense=True),
            "densities": f"1 … {work.densities().min():g}" if work.instances > 1 else "0.1",
        }
    return {
        "marked": any(comparison.marked for comparison in found.values()),
        "beside": beside,
        "machine": machine_name(),
        "date": datetime.datetime.now(datetime.UTC).isoformat(timespec="seconds"),
        "threads": THREADS,
        "rounds": next(iter(found.values())).wanted,
        "rates": machine.describe(),
        "works": works,
        "growth": growth,
    }


def machine_name() -> str:
    """Processor, cores, system, Python."""
    model = platform.processor() or platform.machine()
    try:
        lines = Path("/proc/cpuinfo").read_text(encoding="utf-8").splitlines()
        model = next(line.split(":")[1].strip() for line in lines if line.startswith("model name"))
    except (OSError, StopIteration):
        pass
    return (
        f"{model}, {os.cpu_count()} cores, {platform.system()}, Python {platform.python_version()}"
    )


def write(result: dict[str, Any], name: str) -> None:
    """The page and its numbers."""
    page = markdown(result)
    write_text(TABLES / f"{name}.md", page)
    write_text(TABLES / f"{name}.json", json.dumps(result, indent=1) + "\n")
    print(page)


if __name__ == "__main__":
    sys.exit(main())
