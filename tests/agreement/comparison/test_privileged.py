"""Trained weights behind a ReLU read as blocks, and held against the model predicted."""

from __future__ import annotations

import numpy as np
import pytest
import xarray as xr
from hypothesis import given
from hypothesis import strategies as st

from agreement.comparison.lifted import lifted
from agreement.comparison.privileged import (
    blocks,
    composition,
    linear_losses,
    privileged,
    relu_losses,
    represented,
)
from figures.kit.agreement_table import HEADINGS
from theory.computation.privileged_basis import monosemantic_loss, monosemantic_model

N, M = 6, 3
I = 0.75 ** np.arange(N)
CODE = np.array([[0.9, -0.8, 0.9], [0.9, 0.9, -0.8]])  # three features in two neurons


def with_a_code():
    W = np.zeros((M, N))
    W[0, 0], W[1:, 1:4] = 1.0, CODE
    return W


def dataset(W, b, density=(0.8, 0.1)):
    """Runs (density, run, …), the same without a ReLU, and nothing predicted but the first."""
    measured = xr.Dataset(
        {
            "W": (("density", "run", "hidden", "feature"), W),
            "b": (("density", "run", "feature"), b),
            "linear_W": (("density", "linear_run", "hidden", "feature"), W),
            "blind_W": (("beside", "blind_run", "hidden", "feature"), W[:1]),
        },
        {"density": list(density), "beside": [density[0]]},
    )
    losses = [relu_losses(*each, I, 64) for each in zip(W, b, density, strict=True)]
    exact, error = (np.array(part) for part in zip(*losses, strict=True))
    linear = np.array([linear_losses(*each, I) for each in zip(W, b, density, strict=True)])
    derived = xr.Dataset(
        {
            "exact": (("density", "run"), exact),
            "error": (("density", "run"), error),
            "linear_exact": (("density", "linear_first"), linear),
            "predicted": ("density", exact[:, 0]),
            "predicted_error": ("density", error[:, 0]),
            "predicted_W": (("density", "hidden", "feature"), W[:, 0]),
        },
        {"density": list(density)},
    )
    return measured, derived


def test_the_monosemantic_model_is_read_as_one():
    W, b = monosemantic_model(N, M, density=0.8, importance=I)
    assert composition(W) == "3 alone, 3 dropped"
    assert represented(W, relu=True).tolist() == [True] * 3 + [False] * 3
    # All active, the loss has no sampled rest but that of rounding: every input is one pattern.
    loss, error = relu_losses(W[None], b[None], 0.8, I, 256)
    exact = monosemantic_loss(N, M, density=0.8, importance=I)
    assert abs(loss[0] - exact) < 5 * error[0]
    # No weight is negative, so that the ReLU does nothing.
    assert linear_losses(W[None], b[None], 0.8, I)[0] == pytest.approx(exact, rel=1e-12)


def test_features_that_silence_each_other_share_a_block():
    W = with_a_code()
    assert composition(W) == "1 alone, 3 in 2, 2 dropped"
    assert blocks(W) == [(1, 1), (3, 2)]
    W[0, 4] = 0.2  # a weak arm binds nobody
    assert blocks(W) == [(1, 1), (3, 2)]
    W[0, 1] = -0.5
    assert composition(W) == "4 in 3, 2 dropped"
    W[0] = 0
    assert composition(W) == "3 in 2, 1 idle, 3 dropped"


@given(seed=st.integers(0, 2**32))
def test_blocks_forget_the_order_of_neurons_and_features(seed):
    rng = np.random.default_rng(seed)
    W = rng.normal(scale=0.5, size=(4, 7)) * (rng.random((4, 7)) < 0.4)
    other = W[rng.permutation(4)][:, rng.permutation(7)]
    assert blocks(W) == blocks(other)
    assert sum(s for _, s in blocks(W)) == 4
    assert sum(j for j, _ in blocks(W)) <= represented(W, relu=True).sum()


def test_the_best_run_is_chosen_by_the_exact_loss_and_held_against_the_model():
    models = [monosemantic_model(N, M, density=p, importance=I) for p in (0.8, 0.1)]
    W = np.stack([np.stack([W[::-1], 0.9 * W]) for W, _ in models])
    b = np.stack([np.stack([b, b]) for _, b in models])
    measured, derived = dataset(W, b)
    found = privileged(measured, derived)
    np.testing.assert_array_equal(found.W[0], np.eye(M, N))  # neurons by their first feature
    assert found.same.all()
    assert found.gap.tolist() == [0, 0]
    assert found.polysemantic.tolist() == [0, 0]
    assert found.fires.tolist() == [[1, 1, 1]] * 2
    assert found.aligned.tolist() == found.set_aligned.tolist() == [1, 1]
    assert found.arm.tolist() == [0, 0]
    assert set(found.row()) <= set(HEADINGS)


def test_shared_neurons_are_polysemantic_and_their_features_on_sets():
    W, b = np.stack([with_a_code()[None]] * 2), np.zeros((2, 1, N))
    found = privileged(*dataset(W, b))
    assert found.polysemantic.tolist() == [2, 2]
    assert found.served[0].tolist() == [1, 3, 3]
    assert found.fires[0].tolist() == [1, 2, 2]
    assert found.set_aligned[0] == pytest.approx(1)
    assert found.aligned[0] == pytest.approx((3 + 0.5) / 4)  # one feature on two neurons alike


def test_a_hidden_bias_is_told_by_how_far_its_loss_goes():
    W, b = np.stack([with_a_code()[None]] * 2), np.zeros((2, 1, N))
    measured, derived = dataset(W, b)
    derived["exact"][:], derived["linear_exact"][:] = 0.4, 0.2
    biased = {
        "biased_W": (("beside", "biased_run", "hidden", "feature"), W[:1]),
        "biased_c": (("beside", "biased_run", "hidden"), np.ones((1, 1, M))),
        "biased_loss": (("beside", "biased_run"), [[0.25]]),
        "biased_loss_error": (("beside", "biased_run"), [[0.01]]),
        "biased_off": (("beside", "biased_run"), [[0.0]]),
        "off": (("density", "run"), [[0.3], [0.4]]),
    }
    found = lifted(measured.assign(biased), derived)
    assert found.way == pytest.approx([0.75])
    assert found.relu_off.tolist() == [0.3]
    derived["linear_exact"][:] = 0.399
    assert np.isnan(lifted(measured.assign(biased), derived).way).all()
