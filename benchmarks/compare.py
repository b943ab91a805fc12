"""Times of all sides at one work, taken in turns, with the machine watched; no disturbed round
counts.

Before any timing each side trains the work's first steps from the same weights, and its losses on
the same unseen samples must be those of ours: who does less work is not faster.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from benchmarks.judge import disturbances
from benchmarks.watch import Readings, Turn, Watch
from benchmarks.worker import THREADS, Missing, Worker
from benchmarks.works import Setting, Work

__all__ = ["PEERS", "Comparison", "Plan", "compare", "same_training"]

PEERS = ("eager", "tuned", "compiled", "jax")
STEPS, RATE = 40, 1e-2  # of the check: Adam moves each weight by some tenths
SEEDS, ERRORS = 12, 6.0  # of ours; and how many of their standard deviations a side may be off


@dataclass(frozen=True)
class Plan:
    """How long to measure.

    Attributes
    ----------
    rounds : int
        Undisturbed rounds that are wanted.
    seconds : float
        Of each side in a round.
    patience : int
        Rounds more that are tried in the place of disturbed ones.
    """

    rounds: int = 5
    seconds: float = 0.5
    patience: int = 3


@dataclass
class Comparison:
    """What was measured at one work.

    Attributes
    ----------
    work : Work
    rounds : list of (Readings, {side: Turn})
    marks : list of list of str
        What disturbed each round; empty for one that counts.
    missing : dict
        Sides that cannot run here, and why.
    losses : dict
        Of each side, what its training reached against ours, in standard deviations of ours.
    wanted : int
        Undisturbed rounds that were wanted.
    """

    work: Work
    wanted: int
    rounds: list[tuple[Readings, dict[str, Turn]]] = field(default_factory=list)
    marks: list[list[str]] = field(default_factory=list)
    missing: dict[str, str] = field(default_factory=dict)
    losses: dict[str, float] = field(default_factory=dict)

    @property
    def undisturbed(self) -> int:
        """How many rounds count."""
        return sum(not words for words in self.marks)

    @property
    def marked(self) -> bool:
        """Whether too few rounds count: then all are shown, and none is to be believed."""
        return self.undisturbed < self.wanted

    def steps(self, side: str) -> tuple[np.ndarray, np.ndarray]:
        """Milliseconds a step in each round that counts: wall and CPU."""
        chosen = [
            turns[side]
            for (_, turns), words in zip(self.rounds, self.marks, strict=True)
            if self.marked or not words
        ]
        return (
            np.array([1e3 * turn.wall / turn.steps for turn in chosen]),
            np.array([1e3 * turn.cpu / turn.steps for turn in chosen]),
        )

    def best_peer(self) -> str | None:
        """The peer with the smallest median wall time; None if there is none."""
        there = [side for side in PEERS if self.rounds and side in self.rounds[0][1]]
        return min(there, key=lambda side: np.median(self.steps(side)[0]), default=None)


def compare(
    work: Work, workers: Mapping[str, Worker], watch: Watch, plan: Plan, *, check: bool = True
) -> Comparison:
    """Check that all sides do the same, then time them."""
    found = Comparison(work, plan.rounds)
    if check:
        found.losses, found.missing = same_training(work, workers)
    steps = {}
    for side, worker in workers.items():
        if side in found.missing:
            continue
        try:
            worker.make(work, Setting(dense=side == "dense", threads=THREADS))
        except Missing as missing:
            found.missing[side] = str(missing)
            continue
        worker.time(2)  # compile, allocate
        steps[side] = steps_for(plan.seconds, worker)
    watch.look()
    while found.undisturbed < plan.rounds and len(found.rounds) < plan.rounds + plan.patience:
        turns = {}
        for side, count in steps.items():
            turns[side] = watch.turn(lambda side=side, count=count: workers[side].time(count))
        watch.look()
        found.rounds.append((watch.round(), turns))
        found.marks = disturbances(found.rounds, watch.best)
        watch.look()
    return found


def steps_for(seconds: float, worker: Worker) -> int:
    """How many steps of a side take so long, by a trial that has left its start behind.

    Three steps alone took ten times as long as later ones where a step is of microseconds.
    """
    trial = worker.time(3)
    while trial.wall < 0.2 * seconds:
        trial = worker.time(max(2, int(0.5 * seconds * trial.steps / trial.wall)))
    return max(2, int(seconds * trial.steps / trial.wall))


def same_training(
    work: Work, workers: Mapping[str, Worker]
) -> tuple[dict[str, float], dict[str, str]]:
    """Loss that each side reaches, against ours in standard deviations of ours; and who cannot.

    Raises
    ------
    RuntimeError
        A side that trains to another loss.
    """

    def trained(side: str, seed: int) -> float:
        workers[side].make(work, Setting(rate=RATE, seed=seed, threads=THREADS))
        workers[side].time(STEPS)
        # Of the logarithm, so that no density outweighs the others.
        return float(np.log(workers[side].losses()).mean())

    ours = np.array([trained("ours", seed) for seed in range(SEEDS)])
    away, missing = {}, {}
    for side in workers:
        if side in PEERS:
            try:
                away[side] = float((trained(side, 0) - ours.mean()) / ours.std(ddof=1))
            except Missing as error:
                missing[side] = str(error)
                continue
            if abs(away[side]) > ERRORS:
                raise RuntimeError(
                    f"{side} trains {work.name} to another loss than ours: after {STEPS} steps it "
                    f"is {away[side]:.1f} standard deviations of ours away"
                )
    return away, missing


def row(found: Comparison) -> dict[str, Any]:
    """For JSON: times of all sides, ratios, and the readings of every round."""
    sides = list(found.rounds[0][1])
    out: dict[str, Any] = {"marked": found.marked, "undisturbed": found.undisturbed}
    ours = found.steps("ours")
    for side in sides:
        wall, cpu = found.steps(side)
        out[side] = {
            "wall_ms": float(np.median(wall)),
            "cpu_ms": float(np.median(cpu)),
            "ratio": spread(wall / ours[0]),
            "cpu_ratio": spread(cpu / ours[1]),
        }
    best = found.best_peer()
    out |= {"best": best, "missing": found.missing, "losses_away": found.losses}
    out["rounds"] = [
        readings.as_dict()
        | {"marks": words}
        | {side: [turn.wall, turn.cpu, turn.switches] for side, turn in turns.items()}
        for (readings, turns), words in zip(found.rounds, found.marks, strict=True)
    ]
    return out


def spread(values: np.ndarray) -> dict[str, float]:
    """Median, least, largest."""
    return {
        "median": float(np.median(values)),
        "min": float(values.min()),
        "max": float(values.max()),
    }
