"""Recovered features beside theory: intervals, counts, what is complete and what is to blame."""

import numpy as np
import pytest
import xarray as xr
from scipy.stats import binom

from agreement.comparison.recovered import (
    chosen,
    complete_settings,
    encoder_gaps,
    lone_ray_scores,
    mean_of,
    missed,
)

pytestmark = pytest.mark.result("D42")
N, SHARE = 16, 0.7


def made(**columns):
    """Cells with usual values where none are given."""
    count = max(len(values) for values in columns.values())
    usual = {
        "geometry": "digon", "density": 0.1, "noise": 0.0, "l1": 0.3, "method": "autoencoder",
        "run": 0, "mcc": 1.0, "uniqueness": 1.0, "recovered": 1.0, "loss": 1.0, "truth": 1.0,
    }  # fmt: skip
    full = {name: list(columns.get(name, [value] * count)) for name, value in usual.items()}
    axes = ("geometry", "density", "noise", "l1", "method", "run")
    data = xr.Dataset({name: ("cell", values) for name, values in full.items()})
    return data.set_coords(axes)


DERIVED = xr.Dataset(
    {"seen": (("geometry", "density"), [[SHARE]]), "features": ("geometry", [N])},
    {"geometry": ["digon"], "density": [0.1]},
)


def test_intervals_are_students():
    values = np.random.default_rng(0).normal(size=(2000, 5))
    means = [mean_of(row) for row in values]
    covered = np.mean([abs(mean.value) <= mean.half for mean in means])
    # 0.95 of 2000 draws, five standard errors.
    assert abs(covered - 0.95) < 5 * np.sqrt(0.95 * 0.05 / 2000)


def test_counts_of_rays_are_scored_by_their_binomial():
    rng = np.random.default_rng(1)
    z = []
    for _ in range(200):
        found = binom.rvs(N, SHARE, size=5, random_state=rng) / N
        cells = made(recovered=found, method=["lone_rays"] * 5, run=range(5))
        z.append(lone_ray_scores(cells, DERIVED)[0, 0])
    assert abs(np.mean(z)) < 5 / np.sqrt(200)
    assert abs(np.std(z) - 1) < 5 / np.sqrt(400)
    none = made(recovered=[0.0] * 5, method=["lone_rays"] * 5, run=range(5))
    assert lone_ray_scores(none, DERIVED)[0, 0] < -10


def test_what_misses_is_to_blame_on_the_objective_only_below_the_truth():
    cells = made(
        recovered=[1.0, 0.5, 0.5, 0.5], loss=[0.9, 0.9, 0.9995, 1.2], noise=[0.0, 0.0, 0.0, 0.0]
    )
    assert missed(cells) == (4, 3, 1)
    assert missed(made(recovered=[0.5, 0.5], noise=[0.1, 0.1])) == (0, 0, 0)


def test_a_setting_is_complete_if_all_its_runs_are():
    cells = made(run=[0, 1, 0, 1], density=[0.1, 0.1, 0.2, 0.2], mcc=[1.0, 1.0, 1.0, 0.95])
    assert complete_settings(cells) == [("digon", 0.1, 0.3, "autoencoder")]
    # Two rays of sixteen, both right: their MCC is 1, and nothing is complete.
    assert complete_settings(made(method=["lone_rays"], recovered=[0.125])) == []


def test_gaps_are_those_of_the_best_run():
    cells = made(l1=[0.1, 0.1, 0.2, 0.2], loss=[1.5, 1.1, 2.0, 1.3])
    penalties, gaps = encoder_gaps(cells, "digon", 0.1)
    assert np.allclose(penalties, [0.1, 0.2])
    assert np.allclose(gaps, [0.1, 0.3])
    assert chosen(cells, l1=0.2).sizes["cell"] == 2
