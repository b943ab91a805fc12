"""D27: with a linear output no hidden layer of width m goes below the bound, and some attain it."""

from __future__ import annotations

import numpy as np
import pytest
import sympy as sp
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp
from scipy.optimize import minimize

import numeric
from numeric.features.independent import IndependentFeatures
from tests.oracles import Estimate, assert_compatible
from theory.computation.absolute_value import naive_loss
from theory.computation.fitted_readout import fitted_naive_net
from theory.computation.linear_output import (
    exact_linear_output_bound,
    linear_output_bound,
    weighted_moments,
)
from theory.computation.rectified import TARGETS
from theory.computation.two_layers import two_layer_loss_and_gradient
from theory.derivations.D27_linear_output import best_offset, left_without_bias
from theory.loss.linear import linear_optimum

pytestmark = pytest.mark.result("D27")
SAMPLES = 1 << 14
ROUNDING = 1e-14  # of eigenvalues of size 100
VALUES = {"relu": lambda x: np.maximum(x, 0), "absolute": np.abs, "identity": lambda x: x}
seeds = st.integers(0, 2**32 - 1)


@st.composite
def tasks(draw, most=5, targets=TARGETS, mixed=(False, True), biases=(True, False)):
    """n, m and the keywords of a task."""
    n = draw(st.integers(1, most))
    m = draw(st.integers(1, n))
    weights = st.sampled_from([0.0, 1.0]) | st.floats(0.1, 3)
    mixing = hnp.arrays(float, (n, n), elements=st.floats(-1, 1))
    task = {
        "density": draw(hnp.arrays(float, n, elements=st.floats(0.05, 1))),
        "importance": draw(hnp.arrays(float, n, elements=weights)),
        "target": draw(st.sampled_from(targets)),
        "low": draw(st.sampled_from([-1.0, -0.5, 0.0])),
        "bias": draw(st.sampled_from(biases)),
        "mixing": draw(mixing) if draw(st.sampled_from(mixed)) else None,
    }
    return n, m, task


def sample(n, task, rng, samples=SAMPLES):
    """Inputs and targets (samples, n)."""
    x = rng.uniform(task["low"], 1, (samples, n)) * (rng.random((samples, n)) < task["density"])
    y = VALUES[task["target"]](x)
    return x, y if task["mixing"] is None else y + x @ task["mixing"].T


def estimate(errors, importance):
    """Mean loss of a sample; ROUNDING covers what is exact but for the arithmetic."""
    losses = errors**2 @ importance
    hidden = 4 * float(losses.max(initial=0.0)) / len(losses) + ROUNDING
    return Estimate(losses.mean(), losses.std(ddof=1) / len(losses) ** 0.5, hidden)


def assert_not_below(errors, importance, bound, per_example=1):
    """The sampled mean is not below the bound by more than its own uncertainty."""
    found = estimate(errors, importance)
    if found.mean < bound:
        assert_compatible(found, bound, per_example=per_example)


def readout(h, y, bias):
    """Least squares W2, b (b last row) on a sample."""
    columns = np.column_stack([h, np.ones(len(h)) if bias else np.zeros(len(h))])
    return np.linalg.lstsq(columns, y, rcond=None)[0]


@given(tasks(), seeds)
def test_no_random_net_is_below(case, seed):
    """Any weights, with a readout fitted on other samples: neurons ReLU(w·x), random features."""
    n, m, task = case
    rng = np.random.default_rng(seed)
    bound = linear_output_bound(n, m, **task)
    W1 = rng.normal(size=(m, n))
    (x, y), (fresh, wanted) = sample(n, task, rng), sample(n, task, rng)
    best = readout(np.maximum(x @ W1.T, 0), y, task["bias"])
    h = np.maximum(fresh @ W1.T, 0)
    output = h @ best[:-1] + (best[-1] if task["bias"] else 0)
    assert_not_below(wanted - output, task["importance"], bound, per_example=2)
    cubic = rng.normal(size=(m, n))  # the hidden layer may be any function
    strange = np.sin(3 * x @ cubic.T) + x @ W1.T, np.sin(3 * fresh @ cubic.T) + fresh @ W1.T
    best = readout(strange[0], y, task["bias"])
    output = strange[1] @ best[:-1] + (best[-1] if task["bias"] else 0)
    assert_not_below(wanted - output, task["importance"], bound, per_example=2)


WEIGHTS = hnp.arrays(float, 6, elements=st.floats(-2, 2))


def pair_loss(z, p, importance, target):
    """Exact loss of one neuron for two features, all patterns integrated, and its gradient."""
    W1, W2, b = z[:2].reshape(1, 2), z[2:4].reshape(2, 1), z[4:]
    loss, gradient = two_layer_loss_and_gradient(
        W1, W2, b, p, importance, target=target, output="linear"
    )
    return loss.exact, np.concatenate([gradient[name].ravel() for name in ("W1", "W2", "b")])


