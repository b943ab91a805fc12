"""The trainer's gradient, averaged over samples, is the gradient of the exact expected loss.

Two derivations that share no code: backward passes over drawn samples in `numeric`, closed-form
moments in `theory`.
"""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.stats import t as student

from numeric.features.independent import (
    AnticorrelatedSets,
    CorrelatedSets,
    IndependentFeatures,
    OneHot,
)
from numeric.models.two_layers import Linear, ReluOutput
from theory import loss_and_gradient, one_hot_loss_and_gradient
from theory.loss.sets import Sets, set_loss

FALSE_ALARM = 1e-6  # of a whole test, over all its examples and comparisons
BATCHES, BATCH = 200, 500


def agree(sampled, exact, comparisons):
    """Means of batch means against exact values: |t| below its Bonferroni bound.

    A batch mean of 500 samples is close to normal, so that the mean of 200 of them over their
    estimated standard error follows Student's law with 199 degrees of freedom.
    """
    error = sampled.mean(axis=0) - exact
    deviation = sampled.std(axis=0, ddof=1) / np.sqrt(BATCHES)
    bound = student.isf(FALSE_ALARM / 2 / comparisons, BATCHES - 1)
    assert np.all(np.abs(error) <= bound * deviation + 1e-12), (error / (deviation + 1e-300), bound)


@st.composite
def worlds(draw):
    n = draw(st.integers(1, 5))
    m = draw(st.integers(1, n))
    density = draw(st.lists(st.sampled_from([0.0, 0.1, 0.3, 0.7, 1.0]), min_size=n, max_size=n))
    importance = draw(st.lists(st.sampled_from([0.0, 0.3, 1.0, 2.0]), min_size=n, max_size=n))
    low = draw(st.sampled_from([0.0, -1.0]))
    rng = np.random.default_rng(draw(st.integers(0, 2**32)))
    scale = draw(st.sampled_from([0.2, 1.0]))
    W, b = scale * rng.standard_normal((m, n)), 0.3 * rng.standard_normal(n)
    return W, b, IndependentFeatures(density, importance, low=low), rng


@pytest.mark.result("D03")
@given(worlds(), st.booleans())
def test_averaged_gradient_is_the_exact_one(world, bias):
    W, b, law, rng = world
    if not bias:
        b = np.zeros_like(b)
    x = law.sample(rng, BATCHES * BATCH).reshape(BATCHES, BATCH, -1)
    loss, gradient = ReluOutput(bias=bias).loss_and_gradient({"W": W, "b": b}, x, law.importance)
    exact, exact_dW, exact_db = loss_and_gradient(
        W, b, density=law.density, importance=law.importance, low=law.low, high=law.high
    )
    comparisons = settings.default.max_examples * (1 + W.size + b.size)
    agree(loss, exact, comparisons)
    agree(gradient["W"], exact_dW, comparisons)
    if bias:
        agree(gradient["b"], exact_db, comparisons)
    else:
        assert np.all(gradient["b"] == 0)


@given(worlds())
def test_averaged_gradient_of_the_linear_model(world):
    """Its expected loss is a polynomial in the first two moments of the law."""
    W, b, law, rng = world
    x = law.sample(rng, BATCHES * BATCH).reshape(BATCHES, BATCH, -1)
    loss, gradient = Linear().loss_and_gradient({"W": W, "b": b}, x, law.importance)
    mean, second, importance = law.mean(), law.second_moments(), law.importance
    A = W.T @ W - np.eye(len(b))  # the error is A x + b
    moment = A @ second + np.outer(b, mean)  # E[error xᵀ]
    exact = np.sum(importance * (np.diagonal(A @ second @ A.T) + 2 * b * (A @ mean) + b * b))
    dG = 2 * importance[:, None] * moment
    comparisons = settings.default.max_examples * (1 + W.size + b.size)
    agree(loss, exact, comparisons)
    agree(gradient["W"], W @ (dG + dG.T), comparisons)
    agree(gradient["b"], 2 * importance * (A @ mean + b), comparisons)


@st.composite
def models(draw, n):
    """W, b and importance for n features, and a generator for the samples."""
    m = draw(st.integers(1, n))
    importance = draw(st.lists(st.sampled_from([0.0, 0.3, 1.0, 2.0]), min_size=n, max_size=n))
    rng = np.random.default_rng(draw(st.integers(0, 2**32)))
    return 0.7 * rng.standard_normal((m, n)), 0.3 * rng.standard_normal(n), importance, rng


def assert_averages(law, W, b, rng, exact, factor=1.0):
    x = law.sample(rng, BATCHES * BATCH).reshape(BATCHES, BATCH, -1)
    loss, gradient = ReluOutput().loss_and_gradient({"W": W, "b": b}, x, law.importance)
    comparisons = settings.default.max_examples * (1 + W.size + b.size)
    for sampled, value in zip((loss, gradient["W"], gradient["b"]), exact, strict=True):
        agree(factor * sampled, value, comparisons)


@pytest.mark.result("D16")
@given(
    st.data(),
    st.sampled_from([CorrelatedSets, AnticorrelatedSets]),
    st.lists(st.integers(1, 3), min_size=1, max_size=2),
    st.sampled_from([0.1, 0.2, 1 / 3]),
)
def test_averaged_gradient_under_sets(data, kind, sizes, density):
    W, b, importance, rng = data.draw(models(sum(sizes)))
    name = "correlated" if kind is CorrelatedSets else "anticorrelated"
    exact = set_loss(W, b, law=Sets(name, tuple(sizes), density), importance=importance)
    assert_averages(kind(sizes, density, importance), W, b, rng, exact)


@pytest.mark.result("D11")
@given(st.data(), st.integers(1, 5))
def test_averaged_gradient_of_the_one_hot_law(data, n):
    """The potential sums over the active feature; the law draws it, each with chance 1/n."""
    W, b, importance, rng = data.draw(models(n))
    exact = one_hot_loss_and_gradient(W, b, importance)
    assert_averages(OneHot(n, importance), W, b, rng, exact, factor=n)
