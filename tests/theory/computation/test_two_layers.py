"""Two-layer nets whose loss is exact for few active features: laws, other ways, and samples."""

from __future__ import annotations

from fractions import Fraction
from itertools import combinations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import stats
from scipy.integrate import cubature

from agreement.strategies import densities, entries, importances
from theory.computation.absolute_value import naive_loss, naive_net
from theory.computation.linear_regions import exact_two_layer_gradient, exact_two_layer_loss
from theory.computation.pattern_chances import count_chances, few_active
from theory.computation.pattern_sample import pattern_sample
from theory.computation.two_layers import two_layer_loss, two_layer_loss_and_gradient
from theory.loss.untied import untied_loss

TASKS = [
    {"target": "absolute", "output": "relu", "low": -1.0},
    {"target": "relu", "output": "relu", "low": -0.5},
    {"target": "identity", "output": "relu", "low": 0.0},
    {"target": "absolute", "output": "linear", "low": -1.0},
    {"target": "identity", "output": "linear", "low": -0.7},
]
TARGETS = {"absolute": np.abs, "relu": lambda x: np.maximum(x, 0.0), "identity": lambda x: x}
tasks = st.sampled_from(TASKS)
seeds = st.integers(0, 2**32 - 1)


def net(seed, n, m):
    rng = np.random.default_rng(seed)
    W1, W2 = rng.normal(size=(m, n)), rng.normal(size=(n, m)) / np.sqrt(m)
    return W1, W2, 0.3 * rng.normal(size=n), rng.uniform(0.1, 0.6, n), rng.uniform(0.5, 2, n)


def forward(W1, W2, b, x, output):
    z = np.maximum(x @ W1.T, 0.0) @ W2.T + b
    return np.maximum(z, 0.0) if output == "relu" else z


def costs(W1, W2, b, importance, x, task):
    error = TARGETS[task["target"]](x) - forward(W1, W2, b, x, task["output"])
    return error**2 @ importance


def reach(W1, W2, b, importance):
    """Upper bound of the loss of any sample: the size that rounding is relative to."""
    return importance @ (1 + np.abs(b) + (np.abs(W2) @ np.abs(W1)).sum(axis=1)) ** 2


@st.composite
def awkward_nets(draw, most_features=3, most_neurons=4, grid=None):
    """Zeros, tiny entries, equal and opposite columns; kinks that coincide."""
    n, m = draw(st.integers(1, most_features)), draw(st.integers(1, most_neurons))

    def each(strategy, *shape):
        size = int(np.prod(shape))
        return np.array(draw(st.lists(strategy, min_size=size, max_size=size))).reshape(shape)

    W1, W2, b = each(entries(grid), m, n), each(entries(grid), n, m), each(entries(grid), n)
    if m > 1:
        factor = draw(st.sampled_from([None, None, 1.0, -1.0, -0.5]))
        if factor is not None:
            W1[0] = factor * W1[-1]
    if draw(st.booleans()):
        b[:] = 0.0
    return W1, W2, b, each(densities(), n), each(importances(), n)


@pytest.mark.result("D26")
@settings(max_examples=40)
@given(seeds, st.integers(1, 5), st.integers(1, 5), tasks, st.sampled_from([0, 16]))
def test_the_gradient_is_the_derivative(seed, n, m, task, points):
    W1, W2, b, p, importance = net(seed, n, m)
    rng = np.random.default_rng(seed + 1)
    along = rng.normal(size=W1.shape), rng.normal(size=W2.shape), rng.normal(size=n)
    h = 1e-6

    def at(t):
        moved = [value + t * v for value, v in zip((W1, W2, b), along, strict=True)]
        loss, slopes = two_layer_loss_and_gradient(
            *moved, p, importance, **task, high=1.2, points=points
        )
        return loss.loss, sum(
            float((g * v).sum()) for g, v in zip(slopes.values(), along, strict=True)
        )

    (before, g_before), (here, g), (after, g_after) = at(-h), at(0.0), at(h)
    # The mean of a slope that is monotone on both halves is off by no more than it varies there.
    bound = h * (abs(g_after - g) + abs(g - g_before)) + 1e-14 * (here + 1.0)
    assert abs(after - before - 2 * h * g) <= bound


