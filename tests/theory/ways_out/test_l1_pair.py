"""L1 on h at (2, 1): closed forms against descents, and what is claimed of them [D34]."""

from __future__ import annotations

import numpy as np
import pytest
import sympy as sp
from hypothesis import given, settings
from hypothesis import strategies as st

from theory.derivations.D34_hidden_l1 import pair_against_chord
from theory.loss.floats import hessian_of
from theory.loss.problem import as_problem
from theory.ways_out.followed import Branch, followed_end, followed_tie
from theory.ways_out.l1_border import l1_border_importance, l1_triple_importance
from theory.ways_out.l1_diagram import l1_phase_diagram
from theory.ways_out.l1_exchange import l1_pair_exchange
from theory.ways_out.l1_pair import l1_lone_death, l1_pair_death, lone_weight
from theory.ways_out.l1_uneven import size_of, uneven_pair
from theory.ways_out.penalised_optimum import penalised_optimum
from theory.ways_out.penalty import hidden_l1, penalised_loss_and_gradient

TABLE = [0.02, 0.15, 0.4]
ACCURACY = 1e-6  # of thresholds, absolute


def branches(p, r):
    """Pair, lone feature and nothing; at λ = 0 the second is a saddle, on which it stays."""
    made = ([1.0, -1.0], [0.1, 0.1]), ([1.0, 0.0], [0.0, 0.5]), ([0.0, 0.0], [0.5, 0.5])
    return [Branch([w], np.array(b) * p, p, [1.0, r]) for w, b in made]


@pytest.mark.result("D34")
@pytest.mark.parametrize("r", [1.0, 0.5])
def test_thresholds_are_those_of_minima_followed_in_lambda(r):
    """To 1e-6, by descents on the recursion's loss: none of the closed forms' equations."""
    pairs, lone = l1_pair_exchange(TABLE, importance=r), l1_lone_death(TABLE)
    for k, p in enumerate(TABLE):
        pair, alone, nothing = branches(p, r)
        after = nothing if pairs.becomes[k] == "nothing" else alone
        other = alone if pairs.becomes[k] == "nothing" else nothing
        found = followed_tie(pair, after, largest=1.0)
        assert found == pytest.approx(pairs.threshold[k], abs=ACCURACY)
        last = followed_tie(alone, nothing, largest=1.0)
        assert last == pytest.approx(lone.threshold[k], abs=ACCURACY)
        assert pair.loss(found) < other.loss(found)  # the third solution is not as good
    assert set(pairs.becomes) == ({"nothing"} if r == 1.0 else {"lone"})


@pytest.mark.result("D34")
@pytest.mark.parametrize("p", [0.05, 0.4])
def test_branches_end_at_their_spinodals(p):
    """Bisection to 1e-6 leaves the square root of that in w, far less than the jump."""
    pair, lone, _ = branches(p, 1.0)
    death, alone = l1_pair_death([p]), l1_lone_death([p])
    for branch, at in ((pair, death.spinodal[0]), (lone, alone.spinodal[0])):
        assert followed_end(branch, largest=1.2, precision=1e-6) == pytest.approx(at, abs=3e-5)


@pytest.mark.result("D34")
def test_the_even_curve_is_the_uneven_system_at_equal_importance():
    """A polynomial of one unknown against Newton steps for five."""
    p = np.array([0.02, 0.1, 0.3, 0.45])
    curve, system = l1_pair_death(p), l1_pair_exchange(p, importance=1.0)
    np.testing.assert_allclose(curve.threshold, system.threshold, rtol=1e-10)
    np.testing.assert_allclose(curve.spinodal, system.spinodal, rtol=1e-9)
    np.testing.assert_allclose(system.weights, np.outer(curve.weight, [1, -1]), rtol=1e-8)
    np.testing.assert_allclose(system.biases.T, [curve.bias] * 2, rtol=1e-7)


