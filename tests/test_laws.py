"""Laws that hold for every model: what theory proves in general, asked of the code in particular.

Laws of one formula stand beside its other tests; here are those that tie functions together.
"""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from agreement.strategies import (
    ToyModel,
    densities,
    feature_laws,
    importances,
    orders,
    polytopes,
    rotations,
    toy_models,
)
from numeric import IndependentFeatures, ReluOutput
from numeric.measure.geometry import feature_dimensionality, leverage
from tests.oracles import Estimate, assert_compatible, assert_same, quadrature_loss
from theory import conventions as symbols
from theory import loss_and_gradient
from theory.adversary.attacked_loss import attacked_loss, attacked_loss_and_gradient
from theory.adversary.best_of import best_attack_vulnerability
from theory.adversary.directions import attack_directions
from theory.adversary.random_feature import random_feature_loss, random_feature_loss_and_gradient
from theory.dynamics.flow import gradient_flow
from theory.loss.exact import expected_loss
from theory.loss.fourier import fourier_error
from theory.loss.problem import as_problem
from theory.minima.certificate import certify
from theory.minima.composition import best_composition
from theory.minima.optimum import optimum
from theory.phases.candidates import candidates

# Each of these examples solves several problems of a tenth of a second, so that the profile of
# every day draws a fifth; the wide one draws all.
WIDE = settings.get_profile("wide").max_examples
FEW = settings() if settings.default.max_examples >= WIDE else settings(max_examples=10)
# Rounding of some hundred operations, relative to the largest loss a sample can have.
ROUNDING = 1e-13


def loss_of(model: ToyModel) -> float:
    return float(loss_and_gradient(model.W, model.b, **model.world)[0])


# --- symmetries -----------------------------------------------------------------------------


@pytest.mark.result("D03")
@given(toy_models(), st.data())
def test_loss_knows_no_rotation_and_no_order(model, data):
    turn = data.draw(rotations(len(model.W)))
    order = data.draw(orders(model.n_features))
    moved = ToyModel(
        turn @ model.W[:, order], model.b[order], model.density[order], model.importance[order]
    )
    assert abs(loss_of(moved) - loss_of(model)) <= ROUNDING * model.scale


@FEW
@given(toy_models(most_features=4), st.data())
def test_flow_falls_and_knows_no_rotation_and_no_order(model, data):
    """Up to kinks: nearby paths part by e^(curvature × time), here by no more than a few."""
    turn = data.draw(rotations(len(model.W)))
    order = data.draw(orders(model.n_features))
    scale = float(model.importance @ model.density) + 1e-3
    size = 1 + np.abs(model.W).max() + np.abs(model.b).max()
    times = np.array([0.1, 0.3, 1.0]) / (scale * size**2) * 0.3
    flow = gradient_flow(model.W, model.b, times=times, **model.world)
    start = loss_of(model)
    falls = np.diff(flow.loss, prepend=start)
    assert np.all(falls <= 1e-5 * size**2 * (scale + start))
    moved = ToyModel(
        turn @ model.W[:, order], model.b[order], model.density[order], model.importance[order]
    )
    other = gradient_flow(moved.W, moved.b, times=times, **moved.world)
    np.testing.assert_allclose(other.W, turn @ flow.W[..., order], atol=1e-4 * size)
    np.testing.assert_allclose(other.b, flow.b[:, order], atol=1e-4 * size)


@pytest.mark.result("D03")
@given(toy_models(), st.data())
def test_gradient_moves_with_the_order_of_features(model, data):
    order = data.draw(orders(model.n_features))
    _, dW, db = loss_and_gradient(model.W, model.b, **model.world)
    _, moved_dW, moved_db = loss_and_gradient(
        model.W[:, order],
        model.b[order],
        density=model.density[order],
        importance=model.importance[order],
    )
    size = ROUNDING * model.scale * (1 + np.abs(model.W).max())
    np.testing.assert_allclose(moved_dW, dW[:, order], rtol=0, atol=size)
    np.testing.assert_allclose(moved_db, db[order], rtol=0, atol=size)


