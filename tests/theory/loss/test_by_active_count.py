"""D12: the loss by number of active features, and interference."""

from __future__ import annotations

from fractions import Fraction
from itertools import combinations

import numpy as np
import pytest
import sympy as sp
from hypothesis import given
from hypothesis import strategies as st

from tests.oracles import assert_same, quadrature
from theory.conventions import p
from theory.loss.by_active_count import (
    free_interference,
    loss_by_active_count,
    single_feature_terms,
)
from theory.loss.exact import expected_loss
from theory.phases.shapes import polygon, simplex

rationals = st.builds(Fraction, st.integers(-4, 4), st.integers(1, 3))
importances = st.fractions(0, 3, max_denominator=5)


@st.composite
def models(draw, most=3):
    n = draw(st.integers(1, most))
    m = draw(st.integers(1, n))
    row = st.lists(rationals, min_size=n, max_size=n)
    weights = draw(st.lists(importances, min_size=n, max_size=n))
    return draw(st.lists(row, min_size=m, max_size=m)), draw(row), weights


@pytest.mark.result("D12")
@given(models(4))
def test_the_orders_add_up_to_the_loss(model):
    W, b, importance = model
    orders = loss_by_active_count(W, b, importance=importance)
    n = len(b)
    total = sum(p**k * (1 - p) ** (n - k) * order for k, order in enumerate(orders))
    assert sp.expand(total - expected_loss(W, b, density=p, importance=importance)) == 0


@pytest.mark.result("D12")
@given(models(3))
def test_each_order_is_an_integral(model):
    """L_k by quadrature: the patterns of k active features, each with certainty."""
    W, b, importance = model
    G = np.array(W, dtype=float).T @ np.array(W, dtype=float)
    orders = loss_by_active_count(W, b, importance=importance)
    n = len(b)
    for k, order in enumerate(orders):
        total = 0.0
        for active in combinations(range(n), k):
            density = [float(j in active) for j in range(n)]
            for i in range(n):
                cost = quadrature(float(b[i]), G[i], density, target=i)
                total += float(importance[i]) * cost
        assert_same(order, total, scale=1e3)


@pytest.mark.result("D12")
@given(models(3))
def test_benefit_and_interference_make_the_first_order(model):
    W, b, importance = model
    terms = single_feature_terms(W, b, importance=importance)
    assert terms.total == loss_by_active_count(W, b, importance=importance)[1]
    assert all(cost >= 0 for cost in terms.benefit)
    assert all(cost >= 0 for cost in terms.interference)
    free = free_interference(W, b)
    for i, j in np.ndindex(free.shape):
        if i != j and importance[i]:
            assert (terms.interference[i, j] == 0) == free[i, j]


@pytest.mark.result("D12")
@given(models(3))
def test_without_bias_interference_is_the_positive_part(model):
    """I_i ReLU(G_ij)²/3 off the diagonal and I_i (1 − G_ii)²/3 on it."""
    W, _, importance = model
    G = sp.Matrix(W).T * sp.Matrix(W)
    terms = single_feature_terms(W, importance=importance)
    for i in range(G.cols):
        assert terms.benefit[i] == importance[i] * (1 - G[i, i]) ** 2 / 3
        for j in range(G.cols):
            leak = importance[i] * max(G[i, j], 0) ** 2 / 3 if i != j else 0
            assert terms.interference[i, j] == leak


@pytest.mark.result("D12")
@pytest.mark.parametrize("k", [2, 3, 4])
def test_simplices_are_lossless_to_first_order(k):
    """All scalar products are negative: interference is free until two features are active."""
    orders = loss_by_active_count(simplex(k).vectors())
    assert orders[:2] == (0, 0)
    assert orders[2] > 0
    assert free_interference(simplex(k).vectors())[~np.eye(k, dtype=bool)].all()


@pytest.mark.result("D12")
def test_a_pentagon_pays_for_its_neighbours():
    free = free_interference(polygon(5).vectors())
    assert [int(row.sum()) for row in free] == [2] * 5
    interference = single_feature_terms(polygon(5).vectors()).interference
    cosine = (sp.sqrt(5) - 1) / 4
    assert sp.expand(interference[0, 1] - cosine**2 / 3) == 0
    assert interference[0, 2] == 0


@pytest.mark.result("D12")
def test_a_negative_bias_buys_freedom_from_small_scalar_products():
    W, b = [[1, Fraction(1, 4)]], [Fraction(-1, 4)] * 2
    assert not free_interference(W)[0, 1]
    assert free_interference(W, b)[0, 1]
    assert single_feature_terms(W, b).interference[0, 1] == 0


def test_floats_are_refused():
    with pytest.raises(ValueError, match="loss_and_gradient"):
        loss_by_active_count([[0.5, 1]])
