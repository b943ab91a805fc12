"""Is the machine ours alone? Readings of it, taken between the turns of the sides.

Four of the system, where it tells them (Linux tells all, others less): tasks that run or wait
beside ours, CPU time that others used, involuntary context switches, and CPU time against wall
time. And one of our own, which works everywhere: a fixed product on as many threads as a side
has, which takes longer in company.
"""

from __future__ import annotations

import json
import os
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import asdict, dataclass, field
from pathlib import Path

import numpy as np
from threadpoolctl import threadpool_limits

from ground.results import write_text

__all__ = ["Product", "Readings", "Sensors", "Turn", "Watch", "best_product"]

SIZE, REPEATS = 384, 40
SAMPLES = 5
PRODUCTS = 3  # in a look, of which the shortest counts: a tick of the system is nobody's company


@dataclass(frozen=True)
class Turn:
    """What a side says of some steps of its own.

    Attributes
    ----------
    steps : int
    wall, cpu : float
        Seconds, the latter of all its threads.
    switches : int
        Involuntary context switches of all its threads.
    """

    steps: int
    wall: float
    cpu: float
    switches: int


@dataclass(frozen=True)
class Product:
    """Times of the calibration product: seconds of its slowest thread, and CPU a thread."""

    wall: float
    cpu: float


def tasks_beside() -> float:
    """Tasks that run or wait for a core beside this one, a mean of a few looks."""
    looks = []
    for _ in range(SAMPLES):
        try:
            running = int(
                Path("/proc/loadavg").read_text(encoding="utf-8").split()[3].split("/")[0]
            )
            looks.append(running - 1)
        except (OSError, ValueError, IndexError):
            return os.getloadavg()[0] if hasattr(os, "getloadavg") else 0.0
        time.sleep(0.004)
    return float(np.mean(looks))


def machine_busy() -> float | None:
    """CPU seconds that anybody has used on this machine, or that its host took; None if untold."""
    try:
        words = Path("/proc/stat").read_text(encoding="utf-8").split("\n", 1)[0].split()
        user, nice, system, _idle, _wait, irq, softirq, steal = map(int, words[1:9])
    except (OSError, ValueError):
        return None
    return (user + nice + system + irq + softirq + steal) / os.sysconf("SC_CLK_TCK")


def product(threads: int) -> Product:
    """The calibration: products of 384 × 384 in float32 on some threads at once."""
    a = np.random.default_rng(0).random((SIZE, SIZE), dtype=np.float32)

    def work(_thread: int) -> tuple[float, float]:
        out = np.empty_like(a)
        begin, used = time.perf_counter(), time.thread_time()
        for _ in range(REPEATS):
            np.dot(a, a, out=out)
        return time.perf_counter() - begin, time.thread_time() - used

    with threadpool_limits(1), ThreadPoolExecutor(threads) as pool:
        times = np.array(list(pool.map(work, range(threads))))
    return Product(float(times[:, 0].max()), float(times[:, 1].mean()))


@dataclass(frozen=True)
class Sensors:
    """Where readings come from; a test puts its own in their place."""

    beside: Callable[[], float] = tasks_beside
    busy: Callable[[], float | None] = machine_busy
    product: Callable[[], Product] = field(default=lambda: product(2))
    now: Callable[[], float] = time.perf_counter
    own: Callable[[], float] = time.process_time


@dataclass(frozen=True)
class Readings:
    """The machine over one round.

    Attributes
    ----------
    beside : float
        Tasks that ran or waited beside ours, the larger of before and after the round.
    others : float or None
        Cores that others used during the round's turns.
    product_wall, product_share : float
        Of the calibration before and after the round: the longer wall time in seconds, and the
        smaller CPU time for wall time of a thread.
    spread : float
        The longer of the two over the shorter, less 1.
    """

    beside: float
    others: float | None
    product_wall: float
    product_share: float
    spread: float

    def as_dict(self) -> dict[str, float | None]:
        """For JSON."""
        return asdict(self)


class Watch:
    """Takes readings around rounds; knows the shortest calibration product seen so far."""

    def __init__(self, sensors: Sensors, best: float = np.inf) -> None:
        self.sensors, self.best = sensors, best
        self._products: list[Product] = []
        self._beside: list[float] = []
        self._others = self._wall = 0.0
        self._told = True

    def look(self) -> None:
        """One look between turns, while the sides wait."""
        self._beside.append(self.sensors.beside())
        products = [self.sensors.product() for _ in range(PRODUCTS)]
        self._products.append(min(products, key=lambda product: product.wall))
        self.best = min(self.best, self._products[-1].wall)

    def turn(self, work: Callable[[], Turn]) -> Turn:
        """Have a turn taken, and count the CPU time of others meanwhile."""
        s = self.sensors
        busy, now, own = s.busy(), s.now(), s.own()
        answer = work()
        after = s.busy()
        self._wall += s.now() - now
        if busy is None or after is None:
            self._told = False
        else:
            self._others += after - busy - answer.cpu - (s.own() - own)
        return answer

    def round(self) -> Readings:
        """Readings since the last call; two looks at least."""
        walls = [p.wall for p in self._products]
        readings = Readings(
            max(self._beside),
            max(0.0, self._others / self._wall) if self._told and self._wall else None,
            max(walls),
            min(p.cpu / p.wall for p in self._products),
            max(walls) / min(walls) - 1,
        )
        self._products, self._beside, self._others, self._wall = [], [], 0.0, 0.0
        return readings


def best_product(path: Path, machine: str, seen: float = np.inf) -> float:
    """The shortest product ever seen on this machine; a shorter one is written down."""
    try:
        known = json.loads(path.read_text(encoding="utf-8"))
    except (OSError, ValueError):
        known = {}
    best = min(float(known.get(machine, np.inf)), seen)
    if seen == best and np.isfinite(best):
        write_text(path, json.dumps(known | {machine: best}, indent=2) + "\n")
    return best
