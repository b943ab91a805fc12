"""The best W for the best decoder: limits by proof, one sign, the search against others."""

from __future__ import annotations

import numpy as np
import pytest
import sympy as sp
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.optimize import minimize_scalar

from theory.data_law import feature_variance
from theory.derivations.D38_price_of_a_decoder import limit_of_two, slope_of_three
from theory.loss.floats import loss_and_gradient
from theory.minima.optimum import optimum
from theory.ways_out.best_decoder import best_decoder, best_decoder_error
from theory.ways_out.chords import chord_error, log_error_of_one_sign
from theory.ways_out.decoder_error import decoder_error
from theory.ways_out.lost_direction import SETTLED, SMALL, A, lost_direction, ones_and_others

SIZES = st.lists(st.floats(0.0, 1.0), min_size=1, max_size=3)


@pytest.mark.result("D38")
@settings(max_examples=25)
@given(SIZES, st.lists(st.booleans(), min_size=5, max_size=5), st.floats(0.01, 1.0))
def test_one_sign_is_best_and_the_limits_bound_it(sizes, signs, density):
    u = np.append(sizes, 1.0)
    n = len(u)
    world = np.full(n, density), np.ones(n)
    v = np.where(np.array(signs[:n]), u, -u)
    mixed, one = chord_error(v, *world), chord_error(u, *world)
    assert one <= mixed * (1 + 1e-12)
    if np.all(u > 0):
        dense = chord_error(u, np.ones(n), np.ones(n)) * density**n
        assert dense * (1 - 1e-12) <= one <= 4 * dense * (1 + 1e-12)
        found = best_decoder_error(n, density=density)
        assert found <= one * (1 + 1e-9)


@pytest.mark.result("D38")
@settings(max_examples=25)
@given(SIZES, st.floats(0.05, 1.0), st.floats(0.05, 5.0))
def test_gradient_by_differences(sizes, density, importance):
    u = np.append(np.clip(sizes, 0.05, 0.95), 1.0)
    p = np.linspace(density, density / 2, len(u))
    weight = np.linspace(1, importance, len(u))
    value, slope = log_error_of_one_sign(u, p, weight)
    assert np.exp(value) * p.prod() == pytest.approx(chord_error(u, p, weight), rel=1e-12)
    step = 1e-5
    for i, unit in enumerate(np.eye(len(u))):
        ends = [log_error_of_one_sign(u + sign * step * unit, p, weight)[0] for sign in (1, -1)]
        # Third derivatives are below 1e4 here; the values are right to 1e-14.
        assert slope[i] == pytest.approx((ends[0] - ends[1]) / (2 * step), abs=1e4 * step**2)


@pytest.mark.result("D38")
@pytest.mark.parametrize("n", range(2, SETTLED + 1))
def test_the_best_of_the_limits_by_sturm(n):
    """No (1, …, 1, a, …, a) has a smaller F: each polynomial of a is settled on [0, 1]."""
    best = sp.nsimplify(12 * lost_direction(n)) if n > 4 else None
    a = SMALL.get(n)
    for ones in range(1, n):
        form = ones_and_others(ones, n - ones)
        if best is not None:
            excess = form - best
            assert excess.eval(0) > 0
            while excess.eval(1) == 0:
                excess = excess.quo(sp.Poly(A - 1, A))
            assert excess.count_roots(0, 1) == 0
        else:
            roots = [root for root in form.diff(A).real_roots() if 0 <= root <= 1]
            least = min(float(form.eval(root)) for root in [*roots, 0, 1])
            wanted = 12 * lost_direction(n)
            assert least == pytest.approx(wanted, rel=1e-14) if ones == 1 else least > wanted
            if ones == 1:
                assert any(abs(float(root - a)) < 1e-14 for root in roots)


@pytest.mark.result("D38")
def test_printed_polynomials():
    a = sp.Symbol("a")
    assert sp.solve(sp.diff(limit_of_two().rhs, a), a) == [sp.Rational(1, 3), 1]
    assert any(sp.simplify(root - SMALL[3]) == 0 for root in sp.solve(slope_of_three().rhs, a))


