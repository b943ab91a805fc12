"""Binomial probabilities against scipy.stats, which they stand in for."""

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.stats import binom

from ground.binomial import at_most, exactly, more_than, quantile


@settings(max_examples=100)
@given(k=st.integers(-3, 400), n=st.integers(1, 300), p=st.floats(0, 1))
def test_they_are_those_of_scipy(k, n, p):
    for ours, theirs in ((at_most, binom.cdf), (more_than, binom.sf), (exactly, binom.pmf)):
        assert np.isclose(ours(k, n, p), theirs(k, n, p), rtol=1e-9, atol=1e-300)


@settings(max_examples=50)
@given(level=st.floats(0.001, 0.999), n=st.integers(1, 300), p=st.floats(0.001, 0.999))
def test_quantiles_are_those_of_scipy(level, n, p):
    ours = quantile(level, n, p)
    # Where P(X ≤ k) is the level but for rounding, k and k + 1 are both right.
    exchanged = np.isclose(binom.cdf(ours, n, p), level, rtol=1e-12) and ours + 1
    assert binom.ppf(level, n, p) in (ours, exchanged)


def test_shapes_broadcast():
    assert at_most(np.arange(3)[:, None], 5, np.linspace(0, 1, 4)).shape == (3, 4)
