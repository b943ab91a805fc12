"""Memory and time as the number of instances of (2, 1) grows; each in a process of its own."""

from __future__ import annotations

import json
import resource
import subprocess
import sys
import time
from pathlib import Path

import numpy as np

from benchmarks.ours import Ours
from benchmarks.works import Setting, Work

__all__ = ["grow"]

STEPS = 50


def grow(instances: int) -> dict[str, float]:
    """Milliseconds a step and the largest resident memory, in MiB."""
    answer = subprocess.run(
        [sys.executable, "-m", "benchmarks.growth", str(instances)],
        check=True,
        capture_output=True,
        text=True,
    )
    return dict(json.loads(answer.stdout))


def _measure(instances: int) -> dict[str, float]:
    subject = Ours(Work(2, 1, instances, 1024, 1 / 100), Setting())
    subject.advance(2)
    rounds = [_seconds(subject) for _ in range(3)]
    return {
        "instances": instances,
        "ms_a_step": 1e3 * float(np.median(rounds)) / STEPS,
        "peak_MiB": _peak(),
    }


def _seconds(subject: Ours) -> float:
    begin = time.perf_counter()
    subject.advance(STEPS)
    return time.perf_counter() - begin


def _peak() -> float:
    """Largest resident memory so far; getrusage would count the parent's, from the fork."""
    try:
        lines = Path("/proc/self/status").read_text(encoding="utf-8").splitlines()
        return float(next(line.split()[1] for line in lines if line.startswith("VmHWM"))) / 1024
    except (OSError, StopIteration):
        return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024


if __name__ == "__main__":
    print(json.dumps(_measure(int(sys.argv[1]))))