@pytest.mark.result("D34")
@settings(max_examples=25)
@given(
    st.floats(0.3, 1.3), st.floats(0.1, 1.0), st.floats(-0.1, 0.3), st.floats(-0.1, 0.3),
    st.floats(0.01, 1.0), st.floats(0.1, 1.0),
)  # fmt: skip
def test_the_uneven_pair_in_closed_form_is_the_recursion(w, part, b1, b2, p, r):
    """Loss, gradient and Hessian: rational functions with slopes in denominators, faces."""
    v = w * max(part, 0.1)
    theta = np.array([w, v, b1, b2])
    loss, gradient, second, size = uneven_pair(theta, p, r, 0.0)
    value, slope, curve = hessian_of(as_problem([[w, -v]], [b1, b2], p, [1.0, r]))
    sign = np.array([1.0, -1.0, 1.0, 1.0])
    # Numerators of order one, over products and squares of slopes of some 0.01.
    assert loss == pytest.approx(value[0], abs=1e-10)
    np.testing.assert_allclose(gradient, sign * slope[0], atol=1e-8)
    if min(abs(z) for b in (b1, b2) for z in (b, b - w * v)) > 1e-3:
        np.testing.assert_allclose(second, np.outer(sign, sign) * curve[0], atol=1e-6)
    assert size == pytest.approx(hidden_l1([[w, -v]], density=p)[0], rel=1e-12)


@pytest.mark.result("D34")
@settings(max_examples=25)
@given(st.floats(0.05, 1.5), st.floats(0.05, 1.5), st.floats(0.01, 1.0))
def test_size_of_an_uneven_pair_and_its_derivatives(w, v, p):
    size, slope, curve = size_of(w, v, p)
    assert size == pytest.approx(hidden_l1([[w, -v]], density=p)[0], rel=1e-12)
    assert slope @ [w, v] == pytest.approx(size, rel=1e-12)  # of degree one
    np.testing.assert_allclose(curve @ [w, v], 0.0, atol=1e-12 * size / min(w, v))
    step = 1e-5
    for k, (dw, dv) in enumerate(((step, 0.0), (0.0, step))):
        ends = [size_of(w + side * dw, v + side * dv, p)[0] for side in (-1, 1)]
        third = p * p / min(w, v) ** 2
        error = step**2 * third + 1e-15 * size / step
        assert (ends[1] - ends[0]) / (2 * step) == pytest.approx(slope[k], abs=10 * error)


@pytest.mark.result("D34")
@settings(max_examples=20)
@given(st.floats(0.01, 1.0), st.floats(0.0, 1.0), st.floats(0.1, 2.0))
def test_a_lone_feature_is_stationary_and_best_of_its_kind(p, share, importance):
    """Zero gradient in w and b; no other weight or bias does better, up to the spinodal."""
    l1 = 0.999 * share * float(l1_lone_death([p], importance=importance).spinodal[0])
    w = float(lone_weight(p, l1, importance))

    def cost(w, b):
        loss, dW, db = penalised_loss_and_gradient(
            [[w]], [b], density=p, importance=importance, l1=l1
        )
        return float(loss), float(dW[0, 0]), float(db[0])

    b = p * (1 - w * w) / 2
    loss, dw, db = cost(w, b)
    assert abs(dw) + abs(db) < 1e-12 * (1 + importance)
    for other in (0.98 * w, 1.02 * w):
        assert cost(other, b)[0] > loss - 1e-15
        assert cost(w, b + other - w)[0] > loss - 1e-15


@pytest.mark.result("D34")
def test_no_lone_feature_is_best_at_equal_importance():
    """The proof's polynomials have no root where they are used: real roots counted exactly."""
    first = pair_against_chord(sp.Integer(1), sp.Rational(1, 6))
    second = pair_against_chord(sp.Rational(24, 25), sp.Rational(3, 10))
    p = sp.Symbol("p", positive=True)
    for parts, low, high in ((first, 0, "3/10"), (second, "1/20", "11/20")):
        for polynomial in parts:
            (symbol,) = polynomial.free_symbols
            poly = sp.Poly(sp.expand(polynomial.subs(symbol, p)), p)
            while poly.eval(0) == 0:  # roots at p = 0 itself
                poly = sp.Poly(sp.cancel(poly.as_expr() / p), p)
            assert poly.count_roots(sp.Rational(low), sp.Rational(high)) == 0
            assert poly.eval(sp.Rational(high)) > 0
    # From here on the pair of a linear model pays less than the lone feature.
    assert sp.Rational(3, 4) * (2 - sp.sqrt(2)) < sp.Rational(11, 20)
    for q in (0.44, 0.7, 1.0):
        assert hidden_l1([[0.5**0.5, -(0.5**0.5)]], density=q)[0] < hidden_l1([[1, 0]], density=q)