@settings(max_examples=12)
@given(WEIGHTS, st.floats(0.05, 1), st.floats(0.1, 1), st.sampled_from(["relu", "absolute"]))
def test_exact_losses_of_two_features_are_not_below(z, p, r, target):
    """No sampling: every net of two features and one neuron, before and after a descent."""
    bound = linear_output_bound(2, 1, density=p, importance=[1, r], target=target)
    assert pair_loss(z, p, [1, r], target)[0] >= bound - 1e-12
    found = minimize(pair_loss, z, (p, [1, r], target), jac=True, options={"maxiter": 15})
    assert found.fun >= bound - 1e-12


@given(tasks(), seeds)
def test_leading_eigenvectors_attain_it(case, seed):
    """The h of the proof, u ↦ Uᵀ(u − Eu), has the bound as its sampled loss."""
    n, m, task = case
    _, vectors = np.linalg.eigh(weighted_moments(n, **task))
    _, y = sample(n, task, np.random.default_rng(seed))
    left = (y * np.sqrt(task["importance"])) @ vectors[:, : n - m]
    if task["bias"]:  # the sample's own mean, and what it takes off the variance given back
        left = (left - left.mean(axis=0)) * (SAMPLES / (SAMPLES - 1)) ** 0.5
    bound = linear_output_bound(n, m, **task)
    assert_compatible(estimate(left, np.ones(n - m)), bound)


@given(tasks(), seeds)
def test_fitted_nets_have_the_loss_they_state(case, seed):
    n, m, task = case
    net = fitted_naive_net(n, m, **task)
    assert net.loss >= linear_output_bound(n, m, **task) - 1e-12 * (1 + n)
    x, y = sample(n, task, np.random.default_rng(seed))
    errors = y - np.maximum(x @ net.W1.T, 0) @ net.W2.T - net.b
    if not task["bias"]:
        assert not net.b.any()
    assert_compatible(estimate(errors, task["importance"]), net.loss)


@given(tasks(targets=("relu",), mixed=(False,), biases=(True,)))
def test_naive_attains_it_for_relu_at_every_density(case):
    n, m, task = case
    bound = linear_output_bound(n, m, **task)
    net = fitted_naive_net(n, m, **task)
    assert net.loss == pytest.approx(bound, rel=1e-12, abs=1e-13)
    # And its weights are naive: one feature a neuron, nothing shared.
    assert (np.count_nonzero(net.W1, axis=1) <= 1).all()
    assert (np.count_nonzero(np.abs(net.W2) > 1e-9, axis=0) <= 1).all()


@given(tasks(most=4, mixed=(False,)))
def test_a_bias_is_worth_at_most_one_neuron(case):
    n, m, task = case
    task = {**task, "bias": True}
    without = linear_output_bound(n, m, **{**task, "bias": False})
    weighted = np.sort(np.diagonal(weighted_moments(n, **task)))[::-1]
    slack = 1e-12 * (1 + weighted.sum())
    assert linear_output_bound(n, m, **task) <= without + slack
    assert without <= weighted[m - 1 : n - 1].sum() + slack


LEFT, OFFSET = (
    sp.lambdify(sp.symbols("m p", positive=True), printed().rhs)
    for printed in (left_without_bias, best_offset)
)


@given(st.floats(0.01, 1), st.integers(2, 60), st.data())
def test_what_is_left_without_bias_for_equal_features(p, n, data):
    m = data.draw(st.integers(1, n - 1))
    net = fitted_naive_net(n, m, density=p, bias=False)
    assert net.loss == pytest.approx((n - m) * LEFT(m, p), rel=1e-9)
    np.testing.assert_allclose(net.W2[m:, :m], OFFSET(m, p), rtol=1e-9)
    bound = linear_output_bound(n, m, density=p, bias=False)
    assert bound == pytest.approx(linear_output_bound(n, m, density=p), rel=1e-9)
    assert bound < net.loss


@given(tasks(most=6, targets=("absolute",), mixed=(False,), biases=(True,)), st.floats(0.05, 1))
def test_the_naive_net_of_absolute_values_is_the_fitted_one(case, p):
    """Two neurons a feature, and half a feature for an odd one: more than the bound for m < n."""
    n, m, task = case
    task = {**task, "density": p, "low": -1.0}
    fitted = fitted_naive_net(n, m, **task).loss
    assert fitted == pytest.approx(
        naive_loss(n, m, density=p, importance=task["importance"]), rel=1e-9, abs=1e-12
    )
    assert fitted >= linear_output_bound(n, m, **task) - 1e-12


def test_the_published_offsets_and_naive_level():
    """Bhagat et al.: optimal offsets 0.019 and 0.014, best loss 0.053 at p = 1, naive 0.083."""
    dense = fitted_naive_net(100, 50, density=1.0, bias=False)
    assert dense.W2[99, 0] == pytest.approx(0.019, abs=0.0005)
    assert dense.loss / 100 == pytest.approx(0.053, abs=0.0005)
    sparser = fitted_naive_net(100, 50, density=0.1, bias=False)
    # Their scan has steps of 3 % and sampling noise in a flat minimum.
    assert sparser.W2[99, 0] == pytest.approx(0.014, rel=0.1)
    assert linear_output_bound(100, 50, density=0.01) == pytest.approx(0.083, abs=0.0005)


