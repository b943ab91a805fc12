"""Thresholds of the digon: both sides cost the same there, limits, and why it comes back."""

from __future__ import annotations

import numpy as np
import pytest

from theory.adversary.pair_families import (
    best_member,
    random_dedicated,
    random_digon,
)
from theory.adversary.sparse_limit import sparse_cost, sparse_threshold
from theory.adversary.threshold import digon_defence, digon_thresholds, faint_digon_death
from theory.adversary.worst_case_loss import worst_case_loss
from theory.data_law import feature_variance


@pytest.fixture(scope="module")
def worst():
    return digon_thresholds([0.1, 0.4])


@pytest.mark.result("D20")
def test_both_cost_the_same_at_the_threshold_and_the_digon_less_before(worst):
    """Not by the code that found it: the public loss of both models, and of their neighbours."""
    for k, p in enumerate(worst.density.values):
        row = worst.isel(density=k)
        size, w, c = (float(row[name]) for name in ("given_up", "weight", "bias"))
        v, d = float(row.dedicated_weight), float(row.dedicated_bias)
        digon = worst_case_loss([[w, -w]], [c, c], size=size, density=p)
        single = worst_case_loss([[v, 0.0]], [d, p / 2], size=size, density=p)
        assert digon.loss == pytest.approx(single.loss, abs=1e-8 * p)
        for change in (0.98, 1.02):
            other = worst_case_loss([[w * change, -w * change]], [c, c], size=size, density=p)
            assert other.loss > digon.loss
            moved = worst_case_loss([[v * change, 0.0]], [d, p / 2], size=size, density=p)
            assert moved.loss > single.loss


@pytest.mark.result("D20")
def test_worst_thresholds_to_six_digits(worst):
    """Regression: computed here, at the accuracy that is promised."""
    np.testing.assert_allclose(worst.given_up, [0.227488, 0.155538], atol=1e-6)
    assert (worst.taken_up < faint_digon_death(worst.density.values)).all()
    assert (worst.taken_up > worst.given_up).all()


@pytest.mark.result("D20")
def test_sparse_digons_give_way_at_a_finite_size():
    sparse = digon_thresholds([1e-3])
    assert float(sparse.given_up[0]) == pytest.approx(sparse_threshold(), abs=1e-3)
    found = digon_thresholds([1e-3], objective="random").given_up[0]
    # (1 − h)² ≈ 5p/12 with h = 2√2 ε
    assert float(found) * 8**0.5 == pytest.approx(1 - (5e-3 / 12) ** 0.5, abs=2e-3)
    assert float(sparse.mean_norm[0]) < 1e-3


@pytest.mark.result("D20")
@pytest.mark.parametrize("push", [0.05, 0.2, 0.4])
def test_the_sparse_cost_is_the_least_over_scale_and_bias(push):
    x = (np.arange(4000) + 0.5) / 4000
    best = np.inf
    for s in np.linspace(0.8, 2.4, 161):
        for spare in (0.0, 0.02, 0.1):
            ends = [np.maximum(s * (x - spare - reach), 0) for reach in (0.0, 2 * push)]
            best = min(best, np.maximum(*((x - end) ** 2 for end in ends)).mean())
    # The scale is tried in steps of 0.01, and the cost curves by less than 2 there.
    assert sparse_cost(push) <= best + 1e-6
    assert best - sparse_cost(push) < 1e-4


@pytest.mark.result("D20")
def test_random_thresholds_are_re_entrant_where_theory_says():
    """With a silent dead feature digons win at ε → ∞ exactly if L_S < p/3 − p²/2."""
    found = digon_thresholds([0.05, 0.2], objective="random", dead="silent")
    for k, p in enumerate(found.density.values):
        clean = best_member(random_digon(p, 0.0), p, 1e-9).loss
        single = best_member(random_dedicated(p, 3.0, "silent"), p, 3.0)
        assert single.loss == pytest.approx(p / 2 - p**2 / 4, rel=1e-9)
        comes_back = clean < p / 3 - p**2 / 2
        given, taken = float(found.given_up[k]), float(found.taken_up[k])
        assert np.isnan(given) or np.isfinite(taken) == comes_back
    assert np.isnan(found.given_up[0])
    assert np.isfinite(found.taken_up[1])
    live = digon_thresholds([0.2], objective="random")
    assert np.isnan(live.taken_up[0])
    assert float(live.loss[0]) == pytest.approx(feature_variance(0.2), rel=1e-8)


@pytest.mark.result("D20")
def test_biases_grow_with_the_attack_before_anything_else():
    path = digon_defence(0.05, [0.05, 0.1, 0.2])
    assert (path.masking > 0.9).all()
    assert (path.blind.diff("size") > 0).all()
    np.testing.assert_allclose(path.blind, 2**0.5 * path.size, rtol=0.1)
    for k, size in enumerate(path.size.values):
        w, c = float(path.weight[k]), float(path.bias[k])
        own = worst_case_loss([[w, -w]], [c, c], size=size, density=0.05)
        assert float(path.loss[k]) == pytest.approx(own.loss, rel=1e-7)


@pytest.mark.parametrize(
    ("call", "name"),
    [({"objective": "x"}, "objective"), ({"dead": "x"}, "dead"), ({"densities": [0]}, "densit")],
)
def test_bad_input_is_named(call, name):
    with pytest.raises(ValueError, match=name):
        digon_thresholds(**{"densities": [0.1], **call})
    with pytest.raises(ValueError, match="sizes"):
        digon_defence(0.1, [0.2, 0.1])
