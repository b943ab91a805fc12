"""Sets of features that come together or exclude each other: exact loss and best arrangements."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from numeric import AnticorrelatedSets, CorrelatedSets
from tests.oracles import Estimate, assert_compatible, assert_same, quadrature_loss
from theory.geometry.collapse import collapsed_pairs, collapses, pair_minima
from theory.loss.floats import loss_and_gradient
from theory.loss.sets import Sets, set_loss
from theory.minima.sets import descend_sets, set_minima

LAWS = {"correlated": CorrelatedSets, "anticorrelated": AnticorrelatedSets}


@st.composite
def models(draw, law):
    m = draw(st.integers(1, min(3, law.n_features)))
    entry = st.floats(-1.5, 1.5)
    n = law.n_features
    W = draw(st.lists(st.lists(entry, min_size=n, max_size=n), min_size=m, max_size=m))
    b = draw(st.lists(st.floats(-0.8, 0.4), min_size=n, max_size=n))
    return np.array(W), np.array(b)


@st.composite
def laws(draw, kinds=("correlated", "anticorrelated")):
    kind = draw(st.sampled_from(kinds))
    sizes = draw(st.lists(st.integers(1, 3), min_size=1, max_size=3).filter(lambda s: sum(s) <= 6))
    density = draw(st.floats(0.02, 1.0)) / (max(sizes) if kind == "anticorrelated" else 1)
    return Sets(kind, tuple(sizes), density)


@given(laws())
def test_patterns_are_the_law(law):
    patterns = law.patterns()
    assert sum(chance for chance, _ in patterns) == pytest.approx(1, abs=1e-12)
    both = np.zeros((law.n_features, law.n_features))
    for chance, active in patterns:
        both[np.ix_(active, active)] += chance
    expected = LAWS[law.kind](law.sizes, law.density).co_activity()
    np.testing.assert_allclose(both, expected, atol=1e-12)


@given(st.data(), st.integers(1, 4), st.floats(0.05, 1.0))
def test_sets_of_one_are_independent_features(data, n, density):
    for kind in LAWS:
        law = Sets(kind, (1,) * n, density)
        W, b = data.draw(models(law))
        ours, known = set_loss(W, b, law=law), loss_and_gradient(W, b, density=density)
        size = (1 + np.abs(W.T @ W).sum() + np.abs(b).sum()) ** 2
        for one, other in zip(ours, known, strict=True):
            np.testing.assert_allclose(one, other, atol=1e-12 * size)


@given(st.data(), laws(kinds=("correlated",)))
def test_one_gate_open_or_shut(data, law):
    """Quadrature: a set's features together are dense features, weighed by the gate."""
    law = Sets("correlated", law.sizes[:1], law.density)
    W, b = data.draw(models(law))
    on = quadrature_loss(W, b, 1.0)
    off = float(np.sum(np.maximum(b, 0) ** 2))
    expected = law.density * on + (1 - law.density) * off
    assert_same(set_loss(W, b, law=law)[0], expected, scale=max(1.0, on))


@given(st.data(), laws(), st.integers(0, 2**31))
def test_the_loss_is_the_samplers(data, law, seed):
    """Independent evidence: the experiment's sampler and a plain forward pass."""
    W, b = data.draw(models(law))
    x = LAWS[law.kind](law.sizes, law.density).sample(np.random.default_rng(seed), 1 << 15)
    importance = np.linspace(0.5, 2, law.n_features)
    errors = ((x - np.maximum(x @ (W.T @ W) + b, 0)) ** 2) @ importance
    estimate = Estimate(errors.mean(), errors.std(ddof=1) / np.sqrt(len(errors)))
    loss = set_loss(W, b, law=law, importance=importance)[0]
    # Few of 2^15 samples carry the loss where patterns are rare, so the mean is not normal:
    # allow the loss of a handful of samples besides.
    rare = 40 * errors.max() / len(errors)
    if abs(loss - estimate.mean) > rare:
        assert_compatible(estimate, loss)


@given(st.data(), laws())
def test_the_gradient_is_the_derivative(data, law):
    W, b = data.draw(models(law))
    # An output that is at its kink for certain has no derivative.
    b = np.where(np.abs(b) < 1e-3, 0.01, b)
    _, dW, db = set_loss(W, b, law=law)
    rng = np.random.default_rng(5)
    V, v, step = rng.standard_normal(W.shape), rng.standard_normal(b.shape), 1e-5
    ends = [set_loss(W + s * step * V, b + s * step * v, law=law)[0] for s in (1, -1)]
    along = np.sum(dW * V) + db @ v
    size = (1 + np.abs(W).sum() + np.abs(b).sum()) ** 4
    # Twice differentiable but for kinks in the third derivative: the error is of order step.
    assert (ends[0] - ends[1]) / (2 * step) == pytest.approx(along, abs=3e-5 * size)