@pytest.mark.result("D26")
@pytest.mark.parametrize("task", TASKS)
def test_one_and_two_active_features_as_quadrature_says(task):
    W1, W2, b, p, importance = net(26, 2, 3)
    found = two_layer_loss(W1, W2, b, p, importance, **task, points=0).by_active_count
    low = task["low"]
    sides = [(low, 0.0), (0.0, 1.0)] if low else [(0.0, 1.0)]

    def integral(active):
        total = error = 0.0
        for corner in np.ndindex(*[len(sides)] * len(active)):
            ends = np.array([sides[c] for c in corner])

            def cost(values):
                x = np.zeros((len(values), 2))
                x[:, active] = values
                return costs(W1, W2, b, importance, x, task)

            part = cubature(cost, *ends.T, rtol=0.0, atol=1e-7, max_subdivisions=4000)
            assert part.status == "converged"
            total, error = total + part.estimate, error + part.error
        scale = (1.0 - low) ** len(active)
        return float(total) / scale, float(error) / scale

    _, single, pair = few_active(p)
    one = [integral([j]) for j in range(2)]
    both = integral([0, 1])
    assert found[1] == pytest.approx(single @ [value for value, _ in one], abs=1e-7)
    assert abs(found[2] - pair[0, 1] * both[0]) <= pair[0, 1] * both[1] + 1e-14


@pytest.mark.result("D26")
@pytest.mark.parametrize("task", TASKS)
def test_samples_agree_for_each_number_of_active_features(task):
    W1, W2, b, p, importance = net(3, 5, 4)
    rng = np.random.default_rng(7)
    count = 200_000
    x = rng.uniform(task["low"], 1.0, (count, 5)) * (rng.random((count, 5)) < p)
    each = costs(W1, W2, b, importance, x, task)
    active = (x != 0).sum(axis=1)
    loss = two_layer_loss(W1, W2, b, p, importance, **task)
    for k in range(3):
        here = np.where(active == k, each, 0.0)
        assert abs(here.mean() - loss.by_active_count[k]) < 5 * here.std() / np.sqrt(count)
    assert abs(each.mean() - loss.loss) < 5 * np.hypot(each.std() / np.sqrt(count), loss.error)


@pytest.mark.result("D26")
@settings(max_examples=25)
@given(seeds, st.integers(1, 4), st.integers(1, 4))
def test_hidden_neurons_that_never_clip_are_a_linear_layer(seed, n, m):
    m = min(m, n)
    W1, W2, b, p, importance = net(seed, n, m)
    W1 = np.abs(W1)
    world = {"density": p, "importance": importance}
    loss = two_layer_loss(W1, W2, b, **world, target="identity", low=0.0, most_active=4)
    linear = untied_loss(W1, W2, b, **world)
    assert loss.loss == pytest.approx(linear, rel=1e-9, abs=1e-12)


@pytest.mark.result("D26")
@settings(max_examples=20)
@given(awkward_nets(grid=4), tasks)
def test_rationals_say_the_same_at_any_kink(drawn, task):
    W1, W2, b, p, importance = drawn
    exact = [np.vectorize(Fraction, otypes=[object])(value).tolist() for value in drawn]
    low = Fraction(task["low"])
    kind = {"target": task["target"], "output": task["output"], "low": low}
    loss, gradient = two_layer_loss_and_gradient(W1, W2, b, p, importance, **task, points=0)
    scale = reach(W1, W2, b, importance)
    kind["most_active"] = 2
    assert float(exact_two_layer_loss(*exact, **kind)) == pytest.approx(
        loss.loss, rel=1e-12, abs=1e-13 * scale
    )
    slopes = exact_two_layer_gradient(*exact, **kind)
    for name, value in gradient.items():
        expected = np.array(slopes[name].tolist(), dtype=float).reshape(value.shape)
        np.testing.assert_allclose(value, expected, rtol=1e-11, atol=1e-12 * (scale + 1))


@pytest.mark.result("D26")
@given(awkward_nets(), tasks, st.data())
def test_neurons_have_no_order_and_no_scale_and_features_no_order(drawn, task, data):
    W1, W2, b, p, importance = drawn
    m, n = W1.shape
    loss, slopes = two_layer_loss_and_gradient(W1, W2, b, p, importance, **task, points=0)
    rounding = 1e-13 * reach(W1, W2, b, importance)
    factor = 2.0 ** np.array(data.draw(st.lists(st.integers(-9, 9), min_size=m, max_size=m)))
    scaled, by_scaled = two_layer_loss_and_gradient(
        W1 * factor[:, None], W2 / factor, b, p, importance, **task, points=0
    )
    # Powers of two change no digit, but of what underflows.
    least = {"rtol": 0.0, "atol": 1e-300}
    np.testing.assert_allclose(scaled.loss, loss.loss, **least)
    np.testing.assert_allclose(by_scaled["W1"], slopes["W1"] / factor[:, None], **least)
    np.testing.assert_allclose(by_scaled["W2"], slopes["W2"] * factor, **least)
    order = list(data.draw(st.permutations(range(m))))
    moved = two_layer_loss(W1[order], W2[:, order], b, p, importance, **task, points=0)
    assert moved.loss == pytest.approx(loss.loss, rel=1e-12, abs=rounding)
    order = list(data.draw(st.permutations(range(n))))
    moved = two_layer_loss(
        W1[:, order], W2[order], b[order], p[order], importance[order], **task, points=0
    )
    assert moved.loss == pytest.approx(loss.loss, rel=1e-12, abs=rounding)


