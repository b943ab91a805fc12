"""Losses of patterns in floats: against exact numbers, quadrature, samples and derivatives."""

from __future__ import annotations

from itertools import combinations
from math import comb

import numpy as np
import pytest
import sympy as sp
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.integrate import quad

from agreement.strategies import TwoLayerNet, two_layer_nets
from tests.oracles import Estimate, assert_compatible
from theory.computation.divided_cones import divided_cones
from theory.computation.linear_regions import exact_two_layer_gradient, exact_two_layer_loss
from theory.computation.pattern_kernel import ROUNDING
from theory.computation.patterns import cones, count_pieces, patterns_loss_and_gradient
from theory.loss.untied import untied_loss

WIDE = settings.get_profile("wide").max_examples
FEW = settings() if settings.default.max_examples >= WIDE else settings(max_examples=20)
TARGETS = {"absolute": np.abs, "relu": lambda x: np.maximum(x, 0), "identity": lambda x: x}
TASKS = [
    ("absolute", "relu", -1.0), ("relu", "relu", -0.5), ("identity", "relu", 0.0),
    ("absolute", "linear", -1.0),
]  # fmt: skip


def all_patterns(net: TwoLayerNet, most: int | None = None):
    """Loss and gradient over all patterns of up to so many active features."""
    n = len(net.b)
    total, gradients = 0.0, [np.zeros_like(part) for part in (net.W1, net.W2, net.b)]
    for k in range((n if most is None else most) + 1):
        patterns = np.array(list(combinations(range(n), k)), dtype=int).reshape(comb(n, k), k)
        inside = np.array([[j in pattern for j in range(n)] for pattern in patterns.tolist()])
        chances = np.prod(np.where(inside, net.density, 1 - net.density), axis=1)
        losses, *found = patterns_loss_and_gradient(
            net.W1, net.W2, net.b, patterns, high=1.0, weights=chances,
            importance=net.importance, **net.how,
        )  # fmt: skip
        total += losses @ chances
        gradients = [u + v for u, v in zip(gradients, found, strict=True)]
    return total, gradients


def errors(net: TwoLayerNet, x: np.ndarray) -> np.ndarray:
    """Squared errors (..., n) from the definition."""
    z = np.maximum(x @ net.W1.T, 0) @ net.W2.T + net.b
    return (TARGETS[net.target](x) - (np.maximum(z, 0) if net.output == "relu" else z)) ** 2


def random_net(n: int, m: int, task: tuple[str, str, float], seed: int) -> TwoLayerNet:
    rng = np.random.default_rng(seed)
    parts = rng.normal(size=(m, n)), rng.normal(size=(n, m)) / np.sqrt(m), 0.3 * rng.normal(size=n)
    return TwoLayerNet(*parts, np.full(n, 0.3), rng.uniform(0.5, 2.0, n), *task)


@pytest.mark.result("D26")
@FEW
@given(two_layer_nets(3, 3, grid=4))
def test_floats_are_the_exact_numbers(net):
    """Two algorithms: simplices summed over their vertices, convex cells and their moments."""
    how = {**net.how, "low": sp.Rational(net.low)}
    exact = exact_two_layer_loss(*net.exactly(), **how)
    gradient = exact_two_layer_gradient(*net.exactly(), **how)
    loss, found = all_patterns(net)
    # The loss is a sum of positive terms; where cells cancel its zero is one of rounded squares.
    assert abs(loss - float(exact)) <= 1e-12 * float(exact) + 1e-24 * net.scale
    size = max(1.0, np.abs(net.W1).max(), np.abs(net.W2).max()) * net.scale
    for name, part in zip(("W1", "W2", "b"), found, strict=True):
        expected = np.array(gradient[name].tolist(), dtype=float).reshape(part.shape)
        assert np.abs(part - expected).max() <= 1e-13 * size


@pytest.mark.result("D26")
@FEW
@given(two_layer_nets(4, 3), st.data())
def test_a_hidden_relu_that_never_clips_is_none(net, data):
    n = len(net.b)
    m = min(n, len(net.W1))
    same = net.change(
        W1=np.abs(net.W1[:m]), W2=net.W2[:, :m], target="identity", output="relu", low=0.0
    )
    world = {"density": net.density, "importance": net.importance}
    expected = untied_loss(same.W1, same.W2, same.b, **world)
    assert all_patterns(same)[0] == pytest.approx(expected, rel=1e-12, abs=1e-15 * net.scale)


