"""Neurons of two-layer nets: rescaled they are the same net, and dead sides are those played."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import assume, given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from numeric import AbsoluteValue, dead_sides, match_neurons, neurons

shapes = st.tuples(st.integers(1, 5), st.integers(1, 5))
# Rounded, since halving a subnormal rounds; tiny ones are among the rest.
entries = st.one_of(
    st.sampled_from([0.0, 1.0, -1.0, 0.1, 1e-200]), st.floats(-3, 3).map(lambda x: round(x, 9))
)


@st.composite
def nets(draw):
    m, n = draw(shapes)
    each = {"W1": (m, n), "W2": (n, m), "b": (n,)}
    return {name: draw(arrays(np.float64, shape, elements=entries)) for name, shape in each.items()}


random_rows = st.builds(
    lambda m, n, seed: np.random.default_rng(seed).standard_normal((m, n)),
    st.integers(1, 6),
    st.integers(3, 6),
    st.integers(0, 2**32),
)


@given(nets())
def test_a_rescaled_net_computes_the_same(net):
    found = neurons(net["W1"], net["W2"])
    x = np.random.default_rng(0).uniform(-1, 1, (20, net["W1"].shape[1]))
    model = AbsoluteValue(activation="identity")
    scale = 1 + np.abs(net["W2"]).sum(axis=1) * np.abs(net["W1"]).sum(axis=1).max()
    same = model.forward({"W1": found.W1, "W2": found.W2, "b": net["b"]}, x)
    assert np.all(np.abs(same - model.forward(net, x)) <= 1e-14 * scale)
    largest = np.abs(found.W1).max(axis=-1)
    np.testing.assert_array_equal(largest, np.where(net["W1"].any(axis=1), 1.0, 0.0))


@given(nets(), st.lists(st.sampled_from([0.25, 0.5, 2.0, 8.0]), min_size=5, max_size=5))
def test_what_a_neuron_is_does_not_depend_on_its_size(net, factors):
    """Powers of two, so that no rounding decides at a threshold."""
    c = np.array(factors[: len(net["W1"])])
    one = neurons(net["W1"], net["W2"])
    other = neurons(c[:, None] * net["W1"], net["W2"] / c)
    for name in ("served", "effective", "live", "strength"):
        np.testing.assert_array_equal(getattr(one, name), getattr(other, name))
    assert np.all(one.monosemantic + one.polysemantic == one.live)
    assert np.all(one.effectively_monosemantic + one.effectively_polysemantic == one.live)
    assert np.all(one.effective <= one.W1.shape[1] * (1 + 1e-12))
    assert np.all(one.effective[one.live] >= 1 - 1e-12)


@given(nets())
def test_many_nets_are_measured_as_one(net):
    flipped = {name: -value for name, value in net.items()}
    both = {name: np.stack([net[name], flipped[name]]) for name in net}
    found = neurons(both["W1"], both["W2"])
    for i, one in enumerate((net, flipped)):
        np.testing.assert_array_equal(found.served[i], neurons(one["W1"], one["W2"]).served)
        np.testing.assert_array_equal(dead_sides(**both)[i], dead_sides(**one))


@given(nets(), st.sampled_from([(-1.0, 1.0), (0.0, 1.0), (-0.5, 2.0)]))
def test_dead_sides_are_those_where_the_played_output_is_never_above_zero(net, ends):
    low, high = ends
    n = net["W1"].shape[1]
    model = AbsoluteValue(activation="identity")
    dead = dead_sides(**net, low=low, high=high)
    scale = 1 + np.abs(net["W2"]).sum() * np.abs(net["W1"]).sum()
    for i in range(n):
        for side, end in enumerate((low, high)):
            x = np.zeros((9, n))
            x[:, i] = end * np.linspace(0, 1, 9)
            most = model.forward(net, x)[:, i].max()
            assume(end == 0 or most == 0 or abs(most) > 1e-12 * scale)
            assert dead[i, side] == (end != 0 and most <= 0)


@given(random_rows, st.randoms(use_true_random=False))
def test_shuffled_and_scaled_rows_are_found_again(W1, random):
    order = list(range(len(W1)))
    random.shuffle(order)
    scale = np.array([random.uniform(0.1, 10) for _ in order])
    found = match_neurons(W1, scale[:, None] * W1[order])
    np.testing.assert_array_equal(found.neuron, order)
    np.testing.assert_allclose(found.cosine, 1, atol=1e-12)


@given(random_rows)
def test_columns_tell_apart_neurons_that_read_alike(W1):
    """Twice the same rows, with outputs of opposite sign."""
    m, n = W1.shape
    W2 = np.random.default_rng(0).standard_normal((n, m))
    rows, columns = np.concatenate([W1, W1]), np.concatenate([W2, -W2], axis=1)
    order = np.roll(np.arange(2 * m), m)
    found = match_neurons(rows, rows[order], columns, columns[:, order])
    np.testing.assert_array_equal(found.neuron, order)


def test_the_matching_is_the_best_of_all_and_leaves_what_is_too_many():
    """Greedy would take the row nearest to both; one of three finds no neuron of two."""
    W1 = np.array([[1.0, 0.0], [0.8, 0.6]])
    rows = np.array([[0.9, 0.4], [1.0, 0.3], [0.0, -1.0]])
    found = match_neurons(W1, rows)
    assert found.neuron.tolist() == [1, 0, -1]
    assert found.cosine[2] == 0
    assert match_neurons(W1, rows[:1]).neuron.tolist() in ([0], [1])


def test_naive_pair_and_a_shared_neuron():
    found = neurons([[1, 0, 0], [-2, 0, 0], [1, 1, 0.05], [0, 0, 0]], np.ones((3, 4)))
    assert found.served.tolist() == [1, 1, 2, 0]
    assert found.monosemantic.sum() == 2
    assert found.live.tolist() == [True, True, True, False]
    assert found.effectively_polysemantic.tolist() == [False, False, True, False]
    assert neurons([[1, 0.05]], [[1.0], [0.0]], read_above=0.05).served.item() == 2


@pytest.mark.parametrize(
    ("call", "named"),
    [
        (lambda: neurons([[1.0]], [[1.0, 2.0]]), "W2"),
        (lambda: neurons([1.0], [[1.0]]), "W1"),
        (lambda: neurons([[np.inf]], [[1.0]]), "W1"),
        (lambda: neurons([[1.0]], [[1.0]], read_above=0.0), "read_above"),
        (lambda: neurons([[1.0]], [[1.0]], strength_above=-1), "strength_above"),
        (lambda: dead_sides([[1.0]], [[1.0]], [0.0, 0.0]), "b must"),
        (lambda: dead_sides([[1.0]], [[1.0]], [0.0], low=0.5), "low"),
        (lambda: match_neurons([[1.0]], [[1.0, 0.0]]), "rows"),
        (lambda: match_neurons([[1.0]], [[1.0]], [[1.0]]), "columns"),
    ],
)
def test_bad_input_is_named(call, named):
    with pytest.raises(ValueError, match=named):
        call()
