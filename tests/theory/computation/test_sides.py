"""The one-hot limit: its loss against sampled data, and which first layers lose nothing."""

from __future__ import annotations

from fractions import Fraction
from itertools import combinations, combinations_with_replacement

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp

from theory.computation.absolute_codes import circle_code
from theory.computation.sides import absolute_one_hot_loss, side_decoder, sides_of
from theory.computation.two_layers import two_layer_loss

pytestmark = pytest.mark.result("D29")

FIVE = [[-16, 5, 3, -8, -16], [14, 0, 1, 16, 16], [0, -5, -8, -16, 1], [-9, -16, -16, 1, -1],
        [16, 16, 16, 0, 8]]  # fmt: skip


seeds = st.integers(0, 2**32 - 1)


def mixed(seed, m, n):
    """A random first layer with both signs in each column."""
    rng = np.random.default_rng(seed)
    W1 = rng.standard_normal((m, n))
    W1[:2] = np.abs(W1[:2]) * [[1], [-1]]
    return rng.permuted(W1, axis=0)


def first_layers(most_hidden=5, most_features=5, least_hidden=1):
    shapes = st.tuples(st.integers(least_hidden, most_hidden), st.integers(1, most_features))
    return shapes.flatmap(lambda s: hnp.arrays(float, s, elements=st.floats(-2, 2, width=32)))


@settings(max_examples=25)
@given(first_layers(4, 4), st.sampled_from(["relu", "linear"]), seeds)
def test_it_is_the_limit_of_the_loss_over_the_density(W1, output, seed):
    """By the exact loss of two-layer nets, which knows nothing of sides."""
    m, n = W1.shape
    W2 = np.random.default_rng(seed).uniform(-1, 1, (n, m))
    importance = np.linspace(1, 0.5, n)
    found = absolute_one_hot_loss(W1, W2, importance=importance, output=output)
    p = 1e-6
    near = two_layer_loss(W1, W2, None, p, importance, output=output, points=0)
    # A lone feature has weight p (1 − p)^(n−1).
    limit = near.by_active_count[1] / (p * (1 - p) ** (n - 1))
    assert found == pytest.approx(limit, rel=1e-9, abs=1e-12)


@settings(max_examples=25)
@given(seeds, st.integers(2, 6), st.integers(1, 5))
def test_a_decoder_or_a_mixture_is_found(seed, m, n):
    """Exact, with a W2 that loses nothing; or an own mixture that is one of the others'."""
    W1 = mixed(seed, m, n)
    positive, negative = sides_of(W1)
    found = side_decoder(W1)
    sides = np.stack([positive / positive.max(axis=0), negative / negative.max(axis=0)], axis=-1)
    if found.exact:
        # Sides stand at 1 to some units of rounding over the separation.
        assert absolute_one_hot_loss(found.W1, found.W2) < 1e-20 / found.separation.min() ** 2
        same = np.sign(found.W1) == np.sign(W1)
        assert same[np.abs(W1) > 1e-30].all(), "sides are only rescaled"
    for j in np.flatnonzero(found.separation <= 1e-9):
        weights = found.mixture[j]
        own = sides[:, j] @ weights[j]
        others = np.einsum("mis,is->m", np.delete(sides, j, axis=1), np.delete(weights, j, axis=0))
        assert (weights >= -1e-9).all()
        assert weights[j].sum() == pytest.approx(1)
        if n > 1:
            ratio = own.sum() / others.sum()
            np.testing.assert_allclose(own, ratio * others, atol=1e-7)


@settings(max_examples=25)
@given(seeds, st.integers(2, 4))
def test_three_neurons_never_tell_two_features_apart(seed, n):
    assert not side_decoder(mixed(seed, 3, n)).exact


@settings(max_examples=25)
@given(seeds, st.integers(3, 5), st.booleans())
def test_four_neurons_never_tell_three_features_apart(seed, n, perturbed):
    """Random first layers, and some near the naive solution with a third feature added."""
    W1 = mixed(seed, 4, n)
    if perturbed:
        W1[:, :2] = 0.1 * W1[:, :2] + np.array([[1, -1, 0, 0], [0, 0, 1, -1]]).T
    assert not side_decoder(W1).exact


