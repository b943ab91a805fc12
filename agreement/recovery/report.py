"""Counting and decoders on activations whose features nobody knows, and what is not concluded."""

from __future__ import annotations

import json
from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass
from typing import Any

import numpy as np

from agreement.description.words import aligned
from agreement.recovery.activations import Activations, as_samples
from agreement.recovery.doubts import doubts_of
from agreement.recovery.trial import Trial, trial
from ground.checks import as_floats, as_list, check_at_most, check_positive_int, check_whole
from numeric.recovery.counting import FeatureCount, count_features
from numeric.recovery.recover import METHODS as DECODERS

__all__ = ["METHODS", "RecoveryReport", "recovery_report"]

METHODS = ("autoencoder", "dictionary")
SHARES = (0.1, 0.3, 0.6)  # λ, of the size of activations: never one value
USED = 20_000  # samples
LEAST = 400  # below which no half is worth learning from
MOST_ATOMS = 2_000
MOST_DIMENSIONS = 2_000


@dataclass(frozen=True, eq=False)
class RecoveryReport:
    """Counts, scores that need no ground truth, and what cannot be concluded from them.

    Attributes
    ----------
    name : str
        What was read.
    samples, dimensions : int
    used : int
        Samples that were drawn for it.
    atoms : int
        Looked for.
    counts : tuple of FeatureCount
        By rays and by cumulants; rays are left out in one dimension.
    trials : tuple of Trial
        Each method at each λ.
    notes, cannot : tuple of str
        What was done; what cannot be concluded.
    """

    name: str
    samples: int
    dimensions: int
    used: int
    atoms: int
    counts: tuple[FeatureCount, ...]
    trials: tuple[Trial, ...]
    notes: tuple[str, ...]
    cannot: tuple[str, ...]

    def __str__(self) -> str:
        """As a table, with notes before and doubts after."""
        return "\n".join(
            [
                f"{self.samples} samples in {self.dimensions} dimensions: {self.name}",
                *(f"Note: {note}." for note in self.notes),
                "",
                *_count_rows(self.counts),
                "",
                f"{self.atoms} atoms, learnt on one half of {self.used} samples and scored on the "
                "other:",
                *_trial_rows(self.trials),
                "",
                "What cannot be concluded:",
                *(f"- {doubt}." for doubt in self.cannot),
            ]
        )

    def to_json(self) -> str:
        """The same in JSON."""
        counts = []
        for found in self.counts:
            kept = asdict(found)
            kept["directions"] = np.asarray(found.directions).tolist()
            kept["evidence"] = np.asarray(found.evidence).tolist()
            counts.append(kept)
        return json.dumps(
            {
                "name": self.name,
                "samples": self.samples,
                "dimensions": self.dimensions,
                "used": self.used,
                "atoms": self.atoms,
                "counts": counts,
                "trials": [each.as_dict() for each in self.trials],
                "notes": list(self.notes),
                "cannot_be_concluded": list(self.cannot),
            },
            indent=2,
        )


