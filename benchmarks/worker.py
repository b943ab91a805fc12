"""One side in a process of its own, so that thread pools do not meet.

Reads lines ``make <side> <work> <dense>`` and ``time <steps>``; answers one JSON number each.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
from typing import Any

from benchmarks.works import WORKS

__all__ = ["Worker"]

THREADS = 2


class Worker:
    """A handle on the process of one side: "ours", "eager" or "tuned"."""

    def __init__(self, side: str) -> None:
        self.side = side
        names = ("NUMBA", "OMP", "MKL")
        threads = {f"{name}_NUM_THREADS": str(THREADS) for name in names}
        self.process = subprocess.Popen(
            [sys.executable, "-m", "benchmarks.worker"],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
            env=os.environ | threads,
        )

    def ask(self, *words: object) -> float:
        """Send one line and wait for the answer."""
        assert self.process.stdin
        assert self.process.stdout
        print(*words, file=self.process.stdin, flush=True)
        line = self.process.stdout.readline()
        if not line:
            raise RuntimeError(f"the process of {self.side} died on {words}; its error is above")
        return float(json.loads(line))

    def make(self, work: int, dense: bool) -> None:
        """Set up a work, by its place in the table."""
        self.ask("make", self.side, work, int(dense))

    def time(self, steps: int) -> float:
        """Seconds for some steps."""
        return self.ask("time", steps)

    def close(self) -> None:
        """End the process."""
        assert self.process.stdin
        self.process.stdin.close()
        self.process.wait()


def _make(side: str, work: str, dense: str) -> Any:
    if side == "ours":
        from benchmarks.ours import Ours

        return Ours(WORKS[int(work)], bool(int(dense)), THREADS)
    from benchmarks import pytorch

    return getattr(pytorch, side.capitalize())(WORKS[int(work)], bool(int(dense)), THREADS)


def _serve() -> None:
    subject: Any = None
    for line in sys.stdin:
        command, *words = line.split()
        if command == "make":
            subject = _make(*words)
            subject.time_steps(2)  # compile, allocate, warm up
            print(json.dumps(0.0), flush=True)
        else:
            print(json.dumps(subject.time_steps(int(words[0]))), flush=True)


if __name__ == "__main__":
    _serve()
