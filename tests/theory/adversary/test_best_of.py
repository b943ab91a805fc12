"""The best of all attacks for each input: quadrature, samples, orders, laws that are known."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.special import roots_legendre

from agreement.strategies import toy_models
from tests.oracles import z_bound
from theory.adversary.best_of import (
    Smooth,
    best_attack_of,
    best_attack_vulnerability,
    expected_largest,
)
from theory.adversary.block_law import SCRAMBLINGS, _counts, _inputs, block_law
from theory.adversary.directions import attack_directions
from theory.adversary.gain import vulnerability
from theory.loss.floats import loss_and_gradient
from theory.polytopes.catalogue import polytope

EVER = st.floats(0.05, 1.0)


def increases(W, b, x, size, importance=1.0):
    """Of the loss of each input under each attack, from the definition."""
    clean = np.maximum(x @ W.T @ W + b, 0)
    attacked = x[:, None] + size * attack_directions(W)
    there = np.maximum(attacked @ W.T @ W + b, 0)
    errors = [((y - x[:, None]) ** 2 * importance).sum(axis=2) for y in (there, clean[:, None])]
    return errors[0] - errors[1]


def _digon_law(c, b, p, size, nodes=600):
    """Points and chances of a digon's best increase, by a product rule."""
    t, w = roots_legendre(nodes)
    t, w = np.append(0.0, (t + 1) / 2), np.append(1 - p, p * w / 2)
    x = np.stack(np.meshgrid(t, t), axis=-1).reshape(-1, 2)
    W = np.sqrt(c) * np.array([[1.0, -1.0]])
    return increases(W, np.full(2, b), x, size).max(axis=1), np.outer(w, w).ravel()


@pytest.mark.result("D18")
@pytest.mark.parametrize(("copies", "p"), [(1, 0.5), (20, 0.5), (20, 0.05), (2, 1.0)])
def test_digons_by_quadrature(copies, p):
    """The rule cuts no kinks: its own error, seen by halving it, is taken into account."""
    c, b, size = 1.05, -0.08, 0.3
    W = np.kron(np.eye(copies), np.sqrt(c) * np.array([[1.0, -1.0]]))
    found = best_attack_vulnerability(W, np.full(2 * copies, b), size=size, density=p)
    fine, coarse = (
        expected_largest([(*_digon_law(c, b, p, size, nodes), copies)]) / size**2
        for nodes in (240, 120)
    )
    slack = z_bound(4) * found.error + abs(fine - coarse)
    assert abs(found.vulnerability - fine) <= slack
    assert found.error < 2e-3 * found.vulnerability


@pytest.mark.result("D18")
@pytest.mark.parametrize(
    ("parts", "p"),
    [
        (("pentagon",), 0.2),
        (("pentagon", "pentagon", "digon"), 0.1),
        (("tetrahedron", "cube"), 0.3),
    ],
)
def test_samples_of_orthogonal_polytopes(parts, p):
    rng = np.random.default_rng(len(parts))
    shapes = [1.1 * np.array(polytope(name).vertices, float) for name in parts]
    W = np.zeros((sum(map(len, shapes)), sum(s.shape[1] for s in shapes)))
    row = column = 0
    for shape in shapes:
        d, k = shape.shape
        W[row : row + d, column : column + k] = shape
        row, column = row + d, column + k
    n, size = W.shape[1], 0.35
    b = np.full(n, -0.1)
    x = rng.random((10_000, n)) * (rng.random((10_000, n)) < p)
    best = increases(W, b, x, size).max(axis=1) / size**2
    found = best_attack_vulnerability(W, b, size=size, density=p)
    error = np.hypot(found.error, best.std() / np.sqrt(len(x)))
    assert abs(found.vulnerability - best.mean()) <= z_bound(3) * error


@pytest.mark.result("D18")
@settings(max_examples=15)
@given(toy_models(4, density=EVER), st.sampled_from([0.1, 0.6]), st.integers(0, 99))
def test_unequal_features_and_importances(model, size, seed):
    if np.linalg.norm(model.W, axis=0).min() < 1e-3:
        return
    found = best_attack_vulnerability(model.W, model.b, size=size, samples=1024, **model.world)
    rng = np.random.default_rng(seed)
    x = rng.random((4000, model.n_features))
    x *= rng.random(x.shape) < model.density
    best = increases(model.W, model.b, x, size, model.importance).max(axis=1) / size**2
    error = np.hypot(found.error, best.std() / np.sqrt(len(x)))
    scale = model.importance @ (model.reach * (1 + size)) ** 2 / size**2
    assert abs(found.vulnerability - best.mean()) <= z_bound(15) * error + 1e-12 * scale


@pytest.mark.result("D18")
@settings(max_examples=20)
@given(toy_models(4, density=EVER), st.sampled_from([0.05, 0.4, 1.5]))
def test_choosing_for_each_input_is_never_worse_for_the_attacker(model, size):
    """E max ≥ max E ≥ the mean over features: true of the sample's law itself up to its error."""
    if np.linalg.norm(model.W, axis=0).min() < 1e-3:
        return
    best = best_attack_vulnerability(model.W, model.b, size=size, samples=1024, **model.world)
    fixed = float(vulnerability(model.W, model.b, size=size, **model.world))
    scale = model.importance @ (model.reach * (1 + size)) ** 2 / size**2
    assert best.vulnerability >= fixed - z_bound(20) * best.error - 1e-12 * scale


