"""Alignment with neurons: laws, and its mean over random turns against draws and closed forms."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from agreement.comparison.alignment import (
    alignment,
    directions,
    random_alignment,
    random_set_alignment,
    set_alignment,
)

seeds = st.integers(0, 2**32)


@given(seed=seeds, m=st.integers(1, 6), n=st.integers(1, 5))
def test_both_lie_between_their_bounds_and_forget_order_sign_and_length(seed, m, n):
    rng = np.random.default_rng(seed)
    W = rng.standard_normal((m, n))
    one, several = alignment(W), set_alignment(W)
    assert (one >= 1 / m - 1e-12).all()
    assert (several >= one - 1e-12).all()  # a neuron is a set
    assert (several <= 1 + 1e-12).all()
    other = rng.permutation(W) * rng.choice([-1, 1], size=(m, n)) * rng.uniform(0.1, 9, size=n)
    np.testing.assert_allclose(alignment(np.sort(abs(W), axis=0)), one, rtol=1e-12)
    signs = W * rng.choice([-1, 1], size=(m, n)) * rng.uniform(0.1, 9, size=n)
    np.testing.assert_allclose(alignment(signs), one, rtol=1e-12)
    np.testing.assert_allclose(set_alignment(signs), several, rtol=1e-12)
    assert alignment(other).shape == one.shape


@given(seed=seeds, m=st.integers(1, 6), data=st.data())
def test_a_feature_on_k_neurons_alike_is_a_set_and_a_kth_of_a_neuron(seed, m, data):
    k = data.draw(st.integers(1, m))
    column = np.zeros((m, 1))
    column[np.random.default_rng(seed).permutation(m)[:k]] = 0.7
    assert alignment(column)[0] == pytest.approx(1 / k, rel=1e-12)
    assert set_alignment(column)[0] == pytest.approx(1, rel=1e-12)


@pytest.mark.parametrize("m", [1, 2, 3, 5, 8])
def test_the_mean_over_turns_is_that_of_draws(m):
    z = np.random.default_rng(m + 100).standard_normal((m, 40_000))
    drawn = alignment(z)
    error = drawn.std() / np.sqrt(drawn.size) + 1e-12
    assert abs(drawn.mean() - random_alignment(m)) < 4.5 * error
    several = set_alignment(z)
    # The estimate has more draws than these: the error of the difference is below √2 of theirs.
    error = np.sqrt(2) * several.std() / np.sqrt(several.size) + 1e-12
    assert abs(several.mean() - random_set_alignment(m)) < 4.5 * error


def test_behind_a_relu_a_feature_moves_h_where_its_weights_are_positive():
    W = np.array([[0.9, -2.0], [-3.0, 0.5]])
    np.testing.assert_array_equal(alignment(directions(W, relu=True)), [1, 1])
    assert alignment(directions(W, relu=False)).max() < 1
    assert alignment(np.zeros((3, 2))).tolist() == [0, 0]