def test_five_features_in_five_neurons_in_fractions():
    """An example with margins, so no rounding decides: w_j · side > 0 on its own, < 0 elsewhere."""
    found = side_decoder(FIVE)
    assert found.exact
    for j, row in enumerate(found.W2):
        w = [Fraction(float(value)).limit_denominator(10**6) for value in row]
        for i in range(5):
            for sign in (1, -1):
                value = sum(w[k] * max(sign * FIVE[k][i], 0) for k in range(5))
                assert (value > 0) == (i == j)


def partitions(m):
    """Each split of the neurons into two parts, once."""
    every = range(m)
    halves = [set(part) for size in range(1, m // 2 + 1) for part in combinations(every, size)]
    kept = []
    for part in halves:
        split = frozenset([frozenset(part), frozenset(set(every) - part)])
        if split not in kept:
            kept.append(split)
    return kept


def may_be_good(features):
    """Condition (b) of D29: some pair across each feature's parts holds no other's side."""
    for j, feature in enumerate(features):
        one, two = feature
        others = [side for i, other in enumerate(features) if i != j for side in other]
        if not any(not any(side <= {k, l} for side in others) for k in one for l in two):
            return False
    return True


def type_of(features, m):
    """The set of partitions up to order of the neurons."""
    from itertools import permutations

    def renamed(order):
        parts = (sorted(sorted(order[k] for k in side) for side in f) for f in features)
        return tuple(sorted(tuple(map(tuple, part)) for part in parts))

    return min(renamed(order) for order in permutations(range(m)))


def test_four_neurons_leave_five_cases():
    """Those which D29 shows to be contradictory one by one."""
    kinds = set()
    for features in combinations_with_replacement(partitions(4), 3):
        twice = [f for f in set(features) if features.count(f) > 1]
        corners = any(min(map(len, f)) == 1 for f in twice)
        if not corners and max(map(features.count, features)) <= 2 and may_be_good(features):
            kinds.add(type_of(features, 4))
    pairs = ((0, 1), (2, 3)), ((0, 2), (1, 3))
    corner = [((k,), tuple(set(range(4)) - {k})) for k in range(4)]
    listed = [
        (pairs[0], pairs[0], pairs[1]),
        (corner[0], pairs[0], pairs[0]),
        (corner[0], pairs[0], corner[3]),
        (corner[0], pairs[0], pairs[1]),
        (corner[0], corner[1], corner[2]),
    ]
    assert kinds == {type_of([frozenset(map(frozenset, f)) for f in case], 4) for case in listed}


def test_five_neurons_hold_at_most_sixteen_features():
    """Condition (b) for every choice of edges, each twice, and vertices of K5."""
    edges = list(combinations(range(5), 2))
    most = 0
    for corners in range(2**5):
        alone = {k for k in range(5) if corners >> k & 1}
        for chosen in range(2**10):
            there = {edges[i] for i in range(10) if chosen >> i & 1}
            if len(alone) + 2 * len(there) <= most:
                continue
            free = {e for e in edges if e not in there}

            def fits(part, own, alone=alone, free=free):
                pairs = [(k, l) for k in part for l in range(5) if l not in part]
                return any(
                    tuple(sorted(pair)) in free and not (alone - own) & set(pair) for pair in pairs
                )

            if all(fits({k}, {k}) for k in alone) and all(fits(set(e), set()) for e in there):
                most = len(alone) + 2 * len(there)
    assert most == 16


def test_what_cannot_be_a_first_layer_is_refused():
    with pytest.raises(ValueError, match="W1 must have both signs in each column, got one in"):
        side_decoder([[1.0, 1.0], [-1.0, 2.0]])
    with pytest.raises(ValueError, match=r"W2 must have shape \(3, 6\) to fit W1"):
        absolute_one_hot_loss(circle_code(3).W1, np.ones((6, 3)))
