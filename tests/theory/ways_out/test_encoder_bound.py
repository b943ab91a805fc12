"""The bound for any linear encoder: below every model, below the best decoder, as laws."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.special import comb

from agreement.strategies import densities, importances, toy_models
from theory.loss.floats import loss_and_gradient
from theory.ways_out.best_decoder import best_decoder_error
from theory.ways_out.encoder_bound import linear_encoder_bound, lost_dimensions
from theory.ways_out.lost_direction import SETTLED, by_the_sum, exact_lost_direction, lost_direction


@pytest.mark.result("D38")
@given(toy_models(5))
def test_no_model_passes_the_bound(model):
    m, n = model.W.shape
    bound = linear_encoder_bound(n, m, **model.world)
    loss = loss_and_gradient(model.W, model.b, **model.world)[0]
    assert bound <= loss * (1 + 1e-11) + 1e-14 * model.scale


@pytest.mark.result("D38")
@settings(max_examples=6)
@given(st.integers(2, 4), st.data())
def test_nor_does_the_best_decoder(n, data):
    world = {
        "density": data.draw(st.lists(densities(1e-3), min_size=n, max_size=n)),
        "importance": data.draw(st.lists(importances(), min_size=n, max_size=n)),
    }
    bound = linear_encoder_bound(n, n - 1, **world)
    assert bound <= best_decoder_error(n, **world) * (1 + 1e-9) + 1e-300


@pytest.mark.result("D38")
@pytest.mark.parametrize("n", [2, 3, 5])
def test_the_bound_is_the_best_when_dense_and_a_fourth_when_sparse(n):
    dense = linear_encoder_bound(n, n - 1, density=1.0)
    assert best_decoder_error(n, density=1.0) == pytest.approx(dense, rel=1e-11)
    p = 1e-5
    sparse = linear_encoder_bound(n, n - 1, density=p)
    assert best_decoder_error(n, density=p) == pytest.approx(4 * sparse, rel=2 * n * p)


@pytest.mark.result("D38")
@given(st.integers(2, 400))
def test_the_bound_by_the_sum_is_below_and_close(k):
    assert by_the_sum(k) <= lost_direction(k)
    if k <= SETTLED:
        assert by_the_sum(k) > 0.83 * float(exact_lost_direction(k))
    total = np.linspace(1, k, 2001)
    every = (1 + (total - 1) ** 2 / (k - 1)) / (2 * (total + 1) * (total + 2))
    assert by_the_sum(k) <= every.min() * (1 + 1e-12)
    assert every.min() <= by_the_sum(k) * (1 + 1e-4 * k)


@pytest.mark.result("D38")
def test_three_features_in_one_dimension_by_counting():
    """Dense: the variance given w·x, in narrow bins of midpoints, over many w."""
    g = (np.arange(40) + 0.5) / 40
    x = np.stack(np.meshgrid(g, g, g, indexing="ij"), -1).reshape(-1, 3)
    least = np.inf
    for w in np.random.default_rng(0).uniform(-1, 1, (15, 3)):
        h = x @ w
        bins = np.floor((h - h.min()) / np.ptp(h) * 99.99).astype(int)
        count = np.maximum(np.bincount(bins), 1)
        means = [np.bincount(bins, x[:, i])[bins] / count[bins] for i in range(3)]
        least = min(least, ((x - np.stack(means, -1)) ** 2).sum(axis=1).mean())
    # Cells of 1/40 in bins of 1/100 of the range: their variance is missed by less than 1 %.
    assert lost_dimensions(3, 1) < least < 1.3 * lost_dimensions(3, 1)


@pytest.mark.result("D38")
@given(st.integers(1, 60), st.integers(1, 60))
def test_more_lost_costs_more_and_never_more_than_principal_components(k, m):
    lost = lost_dimensions(k, m)
    assert 0 <= lost <= max(k - m, 0) / 12  # as the best linear decoder of principal components
    assert lost <= lost_dimensions(k + 1, m)
    assert lost_dimensions(k, m + 1) <= lost


@pytest.mark.result("D38")
@given(st.integers(1, 12), st.integers(1, 12), st.floats(0, 1), st.floats(0, 5))
def test_equal_features_are_a_binomial_sum(n, m, density, importance):
    m = min(m, n)
    k = np.arange(n + 1)
    chances = comb(n, k) * density**k * (1 - density) ** (n - k)
    wanted = importance * chances @ [lost_dimensions(int(each), m) for each in k]
    found = linear_encoder_bound(n, m, density=density, importance=importance)
    assert found == pytest.approx(wanted, rel=1e-10, abs=1e-300)


def test_as_many_dimensions_as_features_lose_nothing():
    assert linear_encoder_bound(4, 4, density=0.7) == 0
    assert linear_encoder_bound(3, 1, density=0.5, importance=[1.0, 0.0, 0.0]) == 0


@pytest.mark.parametrize(
    ("call", "match"),
    [((2, 3, 0.5), "n_hidden"), ((10_000, 1, 0.5), "n_features"), ((2, 1, -0.5), "density"),
     ((2, 1, [[0.5, 0.5]]), "density")],
)  # fmt: skip
def test_bad_input(call, match):
    n, m, density = call
    with pytest.raises(ValueError, match=match):
        linear_encoder_bound(n, m, density=density)
