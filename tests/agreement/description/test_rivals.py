"""What a model is measured against: never worse than itself, each a model that can be saved."""

from __future__ import annotations

import json

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from agreement.description.describe import describe
from agreement.description.gap import limit_of, worth_of
from agreement.description.rivals import best_known, bottom, rivals
from theory.geometry.packed_model import packed
from theory.geometry.prices import prices
from theory.loss.floats import feature_losses_of, gradient_of
from theory.loss.problem import as_problem
from theory.polytopes.catalogue import polytope


def loss_of(problem):
    return float(gradient_of(problem)[0][0])


def pentagons(n, m, density):
    """As many pentagons as fit, a bit off their best norms."""
    W = np.zeros((m, n))
    corner = np.array(polytope("pentagon").vertices.evalf(20), dtype=float)
    for k in range(min(m // 2, n // 5)):
        W[2 * k : 2 * k + 2, 5 * k : 5 * k + 5] = corner
    return as_problem(W, np.full(n, -0.05), density, None)


@st.composite
def models(draw):
    n = draw(st.sampled_from([3, 6, 8, 11, 13]))
    m = draw(st.integers(1, max(1, n // 2)))
    rng = np.random.default_rng(draw(st.integers(0, 2**32 - 1)))
    density = draw(st.sampled_from([0.03, 0.1, 0.3]))
    importance = rng.uniform(0.3, 1.0, n) if draw(st.booleans()) else None
    W = draw(st.sampled_from([0.1, 0.5, 1.0])) * rng.normal(size=(m, n))
    return as_problem(W, rng.normal(size=n) / 10, density, importance)


@settings(max_examples=8, deadline=None)
@given(models())
def test_best_is_not_above_the_bottom_and_that_not_above_the_model(problem):
    own = loss_of(problem)
    low = bottom(problem, own)
    known = rivals(problem, own, own=low)
    assert known[0].loss <= low.loss <= own
    assert any(rival.W is low.W for rival in known)
    for rival in known:
        again = loss_of(problem.at(rival.W[None], rival.b[None]))
        assert again == pytest.approx(rival.loss, rel=1e-9, abs=1e-15)


def test_a_model_of_many_features_has_rivals():
    """Sixty features in twenty dimensions: the best known was the model, its gap zero."""
    problem = pentagons(60, 20, 0.1)
    own = loss_of(problem)
    low = bottom(problem, own, evaluations=10)
    best = best_known(problem, own, own=low)
    assert best.loss == pytest.approx(0.458932, rel=1e-6)
    assert "5-demicube" in best.source
    assert best.loss < low.loss <= own


def test_twelve_features_in_five_dimensions_have_a_better_model():
    """.0153472 was said to be the best, .0153108 exists."""
    problem = as_problem(np.eye(5, 12), None, 0.05, None)
    assert best_known(problem, loss_of(problem)).loss <= 0.0153108 * (1 + 1e-5)


def test_a_descent_cut_short_says_so():
    rng = np.random.default_rng(2)
    problem = as_problem(rng.normal(size=(4, 12)) / 2, None, 0.1, None)
    short, long = (bottom(problem, evaluations=k) for k in (3, 3000))
    assert not short.converged
    assert long.converged
    assert long.loss < short.loss < loss_of(problem)


def test_where_nothing_is_known_nothing_is_said():
    """On [−1, 1] there is no rival, rather than a gap of zero."""
    problem = as_problem(np.eye(2, 6), None, 0.2, None, -1.0, 1.0)
    own = loss_of(problem)
    assert rivals(problem, own) == ()
    assert best_known(problem, own) is None
    assert limit_of(problem) is None


@pytest.mark.parametrize("density", [0.1, 0.03])
def test_shortfalls_add_up_to_the_gap_to_the_mixture(density):
    """Σ (λ d + μ k − saved) = L − L_mixture, all dimensions and features counted."""
    problem = pentagons(14, 4, density)
    worth = worth_of(problem, [(tuple(range(5)), 2), (tuple(range(5, 10)), 2)])
    assert [w.dimensions for w in worth] == [2, 2, 0]
    gap = loss_of(problem) - prices(14, 4, density).loss
    assert sum(w.shortfall for w in worth) == pytest.approx(gap, rel=1e-6, abs=1e-9)
    assert worth[-1].benefit is None


@pytest.mark.parametrize("n", [7, 13])
def test_losses_of_features_add_up(n):
    rng = np.random.default_rng(n)
    problem = as_problem(rng.normal(size=(3, n)), rng.normal(size=n), 0.2, rng.uniform(size=n))
    # The recursion is right to rounding, the Fourier sum to 1e-7.
    assert feature_losses_of(problem).sum() == pytest.approx(loss_of(problem), rel=1e-6)


def test_large_blocks_are_a_number_below_every_packing_of_many_features():
    problem = pentagons(200, 40, 0.02)
    assert limit_of(problem) < packed(problem).loss
    uneven = as_problem(problem.W[0], None, 0.02, np.linspace(1, 2, 200))
    assert limit_of(uneven) is None


def test_description_holds_bottom_limit_and_worth(tmp_path):
    problem = pentagons(12, 4, 0.1)
    found = describe(problem.W[0], problem.b[0], density=0.1)
    data = json.loads(found.to_json())
    assert data["bottom"]["loss"] == found.bottom.loss
    assert data["bottom"]["loss"] <= found.loss
    assert data["limit"] == found.limit
    assert len(data["worth"]) == len(found.factors) + 1
    text = str(found)
    assert f"at the bottom of its own basin: {found.bottom.loss:.6g}" in text
    assert f"Best known: {found.best.loss:.6g}" in text
    found.best.save(tmp_path / "best.npz")
    with np.load(tmp_path / "best.npz") as saved:
        again = describe(saved["W"], saved["b"], density=0.1, against_best=False)
    assert again.loss == pytest.approx(found.best.loss, rel=1e-9)
