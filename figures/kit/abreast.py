"""Make several figures side by side, in a few processes that each make one after the other.

A start of Python with all that a figure imports takes two seconds of CPU, and each loads much the
same kernels: a third of what a quick run of forty figures would spend, were each a process.
"""

from __future__ import annotations

import multiprocessing
import os
import sys
from collections.abc import Callable, Iterable
from concurrent.futures import FIRST_COMPLETED, Executor, Future, ProcessPoolExecutor, wait
from graphlib import TopologicalSorter
from typing import Any

from figures.kit.folder import folder
from figures.kit.profile import Profile, cores
from figures.kit.refresh import out_of_date, refresh
from figures.rules import Sources, others

__all__ = ["make_figures", "room", "share"]

ROOM = 2_000_000_000  # bytes of memory for each figure under way and its workers


def make_figures(names: Iterable[str], profile: Profile, abreast: int | None = None) -> None:
    """Make what is out of date of some figures and of those whose data they need.

    A figure that fails stops only those that need its data; what was made stays.

    Parameters
    ----------
    names : iterable of str
    profile : Profile
    abreast : int, optional
        How many at a time; by default two, where there are cores and memory for two. They share
        the processes that `cores` allows: were all of them each figure's, workers and threads
        would be started to wait for one another.

    Raises
    ------
    ValueError
        An unknown figure, or no figure at a time.
    RuntimeError
        Figures that failed, or were not tried since they need one of these.
    """
    if abreast is not None and abreast < 1:
        raise ValueError(f"abreast must be a number of figures, at least 1, got {abreast}")
    graph = _graph(names)
    sources = Sources()
    stale = [name for name in graph if out_of_date(folder(name), profile, sources)]
    order = TopologicalSorter(graph)
    order.prepare()
    count = min(abreast or room(), max(1, len(stale)))
    left = set(graph)
    running: dict[Future[str], str] = {}
    with _workers(count) as pool:
        try:
            # What others wait for begins first, and they once they can: at the end no worker is to
            # be left alone with figures that wait for one another.
            waiting = sorted(order.get_ready(), key=lambda name: -_waited_for(name, graph))
            while waiting or running:
                # No more than there are workers: an interruption would find the next one begun.
                while waiting and len(running) < count:
                    name = waiting.pop(0)
                    # Asked when all that it needs is there: some of that may be newer by now.
                    if out_of_date(folder(name), profile, sources):
                        running[pool.submit(_make, name, profile)] = name
                    else:
                        left.remove(name)
                        order.done(name)
                        waiting = [*order.get_ready(), *waiting]
                for future in wait(running, return_when=FIRST_COMPLETED).done if running else ():
                    name, failure = running.pop(future), future.result()
                    if failure:
                        sys.stderr.write(f"figures: {name}: {failure}\n")
                        continue
                    sys.stdout.write(f"{profile.figure(name)}\n")
                    sys.stdout.flush()
                    left.remove(name)
                    order.done(name)
                waiting = [*order.get_ready(), *waiting]
        except BaseException:
            pool.shutdown(cancel_futures=True)
            raise
    if left:
        raise RuntimeError(f"not made: {', '.join(sorted(left))}")


def _graph(names: Iterable[str]) -> dict[str, set[str]]:
    """The figures themselves and all that they need data of, each with those it waits for."""
    graph: dict[str, set[str]] = {}
    asked = list(names)
    while asked:
        name = asked.pop(0)
        if name not in graph:
            graph[name] = others(folder(name).path)
            asked += sorted(graph[name])
    return graph


def _waited_for(name: str, graph: dict[str, set[str]]) -> int:
    return sum(name in needed for needed in graph.values())


def room() -> int:
    """How many figures at a time: two, where there are cores and memory for them."""
    try:
        memory = os.sysconf("SC_PHYS_PAGES") * os.sysconf("SC_PAGE_SIZE")
    except (AttributeError, ValueError, OSError):  # Windows, or a system that doesn't say
        memory = 2 * ROOM
    return min(2, cores(), max(1, memory // ROOM))


def share(abreast: int) -> int:
    """Processes, or threads, for each of so many figures at a time."""
    return -(-cores() // abreast)


def _make(name: str, profile: Profile) -> str:
    """Refresh a figure; what went wrong, or nothing."""
    try:
        refresh(folder(name), profile)
    except (ValueError, OSError, RuntimeError, ImportError) as error:
        return " ".join(str(error).split()) or type(error).__name__
    return ""


class _Here(Executor):
    """Where one figure is made at a time no process is started for it."""

    def submit(self, function: Callable[..., Any], /, *given: Any, **named: Any) -> Future[Any]:
        future: Future[Any] = Future()
        future.set_result(function(*given, **named))
        return future


def _workers(count: int) -> Executor:
    if count == 1:
        return _Here()
    # Spawned: threads of Numba or BLAS that a process already has would not live in its forks.
    context = multiprocessing.get_context("spawn")
    return ProcessPoolExecutor(count, context, initializer=_use, initargs=(share(count),))


def _use(jobs: int) -> None:
    """What a worker's figures may use, said before Numba is loaded."""
    os.environ["JOBS"] = str(jobs)
    os.environ.setdefault("NUMBA_NUM_THREADS", str(jobs))
