"""What scores without ground truth leave open, in sentences that fit the case."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from agreement.recovery.trial import Trial
from ground.checks import FloatArray
from numeric.recovery.counting import FeatureCount

__all__ = ["doubts_of"]

STABLE, UNSTABLE = 0.9, 0.5  # shares of atoms that both halves have
OFF_CENTRE = 0.5  # squared mean over mean square


def doubts_of(
    h: FloatArray, atoms: int, counts: Sequence[FeatureCount], trials: Sequence[Trial]
) -> tuple[str, ...]:
    """Doubts, those of this case first and those of every case last."""
    found = [*_of_counts(counts), *_of_trials(h, atoms, trials)]
    found.append(
        "whether atoms are the features that made these activations: explained variance, L0 and "
        "stability are high for any dictionary that fits, and no score here has seen the truth"
    )
    return tuple(found)


def _of_counts(counts: Sequence[FeatureCount]) -> list[str]:
    doubts = [f"by {each.method}: {doubt}" for each in counts for doubt in each.cannot]
    sure = {each.method: each.count for each in counts if not each.cannot}
    if len(set(sure.values())) > 1:
        shown = " and ".join(f"{count} by {method}" for method, count in sure.items())
        doubts.append(
            f"how many features there are: {shown}; an unequal pair on one line counts once "
            "by cumulants, and a feature that is never alone not at all by rays"
        )
    if not sure:
        doubts.append("how many features there are: neither count is free of doubt")
    return doubts


def _of_trials(h: FloatArray, atoms: int, trials: Sequence[Trial]) -> list[str]:
    doubts = []
    best = max((each.same for each in trials), default=0.0)
    if best < UNSTABLE:
        doubts.append(
            f"any direction: the two halves agree on at most {100 * best:.0f} % of their atoms, at "
            "every λ and by every decoder tried (more starts or samples may do better)"
        )
    elif best < STABLE:
        doubts.append(
            f"all directions: the two halves agree on at most {100 * best:.0f} % of their atoms"
        )
    if len(h) < 40 * atoms:
        doubts.append(
            f"much from {len(h)} samples for {atoms} atoms: each atom has some "
            f"{len(h) // (2 * atoms)} to learn from in a half, if each sample showed one"
        )
    if atoms >= h.shape[1] and trials and max(each.l0 for each in trials) >= h.shape[1]:
        doubts.append(
            "sparsity: as many atoms are active in a sample as there are dimensions, at which any "
            "basis reproduces everything"
        )
    mean = h.mean(axis=0)
    if mean @ mean > OFF_CENTRE * np.mean(np.sum(h**2, axis=1)):
        doubts.append(
            "anything before the mean is taken off: most of the samples' size is their mean, and "
            "decoders here have no bias"
        )
    return doubts
