"""Sets of features that come together or exclude each other: exact loss and best arrangements."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from numeric import AnticorrelatedSets, CorrelatedSets
from tests.oracles import Estimate, assert_compatible, assert_same, quadrature_loss
from theory.loss.floats import loss_and_gradient
from theory.loss.sets import Sets, set_loss

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


@pytest.mark.result("D16")
@given(laws())
def test_patterns_are_the_law(law):
    patterns = law.patterns()
    assert sum(chance for chance, _ in patterns) == pytest.approx(1, abs=1e-12)
    both = np.zeros((law.n_features, law.n_features))
    for chance, active in patterns:
        both[np.ix_(active, active)] += chance
    expected = LAWS[law.kind](law.sizes, law.density).co_activity()
    np.testing.assert_allclose(both, expected, atol=1e-12)


@pytest.mark.result("D16")
@given(st.data(), st.integers(1, 4), st.floats(0.05, 1.0))
def test_sets_of_one_are_independent_features(data, n, density):
    for kind in LAWS:
        law = Sets(kind, (1,) * n, density)
        W, b = data.draw(models(law))
        ours, known = set_loss(W, b, law=law), loss_and_gradient(W, b, density=density)
        size = (1 + np.abs(W.T @ W).sum() + np.abs(b).sum()) ** 2
        for one, other in zip(ours, known, strict=True):
            np.testing.assert_allclose(one, other, atol=1e-12 * size)


@pytest.mark.result("D16")
@given(st.data(), laws(kinds=("correlated",)))
def test_one_gate_open_or_shut(data, law):
    """Quadrature: a set's features together are dense features, weighed by the gate."""
    law = Sets("correlated", law.sizes[:1], law.density)
    W, b = data.draw(models(law))
    on = quadrature_loss(W, b, 1.0)
    off = float(np.sum(np.maximum(b, 0) ** 2))
    expected = law.density * on + (1 - law.density) * off
    assert_same(set_loss(W, b, law=law)[0], expected, scale=max(1.0, on))


@pytest.mark.result("D16")
@settings(max_examples=30)
@given(st.data(), st.integers(5, 6), st.integers(0, 2), st.floats(0.05, 1.0))
def test_many_active_at_once_are_the_recursion_over_faces(data, together, others, p):
    """From five active features on the cheaper evaluation: loss and gradient to rounding [D04]."""
    law = Sets("correlated", (together,) + (1,) * others, p)
    W, b = data.draw(models(law))
    found = set_loss(W, b, law=law)
    loss, dW, db = 0.0, np.zeros_like(W), np.zeros_like(b)
    for chance, active in law.patterns():
        # What is active always is; the rest never: the recursion over faces of all features.
        on = np.isin(np.arange(law.n_features), active).astype(float)
        part = loss_and_gradient(W, b, density=on, method="exact")
        loss, dW, db = loss + chance * part[0], dW + chance * part[1], db + chance * part[2]
    size = (1 + np.abs(W.T @ W).sum() + np.abs(b).sum()) ** 2
    for one, other in zip(found, (loss, dW, db), strict=True):
        np.testing.assert_allclose(one, other, rtol=0, atol=1e-12 * size)


@pytest.mark.result("D16")
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


@pytest.mark.result("D16")
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


def test_a_model_must_fit_its_law():
    with pytest.raises(ValueError, match="W"):
        set_loss(np.ones((2, 3)), law=Sets("correlated", (2, 2), 0.1))
