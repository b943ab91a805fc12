"""Exact losses of two-layer nets: in closed form, against the tied model, and their symmetries."""

from __future__ import annotations

import numpy as np
import pytest
import sympy as sp
from hypothesis import given, settings
from hypothesis import strategies as st

from agreement.strategies import TwoLayerNet, two_layer_nets
from theory.computation.linear_regions import exact_two_layer_gradient, exact_two_layer_loss
from theory.loss.exact import expected_loss
from theory.loss.exact_gradient import expected_gradient

# A tenth of a second each: the profile of every day draws some, the wide one all.
WIDE = settings.get_profile("wide").max_examples
FEW = settings() if settings.default.max_examples >= WIDE else settings(max_examples=15)
SIMPLE = st.sampled_from([0.0, 0.25, 0.5, 1.0])
p = sp.Symbol("p", positive=True)
HALF = sp.Rational(1, 2)


def exact(net: TwoLayerNet) -> sp.Expr:
    return exact_two_layer_loss(*net.exactly(), **{**net.how, "low": sp.Rational(net.low)})


def exact_gradient(net: TwoLayerNet) -> dict[str, sp.Matrix]:
    return exact_two_layer_gradient(*net.exactly(), **{**net.how, "low": sp.Rational(net.low)})


@pytest.mark.result("D26")
@pytest.mark.parametrize("n", [1, 2, 3])
@pytest.mark.parametrize("output", ["relu", "linear"])
def test_two_neurons_a_feature_compute_absolute_values(n, output):
    W1 = [[sign * int(i == j) for j in range(n)] for i in range(n) for sign in (1, -1)]
    W2 = [[int(i == j) for j in range(n) for _ in (1, -1)] for i in range(n)]
    assert exact_two_layer_loss(W1, W2, None, p, output=output) == 0
    gradient = exact_two_layer_gradient(W1, W2, None, p, output=output)
    assert all(part == sp.zeros(*part.shape) for part in gradient.values())


@pytest.mark.result("D26")
def test_losses_that_are_worked_out_by_hand():
    # y' = b alone costs p E(|x| − b)² + (1 − p) b², y' = 0 what there is.
    silent = [[0]], [[0]]
    bias = sp.Rational(1, 3)
    constant = p * (sp.Rational(1, 3) - bias + bias**2) + (1 - p) * bias**2
    assert exact_two_layer_loss(*silent, [bias], p) == sp.expand(constant)
    assert exact_two_layer_loss(*silent, None, p, target="relu") == p / 6
    assert exact_two_layer_loss(*silent, None, p, target="identity") == p / 3
    # Linear, range [−1/2, 1]: E x² = (1 + 1/8) / (9/2) = 1/4.
    ends = {"low": -HALF, "target": "identity", "output": "linear"}
    assert exact_two_layer_loss(*silent, None, p, **ends) == p / 4
    # z = x − 1/2 is clipped below: E(x − z₊)² = ∫₀^½ x² + ½ · ¼.
    assert exact_two_layer_loss([[1]], [[1]], [-HALF], p, target="identity") == p / 6
    # h = (x₁ + x₂)₊ shared by both: each errs by the other's value where both are positive.
    shared = exact_two_layer_loss([[1, 1]], [[1], [1]], None, p, target="identity")
    assert shared == sp.expand(2 * (p**2 / 3 + p * (1 - p) / 3))


@pytest.mark.result("D26")
def test_algebraic_weights_keep_their_field():
    root = sp.sqrt(2)
    loss = exact_two_layer_loss(
        [[root, 1 / root]], [[1 / root], [root]], None, p, target="identity"
    )
    # Outputs x₁ + x₂/2 and 2x₁ + x₂.
    both = sp.Rational(1, 4) / 3 + sp.Rational(4, 3)
    assert sp.expand(loss - p * both) == 0


@pytest.mark.result("D26")
@FEW
@given(two_layer_nets(2, 2, grid=4), st.data())
def test_a_hidden_relu_that_never_clips_is_none(net, data):
    """Tied weights that are not negative, positive features: the loss of D02 and its gradient."""
    n = len(net.b)
    W = np.abs(net.W1[: min(n, len(net.W1))])
    b = data.draw(st.sampled_from([net.b, np.zeros(n)]))
    same = net.change(W1=W, W2=W.T, b=b, target="identity", output="relu", low=0.0)
    weights, _, biases, density, importance = same.exactly()
    world = {"density": density, "importance": importance}
    assert exact(same) == expected_loss(weights, biases, **world)
    # A neuron that vanishes on a pattern has a kink in its weights, where a linear one has none.
    smooth = same.change(W1=W + 0.25, W2=W.T + 0.25)
    found = exact_gradient(smooth)
    by_W, by_b = expected_gradient(smooth.exactly()[0], biases, **world)
    assert found["W1"] + found["W2"].T == by_W
    assert list(found["b"]) == list(by_b)