@pytest.mark.result("D26")
@FEW
@given(two_layer_nets(4, 4), st.data())
def test_order_and_scale_of_neurons_and_order_of_features_are_free(net, data):
    features = np.array(data.draw(st.permutations(range(len(net.b)))))
    neurons = np.array(data.draw(st.permutations(range(len(net.W1)))))
    scale = data.draw(st.floats(0.1, 10.0))
    other = net.change(
        W1=scale * net.W1[neurons][:, features],
        W2=net.W2[features][:, neurons] / scale,
        **{name: getattr(net, name)[features] for name in ("b", "density", "importance")},
    )
    loss, (by_W1, by_W2, by_b) = all_patterns(net)
    same, (to_W1, to_W2, to_b) = all_patterns(other)
    tolerance = 1e-13 * net.scale
    assert abs(loss - same) <= tolerance
    assert np.abs(by_b[features] - to_b).max() <= tolerance
    # A neuron that is off up to rounding may be on for the other net: products are compared.
    balance = np.einsum("aj,aj->a", net.W1, by_W1) - np.einsum("ia,ia->a", net.W2, by_W2)
    assert np.abs(balance).max() <= tolerance
    moved = np.einsum("aj,aj->a", other.W1, to_W1)
    assert np.abs(moved - np.einsum("aj,aj->a", net.W1, by_W1)[neurons]).max() <= tolerance
    del by_W2, to_W2


@pytest.mark.result("D26")
@pytest.mark.parametrize("task", TASKS)
@pytest.mark.parametrize("k", [1, 2, 3, 4])
def test_gradients_are_derivatives(task, k):
    net = random_net(5, 3, task, seed=k)
    pattern = np.arange(k)[None]
    rng = np.random.default_rng(9)
    parts = net.W1, net.W2, net.b
    directions = [rng.normal(size=part.shape) for part in parts]

    def loss(step):
        moved = [part + step * way for part, way in zip(parts, directions, strict=True)]
        how = {"high": 1.0, "importance": net.importance, **net.how}
        return patterns_loss_and_gradient(*moved, pattern, **how)

    slopes = [(loss(h)[0][0] - loss(-h)[0][0]) / (2 * h) for h in (2e-4, 1e-4)]
    value, *gradient = loss(0.0)
    exact = sum(np.sum(u * v) for u, v in zip(gradient, directions, strict=True))
    # The error of a central difference falls at least as h: what halving h changed bounds it.
    assert abs(slopes[1] - exact) <= 2 * abs(slopes[1] - slopes[0]) + 1e-15 * value[0] / 1e-4


@pytest.mark.result("D26")
@pytest.mark.parametrize("task", TASKS)
@pytest.mark.parametrize("k", [1, 2])
def test_quadrature_agrees(task, k):
    net = random_net(3, 3, task, seed=10 + k)
    low = net.low

    def cost(*active):
        x = np.zeros(3)
        x[:k] = active
        return float(net.importance @ errors(net, x))

    reported = []

    def outer(first):
        if k == 1:
            return cost(first)
        # Hidden kinks of this line; the outputs' are found by subdivision.
        with np.errstate(divide="ignore"):
            kinks = -net.W1[:, 0] * first / net.W1[:, 1]
        inside = [*kinks[(kinks > low) & (kinks < 1)], *([0.0] if low < 0 else [])]
        value, error = quad(
            lambda second: cost(first, second), low, 1.0, points=inside or None,
            epsabs=1e-8, limit=200,
        )  # fmt: skip
        reported.append(error)
        return value / (1 - low)

    parts = [(low, 0.0), (0.0, 1.0)] if low < 0 else [(0.0, 1.0)]
    found = [quad(outer, *part, epsabs=1e-7, limit=100) for part in parts]
    value = sum(each[0] for each in found) / (1 - low)
    error = sum(each[1] for each in found) / (1 - low) + max(reported, default=0.0)
    pattern = np.arange(k)[None]
    losses = patterns_loss_and_gradient(
        net.W1, net.W2, net.b, pattern, high=1.0, importance=net.importance, **net.how
    )[0]
    assert error < 1e-6
    assert abs(losses[0] - value) <= error


