"""Pairs of features that come together or exclude each other, in the plane."""

from __future__ import annotations

from dataclasses import asdict
from typing import Any

from figures.geometry.runs import Runs
from figures.kit.profile import Profile

NAME = "correlated_features"


RUNS = {"paper": (64, 4000), "quick": (32, 2500)}


# Label, law, number of pairs, density.  The same two pairs once sparse, once dense.
CASES = (
    ("correlated", "correlated", 2, 0.1),
    ("correlated, dense", "correlated", 2, 0.4),
    ("anticorrelated", "anticorrelated", 2, 0.1),
    ("three correlated", "correlated", 3, 0.05),
)


def runs_of(profile: Profile, law: str, pairs: int) -> Runs:
    """How one case is trained."""
    count, steps = RUNS[profile.name]
    return Runs(2 * pairs, 2, count, steps, law=law, sizes=(2,) * pairs)


def configuration(profile: Profile) -> dict[str, Any]:
    """What the measurement must have been made with."""
    return {
        label: {"density": p, **asdict(runs_of(profile, law, pairs))}
        for label, law, pairs, p in CASES
    }