@pytest.mark.result("D18")
@given(st.lists(st.floats(0.01, 1.0), min_size=1, max_size=6).map(np.array))
def test_chances_of_how_many_are_active(p):
    chances, _ = _counts(p)
    # The generating function Π (1 − p_i + p_i t) at t = −1, 1 and its derivative at 1.
    sign = (-1.0) ** np.arange(len(chances))
    assert chances.sum() == pytest.approx(1, abs=1e-14)
    assert chances @ sign == pytest.approx(np.prod(1 - 2 * p), abs=1e-14)
    assert chances @ np.arange(len(chances)) == pytest.approx(p.sum(), abs=1e-13)


@pytest.mark.result("D18")
def test_inputs_of_a_stratum_are_those_of_the_law_given_their_number():
    rng = np.random.default_rng(1)
    p, count = np.array([0.9, 0.2, 0.5, 0.05]), 2
    x = _inputs(rng.random((40_000, 4)), p, count, _counts(p)[1])
    plain = rng.random((400_000, 4)) < p
    given = plain[plain.sum(axis=1) == count].mean(axis=0)
    assert np.all((x > 0).sum(axis=1) == count)
    error = np.sqrt(given * (1 - given) * (1 / len(x) + 1 / plain[plain.sum(axis=1) == 2].shape[0]))
    assert np.all(np.abs((x > 0).mean(axis=0) - given) <= z_bound(8) * error)
    values = x[:, 0][x[:, 0] > 0]
    assert abs(values.mean() - 0.5) <= z_bound(8) / np.sqrt(12 * len(values))


@pytest.mark.result("D18")
@pytest.mark.parametrize("p", [0.02, 0.3, 1.0])
def test_the_sample_knows_the_clean_loss(p):
    W = 1.1 * np.array(polytope("cube").vertices, float)
    b, ones = np.full(8, -0.15), np.ones(8)
    laws = [block_law(W, b, p * ones, ones, 0.3, seed=seed).mean for seed in range(4)]
    exact = float(loss_and_gradient(W, b, density=p)[0])
    spread = np.std(laws, ddof=1) / 2
    assert abs(np.mean(laws) - exact) <= 30 * spread  # Student's t with 3 degrees: 1e-4
    assert spread < 0.01 * exact


@pytest.mark.result("D18")
@given(st.floats(0.5, 50))
def test_largest_of_uniform_numbers(count):
    """N / (N + 1), sampled at midpoints and smooth."""
    grid = (np.arange(20_000) + 0.5) / 20_000
    sampled = expected_largest([(grid, np.full(20_000, 1 / 20_000), count)])
    points = np.linspace(0, 1, 2001)
    smooth = expected_largest([], [Smooth(lambda t: np.clip(t, 0, 1) ** count, points)])
    assert sampled == pytest.approx(count / (count + 1), abs=1e-4)
    # Trapezia of t^N: h² N / 12, and h^(1+N) where N < 1 bends at 0.
    assert smooth == pytest.approx(
        count / (count + 1), abs=1e-6 * count + 5e-4 ** (1 + min(count, 1))
    )


@pytest.mark.result("D18")
def test_sampled_and_smooth_laws_together():
    """The larger of a coin and a uniform number: 3/4."""
    coin = np.array([0.0, 1.0]), np.array([0.5, 0.5]), 1.0
    uniform = Smooth(lambda t: np.clip(t, 0, 1), np.linspace(0, 1, 101))
    assert expected_largest([coin], [uniform]) == pytest.approx(0.75, abs=1e-12)


@pytest.mark.result("D18")
def test_best_attack_knows_no_rotation_and_no_order_of_blocks():
    W = np.kron(np.eye(2), 1.1 * np.array(polytope("pentagon").vertices, float))
    b, world = np.full(10, -0.1), {"size": 0.3, "density": 0.2}
    turn = np.linalg.qr(np.random.default_rng(0).normal(size=(4, 4)))[0]
    here = best_attack_vulnerability(W, b, **world)
    there = best_attack_vulnerability(np.where(abs(W) > 0, 1, 0) * W, b, **world)
    assert here == there
    # A turn leaves products of 1e-16 between the blocks, far above the exact zeros that part
    # them: the same law of all ten features at once, sampled otherwise.
    turned = best_attack_vulnerability(turn @ W, b, **world)
    error = np.hypot(here.error, turned.error)
    assert abs(here.vulnerability - turned.vulnerability) <= z_bound(1) * error


def test_error_is_that_of_scramblings():
    W, b, ones = np.array([[1.0, -1.0]]), np.zeros(2), np.ones(2)
    law = block_law(W, b, 0.5 * ones, ones, 0.3)
    each = [law.values[r] @ law.weights for r in range(SCRAMBLINGS)]
    found = best_attack_of([(law, 1.0)], 0.3)
    assert found.increase == pytest.approx(np.mean(each), rel=1e-12)
    assert found.error == pytest.approx(np.std(each, ddof=1) / 8**0.5 / 0.09, rel=1e-9)


@pytest.mark.parametrize(
    ("changed", "name"),
    [
        ({"size": 0.0}, "size"),
        ({"samples": 0}, "samples"),
        ({"samples": 2**40}, "samples"),
        ({"seed": -1}, "seed"),
        ({"seed": 0.5}, "seed"),
        ({"b": None}, "b must be given"),
        ({"density": 0.0}, "density"),
        ({"W": [[1.0, 0.0]]}, "zero column"),
        ({"W": [[[1.0, 2.0]]]}, "one model"),
    ],
)
def test_bad_input_is_named(changed, name):
    call = {"W": [[1.0, -1.0]], "b": [0.0, 0.0], "size": 0.3, "density": 0.5, **changed}
    with pytest.raises(ValueError, match=name):
        best_attack_vulnerability(**call)