@pytest.mark.result("D26")
@pytest.mark.parametrize("task", TASKS)
@pytest.mark.parametrize(("n", "m", "k"), [(3, 8, 1), (3, 8, 2), (6, 5, 3), (6, 4, 4)])
def test_samples_agree(task, n, m, k):
    net = random_net(n, m, task, seed=20 + k)
    pattern = np.arange(k)[None]
    rng = np.random.default_rng(30)
    x = np.zeros((60_000, n))
    x[:, :k] = rng.uniform(net.low, 1.0, size=(60_000, k))
    sampled = errors(net, x)
    reach = 1 + np.abs(net.b) + (np.abs(net.W2) @ np.abs(net.W1)).sum(axis=1)
    for i in range(n):  # each output by itself
        losses = patterns_loss_and_gradient(
            net.W1, net.W2, net.b, pattern, high=1.0, importance=np.eye(n)[i], **net.how
        )[0]
        error = sampled[:, i].std(ddof=1) / np.sqrt(len(x))
        estimate = Estimate(sampled[:, i].mean(), error, reach[i] ** 2 / (len(x) - 1))
        assert_compatible(estimate, losses[0], per_example=len(TASKS) * 4 * n)


@pytest.mark.result("D26")
@pytest.mark.parametrize("low", [0.0, -1.0, -0.3])
@pytest.mark.parametrize("k", range(6))
def test_cones_fill_the_cube(k, low):
    corners, shares = cones(k, low, 1.0)
    assert shares.sum() == pytest.approx(1.0, abs=1e-14)
    volumes = np.abs(np.linalg.det(corners)) / (1 - low) ** k
    scale = np.prod(np.arange(1, k + 1)) if k else 1
    assert volumes / scale == pytest.approx(shares, rel=1e-12)


@pytest.mark.result("D26")
def test_a_perfect_net_is_perfect_and_pieces_are_few():
    n = 4
    W1, W2 = np.vstack([np.eye(n), -np.eye(n)]), np.hstack([np.eye(n), np.eye(n)])
    how = {"low": -1.0, "high": 1.0, "target": "absolute", "output": "relu"}
    for k in range(n + 1):
        patterns = np.array(list(combinations(range(n), k)), dtype=int).reshape(comb(n, k), k)
        losses, *gradient = patterns_loss_and_gradient(W1, W2, np.zeros(n), patterns, **how)
        assert losses.max() <= 1e-30
        assert max(np.abs(part).max() for part in gradient) <= 1e-15
    # The second of two opposite neurons cuts nothing more, in two or three dimensions.
    for active in ([0, 1], [0, 1, 2]):
        once, twice = (
            count_pieces(U, W2[:, : len(U)], np.zeros(n), active, most=10**6, **how)
            for U in (W1[:n], W1)
        )
        assert once == twice
    assert count_pieces(W1, W2, np.zeros(n), [0, 1, 2], most=10, **how) > 10


@pytest.mark.result("D26")
@given(st.integers(3, 5), st.integers(1, 6), st.sampled_from([0.0, -1.0, -0.5]), st.data())
def test_division_is_a_division(k, m, low, data):
    """Also where many hyperplanes meet: the simplices fill the cube, and no plane crosses one."""
    numbers = st.sampled_from([-1.0, 0.0, 1.0]) | st.floats(-1.0, 1.0)
    V = np.array(data.draw(st.lists(numbers, min_size=m * k, max_size=m * k))).reshape(m, k)
    corners, shares = divided_cones(V, low, 1.0, ROUNDING)
    assert shares.sum() == pytest.approx(1.0, abs=1e-12)
    assert (shares >= 0).all()
    volumes = np.abs(np.linalg.det(corners)) / (1 - low) ** k / np.prod(np.arange(1, k + 1))
    assert np.abs(volumes - shares).max() <= 1e-14
    at = corners @ V.T
    noise = 2 * ROUNDING * np.abs(V).sum(axis=1)
    assert not ((at > noise).any(axis=1) & (at < -noise).any(axis=1)).any()


@pytest.mark.result("D26")
@pytest.mark.parametrize("task", TASKS)
def test_division_changes_no_loss(task, monkeypatch):
    """Cut as whole cells, or one simplex after the other, where cells have too many vertices."""
    net = random_net(5, 4, task, seed=40)
    pattern = np.arange(4)[None]
    how = {"high": 1.0, "importance": net.importance, **net.how}
    few = patterns_loss_and_gradient(net.W1, net.W2, net.b, pattern, **how)
    monkeypatch.setattr(
        "theory.computation.patterns.divided_cones",
        lambda V, *_: (np.empty((0, V.shape[1], V.shape[1])), np.empty(0)),
    )
    many = patterns_loss_and_gradient(net.W1, net.W2, net.b, pattern, **how)
    for one, other in zip(few, many, strict=True):
        assert one == pytest.approx(other, rel=1e-12, abs=1e-13)