def test_mixing_lowers_the_bound_and_then_raises_it():
    """The published dip of the loss with the size of a symmetric mixing matrix, from the bound."""
    G = np.random.default_rng(0).normal(size=(100, 100))
    M = np.triu(G) + np.triu(G, 1).T
    sizes = np.linspace(0, 0.1, 26)
    curve = np.array(
        [linear_output_bound(100, 50, density=0.01, mixing=size * M) for size in sizes]
    )
    best = int(curve.argmin())
    assert 0.03 < sizes[best] < 0.055
    assert (np.diff(curve)[:best] < 0).all()
    assert (np.diff(curve)[best + 1 :] > 0).all()
    assert curve[-1] > curve[best] * 1.3
    assert curve[best] < 0.7 * curve[0]


@given(st.floats(0.01, 1), hnp.arrays(float, (4, 4), elements=st.floats(-1, 1)))
def test_relu_with_mixing_is_a_tail_of_singular_values(p, M):
    tail = np.linalg.svd(M + np.eye(4) / 2, compute_uv=False)[2:] ** 2
    wanted = 2 * (p / 12 - p**2 / 16) + p / 3 * tail.sum()
    assert linear_output_bound(4, 2, density=p, mixing=M) == pytest.approx(wanted, abs=1e-13)


@given(tasks(most=3))
def test_exact_is_what_floats_say(case):
    n, m, task = case
    exactly = {
        key: sp.Matrix(np.round(value * 64) / 64).applyfunc(sp.nsimplify) if key == "mixing"
        else [sp.Rational(round(v * 64), 64) for v in value]
        for key, value in task.items() if isinstance(value, np.ndarray)
    }  # fmt: skip
    exactly["density"] = [max(v, sp.Rational(1, 64)) for v in exactly["density"]]
    rest = {"target": task["target"], "bias": task["bias"]}
    low = sp.Rational(int(task["low"] * 2), 2)
    exact = exact_linear_output_bound(n, m, low=low, **exactly, **rest)
    floats = {key: np.array(value.tolist() if key == "mixing" else value, dtype=float)
              for key, value in exactly.items()}  # fmt: skip
    assert linear_output_bound(n, m, low=task["low"], **floats, **rest) == pytest.approx(
        float(exact), abs=1e-11
    )


@given(tasks(targets=("identity",), mixed=(False,), biases=(True,)))
def test_identity_is_the_linear_model(case):
    """A hidden ReLU gains nothing over D08 where the output is linear."""
    n, m, task = case
    best = linear_optimum(n, m, density=task["density"], importance=task["importance"]).loss
    bound = linear_output_bound(n, m, **{**task, "low": 0.0})
    assert bound == pytest.approx(best, rel=1e-12, abs=1e-15)


@pytest.mark.parametrize(("target", "bias"), [("relu", True), ("relu", False), ("absolute", True)])
def test_trained_nets_do_not_go_below(target, bias):
    features = IndependentFeatures(density=0.3, n_features=4, low=-1.0)
    model = numeric.TwoLayer(target=target, output="linear", bias=bias)
    run = numeric.train(
        model, features, n_hidden=2, instances=6, steps=2000, batch=128, learning_rate=5e-3, seed=1
    )
    task = {"density": np.full(4, 0.3), "low": -1.0, "target": target, "mixing": None}
    bound = linear_output_bound(4, 2, bias=bias, **task)
    x, y = sample(4, task, np.random.default_rng(7), 1 << 17)
    means = []
    for W1, W2, b in zip(run["W1"].values, run["W2"].values, run["b"].values, strict=True):
        errors = y - np.maximum(x @ W1.T, 0) @ W2.T - (b if bias else 0)
        means.append((errors**2).sum(axis=1).mean())
        assert_not_below(errors, np.ones(4), bound, per_example=6)
    if target == "relu" and bias:  # the best of them has found it
        assert min(means) == pytest.approx(bound, rel=0.02)


@pytest.mark.parametrize(
    ("words", "name"),
    [
        ({"target": "square"}, "target"), ({"low": 1.0}, "low"), ({"high": np.inf}, "high"),
        ({"mixing": [[1.0]]}, "mixing"), ({"bias": 1}, "bias"),
        ({"density": [[0.1] * 3]}, "density"),
        ({"importance": 1e300, "high": 1e50}, "importance"), ({"n_features": 0}, "n_features"),
        ({"n_hidden": 0}, "n_hidden"), ({"n_features": 10**6}, "n_features"),
    ],
)  # fmt: skip
def test_bad_input_is_named(words, name):
    call = {"n_features": 3, "n_hidden": 2, "density": 0.2, **words}
    for function in (linear_output_bound, fitted_naive_net):
        with pytest.raises(ValueError, match=name):
            function(**call)
    if name not in ("importance", "n_features", "high"):
        with pytest.raises(ValueError, match=name):
            exact_linear_output_bound(**{**call, "density": words.get("density", 1)})
    with pytest.raises(ValueError, match="exact"):
        exact_linear_output_bound(3, 2, density=0.5)
    with pytest.raises(ValueError, match="n_features"):
        exact_linear_output_bound(9, 2, density=1, bias=False)
