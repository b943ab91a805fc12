"""D07: the best antipodal pair, against quadrature, Monte Carlo and the general optimum."""

from __future__ import annotations

from fractions import Fraction
from functools import cache

import numpy as np
import pytest
import sympy as sp
from hypothesis import given
from hypothesis import strategies as st

from tests.oracles import assert_compatible, assert_same, monte_carlo_loss, quadrature_loss
from theory.conventions import feature_variance, p, r
from theory.minima.optimum import optimum
from theory.phases.antipodal import (
    antipodal_crossing,
    antipodal_loss,
    best_antipodal_pair,
    best_biased_antipodal_pair,
    bias_polynomial,
    biased_antipodal_loss,
    s,
    t,
    uneven_antipodal_equations,
    uneven_antipodal_loss,
    v,
    w,
)

densities = st.fractions(Fraction(1, 50), 1, max_denominator=50)
norms = st.fractions(Fraction(1, 10), 2, max_denominator=10)
ratios = st.fractions(0, 5, max_denominator=10)
seeds = st.integers(0, 2**32 - 1)
# Roots of degree seven cost a second each; a dozen densities, the ends among them, will do.
few_densities = st.sampled_from([Fraction(k, 12) for k in range(1, 13)] + [Fraction(1, 50)])
best_pair_at = cache(lambda density: best_biased_antipodal_pair(sp.Rational(density)))


def assert_loss(formula, W, b, density, importance, seed):
    model = (np.array(W, dtype=float), b, float(density), [float(x) for x in importance])
    assert_same(formula, quadrature_loss(*model), scale=20.0)
    assert_compatible(monte_carlo_loss(*model, seed=seed, samples=1 << 14), formula)


@pytest.mark.result("D07")
@given(densities, norms, seeds)
def test_loss_at_any_scale(density, norm, seed):
    formula = antipodal_loss().subs({p: density, s: norm**2})
    assert_loss(formula, [[norm, -norm]], [0, 0], density, (1, 1), seed)


@pytest.mark.result("D07")
@given(densities, norms, st.fractions(Fraction(-9, 10), Fraction(9, 10)).filter(bool), seeds)
def test_loss_at_any_scale_and_bias(density, norm, part, seed):
    """Both cells, b = s t with t of either sign."""
    general = biased_antipodal_loss(negative=part < 0)
    formula = general.subs({p: density, s: norm**2, t: part})
    bias = float(norm**2 * part)
    assert_loss(formula, [[norm, -norm]], [bias, bias], density, (1, 1), seed)


@pytest.mark.result("D07")
@given(densities, norms, norms, ratios, seeds)
def test_loss_of_an_uneven_pair(density, one, other, ratio, seed):
    large, small = max(one, other), min(one, other)
    formula = uneven_antipodal_loss().subs({p: density, w: large, v: small, r: ratio})
    assert_loss(formula, [[large, -small]], [0, 0], density, (1, ratio), seed)


@pytest.mark.result("D07")
@given(densities, st.fractions(Fraction(1, 100), 3, max_denominator=100))
def test_no_other_scale_is_better(density, scale):
    best = best_antipodal_pair()
    loss = antipodal_loss().subs({p: density, s: scale})
    assert loss >= best.loss.subs(p, density)
    assert antipodal_loss().subs({p: density, s: best.scale.subs(p, density)}) == best.loss.subs(
        p, density
    )


@pytest.mark.result("D07")
def test_closed_forms():
    best = best_antipodal_pair()
    assert sp.simplify(best.scale - (8 - 5 * p) / (2 * (4 - 3 * p))) == 0
    assert sp.simplify(best.loss - p**2 * (32 - 25 * p) / (24 * (4 - 3 * p))) == 0
    # Sparse: the paper's scale, and its loss p²/3 to leading order; dense: an eighth better.
    assert best.scale.subs(p, 0) == 1
    assert sp.limit(best.loss / p**2, p, 0) == sp.Rational(1, 3)
    assert best.loss.subs(p, 1) / antipodal_loss().subs({s: 1, p: 1}) == sp.Rational(7, 8)


@pytest.mark.result("D07")
def test_crossing_is_later_than_that_of_the_fixed_pair():
    density = antipodal_crossing()
    assert sp.simplify((best_antipodal_pair().loss - feature_variance()).subs(p, density)) == 0
    assert sp.Rational(4, 7) < density < sp.Rational(3, 5)


