"""Other output activations: order and symmetry of losses, quadrature, sampling, sparse limits."""

from __future__ import annotations

import itertools
from dataclasses import replace

import numpy as np
import pytest
import sympy as sp
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.integrate import dblquad, quad

from tests.oracles import z_bound
from theory.data_law import feature_variance
from theory.derivations.D37_output_activations import (
    absolute_gain,
    faint_cost,
    faint_pair,
    gelu_antiderivatives,
    k,
    r,
    z,
)
from theory.loss.floats import loss_and_gradient
from theory.transitions.true_boundary import boundary_importance
from theory.ways_out.activation_loss import activation_loss, output_cost
from theory.ways_out.activation_optimum import activation_phase_diagram, activation_threshold
from theory.ways_out.output_activations import OUTPUTS, jump_output, leaky_output

pytestmark = pytest.mark.result("D37")
FEW = settings(max_examples=30)
ROUNDING = 1e-13
WEIGHTS, BIASES = st.floats(-2, 2), st.floats(-1, 1)
MODELS = st.tuples(st.tuples(WEIGHTS, WEIGHTS), st.tuples(BIASES, BIASES), st.floats(0.01, 1))
NAMES = st.sampled_from(list(OUTPUTS))


def loss(model, activation, importance=(1.0, 1.0)):
    (first, second), b, p = model
    return activation_loss(
        [[first, second]], b, density=p, importance=importance, activation=activation
    )


@FEW
@given(MODELS, NAMES, st.floats(0, 1))
def test_lines_are_what_the_output_is_made_of(model, name, q):
    (first, second), b, p = model
    whole, by_value = OUTPUTS[name], replace(OUTPUTS[name], lines=())
    arguments = (np.array([first, second]), np.array([second, first]), np.array(b), p, q)
    assert output_cost(whole, *arguments) == pytest.approx(
        output_cost(by_value, *arguments), rel=ROUNDING, abs=ROUNDING
    )


@FEW
@given(MODELS, st.floats(0, 1), st.floats(0, 1), st.floats(0.1, 10))
def test_losses_are_in_order(model, one, other, ratio):
    s, steeper = sorted((one, other))
    outputs = ["clipped", "relu", leaky_output(s), leaky_output(steeper), "linear"]
    found = [loss(model, output, (1.0, ratio)) for output in outputs]
    assert (np.diff(found) >= -ROUNDING * found[-1]).all()
    assert loss(model, "absolute", (1.0, ratio)) <= found[-1] * (1 + ROUNDING)


@FEW
@given(MODELS, NAMES, st.floats(0.1, 10))
def test_signs_and_features_may_be_exchanged(model, name, ratio):
    (first, second), b, p = model
    here = loss(model, name, (1.0, ratio))
    assert loss(((-first, -second), b, p), name, (1.0, ratio)) == pytest.approx(here, rel=1e-12)
    swapped = loss(((second, first), b[::-1], p), name, (ratio, 1.0))
    assert swapped == pytest.approx(here, rel=1e-12)


@FEW
@given(MODELS)
def test_limits_of_slope_and_threshold(model):
    whole = loss(model, "linear")
    assert loss(model, leaky_output(1.0)) == pytest.approx(whole, rel=1e-12)
    assert loss(model, leaky_output(0.0)) == pytest.approx(loss(model, "relu"), rel=1e-12)
    assert loss(model, jump_output(0.0)) == pytest.approx(loss(model, "relu"), rel=1e-12)
    (first, second), b, p = model
    exact = loss_and_gradient(np.array([[first, second]]), np.array(b), density=p)[0]
    assert loss(model, "relu") == pytest.approx(float(exact), rel=1e-11)