def angle(W, i, j):
    cosine = W[:, i] @ W[:, j] / np.linalg.norm(W[:, i]) / np.linalg.norm(W[:, j])
    return np.degrees(np.arccos(np.clip(cosine, -1, 1)))


@pytest.mark.parametrize("density", [0.02, 0.1, 0.3])
def test_anticorrelated_pairs_are_antipodal_at_no_cost(density):
    best = set_minima(2, Sets("anticorrelated", (2, 2), density), starts=12)[0]
    assert best.loss < 1e-9
    for i, j in ((0, 1), (2, 3)):
        assert angle(best.W, i, j) == pytest.approx(180, abs=0.1)
    for i, j in ((0, 2), (0, 3)):
        assert angle(best.W, i, j) == pytest.approx(90, abs=0.1)


@pytest.mark.parametrize("density", [0.02, 0.1])
def test_sparse_correlated_pairs_are_orthogonal(density):
    best = set_minima(2, Sets("correlated", (2, 2), density), starts=12)[0]
    for i, j in ((0, 1), (2, 3)):
        # Orthogonal but for the second-order pull of the other pair.
        assert angle(best.W, i, j) == pytest.approx(90, abs=2)
    assert collapsed_pairs(best.W) == 0


def test_dense_correlated_pairs_lie_side_by_side():
    law = Sets("correlated", (2, 2), 0.3)
    best = set_minima(2, law, starts=12)[0]
    assert collapsed_pairs(best.W) == 2
    # The principal component carries (x₁ + x₂)/2 to both: E[(x₁ − x₂)²]/2 a pair, times p.
    assert best.loss == pytest.approx(2 * 0.3 * (1 / 6) / 2, rel=1e-6)


def test_two_pairs_collapse_together():
    [found] = collapses(2, [0.1, 0.4], starts=8)
    assert (found.below, found.above) == (0, 2)
    assert found.density == pytest.approx(0.25787, abs=1e-4)
    assert found.loss == pytest.approx(found.density / 6, rel=1e-6)


def test_three_pairs_give_in_one_after_the_other():
    found = collapses(3, [0.05, 0.1, 0.2, 0.5], starts=2)
    assert [(change.below, change.above) for change in found] == [(0, 1), (1, 2), (2, 3)]
    thresholds = [change.density for change in found]
    # Near the second exchange minima with a pair nearly closed differ by 1e-3 in loss.
    np.testing.assert_allclose(thresholds, [0.07133, 0.14075, 0.39362], atol=5e-4)


def test_sparse_pairs_make_a_hexagon_with_partners_adjacent():
    [best] = pair_minima(3, [0.02], starts=8)
    angles = np.sort(np.degrees(np.arctan2(best.W[1], best.W[0])) % 360)
    gaps = np.diff(np.append(angles, angles[0] + 360))
    assert np.all(np.abs(gaps - 60) < 8)
    for i in (0, 2, 4):
        others = [angle(best.W, i, j) for j in range(6) if j not in (i, i + 1)]
        assert angle(best.W, i, i + 1) < 90
        assert min(others) > 50


@settings(max_examples=10)
@given(st.floats(0.03, 0.5))
def test_descent_ends_where_the_gradient_vanishes(density):
    law = Sets("correlated", (2, 2), density)
    found = descend_sets(np.array([[1.0, 0.2, -0.7, 0.1], [0.1, 0.9, 0.2, -0.8]]), np.zeros(4), law)
    loss, dW, db = set_loss(found.W, found.b, law=law)
    assert loss == pytest.approx(found.loss, rel=1e-9, abs=1e-12)
    assert np.hypot(np.linalg.norm(dW), np.linalg.norm(db)) < 1e-6 * density


@pytest.mark.parametrize(
    ("arguments", "name"),
    [
        (("correlated", (), 0.1), "sizes"),
        (("correlated", (0,), 0.1), "sizes"),
        (("anticorrelated", (3,), 0.5), "density"),
        (("together", (2,), 0.5), "kind"),
    ],
)
def test_bad_laws_are_refused(arguments, name):
    with pytest.raises(ValueError, match=name):
        Sets(*arguments)


def test_each_minimum_is_listed_once_and_every_start_counted():
    """A correlated pair and a third feature in one dimension: losses well apart."""
    law, starts = Sets("correlated", (2, 1), 0.3), 12
    minima = set_minima(1, law, starts=starts)
    losses = [minimum.loss for minimum in minima]
    assert len(minima) > 1
    assert np.all(np.diff(losses) > 1e-7)
    assert sum(minimum.reached for minimum in minima) == starts
    for minimum in minima:
        assert set_loss(minimum.W, minimum.b, law=law)[0] == pytest.approx(minimum.loss, rel=1e-9)


def test_a_model_must_fit_its_law():
    with pytest.raises(ValueError, match="W"):
        set_loss(np.ones((2, 3)), law=Sets("correlated", (2, 2), 0.1))
