"""The basic results: what is compared with what, and that an interrupted run goes on."""

from __future__ import annotations

import re

import numpy as np
import pytest
import xarray as xr

from agreement.comparison.basics import basic_findings, weak_arms
from figures.basics import pair as firstpair
from figures.basics import training as basics
from figures.basics.report import check, short_of_the_pair
from figures.basics.setup import BasicSetup
from figures.basics.training import best_of, common_losses
from figures.kit.claims import ClaimError
from numeric.measure.geometry import norms
from theory.loss.floats import loss_and_gradient
from theory.minima.optimum import optimum

SETUP = BasicSetup(3, 2, 0.7, (1.0, 0.6, 0.4), 3, 1500, (1.0, 0.1), 2, 1500)


@pytest.fixture(scope="module")
def run(tmp_path_factory):
    parts = tmp_path_factory.mktemp("basics")
    return parts, basics.measure(SETUP, parts), firstpair.derive(SETUP)


def test_a_finished_part_is_not_trained_again(run, monkeypatch):
    parts, measured, _ = run

    def fail(*_args: object, **_kwargs: object) -> None:
        raise AssertionError("trained again")

    monkeypatch.setattr(basics, "train", fail)
    xr.testing.assert_identical(basics.measure(SETUP, parts), measured)


def test_a_part_of_other_code_is_trained_again(run, monkeypatch):
    parts, _, _ = run
    monkeypatch.setattr(basics, "digest_of", lambda *_sources: "other code")
    trained = []
    monkeypatch.setattr(basics, "train", lambda *_a, **_k: trained.append(1) or 1 / 0)
    with pytest.raises(ZeroDivisionError):
        basics.measure(SETUP, parts)
    assert trained


def test_findings_hold_and_notice_what_is_wrong(run):
    _, measured, derived = run
    best = best_of(measured)
    found = basic_findings(measured, best, derived)
    check(found, derived)
    # Theory: at r = 0.7 the full pair forms at p = 0.5622.
    assert float(derived["full_pair"]) == pytest.approx(0.5622, abs=1e-4)
    assert found.first_pair == (0.4, 0.6)
    assert found.linear_gap.min() >= -1e-12
    # A linear model that swaps two features is not the closed form's.
    swapped = measured.assign(linear_W=measured["linear_W"].copy())
    swapped["linear_W"].values[..., [1, 2]] = swapped["linear_W"].values[..., [2, 1]]
    wrong = basic_findings(swapped, best, derived)
    assert wrong.linear_gap.min() > 0.1
    with pytest.raises(ClaimError, match="top m features"):
        check(wrong, derived)
    # Nor does a loss off by a tenth go unnoticed.
    off = basic_findings(measured.assign(linear_loss=1.1 * measured["linear_loss"]), best, derived)
    with pytest.raises(ClaimError, match="closed form"):
        check(off, derived)
    # Nor a bias.
    biased = basic_findings(measured, best.assign(b=best["b"] * 1.2), derived)
    with pytest.raises(ClaimError, match="bias"):
        check(biased, derived)


def test_the_model_with_the_best_pair_is_the_optimum_of_three_features():
    """At p = 0.6 the best known model of (3, 2) is one dedicated feature and a weak pair."""
    derived = firstpair.derive(SETUP)
    assert derived["weak_density"].values.tolist() == [0.6]
    exact = optimum(3, 2, density=0.6, importance=SETUP.importance)
    assert float(derived["weak_loss"][0]) == pytest.approx(exact.loss, rel=1e-9)
    assert float(derived["weak_arm"][0]) == pytest.approx(norms(exact.W)[2], rel=1e-5)


def test_a_weak_arm_that_training_leaves_short_is_said(run):
    """1500 steps do not suffice at p = 0.6, where the loss is flat; the exact model has nothing."""
    _, measured, derived = run
    best = best_of(measured)
    arms = weak_arms(best, derived)
    assert float(arms["gap"][0]) > 0
    assert re.search(r"\| 0.6 \| [0-9.]+ \| 0.18 \|", short_of_the_pair(arms))
    exact = optimum(3, 2, density=0.6, importance=SETUP.importance)
    W, b = best["W"].copy(), best["b"].copy()
    W.loc[{"density": 0.6}], b.loc[{"density": 0.6}] = exact.W, exact.b
    arms = weak_arms(best.assign(W=W, b=b), derived)
    assert float(arms["gap"][0]) == pytest.approx(0, abs=1e-9)
    assert short_of_the_pair(arms) == ""


def test_best_is_the_least_on_common_samples(run):
    _, measured, _ = run
    best = best_of(measured)
    least = measured["common_loss"].min("restart")
    np.testing.assert_array_equal(best["common_loss"], least)


def test_common_losses_estimate_the_exact_loss(run):
    """Within 5 standard errors, of which the held-out loss of training has one."""
    _, measured, _ = run
    W = measured["W"].transpose("density", "restart", "hidden", "feature").values
    b = measured["b"].transpose("density", "restart", "feature").values
    p = measured["density"].values[:, None, None] * np.ones(b.shape)
    exact = loss_and_gradient(W, b, density=p, importance=SETUP.importance)[0]
    error = measured["loss_error"].transpose("density", "restart").values
    assert np.all(np.abs(common_losses(SETUP, W, b) - exact) <= 5 * error)
