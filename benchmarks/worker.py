"""One side in a process of its own, so that thread pools do not meet.

Reads a line of JSON, a command and its arguments, and answers a line of JSON.
"""

from __future__ import annotations

import json
import os
import resource
import subprocess
import sys
import time
from dataclasses import asdict
from importlib import import_module
from typing import Any

import numpy as np

from benchmarks.watch import Turn
from benchmarks.works import Setting, Work, held_out_losses

__all__ = ["SIDES", "THREADS", "Missing", "Worker", "timed"]

THREADS = 2
SIDES = {
    "ours": ("benchmarks.ours", "Ours"),
    "dense": ("benchmarks.ours", "Ours"),
    "eager": ("benchmarks.pytorch", "Eager"),
    "tuned": ("benchmarks.pytorch", "Tuned"),
    "compiled": ("benchmarks.pytorch", "Compiled"),
    "jax": ("benchmarks.jax_scan", "Jax"),
}


class Missing(RuntimeError):
    """A side that cannot run here, and why."""


class Worker:
    """A handle on the process of one side, by its name in `SIDES`."""

    def __init__(self, side: str) -> None:
        self.side = side
        names = ("NUMBA", "OMP", "MKL")
        threads = {f"{name}_NUM_THREADS": str(THREADS) for name in names}
        self.process = subprocess.Popen(
            [sys.executable, "-m", "benchmarks.worker", side],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
            env=os.environ | threads,
        )

    def ask(self, command: str, *arguments: object) -> Any:
        """Send a command and wait for its answer."""
        assert self.process.stdin
        assert self.process.stdout
        print(json.dumps([command, *arguments]), file=self.process.stdin, flush=True)
        line = self.process.stdout.readline()
        if not line:
            raise RuntimeError(f"the process of {self.side} died on {command}; see above")
        answer = json.loads(line)
        if isinstance(answer, dict) and "missing" in answer:
            raise Missing(answer["missing"])
        return answer

    def make(self, work: Work, setting: Setting) -> None:
        """Set up a work; `Missing` if this side cannot."""
        self.ask("make", asdict(work), asdict(setting))

    def time(self, steps: int) -> Turn:
        """Take at least so many steps."""
        return Turn(**self.ask("time", steps))

    def losses(self) -> np.ndarray:
        """Of each instance, on samples that are the same for every side."""
        return np.array(self.ask("losses"))

    def close(self) -> None:
        """End the process."""
        assert self.process.stdin
        assert self.process.stdout
        self.process.stdin.close()
        self.process.wait()
        self.process.stdout.close()


def _make(side: str, work: Work, setting: Setting) -> Any:
    module, name = SIDES[side]
    if side == "jax" and hasattr(os, "sched_setaffinity"):
        # It has as many threads as cores that it may use, and no other way to say how many.
        os.sched_setaffinity(0, sorted(os.sched_getaffinity(0))[:THREADS])
    return getattr(import_module(module), name)(work, setting)


def timed(subject: Any, steps: int) -> Turn:
    """Have a subject take at least so many steps."""
    before, begin = resource.getrusage(resource.RUSAGE_SELF), time.perf_counter()
    taken = subject.advance(steps)
    wall, after = time.perf_counter() - begin, resource.getrusage(resource.RUSAGE_SELF)
    cpu = after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime
    return Turn(taken, wall, cpu, after.ru_nivcsw - before.ru_nivcsw)


def _serve(side: str) -> None:
    subject: Any = None
    work = None
    for line in sys.stdin:
        command, *arguments = json.loads(line)
        answer: Any = None
        if command == "make":
            work = Work(**arguments[0])
            subject = None  # its memory first
            try:
                subject = _make(side, work, Setting(**arguments[1]))
            except Exception as error:  # whatever a compiler or an import may say
                words = str(error).strip().splitlines() or [""]
                answer = {"missing": f"{type(error).__name__}: {words[0][:200]}"}
        elif command == "time":
            answer = asdict(timed(subject, *arguments))
        else:
            answer = held_out_losses(work, *subject.weights()).tolist()
        print(json.dumps(answer), flush=True)


if __name__ == "__main__":
    _serve(sys.argv[1])
