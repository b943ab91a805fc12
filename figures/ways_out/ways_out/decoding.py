"""What a dictionary learned from a model's activations recovers of its features."""

from __future__ import annotations

import numpy as np

from ground.checks import FloatArray
from numeric.features.independent import IndependentFeatures
from numeric.recovery.recover import recover
from numeric.recovery.scores import recovery_scores

KEPT = 0.1  # of the longest feature's length: shorter ones are dropped
DEAD = 0.05  # a longest feature shorter than this: nothing is kept
ACTIVE = 0.1  # a code above it is a detection; activities are uniform on [0, 1]
TURNS, STARTS = 40, 2
NAMES = ("kept", "mcc", "f1_kept", "f1_all")


def decoded(
    W: FloatArray, *, density: float, noise: float, samples: int, seed: tuple[int, ...]
) -> FloatArray:
    """Share of features kept, MCC and F1 over those, and F1 over all, a dropped one having 0."""
    m, n = W.shape
    rng = np.random.default_rng(seed)
    law = IndependentFeatures(density, n_features=n)
    x = law.from_uniform(rng.random((samples, law.n_uniforms)))
    h = x @ W.T + noise * rng.normal(size=(samples, m))
    lengths = np.linalg.norm(W, axis=0)
    kept = lengths > max(KEPT * lengths.max(), DEAD)
    share = float(kept.mean())
    if not share:
        return np.array([0.0, np.nan, np.nan, 0.0])
    found = recover(h, n, method="dictionary", seed=list(seed), starts=STARTS, steps=TURNS)
    true = np.ascontiguousarray(W.T[kept])
    # Codes are in units of unit atoms, activities in units of their feature's length.
    scores = recovery_scores(
        found.atoms, true, found.codes, x[:, kept] * lengths[kept], active_above=ACTIVE
    )
    assert scores.f1 is not None
    return np.array([share, scores.mcc, scores.f1, share * scores.f1])
