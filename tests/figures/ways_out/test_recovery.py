"""The experiment of recovery: a stopped sweep goes on and gives the same numbers."""

from dataclasses import replace

import numpy as np

from figures.ways_out.recovery.measured import Finding, cells, models_of
from figures.ways_out.recovery.plan import PLANS
from numeric.training.sweep import sweep

PLAN = replace(
    PLANS["quick"], geometries=("digon",), densities=(0.1,), swept=("digon",), penalties=(0.3,),
    noises=(0.1,), samples=200, steps=20, turns=5, seeds=2,
)  # fmt: skip
FINDING = Finding(PLAN, models_of(PLAN, ()))


def run(folder):
    return sweep(
        FINDING, cells(PLAN), seed=1, folder=folder, configuration={"plan": "test"},
        chunk=3, progress=False,
    )  # fmt: skip


def test_a_stopped_sweep_goes_on_with_the_same_numbers(tmp_path):
    whole = run(tmp_path / "whole")
    first = run(tmp_path / "stopped")
    chunks = sorted((tmp_path / "stopped").glob("cells-*.nc"))
    kept = {path: path.stat().st_mtime_ns for path in chunks[:2]}
    for path in chunks[2:]:  # as if stopped after two chunks
        path.unlink()
    again = run(tmp_path / "stopped")
    assert all(path.stat().st_mtime_ns == when for path, when in kept.items())
    for name in whole.data_vars:
        assert np.array_equal(whole[name].values, again[name].values, equal_nan=True)
        assert np.array_equal(whole[name].values, first[name].values, equal_nan=True)


def test_methods_see_the_same_data():
    listed = cells(PLAN)
    assert len({tuple(each.items()) for each in listed}) == len(listed)
    of = {(c["method"], c["noise"], c["run"]): FINDING.scores(c, FINDING.sample(c)) for c in listed}
    for run_ in range(PLAN.seeds):
        # The loss of the truth depends on the data and λ only, and not on who looks.
        truths = {of[method, 0.1, run_]["truth"] for method in ("autoencoder", "dictionary")}
        assert len(truths) == 1