@pytest.mark.result("D03")
@given(toy_models(3), toy_models(3))
def test_orthogonal_factors_add_up(first, second):
    zeros = np.zeros((len(first.W), second.n_features)), np.zeros((len(second.W), first.n_features))
    whole = ToyModel(
        np.block([[first.W, zeros[0]], [zeros[1], second.W]]),
        np.concatenate([first.b, second.b]),
        np.concatenate([first.density, second.density]),
        np.concatenate([first.importance, second.importance]),
    )
    parts = loss_of(first) + loss_of(second)
    assert abs(loss_of(whole) - parts) <= ROUNDING * whole.scale


@pytest.mark.result("D03")
@given(toy_models(3), st.sampled_from([0.5, 2.0, 3.7, 1e-3]), st.sampled_from([0.0, -1.0]))
def test_units_of_the_features_square(model, unit, low):
    """Values in [h low, h] with biases h b cost h² times as much."""
    here = loss_and_gradient(model.W, model.b, **model.world, low=low)[0]
    there = loss_and_gradient(model.W, unit * model.b, **model.world, low=unit * low, high=unit)[0]
    assert there == pytest.approx(unit**2 * here, rel=1e-12, abs=ROUNDING * unit**2 * model.scale)


# --- linear in importance, affine in each density ---------------------------------------------


@pytest.mark.result("D03")
@given(toy_models(), importances(), st.data())
def test_loss_and_gradient_are_linear_in_importance(model, factor, data):
    n = model.n_features
    other = np.array(data.draw(st.lists(importances(), min_size=n, max_size=n)))
    mixed = model.importance + factor * other
    every = [
        loss_and_gradient(model.W, model.b, density=model.density, importance=weight)
        for weight in (model.importance, other, mixed)
    ]
    scale = model.change(importance=mixed).scale
    for first, second, both in zip(*every, strict=True):
        size = ROUNDING * scale * (1 + np.abs(model.W).max())
        np.testing.assert_allclose(first + factor * second, both, rtol=1e-12, atol=size)


@pytest.mark.result("D03")
@given(toy_models(), st.data())
def test_loss_is_affine_in_the_density_of_each_feature(model, data):
    """It is an expectation: at p_j it lies between the worlds without and always with feature j.

    So the limits p → 0 and p → 1 are reached, at no more than linear speed.
    """
    j = data.draw(st.integers(0, model.n_features - 1))

    def at(p):
        density = model.density.copy()
        density[j] = p
        return loss_of(model.change(density=density))

    p = model.density[j]
    assert abs(loss_of(model) - (1 - p) * at(0.0) - p * at(1.0)) <= ROUNDING * model.scale


@pytest.mark.result("D03")
@given(toy_models())
def test_where_nothing_is_active_only_positive_biases_cost(model):
    silent = model.change(density=np.zeros(model.n_features))
    wanted = model.importance @ np.maximum(model.b, 0) ** 2
    assert abs(loss_of(silent) - wanted) <= ROUNDING * model.scale


@pytest.mark.result("D03")
@given(toy_models(3), densities())
def test_limits_of_density_have_a_rate(model, p):
    """|L(p) − L(q)| ≤ Σ|p_j − q_j| sup: samples differ only where a feature's activity does."""
    everywhere = np.full(model.n_features, p)
    away = np.abs(model.density - everywhere).sum()
    difference = loss_of(model) - loss_of(model.change(density=everywhere))
    assert abs(difference) <= (away + ROUNDING) * model.scale


# --- bounds -----------------------------------------------------------------------------------


@pytest.mark.result("D03")
@given(toy_models())
def test_loss_is_between_nothing_and_the_worst_sample(model):
    assert 0 <= loss_of(model) <= model.scale
    assert loss_of(model.change(importance=np.zeros(model.n_features))) == 0


worlds = st.builds(
    lambda p, importance: (p, np.array(importance)),
    st.floats(0.01, 1.0),
    st.lists(st.floats(0.1, 10.0), min_size=3, max_size=3),
)
SEARCH = 1e-9  # relative: descents end at a gradient of rounding size, and the loss is quadratic


def best(n, m, p, importance):
    return optimum(n, m, density=p, importance=importance, starts=16).loss


@FEW
@given(worlds)
def test_the_optimum_is_below_every_natural_solution(world):
    p, importance = world
    low = best(3, 2, p, importance)
    dropped = importance.min() * (p / 3 - p**2 / 4)
    assert 0 <= low <= dropped * (1 + SEARCH)
    for candidate in candidates(3, 2):
        W = np.array(candidate.W.tolist(), dtype=float)
        b = np.array([value.subs(symbols.p, p) for value in candidate.b], dtype=float)
        loss = loss_and_gradient(W, b, density=p, importance=importance)[0]
        assert low <= loss * (1 + SEARCH)
    upper = best_composition(3, 2, density=p, importance=importance).loss
    assert low <= upper * (1 + SEARCH)


