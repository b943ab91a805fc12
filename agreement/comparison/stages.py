"""Stages of two correlated sets: which one a model is in, which way a run takes, at which loss."""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from scipy.special import ndtri

from agreement.comparison.diagrams import ROUNDING
from agreement.description.describe import describe
from ground.checks import FloatArray
from ground.structure import IGNORED_BELOW

__all__ = [
    "Route",
    "Share",
    "Stages",
    "routes",
    "shares",
    "stage_losses",
    "stage_of",
    "stage_offsets",
    "stages_from",
    "stages_of",
    "stages_row",
]

ALIKE = np.sqrt(0.5)  # cosine: nearer to one direction than to a right angle
# By the number of directions that features of each set have.
STAGES = {
    (0, 0): "nothing",
    (0, 1): "one set",
    (0, 2): "one set",
    (0, 3): "one set",
    (1, 1): "two clusters",
    (1, 2): "one pair and single",
    (2, 2): "pair and single",
    (1, 3): "one triangle",
    (2, 3): "one triangle",
    (3, 3): "two triangles",
}
LOST = "one feature lost"  # of two triangles
FAINT = 0.25  # share of the longest feature's norm below which another one is not there
EVERY = 5  # snapshots: how often two triangles are described, which takes milliseconds


@dataclass(frozen=True)
class Route:
    """The stages in which one run stayed, in order, and the first and last snapshot of each."""

    stages: tuple[str, ...]
    spans: tuple[tuple[int, int], ...]

    def by(self, places: Sequence[str]) -> tuple[str, ...]:
        """Of the named places, those where it stayed, in order of the first time."""
        return tuple(stage for stage in dict.fromkeys(self.stages) if stage in places)


@dataclass(frozen=True)
class Share:
    """How many of some runs, with Wilson's interval of 95 %."""

    count: int
    runs: int

    @property
    def value(self) -> float:
        """The share."""
        return self.count / self.runs

    @property
    def interval(self) -> tuple[float, float]:
        """Its ends."""
        z2 = float(ndtri(0.975)) ** 2
        centre = (self.count + z2 / 2) / (self.runs + z2)
        spread = self.count * (self.runs - self.count) / self.runs + z2 / 4
        reach = math.sqrt(z2 * spread) / (self.runs + z2)
        low = 0.0 if self.count == 0 else centre - reach
        return low, 1.0 if self.count == self.runs else centre + reach

    def __str__(self) -> str:
        low, high = self.interval
        return f"{100 * self.value:.0f} % ({100 * low:.0f}–{100 * high:.0f})"


def stage_of(W: FloatArray) -> str:
    """Name the stage of one model (3, 6) of two sets of three.

    Features of a set count as one direction where they are nearer to that than to a right angle,
    and not at all where their norm is below 0.1 or a quarter of the longest.
    Two triangles are what `describe` finds in them: a prism (a digon × triangle), or three digons,
    which are an octahedron if each joins the sets.

    Examples
    --------
    >>> stage_of(np.hstack([np.eye(3), -np.eye(3)]))
    'octahedron'
    >>> stage_of(np.hstack([np.eye(3), np.eye(3) - 2 / 3]))
    'prism'
    """
    name = str(_by_directions(W[None])[0])
    return _of_triangles(W) if name == "two triangles" else name


def stages_of(W: FloatArray) -> Any:
    """Name the stage at each snapshot of each run, (T, run) from (T, run, 3, 6).

    Two triangles are described at every fifth of their snapshots, and take that name until the
    next one.
    """
    names = _by_directions(W)
    for r in range(W.shape[1]):
        apart = np.flatnonzero(names[:, r] == "two triangles")
        for k in range(0, len(apart), EVERY):
            names[apart[k : k + EVERY], r] = _of_triangles(W[apart[k], r])
    return names


def routes(names: Any, time: FloatArray, *, stay: float) -> list[Route]:
    """The stages in which each run stays for so much of time, (T, run) → one Route a run.

    Parameters
    ----------
    names : array of str (T, run)
    time : array (T,)
        ln of the step, say.
    stay : float
        What is shorter is on its way.
    """
    found = []
    for run in names.T:
        edges = np.flatnonzero(run[1:] != run[:-1]) + 1
        kept: list[tuple[str, int, int]] = []
        for first, after in zip([0, *edges], [*edges, len(run)], strict=True):
            ends = time[min(after, len(time) - 1)]
            if ends - time[first] < stay and after < len(run):
                continue
            if kept and kept[-1][0] == run[first]:
                kept[-1] = (kept[-1][0], kept[-1][1], int(after) - 1)
            else:
                kept.append((str(run[first]), int(first), int(after) - 1))
        found.append(Route(tuple(k[0] for k in kept), tuple((k[1], k[2]) for k in kept)))
    return found


def shares(found: Sequence[Route], places: Sequence[str]) -> dict[tuple[str, ...], Share]:
    """How many runs go each way by the named places, the most frequent first."""
    counts = Counter(route.by(places) for route in found)
    return {stages: Share(count, len(found)) for stages, count in counts.most_common()}