@pytest.mark.result("D07")
@pytest.mark.parametrize("density", ["1/100", "1/10", "1/2", "57/100"])
def test_it_is_the_best_of_all_without_bias(density):
    """Up to the crossing no W at all is better; descent in floats over all W says so too."""
    exact = float(best_antipodal_pair().loss.subs(p, sp.Rational(density)))
    found = optimum(2, 1, density=float(sp.Rational(density)), bias=False)
    assert abs(found.loss - exact) <= 1e-12 * exact
    scale = float(best_antipodal_pair().scale.subs(p, sp.Rational(density)))
    # At a minimum a loss equal to rounding pins the scale to its square root.
    np.testing.assert_allclose(sorted(found.W[0] ** 2), [scale, scale], rtol=1e-6)


@pytest.mark.result("D07")
@pytest.mark.parametrize("density", ["1/100", "1/10", "1/2", "3/5"])
def test_it_is_the_best_of_all_with_bias(density):
    pair = best_biased_antipodal_pair(sp.Rational(density))
    found = optimum(2, 1, density=float(sp.Rational(density)))
    assert abs(found.loss - float(pair.loss)) <= 1e-12 * found.loss
    np.testing.assert_allclose(found.b, float(pair.bias), rtol=1e-5, atol=1e-9)
    np.testing.assert_allclose(found.W[0] ** 2, float(pair.scale), rtol=1e-6)


@pytest.mark.result("D07")
@given(
    few_densities, st.fractions(Fraction(1, 10), 2), st.fractions(Fraction(-9, 10), Fraction(9, 10))
)
def test_no_other_scale_and_bias_is_better(density, scale, part):
    best = best_pair_at(density)
    general = biased_antipodal_loss(negative=part < 0)
    other = general.subs({p: density, s: scale, t: part})
    assert float(other) >= float(best.loss) * (1 - 1e-12)


@pytest.mark.result("D07")
@given(few_densities)
def test_best_bias_is_stationary_and_helps(density):
    pair = best_pair_at(density)
    part = sp.N(pair.bias / pair.scale, 30)
    assert abs(bias_polynomial().subs(p, density).subs(t, part)) < 1e-20
    W = [[float(sp.sqrt(pair.scale)), -float(sp.sqrt(pair.scale))]]
    loss = quadrature_loss(W, [pair.bias, pair.bias], density)
    assert_same(float(pair.loss), loss)
    assert float(pair.loss) < float(best_antipodal_pair().loss.subs(p, density))


@pytest.mark.result("D07")
def test_dense_limit_is_the_linear_model():
    """At p = 1 the best biased pair is linear, W Wᵀ = 1, and loses one feature's variance."""
    pair = best_biased_antipodal_pair(1)
    assert (pair.scale, pair.bias) == (sp.Rational(1, 2), sp.Rational(1, 2))
    assert pair.loss == sp.Rational(1, 12)


@pytest.mark.result("D07")
@pytest.mark.parametrize(("density", "ratio"), [(0.1, 0.5), (0.3, 0.8), (0.4, 0.6)])
def test_uneven_equations_vanish_at_the_optimum(density, ratio):
    found = optimum(2, 1, density=density, importance=[1, ratio], bias=False)
    values = {w: abs(found.W[0, 0]), v: abs(found.W[0, 1]), p: density, r: ratio}
    assert values[w] > values[v] > 0.5
    for equation in uneven_antipodal_equations():
        # Converged to a gradient at rounding level; coefficients are below 20.
        assert abs(float(equation.subs(values))) < 1e-9
    assert_same(float(uneven_antipodal_loss().subs(values)), found.loss)


@pytest.mark.result("D07")
def test_even_pair_is_a_special_case():
    even = uneven_antipodal_loss().subs({w: sp.sqrt(s), v: sp.sqrt(s), r: 1})
    assert sp.simplify(even - antipodal_loss()) == 0
    assert sp.simplify(biased_antipodal_loss().subs(t, 0) - antipodal_loss()) == 0


@pytest.mark.parametrize("density", [0, 2, 0.5, sp.sqrt(2) / 2])
def test_bad_density_is_named(density):
    with pytest.raises(ValueError, match="density must"):
        best_biased_antipodal_pair(density)
