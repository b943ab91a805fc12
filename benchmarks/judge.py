"""Which rounds were disturbed, and by what: the readings against fixed limits.

The limits know nothing of who was faster, so that leaving out disturbed rounds favours no side.

They lie between what was read on an idle machine of two cores and beside one busy loop: product
1.2 times its best, and 2.2; its threads' share .97, and .5; involuntary switches of ours 25 to 60 a
second, and 140 to 210; tasks beside it 0 to .4, and 1.0 to 1.4; others' cores .05, and .8.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from benchmarks.watch import Readings, Turn

__all__ = ["LIMITS", "Limits", "at_rest", "disturbances"]


@dataclass(frozen=True)
class Limits:
    """Up to where a round counts as undisturbed.

    Attributes
    ----------
    beside : float
        Tasks that run or wait beside ours between the turns.
    others : float
        Cores that others use during the turns.
    product : float
        Wall time of the calibration product against the shortest ever seen on this machine.
    product_share : float
        CPU time against wall time of a calibrating thread, at least.
    spread : float
        By how much the products before and after a round may differ.
    switches : float
        Involuntary context switches of our sides in a second of their CPU time. Theirs are as
        many threads as cores, of which none waits for another: who puts them aside is a stranger.
        Threads of a peer may put aside each other.
    share : float
        CPU time against wall time of a side, against its own best round, at least.
    """

    beside: float = 0.5
    others: float = 0.1
    product: float = 1.3
    product_share: float = 0.9
    spread: float = 0.2
    switches: float = 100.0
    share: float = 0.8


LIMITS = Limits()
OURS = ("ours", "dense")


def at_rest(readings: Readings, best: float, limits: Limits = LIMITS) -> list[str]:
    """What disturbs the machine, in words; nothing if it is idle."""
    r, found = readings, []
    if r.beside > limits.beside:
        found.append(f"{r.beside:.1f} tasks run beside it")
    if r.others is not None and r.others > limits.others:
        found.append(f"others use {r.others:.2f} cores")
    if r.product_wall > limits.product * best:
        found.append(f"the calibration product takes {r.product_wall / best:.2f} times its best")
    if r.product_share < limits.product_share:
        found.append(f"its threads have a core for {100 * r.product_share:.0f} % of the time")
    if r.spread > limits.spread:
        found.append(f"it differs by {100 * r.spread:.0f} % before and after")
    return found


def disturbances(
    rounds: Sequence[tuple[Readings, Mapping[str, Turn]]], best: float, limits: Limits = LIMITS
) -> list[list[str]]:
    """For each round what disturbed it, in words; an empty list is a round that counts."""
    shares: dict[str, float] = {}
    for _readings, turns in rounds:
        for side, turn in turns.items():
            shares[side] = max(shares.get(side, 0.0), turn.cpu / turn.wall)
    found = []
    for readings, turns in rounds:
        words = at_rest(readings, best, limits)
        for side, turn in turns.items():
            rate = turn.switches / max(turn.cpu, 0.05)
            if side in OURS and rate > limits.switches:
                words.append(f"{side} is put aside {rate:.0f} times a second")
            share = turn.cpu / turn.wall
            if share < limits.share * shares[side]:
                words.append(f"{side} has {share:.2f} cores, {shares[side]:.2f} at best")
        found.append(words)
    return found