@pytest.mark.result("D34")
def test_orders_in_the_density():
    """λ* of the pair over that of the lone feature, and r of the triple point, as p → 0."""
    p = np.array([0.002, 0.004])
    gap = (l1_pair_death(p).threshold - l1_lone_death(p).threshold) / p
    below = (1.0 - l1_triple_importance(p)) / p
    for value, limit in ((gap, 5 * 6**0.5 / 162), (below, 5 / 24)):
        assert 2 * value[0] - value[1] == pytest.approx(limit, rel=1e-3)  # Richardson


@pytest.mark.result("D34")
@settings(max_examples=15)
@given(st.floats(0.02, 0.98), st.floats(0.1, 1.0), st.floats(0.05, 0.9))
def test_dense_features_are_given_interference(p, r, share):
    """The lone optimum falls towards w₂ < 0 for p > ½, to neither side for p < ½."""
    l1 = share * float(l1_lone_death([p]).threshold[0])
    w = float(lone_weight(p, l1))
    step = 1e-6

    def cost(second):
        b = [p * (1 - w * w) / 2, p / 2]
        return float(
            penalised_loss_and_gradient([[w, second]], b, density=p, importance=[1.0, r], l1=l1)[0]
        )

    fall, rise = ((cost(side * step) - cost(0.0)) / step for side in (-1, 1))
    slack = 4 * step + 1e-15 / step  # curvatures of order one, and rounding
    assert fall == pytest.approx(l1 * p * (1 - 2 * p) / 2, abs=slack)
    assert rise == pytest.approx(l1 * p / 2, abs=slack)


@pytest.mark.result("D34")
def test_the_diagram_is_the_optimum_and_its_borders():
    densities, importances = [0.8, 0.3, 0.05], [0.2, 0.6, 3.0]
    for l1 in (0.0, 0.15, 0.5):
        found = l1_phase_diagram(densities, importances, l1=l1)
        for i, p in enumerate(densities):
            for j, r in enumerate(importances):
                if (i + j) % 3:
                    continue
                best = penalised_optimum(2, 1, density=p, importance=[1.0, r], l1=l1, starts=8)
                assert float(found.loss[i, j]) <= best.loss * (1 + 1e-10)
                again = penalised_loss_and_gradient(
                    found.W[i, j], found.b[i, j], density=p, importance=[1.0, r], l1=l1
                )[0]
                assert float(again) == pytest.approx(float(found.loss[i, j]), rel=1e-10)
        p = 0.2
        below, above = (
            float(l1_border_importance([p], l1=l1, side=side)[0]) for side in ("below", "above")
        )
        across = [below * 0.99, below * 1.01, above * 0.99, above * 1.01]
        names = l1_phase_diagram([p], across, l1=l1).structure.values[0]
        assert [str(name) for name in names] == ["[1] (2)", "[1 2]", "[1 2]", "[2] (1)"]


@pytest.mark.result("D34")
@settings(max_examples=4)
@given(st.floats(0.02, 0.9), st.floats(0.2, 0.9), st.floats(0.01, 0.6))
def test_the_diagram_is_its_own_mirror_image(p, r, l1):
    """Features exchanged: F at (r, λ) is r times F at (1/r, λ/r)."""
    first = float(l1_phase_diagram([p], [r], l1=l1 * r).loss[0, 0])
    other = float(l1_phase_diagram([p], [1 / r], l1=l1).loss[0, 0])
    assert first == pytest.approx(r * other, rel=1e-9)