@pytest.mark.result("D38")
@pytest.mark.parametrize("n", [2, 3, 4, 5, 6])
@pytest.mark.parametrize("density", [1.0, 1e-5])
def test_the_search_finds_the_limits(n, density):
    factor = 1 if density == 1 else 4  # p → 0 to first order in p
    wanted = factor * lost_direction(n) * density**n
    off = 2 * density * n if density < 1 else 1e-11
    assert best_decoder_error(n, density=density) == pytest.approx(wanted, rel=off)


@pytest.mark.result("D38")
@pytest.mark.parametrize(("density", "r"), [(0.02, 1.0), (0.5, 1.0), (1.0, 1.0), (0.1, 0.4)])
def test_two_features_to_1e_9_by_another_search(density, r):
    """Over all angles of W, on a grid, then by golden sections: accuracy far beyond 1e-6."""
    importance = [1.0, r]

    def error(angle):
        W = [[np.cos(angle), np.sin(angle)]]
        return float(decoder_error(W, density=density, importance=importance))

    grid = np.linspace(-np.pi / 2, np.pi / 2, 61)[:-1] + 1e-3
    values = [error(angle) for angle in grid]
    middle = grid[int(np.argmin(values))]
    run = minimize_scalar(
        error, bounds=(middle - 0.06, middle + 0.06), method="bounded", options={"xatol": 1e-8}
    )
    best = best_decoder(2, density=density, importance=importance)
    assert best.error == pytest.approx(run.fun, rel=1e-9)
    assert best.attained
    assert decoder_error(best.W, density=density, importance=importance) == pytest.approx(
        best.error, rel=1e-12
    )


@pytest.mark.result("D38")
@pytest.mark.parametrize("r", [1.0, 0.6, 0.1])
def test_uneven_pair_in_the_limit(r):
    v = best_decoder(2, density=1.0, importance=[1.0, r]).null_direction
    assert v[0] == pytest.approx((2 - np.sqrt(4 - 3 * r)) / 3, abs=1e-6)


@pytest.mark.result("D38")
def test_prices_in_the_sparse_limit():
    """The digon's one ReLU costs nothing in the limit; the best W 25/27; more features 1/p each."""
    p = 1e-3
    toy = optimum(2, 1, density=p, starts=8).loss
    assert 1 < toy / decoder_error([[1.0, -1.0]], density=p) < 1 + p
    assert toy / best_decoder_error(2, density=p) == pytest.approx(27 / 25, rel=p)
    W = [[1.0, 0.0, 0.0], [0.0, 1.0, -1.0]]
    loss = float(loss_and_gradient(W, [0.0] * 3, density=p)[0])
    wanted = 1 / (12 * lost_direction(3) * p)
    assert loss / best_decoder_error(3, density=p) == pytest.approx(wanted, rel=2 * p)


def test_an_infimum_that_is_not_attained():
    best = best_decoder(2, density=0.9, importance=[1.0, 0.01])
    assert not best.attained
    assert best.error == pytest.approx(0.01 * 0.9 * feature_variance(0.9), rel=1e-9)
    for tiny in (1e-3, 1e-6):  # approached from above
        W = [[1.0, -tiny]]
        near = decoder_error(W, density=0.9, importance=[1.0, 0.01])
        assert best.error <= near <= best.error * (1 + 100 * tiny)


def test_features_that_cost_nothing_are_given_up():
    assert best_decoder_error(3, density=0.5, importance=[1.0, 0.0, 2.0]) == 0
    best = best_decoder(3, density=[0.5, 0.5, 0.0])
    assert best.error == 0
    assert decoder_error(best.W, density=[0.5, 0.5, 0.0]) == 0


@pytest.mark.parametrize(
    ("call", "match"),
    [({"n_features": 1, "density": 0.5}, "n_features must be at least 2"),
     ({"n_features": 40, "density": 0.5}, "n_features must be at most 32"),
     ({"n_features": 2, "density": [[0.1, 0.2]]}, "density"),
     ({"n_features": 2, "density": 1.5}, "density"),
     ({"n_features": 2, "density": 0.5, "importance": [-1, 1]}, "importance")],
)  # fmt: skip
def test_bad_input(call, match):
    with pytest.raises(ValueError, match=match):
        best_decoder(**call)