@FEW
@given(toy_models(3, fewest_features=2, density=densities(0.01), importance=st.floats(0.1, 10.0)))
def test_no_model_is_below_the_optimum(model):
    m, n = model.W.shape
    low = best(n, m, model.density, model.importance)
    assert low <= loss_of(model) * (1 + SEARCH) + 1e-15 * model.scale


@pytest.mark.result("D10")
@FEW
@given(st.floats(0.02, 1.0), st.floats(0.2, 5.0))
def test_the_proof_encloses_the_search(p, r):
    proof = certify(p, [1.0, r], tolerance=1e-3)
    low = best(2, 1, p, np.array([1.0, r]))
    assert proof.lower <= low * (1 + SEARCH)
    assert low <= proof.upper * (1 + SEARCH)


@FEW
@given(worlds)
def test_more_dimensions_never_hurt(world):
    p, importance = world
    one, two, three = (best(3, m, p, importance) for m in (1, 2, 3))
    assert two <= one * (1 + SEARCH)
    assert three <= 1e-15 * importance.sum()


@FEW
@given(worlds, st.integers(0, 2), st.floats(1.0, 5.0))
def test_the_optimum_grows_with_importance_and_is_concave(world, i, factor):
    """A least value of linear functions with coefficients that are not negative."""
    p, importance = world
    more = importance.copy()
    more[i] *= factor
    low, high = best(3, 2, p, importance), best(3, 2, p, more)
    middle = best(3, 2, p, (importance + more) / 2)
    assert low <= high * (1 + SEARCH)
    assert (low + high) / 2 <= middle * (1 + SEARCH)


@FEW
@given(worlds, st.floats(0.1, 10.0))
def test_the_optimum_has_no_unit_of_importance(world, factor):
    p, importance = world
    here, there = best(3, 2, p, importance), best(3, 2, p, factor * importance)
    assert there == pytest.approx(factor * here, rel=SEARCH)


# --- how dimensions are shared ----------------------------------------------------------------


@pytest.mark.result("D13")
@given(toy_models(6))
def test_dimensionalities_share_the_rank(model):
    norms = np.linalg.norm(model.W, axis=0)
    # A rank in floats does not see a direction that only a minute column has.
    W = np.where(norms > 1e-9 * norms.max(), model.W, 0)
    shares, most = feature_dimensionality(W), leverage(W)
    assert np.all((shares >= 0) & (shares <= most + 1e-9))
    assert np.all(most <= 1 + 1e-12)
    assert shares.sum() <= np.linalg.matrix_rank(W) + 1e-9


@pytest.mark.result("D13")
@given(polytopes(), st.data())
def test_measured_and_derived_dimensionalities_agree(known, data):
    vertices = np.array(known.vertices.evalf().tolist(), dtype=float)
    turned = data.draw(rotations(known.dimension)) @ vertices * data.draw(st.floats(0.1, 3))
    order = data.draw(orders(known.n_vertices))
    derived = np.array([float(value) for value in known.dimensionality])[order]
    np.testing.assert_allclose(feature_dimensionality(turned[:, order]), derived, rtol=1e-12)


# --- four evaluations of one loss -------------------------------------------------------------


def estimate_of_means(losses):
    """The mean of equally large batches, whose own spread says how good it is."""
    return Estimate(float(losses.mean()), float(losses.std(ddof=1) / np.sqrt(losses.size)))


@pytest.mark.result("D02", "D03")
@given(toy_models(3, density=st.integers(0, 8).map(lambda k: k / 8), grid=4))
def test_exact_float_and_quadrature_are_one_loss(model):
    W, b, density, importance = model.exactly()
    exact = expected_loss(W, b, density=density, importance=importance)
    assert exact.is_Rational
    assert loss_of(model) == pytest.approx(float(exact), rel=1e-12, abs=1e-300)
    assert_same(exact, quadrature_loss(model.W, model.b, **model.world), scale=model.scale)


