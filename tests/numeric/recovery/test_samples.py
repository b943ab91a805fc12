"""Samples with their ground truth, and dictionaries of any coherence to draw them from."""

from __future__ import annotations

import hashlib

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from agreement.strategies import feature_laws
from numeric import (
    IndependentFeatures,
    OneHot,
    coherence,
    graded_dictionary,
    recovery_scores,
    sample_activations,
)

PENTAGON = np.stack([np.cos(0.4 * np.pi * np.arange(5)), np.sin(0.4 * np.pi * np.arange(5))], 1)


@settings(max_examples=8)
@given(feature_laws(), st.integers(1, 3), st.integers(0, 2**32))
def test_activations_are_codes_times_dictionary(law, m, seed):
    rows = np.random.default_rng(seed).normal(size=(law.n_features, m))
    drawn = sample_activations(rows, law, 40, seed=seed)
    assert drawn.activations.shape == (40, m)
    np.testing.assert_allclose(drawn.activations, drawn.codes @ rows, atol=1e-13)
    np.testing.assert_array_equal(drawn.density, law.density)
    assert drawn.coherence == coherence(rows)
    # The truth scores full marks against itself.
    scores = recovery_scores(drawn.dictionary, rows, drawn.codes, drawn.codes)
    assert scores.mcc == pytest.approx(1.0, abs=1e-9)
    assert scores.exact == 1.0


@settings(max_examples=8)
@given(st.floats(0.01, 2.0), st.integers(0, 10**6))
def test_noise_is_added_to_the_same_codes(noise, seed):
    law = IndependentFeatures(0.3, n_features=5)
    clean = sample_activations(PENTAGON, law, 2000, seed=seed)
    noisy = sample_activations(PENTAGON, law, 2000, noise=noise, seed=seed)
    np.testing.assert_array_equal(clean.codes, noisy.codes)
    added = (noisy.activations - clean.activations) / noise
    # A mean of 4000 squares of normal numbers has standard deviation √(2/4000).
    assert abs((added**2).mean() - 1) < 6 * np.sqrt(2 / added.size)
    assert abs(added.mean()) < 6 / np.sqrt(added.size)


def test_the_law_is_that_of_the_samples():
    law = IndependentFeatures([0.05, 0.5, 0.9])
    drawn = sample_activations(np.eye(3), law, 20_000, seed=3)
    p = law.density
    active = (drawn.codes > 0).mean(axis=0)
    assert (np.abs(active - p) < 6 * np.sqrt(p * (1 - p) / 20_000)).all()


def test_a_seed_gives_the_same_bits_everywhere():
    """Sums of products in order, each rounded: no library's order of adding comes in."""
    law = IndependentFeatures(0.3, n_features=5)
    drawn = sample_activations(PENTAGON.round(6), law, 500, seed=7)
    found = hashlib.sha256(drawn.codes.tobytes() + drawn.activations.tobytes()).hexdigest()
    assert found[:16] == "7ffbd7ff972f88e5"
    other = sample_activations(PENTAGON.round(6), law, 500, seed=[7, 1])
    assert not np.array_equal(other.codes, drawn.codes)


@settings(max_examples=12)
@given(st.floats(0.31, 0.8), st.integers(0, 100))
def test_a_graded_dictionary_has_the_coherence_that_was_asked_for(wanted, seed):
    try:
        moved = graded_dictionary(2 * PENTAGON, wanted, seed=seed)
    except ValueError as error:
        assert "coherence must be between" in str(error)  # noqa: PT017
        return
    assert coherence(moved) == pytest.approx(wanted, abs=1e-9)
    np.testing.assert_allclose(np.linalg.norm(moved, axis=1), 2.0, rtol=1e-12)


def test_nothing_moves_where_the_coherence_is_there_already():
    rows = np.array([[1.0, 0.0], [0.0, 3.0], [-1.0, 0.0], [0.0, 0.0]])
    np.testing.assert_array_equal(graded_dictionary(rows, 0.0), rows)
    moved = graded_dictionary(rows, 0.25, seed=2)
    assert coherence(moved) == pytest.approx(0.25, abs=1e-9)
    assert not moved[3].any()


def test_most_seeds_reach_what_lies_between_optimum_and_random():
    reached = 0
    for seed in range(20):
        try:
            graded_dictionary(PENTAGON, 0.6, seed=seed)
            reached += 1
        except ValueError:
            continue
    assert reached > 15


@pytest.mark.parametrize(
    ("change", "error", "words"),
    [
        ({"noise": -0.1}, ValueError, "noise must be finite and ≥ 0"),
        ({"noise": np.nan}, ValueError, "noise"),
        ({"samples": 0}, ValueError, "samples"),
        ({"samples": 10**12}, ValueError, "samples must be at most"),
        ({"law": OneHot(4)}, ValueError, "law must be of 5 features"),
        ({"law": IndependentFeatures([[0.1] * 5] * 2)}, ValueError, "law must be that of one"),
        ({"law": "one hot"}, TypeError, "law must be"),
        ({"dictionary": [[np.nan, 1.0]] * 5}, ValueError, "dictionary"),
        ({"seed": -1}, ValueError, "seed"),
    ],
)
def test_bad_samples_are_refused_by_name(change, error, words):
    call = {"dictionary": PENTAGON, "law": OneHot(5), "samples": 10, **change}
    with pytest.raises(error, match=words):
        sample_activations(**call)


@pytest.mark.parametrize(
    ("change", "words"),
    [
        ({"coherence": 1.5}, "coherence must be a number in"),
        ({"coherence": -1.0}, "coherence must be between .* seed 0"),
        ({"dictionary": np.zeros((2, 0))}, "dictionary"),
        ({"signed": 1}, "signed"),
        ({"seed": "a"}, "seed"),
    ],
)
def test_bad_gradings_are_refused_by_name(change, words):
    call = {"dictionary": PENTAGON, "coherence": 0.4, **change}
    with pytest.raises(ValueError, match=words):
        graded_dictionary(**call)
