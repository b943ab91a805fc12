"""Scores of recovery obey their laws: order, split, scale; and known values."""

from __future__ import annotations

from dataclasses import fields
from itertools import permutations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from numeric import recovery_scores
from numeric.recovery import scores as module

SEEDS = st.integers(0, 2**32 - 1)
# In two dimensions and more no two random directions are parallel, and nothing ties.
SIZES = st.tuples(st.integers(1, 6), st.integers(1, 6), st.integers(2, 4), st.integers(1, 40))


def numbers(scores):
    return {
        f.name: value
        for f in fields(scores)
        if np.ndim(value := getattr(scores, f.name)) == 0 and value is not None
    }


def drawn(seed, sizes):
    rng = np.random.default_rng(seed)
    n_atoms, n_true, m, samples = sizes
    found, true = rng.normal(size=(n_atoms, m)), rng.normal(size=(n_true, m))
    codes = rng.uniform(size=(samples, n_atoms)) * (rng.uniform(size=(samples, n_atoms)) < 0.4)
    x = rng.uniform(size=(samples, n_true)) * (rng.uniform(size=(samples, n_true)) < 0.4)
    return rng, found, true, codes, x


def same(first, second):
    first, second = numbers(first), numbers(second)
    assert first.keys() == second.keys()
    for name, value in first.items():
        assert value == pytest.approx(second[name], rel=1e-12, abs=1e-12), name


@given(SEEDS, SIZES, st.booleans())
def test_order_of_atoms_of_features_and_of_samples_means_nothing(seed, sizes, signed):
    rng, found, true, codes, x = drawn(seed, sizes)
    a, i, s = (rng.permutation(k) for k in (len(found), len(true), len(x)))
    before = recovery_scores(found, true, codes, x, signed=signed)
    after = recovery_scores(found[a], true[i], codes[s][:, a], x[s][:, i], signed=signed)
    same(before, after)
    matched = before.atom[i] >= 0
    assert ((after.atom >= 0) == matched).all()
    assert (a[after.atom] == before.atom[i])[matched].all()


@given(SEEDS, SIZES, st.integers(1, 7))
def test_any_split_into_batches_gives_the_same(seed, sizes, rows):
    _, found, true, codes, x = drawn(seed, sizes)
    whole = recovery_scores(found, true, codes, x)
    same(whole, recovery_scores(found, true, codes[:, None], x[:, None]))  # as leading axes
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(module, "ROWS", rows)
        same(whole, recovery_scores(found, true, codes, x))


@given(SEEDS, SIZES)
def test_repeated_samples_and_silent_ones_shift_nothing_they_should_not(seed, sizes):
    _, found, true, codes, x = drawn(seed, sizes)
    whole = recovery_scores(found, true, codes, x)
    same_but_number = numbers(
        recovery_scores(found, true, np.tile(codes, (3, 1)), np.tile(x, (3, 1)))
    )
    assert same_but_number.pop("samples") == 3 * whole.samples
    for name, value in same_but_number.items():
        assert value == pytest.approx(getattr(whole, name), rel=1e-12)
    silent = recovery_scores(found, true, np.vstack([codes, 0 * codes]), np.vstack([x, 0 * x]))
    for name in ("mcc", "precision", "recall", "f1", "dead", "shrinkage"):
        expected = getattr(whole, name)
        assert getattr(silent, name) == (expected and pytest.approx(expected, rel=1e-12)), name
    assert silent.l0 == pytest.approx(whole.l0 / 2)


@given(SEEDS, SIZES)
def test_lengths_of_atoms_only_shrink(seed, sizes):
    rng, found, true, codes, x = drawn(seed, sizes)
    lengths = rng.uniform(0.5, 2.0, size=len(found))
    same(  # what an atom gains its code loses
        recovery_scores(found, true, codes, x),
        recovery_scores(found * lengths[:, None], true, codes / lengths, x),
    )
    halved = recovery_scores(found, true, codes / 2, x)
    whole = recovery_scores(found, true, codes, x)
    if whole.shrinkage is not None:
        assert halved.shrinkage == pytest.approx(whole.shrinkage / 2)