@given(awkward_nets(), st.sampled_from(["relu", "linear"]))
def test_absolute_values_know_no_sign_and_inputs_no_unit(drawn, output):
    W1, W2, b, p, importance = drawn
    how = {"output": output, "points": 0}
    loss = two_layer_loss(W1, W2, b, p, importance, **how).loss
    rounding = 1e-13 * reach(W1, W2, b, importance)
    mirrored = two_layer_loss(-W1, W2, b, p, importance, **how).loss
    assert mirrored == pytest.approx(loss, rel=1e-12, abs=rounding)
    twice = two_layer_loss(W1, W2, 2 * b, p, importance, low=-2.0, high=2.0, **how).loss
    assert twice == pytest.approx(4 * loss, rel=1e-12, abs=4 * rounding)


@given(st.integers(1, 4), st.integers(1, 9), st.sampled_from(["absolute", "relu", "identity"]))
def test_the_naive_net_loses_what_its_formula_says(n, m, target):
    p, importance = np.linspace(0.2, 1.0, n), 0.7 ** np.arange(n)
    known = {"density": p, "importance": importance, "target": target}
    made = naive_net(n, m, **known)
    low = 0.0 if target == "identity" else -1.0
    loss = two_layer_loss(made.W1, made.W2, made.b, low=low, most_active=4, **known)
    assert loss.error == 0.0
    assert loss.loss == pytest.approx(naive_loss(n, m, **known), abs=1e-13)


@pytest.mark.result("D26")
@settings(max_examples=20)
@given(seeds, tasks)
def test_all_counts_together_leave_nothing_and_bounds_hold(seed, task):
    W1, W2, b, p, importance = net(seed, 3, 3)
    whole = two_layer_loss(W1, W2, b, p, importance, **task, most_active=3, bound=True)
    assert (whole.error, whole.remainder) == (0.0, 0.0)
    assert whole.loss == whole.exact == pytest.approx(whole.by_active_count.sum(), rel=1e-15)
    for most in range(3):
        part = two_layer_loss(
            W1, W2, b, p, importance, **task, most_active=most, bound=True, points=64
        )
        np.testing.assert_allclose(part.by_active_count, whole.by_active_count[: most + 1])
        assert 0 <= whole.loss - part.exact <= part.remainder
        # Eight scramblings: Student's t with seven degrees of freedom, once in 10⁷ on each side.
        assert abs(part.loss - whole.loss) <= stats.t.ppf(1 - 1e-7, 7) * part.error


def test_more_points_are_nearer():
    W1, W2, b, p, importance = net(5, 5, 4)
    errors = [
        two_layer_loss(W1, W2, b, p, importance, points=points, most_active=1).error
        for points in (64, 4096)
    ]
    assert errors[1] < errors[0] / 8  # as one over the root of the points, at least


@given(st.integers(1, 5), st.data())
def test_chances_are_those_of_all_patterns(n, data):
    p = np.array(data.draw(st.lists(densities(), min_size=n, max_size=n)))
    none, single, pair = few_active(p)

    def chance(active):
        return np.prod([p[i] if i in active else 1 - p[i] for i in range(n)])

    assert none == pytest.approx(chance(()), rel=1e-13)
    assert single == pytest.approx([chance((j,)) for j in range(n)], rel=1e-13)
    for i, j in combinations(range(n), 2):
        assert pair[i, j] == pytest.approx(chance((i, j)), rel=1e-13)
    assert count_chances(p)[:3].sum() == pytest.approx(none + single.sum() + pair.sum())