def recovery_report(
    activations: Any,
    n_atoms: int | None = None,
    *,
    methods: Sequence[str] = METHODS,
    shares: Any = SHARES,
    starts: int = 4,
    noise: float | None = None,
    seed: int = 0,
    progress: Callable[[str], None] | None = None,
) -> RecoveryReport:
    r"""Count the features in activations, look for them by several decoders, and doubt both.

    Each decoder learns on one half of the samples and is scored on the other, at each λ; what two
    halves both find is stable, which is necessary and not enough: it may be another dictionary
    than the one that made the data. Nothing here is a score against the truth.

    Parameters
    ----------
    activations : array_like (..., dimensions)
        At least 400 samples; of more than 20 000 so many are drawn.
    n_atoms : int, optional
        By default the larger of the two counts, or twice the dimensions where both fail.
    methods : sequence of str
        Of "autoencoder", "dictionary", "lone_rays", "sklearn", as :func:`numeric.recover`.
    shares : list of float
        λ, each as a share of the root mean square length of samples.
    starts : int
        Of each decoder, at most 100; the one with the least loss is kept.
    noise : float, optional
        Standard deviation of noise in each dimension, if known, for counting by rays.
    seed : int
    progress : callable, optional
        Told in a few words what comes next.

    Returns
    -------
    RecoveryReport

    Raises
    ------
    ValueError
        One axis, NaN, too few samples, too many dimensions or atoms.

    Examples
    --------
    Six hundred samples of two features in two dimensions:

    >>> rng = np.random.default_rng(0)
    >>> x = np.where(rng.random((600, 2)) < 0.1, rng.random((600, 2)), 0.0)
    >>> report = recovery_report(x, 2, methods=["dictionary"], shares=[0.3])
    >>> report.counts[0].count  # by rays
    2
    """
    read = _read(activations)
    h = read.values
    dimensions = h.shape[1]
    if len(h) < LEAST:
        raise ValueError(f"activations must have at least {LEAST} samples, got {len(h)}")
    if dimensions > MOST_DIMENSIONS:
        raise ValueError(
            f"activations must have at most {MOST_DIMENSIONS} dimensions (it would take hours), "
            f"got {dimensions}: take some principal components"
        )
    words = check_whole("seed", seed)
    check_at_most("starts", check_positive_int("starts", starts), 100, "each takes as long again")
    ratios = as_list("shares", shares)
    if not ((ratios >= 0) & (ratios <= 100)).all():
        raise ValueError(f"shares must lie in [0, 100], got {shares!r}")
    decoders = _decoders(methods)
    if progress is not None and not callable(progress):
        raise TypeError(f"progress must be callable, got {progress!r}")
    tell = progress or (lambda _: None)
    tell("counting")
    counts = _counts(h, noise, words)
    atoms = (
        _default(counts, dimensions) if n_atoms is None else check_positive_int("n_atoms", n_atoms)
    )
    if atoms > MOST_ATOMS or 4 * atoms > len(h):
        most = min(MOST_ATOMS, len(h) // 4)
        raise ValueError(
            f"n_atoms must be at most {most} here (each needs samples of its own in either half), "
            f"got {atoms}"
        )
    rng = np.random.default_rng([words, 0])
    drawn = h[rng.permutation(len(h))[:USED]]
    # Decoders have no bias, and activations of ReLU models none; the rest is said below.
    halves = drawn[::2], drawn[1::2]
    size = float(np.sqrt(np.mean(np.sum(drawn**2, axis=1)[np.any(drawn, axis=1)])))
    trials = []
    for method in decoders:
        for ratio in ratios:
            tell(f"{method} at λ = {ratio:g} of the size of samples")
            trials.append(
                trial(halves, atoms, method=method, l1=ratio * size, starts=starts, seed=words)
            )
    notes = list(read.notes)
    if n_atoms is None:
        notes.append(f"{atoms} atoms were looked for, by the counts; --atoms says how many")
    if len(h) > USED:
        notes.append(f"{USED} of {len(h)} samples were drawn")
    return RecoveryReport(
        read.name, len(h), dimensions, len(drawn), atoms, counts, tuple(trials), tuple(notes),
        doubts_of(drawn, atoms, counts, trials),
    )  # fmt: skip


def _decoders(methods: Any) -> list[str]:
    """Names of decoders, each once and known."""
    names = [methods] if isinstance(methods, str) else methods
    if not isinstance(names, list | tuple) or not names or not all(x in DECODERS for x in names):
        raise ValueError(f"methods must be some of {', '.join(DECODERS)}, got {methods!r}")
    return list(dict.fromkeys(names))


def _read(activations: Any) -> Activations:
    if isinstance(activations, Activations):
        return activations
    return as_samples(as_floats("activations", activations), "the array given")


def _counts(h: Any, noise: float | None, seed: int) -> tuple[FeatureCount, ...]:
    rays = [count_features(h, "rays", noise=noise, seed=seed)] if h.shape[1] > 1 else []
    return (*rays, count_features(h, "cumulants", noise=noise, seed=seed))


def _default(counts: Sequence[FeatureCount], dimensions: int) -> int:
    most = max(found.count for found in counts)
    return most if most > 1 else 2 * dimensions


def _count_rows(counts: Sequence[FeatureCount]) -> list[str]:
    rows = [("features counted", "count", "at least", "at most")]
    for found in counts:
        upper = "no bound" if found.upper is None else str(found.upper)
        rows.append((f"by {found.method}", str(found.count), str(found.lower), upper))
    return aligned(rows, left={0})


def _trial_rows(trials: Sequence[Trial]) -> list[str]:
    head = (
        "decoder", "λ", "found", "variance", "(PCA)", "L0", "dead", "shrinkage", "in both halves",
        "cosine", "(chance)",
    )  # fmt: skip
    rows: list[tuple[str, ...]] = [head]
    for each in trials:
        rows.append(
            (
                each.method,
                f"{each.l1:.3g}",
                str(each.atoms),
                f"{100 * each.explained:.1f} %",
                f"{100 * each.components:.1f} %",
                f"{each.l0:.2f}",
                f"{100 * each.dead:.0f} %",
                f"{each.shrinkage:.3f}",
                f"{100 * each.same:.0f} %",
                f"{each.matched:.3f}",
                f"{each.blank:.3f}",
            )
        )
    return aligned(rows, left={0})