@pytest.mark.result("D04")
@FEW
@given(toy_models(9, fewest_features=8, density=densities(0.05)))
def test_fourier_and_recursion_are_one_loss(model):
    """From eight features on the sum is truly one; its proved bound holds, and six digits."""
    exact = loss_and_gradient(model.W, model.b, **model.world, method="exact")[0]
    fourier = loss_and_gradient(model.W, model.b, **model.world, method="fourier")[0]
    problem = as_problem(model.W, model.b, model.density, model.importance, 0.0, 1.0)
    difference = abs(float(fourier - exact))
    assert difference <= fourier_error(problem)[0] + ROUNDING * model.scale
    assert difference <= 1e-6 * model.scale


@pytest.mark.result("D03")
@given(toy_models(3, density=densities(0.1)), st.integers(0, 2**32 - 1))
def test_what_training_measures_is_what_theory_derives(model, seed):
    """One normalisation on both sides: numeric's own loss of its own samples."""
    law = IndependentFeatures(**model.world)
    x = law.sample(np.random.default_rng(seed), 1 << 16).reshape(256, 256, -1)
    parameters = {"W": model.W, "b": model.b}
    losses, _ = ReluOutput().loss_and_gradient(parameters, x, law.importance)
    sampled = estimate_of_means(losses)
    # A sample's x − z carries the rounding of its terms, some units in the last place, so that
    # its square u² is off by 2uδ + δ².
    rounding = 1e-15 * np.sqrt(model.scale)
    error = sampled.standard_error + rounding * (2 * np.sqrt(sampled.mean) + rounding)
    assert_compatible(replace(sampled, standard_error=error), loss_of(model))


@given(feature_laws(), st.integers(0, 2**32 - 1))
def test_identity_is_free_and_nothing_costs_the_variance_under_every_law(law, seed):
    """However features depend on each other: their own law is all that dropping them costs."""
    n = law.n_features
    x = law.sample(np.random.default_rng(seed), 1 << 14).reshape(128, 128, n)
    free = {"W": np.eye(n), "b": np.zeros(n)}
    assert np.all(ReluOutput().loss_and_gradient(free, x, law.importance)[0] == 0)
    nothing = {"W": np.zeros((1, n)), "b": law.mean()}
    losses, _ = ReluOutput().loss_and_gradient(nothing, x, law.importance)
    variance = law.importance @ (law.second_moment() - law.mean() ** 2)
    assert_compatible(estimate_of_means(losses), variance)


# --- under attack ------------------------------------------------------------------------------


SIZES = st.sampled_from([1e-6, 0.1, 0.5, 2.0])


@st.composite
def attacked_models(draw):
    """Models with something to lose, and an attack on them."""
    model = draw(toy_models(density=densities(1e-3)))
    coordinates = st.sampled_from([0.0, 1.0, -1.0]) | st.floats(-1.5, 1.5, allow_subnormal=False)
    n = model.n_features
    return model, np.array(draw(st.lists(coordinates, min_size=n, max_size=n)))


def attacked_scale(model, delta):
    """Largest loss an attacked sample can have, stable under rounding."""
    reach = model.reach + (np.abs(model.W).T @ np.abs(model.W)) @ np.abs(delta)
    return float(model.importance @ reach**2)


@pytest.mark.result("D17")
@FEW
@given(attacked_models())
def test_no_attack_is_the_clean_loss(attacked):
    model, delta = attacked
    assert attacked_loss(model.W, model.b, 0 * delta, **model.world) == loss_of(model)
    if np.linalg.norm(model.W, axis=0).all():
        at_zero = random_feature_loss(model.W, model.b, size=0.0, **model.world)
        assert abs(at_zero - loss_of(model)) <= ROUNDING * model.scale


@pytest.mark.result("D17")
@FEW
@given(attacked_models(), st.data())
def test_attacks_know_no_rotation_and_move_with_the_order(attacked, data):
    model, delta = attacked
    turn = data.draw(rotations(len(model.W)))
    order = data.draw(orders(model.n_features))
    world = {"density": model.density[order], "importance": model.importance[order]}
    here = attacked_loss_and_gradient(model.W, model.b, delta, **model.world)
    size = ROUNDING * attacked_scale(model, delta)
    turned = attacked_loss(turn @ model.W[:, order], model.b[order], delta[order], **world)
    assert abs(turned - here[0]) <= size
    lengths = np.linalg.norm(model.W, axis=0)
    if lengths.min() < 1e-3:
        return  # an output with next to no weights is at its kink, and rounding chooses the side
    there = attacked_loss_and_gradient(model.W[:, order], model.b[order], delta[order], **world)
    size *= (1 + np.abs(model.W).max()) ** 2 * (1 + np.abs(delta).max()) / lengths.min()
    np.testing.assert_allclose(there[1], here[1][:, order], rtol=0, atol=size)
    for moved, kept in zip(there[2:], here[2:], strict=True):
        np.testing.assert_allclose(moved, kept[order], rtol=0, atol=size)