def test_the_sample_is_of_the_law_and_not_of_the_net():
    p = np.array([0.1, 0.5, 0.9, 0.3, 0.7])
    sample = pattern_sample(p, 2, low=-1.0, high=2.0, points=4096)
    active = sample.x != 0
    counts = active.sum(axis=1)
    assert counts.min() == 3
    weight = np.tile(sample.weight, sample.scramblings) / sample.scramblings
    for k in range(3, 6):
        assert weight[counts == k].sum() == pytest.approx(count_chances(p)[k], rel=1e-12)
    # Chances of each feature, and moments of its values, among inputs with more than two.
    rng = np.random.default_rng(1)
    drawn = rng.random((400_000, 5)) < p
    drawn = drawn[drawn.sum(axis=1) > 2]
    share = weight / weight.sum()
    spread = np.sqrt(0.25 / len(drawn))
    assert np.abs(share @ active - drawn.mean(axis=0)).max() < 5 * spread
    for i in range(5):
        values, own = sample.x[active[:, i], i], share[active[:, i]]
        assert own @ values / own.sum() == pytest.approx(0.5, abs=0.01)
        assert values.min() < -0.99 < 1.99 < values.max()


def test_worlds_without_active_features_and_with_all_active():
    W1, W2, b, _, importance = net(1, 3, 2)
    loss = two_layer_loss(W1, W2, b, 0.0, importance)
    assert loss.loss == loss.exact == pytest.approx(importance @ np.maximum(b, 0) ** 2)
    always = two_layer_loss(W1, W2, b, 1.0, importance)
    assert always.exact == 0.0 < always.loss
    assert two_layer_loss(W1, W2, b, 1.0, importance, points=0).loss == 0.0


def test_batches_are_their_nets():
    nets = [net(seed, 4, 3) for seed in range(3)]
    W1, W2, b, p, importance = (np.stack(part) for part in zip(*nets, strict=True))
    loss, slopes = two_layer_loss_and_gradient(W1, W2, b, p, importance, bound=True, points=16)
    for k, one in enumerate(nets):
        alone, by_alone = two_layer_loss_and_gradient(*one, bound=True, points=16)
        for name in ("loss", "exact", "error", "remainder"):
            assert getattr(loss, name)[k] == getattr(alone, name)
        assert np.array_equal(loss.by_active_count[k], alone.by_active_count)
        assert all(np.array_equal(slopes[name][k], by_alone[name]) for name in slopes)
    empty = two_layer_loss(W1[:0], W2[:0], None, 0.1)
    assert empty.loss.shape == (0,)
    assert empty.by_active_count.shape == (0, 3)


def test_a_silent_output_stays_silent_where_slopes_cancel_by_rounding():
    # 0.1 + 0.2 − 0.3 is 5.6e-17 in floats: output 2 is not to learn from that.
    W1, W2 = np.ones((3, 2)), np.array([[1.0, 0.0, 0.0], [0.1, 0.2, -0.3]])
    _, slopes = two_layer_loss_and_gradient(W1, W2, None, 0.5)
    assert not slopes["W2"][1].any()
    assert slopes["b"][1] == 0.0
    # Beyond its ray the only neuron is silent: E[−2 (|x| − h/4) 1(h > 0)], h = x_1/4 + 3 x_2/4.
    _, slopes = two_layer_loss_and_gradient([[0.25, 0.75]], [[0.0], [0.25]], None, 1.0)
    mean = 0.25 * (0.75 / 2 + 0.25**2 / (6 * 0.75)) / 2
    assert slopes["b"][1] == pytest.approx(-2 * (0.25 - mean), rel=1e-14)


@pytest.mark.parametrize(
    ("change", "named"),
    [
        ({"W2": np.ones((3, 2))}, "W2"),
        ({"W1": np.ones(3)}, "W1"),
        ({"W1": np.full((3, 2), np.nan)}, "W1"),
        ({"W1": np.full((3, 2), 1e149), "W2": np.full((2, 3), 1e149)}, "W1, W2"),
        ({"b": [0.0]}, "b"),
        ({"density": [0.1, 0.1, 0.1]}, "density"),
        ({"density": 1.1}, "density"),
        ({"target": "square"}, "target"),
        ({"target": "identity"}, "low=0"),
        ({"output": "tanh"}, "output"),
        ({"low": 0.5}, "low"),
        ({"most_active": 5}, "most_active"),
        ({"points": 10**9}, "points .* GB"),
        ({"W1": np.ones((400, 300)), "W2": np.ones((300, 400)), "most_active": 3}, "most_active"),
        ({"W1": np.ones((1, 20000)), "W2": np.ones((20000, 1))}, "GB"),
        ({"W1": np.ones((2, 3, 2)), "density": np.full((3, 2), 0.1)}, "leading axes"),
    ],
)
def test_bad_input_is_named(change, named):
    call = {"W1": np.ones((3, 2)), "W2": np.ones((2, 3)), "b": None, "density": 0.1}
    with pytest.raises(ValueError, match=named):
        two_layer_loss(**{**call, **change})