def stage_losses(
    found: Sequence[Route], loss: FloatArray, time: FloatArray
) -> dict[str, FloatArray]:
    """Loss of each run in each of its stages where it falls most slowly there.

    Parameters
    ----------
    found : sequence of Route, one a run
    loss : array (T, run)
    time : array (T,)
    """
    pace = -np.gradient(np.log(loss), time, axis=0)
    kept: dict[str, list[float]] = {}
    for r, route in enumerate(found):
        for stage, (first, last) in zip(route.stages, route.spans, strict=True):
            slowest = first + int(np.argmin(np.abs(pace[first : last + 1, r])))
            kept.setdefault(stage, []).append(float(loss[slowest, r]))
    return {stage: np.array(values) for stage, values in kept.items()}


def _by_directions(W: FloatArray) -> Any:
    """Names by the number of directions of each set, (...)."""
    lengths = np.linalg.norm(W, axis=-2)
    unit = W / np.maximum(lengths, 1e-300)[..., None, :]
    alike = np.swapaxes(unit, -1, -2) @ unit > ALIKE
    there = lengths >= np.maximum(IGNORED_BELOW, FAINT * lengths.max(axis=-1, keepdims=True))
    counts = np.sort(
        np.stack([_directions(alike, there, k) for k in (range(3), range(3, 6))], axis=-1), axis=-1
    )
    keys = 4 * counts[..., 0] + counts[..., 1]
    table = np.full(16, "", dtype="<U24")
    for (few, many), name in STAGES.items():
        table[4 * few + many] = name
    lost = (keys == 4 * 2 + 3) & (there.sum(axis=-1) == 5)
    return np.where(lost, LOST, table[keys])


def _directions(alike: Any, there: Any, members: range) -> Any:
    """How many directions three features have: those that are there, less links among them."""
    i, j, k = members
    links = [alike[..., a, b] & there[..., a] & there[..., b] for a, b in ((i, j), (j, k), (i, k))]
    # Three links among three features are no more than two.
    joined = np.minimum(sum(link.astype(int) for link in links), 2)
    return there[..., list(members)].sum(axis=-1) - joined


def _of_triangles(W: FloatArray) -> str:
    factors = describe(W).factors
    if [factor.name for factor in factors] == ["digon × triangle"]:
        return "prism"
    across = all(min(f.features) < 3 <= max(f.features) for f in factors)
    if [factor.name for factor in factors] == ["digon"] * 3 and across:
        return "octahedron"
    return "two triangles"


@dataclass(frozen=True, eq=False)
class Stages:
    """Runs of two sets of three from one start.

    Attributes
    ----------
    names : array of str (T, run)
        Stage at each snapshot.
    routes : list of Route, one a run
    losses : dict of arrays
        By stage, where the loss of each run that stays there falls most slowly.
    gap : array (run,)
        Loss at the end over the best known, less 1.
    """

    names: Any
    routes: list[Route]
    losses: dict[str, FloatArray]
    gap: FloatArray

    def staying(self, stage: str) -> Share:
        """How many runs stay in a stage."""
        return Share(sum(stage in route.stages for route in self.routes), len(self.routes))

    def ending(self, stage: str) -> Share:
        """How many runs are in a stage at the end."""
        return Share(int(np.sum(self.names[-1] == stage)), len(self.routes))


def stages_from(W: FloatArray, loss: FloatArray, steps: Any, best: float, *, stay: float) -> Stages:
    """Find the stages of runs (T, run, 3, 6) with exact losses (T, run) at some steps."""
    time, names = np.log(np.asarray(steps, dtype=np.float64)), stages_of(W)
    found = routes(names, time, stay=stay)
    return Stages(names, found, stage_losses(found, loss, time), loss[-1] / best - 1)


def stages_row(
    small: Stages, other: Stages, levels: dict[str, float], flow_off: float
) -> dict[str, Any]:
    """The row of the table of agreement.

    Parameters
    ----------
    small, other : Stages
        Of small starts, and of others.
    levels : dict
        Exact loss in each stage that theory knows.
    flow_off : float
        Largest difference of descent and flow over the initial loss.
    """
    gap = np.concatenate([small.gap, other.gap])
    ended = [one.ending("octahedron") for one in (small, other)]
    return {
        "runs": int(gap.size),
        "stages_two_clusters": small.staying("two clusters").value,
        "stages_pair_and_single": small.staying("pair and single").value,
        "stages_prism": small.staying("prism").value,
        "stages_octahedron": sum(one.count for one in ended) / gap.size,
        "stage_off_max": max(stage_offsets(small, levels).values()),
        "gap_median": float(np.median(gap)),
        "best_gap": float(gap.min()),
        "below_optimum": int(np.sum(gap < -ROUNDING)),
        "flow_off_max": flow_off,
    }


def stage_offsets(found: Stages, levels: dict[str, float]) -> dict[str, float]:
    """Relative distance of the median loss in each stage from the exact one."""
    return {
        stage: abs(float(np.median(found.losses[stage])) / level - 1)
        for stage, level in levels.items()
        if stage in found.losses
    }
