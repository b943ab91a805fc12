"""Interference of two sets: all across for two bases, and what two bases must have."""

from __future__ import annotations

import numpy as np
import pytest
import xarray as xr

from agreement.comparison.bases import spread, spread_of
from figures.geometry.local_bases.derived import derive
from figures.geometry.local_bases.plan import PLANS


def test_spread_of_a_known_model():
    bases = np.concatenate([np.eye(3), -np.eye(3)], axis=1)
    within, across, diagonal = spread(bases[None])
    assert within[0] == 0
    assert across[0] == pytest.approx(np.sqrt(1 / 3))
    np.testing.assert_allclose(diagonal, 1)


def test_any_two_orthonormal_bases_interfere_as_derived():
    rng = np.random.default_rng(0)
    turns = [np.linalg.qr(rng.normal(size=(10, 10)))[0] for _ in range(3)]
    W = np.array([np.concatenate([np.eye(10), turn], axis=1) for turn in turns])
    measured = xr.Dataset(
        {"W": (("run", "hidden", "feature"), W), "loss": ("run", [0.2, 0.1, 0.3])}
    )
    found = spread_of(measured)
    assert found.best == 1
    derived = derive(PLANS["paper"])
    np.testing.assert_allclose(found.across, float(derived["across"]), rtol=1e-12)
    np.testing.assert_allclose(found.within, 0, atol=1e-12)
    # Over all pairs it is the least there is: their rms is Welch's bound.
    pairs = np.swapaxes(W, 1, 2) @ W - np.eye(20)
    rms = np.sqrt(np.sum(pairs**2, axis=(1, 2)) / (20 * 19))
    np.testing.assert_allclose(rms, float(derived["least"]), rtol=1e-12)
    row = found.row(derived)
    assert (row["runs"], row["interference_bases"]) == (3, float(derived["across"]))
