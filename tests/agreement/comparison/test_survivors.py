"""Survivors and experts: what trained models are held against."""

from __future__ import annotations

import numpy as np
import pytest
import xarray as xr

from agreement.comparison.experts import crossing_density
from agreement.comparison.survivors import inhibition, paid, trained_counts
from theory.ways_out.survivors import survivors

WORLD = {"density": 0.1, "importance": np.array([1.0, 0.6, 0.3])}


def test_the_best_model_pays_what_theory_says():
    """Of the predicted model and two that are worse, the predicted one is kept."""
    l1 = 0.1
    found = survivors(2, l1=l1, **WORLD)
    rng = np.random.default_rng(0)
    noise = rng.normal(0, 0.1, (2, 3))
    axes = {"W": ("l1", "hidden", "feature"), "b": ("l1", "feature")}
    data = {}
    for name, W in (("compared", found.W + noise), ("raised", found.W + 1e-3 * np.sign(noise))):
        data[f"W_{name}"] = (axes["W"], W[None])
        data[f"b_{name}"] = (axes["b"], found.b[None])
    data["W_random"] = (("l1", "start", "hidden", "feature"), (found.W + 2 * noise)[None, None])
    data["b_random"] = (("l1", "start", "feature"), found.b[None, None])
    for name in ("compared", "raised"):
        data[f"objective_{name}"] = ("l1", [1.0])
    data["objective_random"] = (("l1", "start"), [[1.0]])
    best = paid(xr.Dataset(data, {"l1": [l1]}), 2, **WORLD)
    living = found.W != 0  # what is small is taken as 0, what lives is off by 1e-3
    off = 1e-3 * np.sqrt(living.sum())
    assert found.objective <= best.objective[0] <= found.objective + 10 * off**2
    assert best.count[0] == found.count
    assert best.aligned[0]


def test_counts_and_inhibition():
    slope = xr.DataArray([[0.9, 0.5, 0.0], [0.9, 0.1, 0.0]], dims=("l1", "feature"))
    assert trained_counts(slope).tolist() == [2, 1]
    W = np.array([[[0.9, 0.0, -0.3], [0.0, 0.8, 0.0]], [[0.9, -0.2, -0.3], [0.0, 0.0, 0.0]]])
    data = xr.Dataset(
        {"W_compared": (("l1", "hidden", "feature"), W), "slope_compared": slope}, {"l1": [0, 1]}
    )
    assert inhibition(data) == pytest.approx(3 / 4)


def test_curves_that_never_cross():
    assert np.isnan(crossing_density([0.1, 0.2], [0.0, 0.1], [1.0, 1.0]))