@pytest.mark.parametrize("name", list(OUTPUTS))
def test_both_active_against_quadrature(name):
    f = OUTPUTS[name]
    w, v, b = 0.9, -0.7, 0.1
    g = w * v

    def error(y, x):
        return float((x - f.value(np.asarray(w * w * x + g * y + b))) ** 2)

    # Within either side of a kink the integrand is smooth: cut the inner integral there.
    whole = 0.0
    edges = [lambda x, c=c: float(np.clip((c - b - w * w * x) / g, 0, 1)) for c in f.kinks[::-1]]
    cuts = [lambda _: 0.0, *edges, lambda _: 1.0]
    outer = sorted({0.0, 1.0, *(
        float(np.clip((c - b - g * y) / w**2, 0, 1)) for c in f.kinks for y in (0.0, 1.0)
    )})  # fmt: skip
    for low, high in itertools.pairwise(cuts):
        for left, right in itertools.pairwise(outer):
            whole += dblquad(error, left, right, low, high, epsabs=1e-12)[0]
    assert float(output_cost(f, w, v, b, 1.0)) == pytest.approx(whole, abs=1e-9)


@pytest.mark.parametrize("name", list(OUTPUTS))
def test_against_sampling(name):
    rng = np.random.default_rng(37)
    W, b, p = np.array([[1.1, -0.6]]), np.array([0.05, -0.1]), 0.4
    x = rng.uniform(size=(100_000, 2)) * (rng.uniform(size=(100_000, 2)) < p)
    errors = ((x - OUTPUTS[name].value(x @ W.T @ W + b)) ** 2).sum(1)
    found = activation_loss(W, b, density=p, activation=name)
    score = (errors.mean() - found) / (errors.std(ddof=1) / np.sqrt(len(errors)))
    assert abs(score) < z_bound(len(OUTPUTS))


def test_antiderivatives_of_gelu():
    f = OUTPUTS["gelu"].value
    integrands = (f, lambda t: t * f(t), lambda t: f(t) ** 2)
    values = [sp.lambdify(z, G, "scipy") for G in gelu_antiderivatives()]
    for G, integrand in zip(values, integrands, strict=True):
        assert G(1.3) - G(-0.8) == pytest.approx(quad(integrand, -0.8, 1.3)[0], abs=1e-13)
    first, moment, square = ((lambda a, b, G=G: G(a + b) - G(b)) for G in values)
    # One active feature: the loss at p = 1 of an output that does not hear the other.
    for a, b in ((0.81, 0.2), (1.44, -0.5)):
        closed = 1 / 3 - 2 / a**2 * (moment(a, b) - b * first(a, b)) + square(a, b) / a
        assert float(output_cost(OUTPUTS["gelu"], np.sqrt(a), 0.0, b, 1.0)) == pytest.approx(
            closed, abs=1e-13
        )


@pytest.mark.parametrize(("bias", "weight"), [(0.1, 0.8), (0.2, -0.5)])
def test_a_sample_s_gradient_misses_what_crosses_a_jump(bias, weight):
    θ = 0.25
    f = jump_output(θ)
    # p = 1 for the own feature and a silent other one, then the other way round.
    for own, p, q, g, t in ((0.9, 1.0, 0.0, 0.81, 1), (0.9, 0.0, 1.0, 0.9 * weight, 0)):
        step = 1e-6
        slope = np.diff(output_cost(f, own, weight, bias + np.array([-step, step]), p, q))[0]
        at = (θ - bias) / g
        crossing = θ * (θ - 2 * t * at) / abs(g) if 0 < at < 1 else 0.0

        def inside(u, g=g, t=t):
            value = g * u + bias
            return -2 * (t * u - value) * (value > θ)

        seen = quad(inside, 0, 1, points=[at] if 0 < at < 1 else None)[0]
        assert slope / (2 * step) == pytest.approx(seen + crossing, abs=1e-7)


@FEW
@given(st.floats(0.01, 0.99), st.floats(0.05, 0.9), st.floats(0.2, 1.2), st.floats(-1.2, -0.2))
def test_a_jump_of_the_loss_at_the_threshold(p, θ, own, other):
    f = jump_output(θ)
    step = 1e-9

    def jump(w, v):
        return np.diff(output_cost(f, w, v, θ + np.array([-step, step]), p))[0]

    assert jump(own, other) == pytest.approx((1 - p) ** 2 * θ**2, abs=1e-6)
    assert jump(own, 0.0) == pytest.approx((1 - p) * θ**2, abs=1e-6)
    assert jump(0.0, other) == pytest.approx(θ * (θ - p), abs=1e-6)