@pytest.mark.result("D26")
@FEW
@given(two_layer_nets(2, 3, grid=4, density=SIMPLE), st.data())
def test_order_and_scale_of_neurons_and_order_of_features_are_free(net, data):
    features = list(data.draw(st.permutations(range(len(net.b)))))
    neurons = list(data.draw(st.permutations(range(len(net.W1)))))
    scale = data.draw(st.sampled_from([0.25, 3.0, 8.0]))
    other = net.change(
        W1=scale * net.W1[neurons][:, features],
        W2=net.W2[features][:, neurons],
        **{name: getattr(net, name)[features] for name in ("b", "density", "importance")},
    )
    other.W2[:] = other.W2 / scale if scale != 3.0 else other.W2
    if scale == 3.0:  # a third is no float
        W1, W2, *rest = other.exactly()
        W2 = [[u / 3 for u in row] for row in W2]
        how = {**other.how, "low": sp.Rational(other.low)}
        assert exact_two_layer_loss(W1, W2, *rest, **how) == exact(net)
    else:
        assert exact(other) == exact(net)


@pytest.mark.result("D26")
@FEW
@given(two_layer_nets(2, 3, grid=4, density=SIMPLE))
def test_a_neurons_two_gradients_balance(net):
    """Scaling a neuron up and down again moves nothing: W1_a · ∂W1_a = W2_a · ∂W2_a."""
    found = exact_gradient(net)
    W1, W2 = (sp.Matrix(part) for part in net.exactly()[:2])
    for a in range(W1.rows):
        assert W1.row(a).dot(found["W1"].row(a)) == W2.col(a).dot(found["W2"].col(a))


@pytest.mark.result("D26")
def test_the_gradient_is_the_derivative():
    """Exact losses on a line inside one combinatorial type are a rational function of its place."""
    W1, W2, b = [[1, -2], [3, 1]], [[1, HALF], [-HALF, 2]], [sp.Rational(1, 5), -HALF]
    gradient = exact_two_layer_gradient(W1, W2, b, p)
    h = sp.Rational(1, 10**6)
    for name, (row, column) in (("W1", (0, 1)), ("W2", (1, 0)), ("b", (1, 0))):
        losses = []
        for step in (h, -h):
            moved = {"W1": sp.Matrix(W1), "W2": sp.Matrix(W2), "b": sp.Matrix(b)}
            moved[name][row, column] += step
            losses.append(exact_two_layer_loss(moved["W1"], moved["W2"], list(moved["b"]), p))
        difference = (losses[0] - losses[1]) / (2 * h) - gradient[name][row, column]
        # No rounding here: what is left is h²/6 times a third derivative, which is below 100.
        assert all(abs(c) < 20 * h**2 for c in sp.Poly(difference, p).coeffs())


@pytest.mark.result("D26")
def test_patterns_add_up():
    W1, W2, b = [[1, -1, 2], [0, 1, 1]], [[1, 0], [1, 1], [-1, 2]], [0, -HALF, HALF]
    parts = [exact_two_layer_loss(W1, W2, b, p, most_active=k) for k in range(4)]
    assert parts[3] == exact_two_layer_loss(W1, W2, b, p)
    for k in range(3):  # what is added has k + 1 features active
        added = sp.factor(parts[k + 1] - parts[k])
        assert sp.rem(added, p ** (k + 1) * (1 - p) ** (2 - k), p) == 0
    densities = [sp.Rational(1, 2), 0, 1]
    symbols = sp.symbols("p1:4", positive=True)
    general = exact_two_layer_loss(W1, W2, b, symbols)
    special = exact_two_layer_loss(W1, W2, b, densities)
    assert general.subs(dict(zip(symbols, densities, strict=True))) == special


@pytest.mark.parametrize(
    ("arguments", "options", "named"),
    [
        (([[1.5]], [[1]], None, p), {}, "W1"),
        (([[1]], [[1, 1]], None, p), {}, "W2"),
        (([[1]], [[1]], [1, 2], p), {}, "b"),
        (([[p]], [[1]], None, p), {}, "W1"),
        (([[1]], [[1]], None, 2), {}, "density"),
        (([[1]], [[1]], None, p), {"low": 1}, "low"),
        (([[1]], [[1]], None, p), {"low": -1, "target": "identity"}, "low"),
        (([[1]], [[1]], None, p), {"target": "square"}, "target"),
        (([[1] * 12], [[1]] * 12, None, p), {}, "simplices"),
        (([[1] * 5] * 3, [[1, 2, 3]] * 5, None, p), {"most_simplices": 500}, "most_simplices"),
        (([[1]], [[1]], None, p), {"most_active": -1}, "most_active"),
    ],
)
def test_what_has_no_answer_is_refused(arguments, options, named):
    with pytest.raises(ValueError, match=named):
        exact_two_layer_loss(*arguments, **options)


def test_a_gradient_takes_importances_that_are_numbers():
    with pytest.raises(ValueError, match="importance"):
        exact_two_layer_gradient([[1]], [[1]], None, p, sp.Symbol("I"))
    loss = exact_two_layer_loss([[1]], [[1]], None, p, sp.Symbol("I", positive=True))
    assert loss == sp.Symbol("I", positive=True) * p / 6
