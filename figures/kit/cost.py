"""What each step of a figure costs: CPU seconds of this process and its workers."""

from __future__ import annotations

import json
import os
import platform
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from figures.kit.profile import Profile
from ground.results import write_text

SUFFIX = ".cost.json"
STEPS = ("measure", "derive", "draw")


@contextmanager
def costed(figure: str, step: str, profile: Profile) -> Iterator[None]:
    """Time a step, and keep what it took; an interrupted one's share is added when it ends."""
    begun = cpu_seconds()
    try:
        yield
    except KeyboardInterrupt:
        _keep(_path(figure, step, profile), cpu_seconds() - begun, finished=False)
        raise
    _keep(_path(figure, step, profile), cpu_seconds() - begun, finished=True)


def costs(figure: str, profile: Profile) -> dict[str, dict[str, Any]]:
    """``seconds`` and ``machine`` of each step that was done, in the order of the steps."""
    kept = {step: _read(_path(figure, step, profile)) for step in STEPS}
    return {
        step: {"seconds": cost["seconds"], "machine": cost["machine"]}
        for step, cost in kept.items()
        if cost.get("finished")
    }


def cpu_seconds() -> float:
    """CPU time so far of this process, its threads, and its child processes.

    Workers that still live are read from ``/proc``; where there is none they count once they ended.
    """
    times = os.times()
    ended = times.children_user + times.children_system
    return time.process_time() + ended + sum(_living_children())


def machine() -> str:
    """The kind of this machine: cores, processor, system."""
    cores = os.cpu_count() or 1
    named = [line for line in _lines(Path("/proc/cpuinfo")) if line.startswith("model name")]
    model = named[0].partition(":")[2].strip() if named else platform.processor()
    kind = " ".join((model or platform.machine() or "an unknown processor").split())
    return f"{cores} × {kind}, {platform.system()}, Python {platform.python_version()}"


def _path(figure: str, step: str, profile: Profile) -> Path:
    """One file a step: make may run two of them at once."""
    return profile.table(figure, f".{step}{SUFFIX}")


def _keep(path: Path, seconds: float, *, finished: bool) -> None:
    before = _read(path)
    if not before.get("finished", True):
        seconds += before["seconds"]
    cost = {"seconds": round(seconds, 2), "machine": machine(), "finished": finished}
    write_text(path, json.dumps(cost, indent=2) + "\n")


def _read(path: Path) -> dict[str, Any]:
    return dict(json.loads(path.read_text(encoding="utf-8"))) if path.exists() else {}


def _lines(path: Path) -> list[str]:
    try:
        return path.read_text(encoding="utf-8", errors="replace").splitlines()
    except OSError:
        return []


def _living_children() -> Iterator[float]:
    """CPU seconds of each child process that runs, where the system shows them."""
    me, tick = str(os.getpid()), os.sysconf("SC_CLK_TCK") if hasattr(os, "sysconf") else 100
    for status in Path("/proc").glob("[0-9]*/stat"):
        for line in _lines(status):
            # After the command in parentheses: state, parent, …; user and system time are 12th.
            words = line.rpartition(")")[2].split()
            if len(words) > 12 and words[1] == me:
                yield (int(words[11]) + int(words[12])) / tick


__all__ = ["STEPS", "costed", "costs", "cpu_seconds", "machine"]
