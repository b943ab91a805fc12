"""Models whose decoder is not the encoder's transpose: what is known of them by other ways."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from numeric import IndependentFeatures
from theory.loss.floats import loss_and_gradient
from theory.loss.untied import untied_loss


@pytest.mark.result("D03", "D04")
@given(st.integers(1, 12), st.integers(0, 2**32 - 1), st.sampled_from([0.0, -1.0]))
def test_a_tied_pair_loses_what_the_tied_model_does(n, seed, low):
    rng = np.random.default_rng(seed)
    W, b = rng.normal(size=(max(1, n // 2), n)), 0.3 * rng.normal(size=n)
    if low < 0 and n > 8:
        n = 8
        W, b = W[: max(1, n // 2), :n], b[:n]
    p = rng.uniform(0.02, 0.5, n)
    tied = float(loss_and_gradient(W, b, density=p, low=low)[0])
    # WᵀW is kept in double-double arithmetic there and in double here: 1e-16 of |z|² each.
    assert untied_loss(W, W.T, b, density=p, low=low) == pytest.approx(tied, rel=1e-9, abs=1e-12)


@pytest.mark.result("D03", "D04")
@pytest.mark.parametrize("n", [4, 14])
def test_samples_agree(n):
    rng = np.random.default_rng(n)
    E, D = rng.normal(size=(3, n)), rng.normal(size=(n, 3)) / 2
    b, importance = 0.3 * rng.normal(size=n), rng.uniform(0.2, 2, n)
    x = IndependentFeatures(0.15, n_features=n).sample(rng, 200_000)
    losses = (np.maximum(x @ E.T @ D.T + b, 0) - x) ** 2 @ importance
    error = losses.std() / np.sqrt(len(losses))
    exact = untied_loss(E, D, b, density=0.15, importance=importance)
    assert abs(exact - losses.mean()) < 5 * error


@pytest.mark.parametrize(
    ("arguments", "name"),
    [
        (([[1, 0]], [[1, 0]]), "decoder"),
        (([[1, 0]], [[1], [np.nan]]), "decoder"),
        (([[1, 0]], [[1e200], [0]], [0, 0]), "decoder"),
        (([[[1, 0]]], [[1], [0]]), "encoder"),
        (([[1e200, 0]], [[1], [0]]), "encoder"),
        (([[1, 0]], "ab"), "decoder"),
    ],
)
def test_bad_input_is_named(arguments, name):
    with pytest.raises(ValueError, match=name):
        untied_loss(*arguments, density=0.1)