@pytest.mark.parametrize(("p", "sign", "gained"), [(0.1, -1, 0.1 * 0.9 * 0.1875), (0.4, 1, 0.0225)])
def test_a_jump_lets_a_faint_weight_switch(p, sign, gained):
    faint = 1e-4
    bias = 0.25 - 1e-3 * faint**2  # all but a thousandth of the inputs are beyond it
    W, b = [1.0, sign * faint], bias
    cost = output_cost(jump_output(0.25), W[1], W[0], b, p)
    constant = p / 3 if sign < 0 else p / 3 + 0.0625 - 0.25 * p
    gained = gained if sign < 0 else (1 - p) ** 2 * 0.0625
    assert constant - float(cost) == pytest.approx(gained, rel=0.01)


def test_linear_features_gain_nothing_and_bent_ones_share_at_equal_importance():
    for p in (0.02, 1.0):
        for name in ("linear", "relu", "absolute"):
            found = activation_phase_diagram([p], [1.0], activation=name)
            v = feature_variance(p)
            assert found["alone"].item() == pytest.approx(v, rel=1e-8)
            assert (found["loss"].item() < v * (1 - 1e-6)) == (name != "linear")


def test_the_proof_s_pair_gains_at_every_density():
    for p in (1e-3, 0.1, 0.7, 1.0):
        angle = np.pi / 5
        w = np.array([np.cos(angle), -np.sin(angle)])
        b = p / 2 * (1 - w**2 - w.prod())
        v = feature_variance(p)
        for name in ("relu", "leaky", "clipped", "absolute", leaky_output(0.99)):
            assert activation_loss(w[None], b, density=p, activation=name) < v * (1 - 1e-9)
        assert activation_loss(w[None], b, density=p, activation="linear") == pytest.approx(
            v, rel=1e-12
        )


def test_an_absolute_value_in_the_sparse_limit():
    ratio = sp.nsolve(sp.diff(absolute_gain(), k), k, 0.5)
    slope = 3 * float(absolute_gain().subs(k, ratio))
    rest = []
    for p in (0.02, 0.005):
        found = activation_phase_diagram([p], [1.0], activation="absolute")
        rest.append(1 - (1 - (found["loss"] / found["alone"]).item()) / (slope * p))
    assert 0 < rest[1] < rest[0] < 0.15
    # At w₂ = −kp the cost beyond the lone feature's is faint_cost × p³, but for the next order.
    ratio, at = (float(value) for value in faint_pair())
    for share, value in ((0.5294, at), (0.8, 4.0)):
        exact = float(faint_cost().subs({r: share, k: value}))
        rest = []
        for p in (1e-3, 2.5e-4):
            w = np.array([1.0, -value * p])
            pair = output_cost(OUTPUTS["absolute"], w, w[::-1], np.array([0.0, p / 2]), np.array(p))
            beyond = float(pair @ [1.0, share]) - share * feature_variance(p)
            rest.append(abs(beyond / p**3 - exact))
        assert rest[1] < 0.3 * rest[0] < 0.1  # a quarter, as the next order is p⁴
    assert ratio == pytest.approx(9 / 17, abs=1e-15)


def test_the_threshold_of_relu_is_the_boundary():
    exact = float(boundary_importance(np.array([0.2]))["importance"].item())
    assert activation_threshold(0.2) == pytest.approx(exact, rel=1e-5)
    assert activation_threshold(0.3, activation="linear") == np.inf


def test_bad_activations_are_named():
    with pytest.raises(ValueError, match="activation"):
        activation_loss([[1, -1]], density=0.1, activation="swish")
    with pytest.raises(ValueError, match="slope"):
        leaky_output(1.5)
    with pytest.raises(ValueError, match="threshold"):
        jump_output(-1)