@pytest.mark.result("D17")
@FEW
@given(attacked_models(), SIZES, st.data())
def test_the_attack_on_a_random_feature_knows_no_rotation(attacked, size, data):
    model, _ = attacked
    lengths = np.linalg.norm(model.W, axis=0)
    if lengths.min() < 0.01 * lengths.max() or not lengths.max():
        return  # beside long columns the directions of short ones are as unsure as their ratio
    turn = data.draw(rotations(len(model.W)))
    here = random_feature_loss_and_gradient(model.W, model.b, size=size, **model.world)
    there = random_feature_loss_and_gradient(turn @ model.W, model.b, size=size, **model.world)
    scale = attacked_scale(model, np.full(model.n_features, size)) * 100
    assert abs(there[0] - here[0]) <= ROUNDING * scale
    np.testing.assert_allclose(there[2], here[2], rtol=0, atol=ROUNDING * scale)


@pytest.mark.result("D17")
@given(attacked_models())
def test_an_attack_adds_no_more_than_its_gain_to_the_root_of_the_loss(attacked):
    """Minkowski: ReLU does not stretch."""
    model, delta = attacked
    moved = model.W.T @ model.W @ delta
    gain = np.sqrt(model.importance @ moved**2)
    under = float(attacked_loss(model.W, model.b, delta, **model.world))
    slack = ROUNDING * attacked_scale(model, delta)
    bound = (np.sqrt(loss_of(model) + slack) + gain) ** 2
    assert under <= bound * (1 + 1e-12) + slack


@pytest.mark.result("D17")
@given(attacked_models())
def test_beyond_all_kinks_a_stronger_attack_costs_more(attacked):
    model, delta = attacked
    G = model.W.T @ model.W
    a = G @ delta
    a[np.abs(a) < 1e-9] = 0.0
    low, high = model.b + np.minimum(G, 0).sum(axis=1), model.b + np.maximum(G, 0).sum(axis=1)
    mean = model.density / 2
    error = mean - model.b - G @ mean
    with np.errstate(divide="ignore", invalid="ignore"):
        up = np.where(a > 0, np.maximum(-low, error) / a, 0.0)
        down = np.where(a < 0, high / -a, 0.0)
    start = max(0.0, up.max(), down.max())
    if start > 1e6:
        return
    sizes = start + np.array([0.0, 0.1, 1.0, 3.0]) * (1 + start)
    under = attacked_loss(model.W, model.b, sizes[:, None] * delta, **model.world)
    assert np.all(np.diff(under) >= -ROUNDING * attacked_scale(model, sizes[-1] * delta))


@pytest.mark.result("D17")
def test_before_them_it_may_cost_less():
    """A digon whose biases are too low is mended by the attack on one of its features."""
    W, b = [[1.0, -1.0]], [-0.5, -0.5]
    sizes = np.array([0.0, 0.1, 0.2])
    u = attack_directions(W)[0]
    under = attacked_loss(W, b, sizes[:, None] * u, density=0.2)
    assert np.all(np.diff(under) < 0)


@pytest.mark.result("D18")
@FEW
@given(attacked_models(), SIZES)
def test_the_best_of_the_attacks_is_no_weaker_than_each(attacked, size):
    model, _ = attacked
    lengths = np.linalg.norm(model.W, axis=0)
    if lengths.min() < 1e-6:
        return
    best = best_attack_vulnerability(model.W, model.b, size=size, samples=512, **model.world)
    attacks = size * attack_directions(model.W)
    fixed = attacked_loss(model.W, model.b, attacks, **model.world).max() - loss_of(model)
    slack = ROUNDING * attacked_scale(model, np.full(model.n_features, size))
    # Ten standard errors of eight scramblings: Student's t with 7 degrees passes them by chance
    # once in 10^5.
    assert best.increase >= fixed - 10 * best.error * size**2 - 10 * slack