@given(SEEDS, SIZES)
def test_the_truth_scores_one(seed, sizes):
    _, _, true, _, x = drawn(seed, sizes)
    scores = recovery_scores(true, true, x, x)
    assert scores.mcc == pytest.approx(1)
    assert scores.uniqueness == scores.recovered() == scores.exact == 1
    assert scores.l0 == scores.true_l0 == pytest.approx(np.count_nonzero(x) / len(x))
    for score in (scores.precision, scores.recall, scores.f1, scores.shrinkage):
        assert score in (None, pytest.approx(1))


@given(SEEDS, st.integers(1, 5), st.integers(1, 3), st.booleans())
def test_the_matching_is_the_best_of_all(seed, n, m, signed):
    rng = np.random.default_rng(seed)
    found, true = rng.normal(size=(n, m)), rng.normal(size=(n, m))
    cos = (found @ true.T) / np.outer(*(np.linalg.norm(v, axis=1) for v in (found, true)))
    cos = cos if signed else np.abs(cos)
    best = max(np.mean([cos[a, i] for i, a in enumerate(p)]) for p in permutations(range(n)))
    assert recovery_scores(found, true, signed=signed).mcc == pytest.approx(best)


def test_counts_by_hand():
    true = np.eye(3)
    found = [[1.0, 0, 0], [0, 0.5, 0], [0, 0.4, 0.01]]  # the third feature has no atom of its own
    x = [[1.0, 0, 0], [1.0, 1.0, 0], [0, 1.0, 0], [0, 0, 0]]
    codes = [[1.0, 0, 0], [0, 2.0, 0], [0, 2.0, 0], [0.5, 0, 0]]
    scores = recovery_scores(found, true, codes, x)
    assert scores.atom.tolist() == [0, 1, 2]
    assert scores.recovered() == 2 / 3
    assert scores.uniqueness == 2 / 3
    assert scores.precision == pytest.approx((0.5 + 1) / 2)  # the third feature never came
    assert scores.recall == pytest.approx((0.5 + 1) / 2)
    assert scores.f1 == pytest.approx((0.5 + 1) / 2)
    assert (scores.l0, scores.true_l0, scores.dead, scores.exact) == (1.0, 1.0, 1 / 3, 0.5)
    assert scores.shrinkage == pytest.approx((1 + 1 / np.sqrt(2) + 1) / 3)


def test_fewer_atoms_than_features_and_atoms_of_nothing():
    scores = recovery_scores([[0.0, 2.0]], np.eye(2), [[1.0]], [[1.0, 1.0]])
    assert scores.mcc == 1.0  # of the pairs there are
    assert scores.atom.tolist() == [-1, 0]
    assert scores.recovered() == 0.5
    assert scores.recall == 0.5
    nothing = recovery_scores(np.zeros((2, 2)), np.eye(2))
    assert (nothing.mcc, nothing.uniqueness) == (0.0, 0.0)


@pytest.mark.parametrize(
    ("arguments", "named"),
    [
        (([[1.0]], [[1.0, 0.0]]), "found must have as many hidden"),
        (([[1.0]], [[0.0]]), "true must have no rows of zeros"),
        (([[np.nan]], [[1.0]]), "found must have finite"),
        (([[1.0]], [[1.0]], [[1.0]]), "found_codes must be given with true_codes"),
        (([[1.0]], [[1.0]], [[1.0]], [[1.0], [0.0]]), "as many samples"),
        (([[1.0]], [[1.0]], np.zeros((0, 1)), np.zeros((0, 1))), "found_codes must have shape"),
    ],
)
def test_what_does_not_fit_is_refused(arguments, named):
    with pytest.raises(ValueError, match=named):
        recovery_scores(*arguments)
