"""D01: the generating moment against quadrature, its laws, and exact signs."""

from __future__ import annotations

from fractions import Fraction

import numpy as np
import pytest
import sympy as sp
from hypothesis import assume, example, given
from hypothesis import strategies as st

from tests.oracles import assert_same, quadrature
from theory.conventions import density_symbols, feature_moment, feature_variance, p
from theory.loss.moments import cube_moment_formula, generating_moment, ramp_moments
from theory.numbers.arithmetic import arithmetic_of, plain

# Denominators stay small so that zeros, ties and kinks at vertices come up often.
rationals = st.builds(Fraction, st.integers(-8, 8), st.integers(1, 4))
algebraic = st.builds(
    lambda u, v, d: (
        sp.Rational(u.numerator, u.denominator)
        + sp.Rational(v.numerator, v.denominator) * sp.sqrt(d)
    ),
    rationals,
    rationals,
    st.sampled_from([2, 5]),
)
densities = st.fractions(0, 1, max_denominator=12)


def floats(values):
    return [float(value) for value in values]


@pytest.mark.result("D01")
@given(rationals, st.lists(rationals, max_size=4), densities)
@example(Fraction(0), [Fraction(0)] * 3, Fraction(1, 2))
@example(Fraction(-1), [Fraction(1), Fraction(-1), Fraction(1)], Fraction(1))
def test_moment_is_the_integral(b, a, density):
    exact = generating_moment(b, a, density=density)
    scale = (1 + sum(map(abs, a)) + abs(b)) ** 2
    assert_same(exact, quadrature(float(b), floats(a), float(density)), scale=float(scale))


@pytest.mark.result("D01")
@given(algebraic, st.lists(algebraic, min_size=1, max_size=3), densities)
def test_moment_of_algebraic_numbers(b, a, density):
    exact = generating_moment(b, a, density=density)
    scale = (1 + sum(map(abs, floats(a))) + abs(float(b))) ** 2
    assert_same(exact, quadrature(float(b), floats(a), float(density)), scale=scale)


@pytest.mark.result("D01")
@given(rationals, st.lists(st.tuples(rationals, densities), min_size=1, max_size=3))
def test_each_feature_may_have_its_own_density(b, features):
    a, density = zip(*features, strict=True)
    symbols = density_symbols(len(a))
    general = generating_moment(b, a, density=symbols)
    exact = general.subs(dict(zip(symbols, density, strict=True)))
    scale = (1 + sum(map(abs, a)) + abs(b)) ** 2
    assert_same(exact, quadrature(float(b), floats(a), floats(density)), scale=float(scale))
    assert exact == generating_moment(b, a, density=density)


@pytest.mark.result("D01")
@given(rationals, st.lists(rationals, min_size=1, max_size=3), st.integers(1, 5))
def test_homogeneous_of_degree_two(b, a, factor):
    scaled = generating_moment(b * factor, [slope * factor for slope in a])
    assert sp.expand(scaled - factor**2 * generating_moment(b, a)) == 0


@pytest.mark.result("D01")
@given(rationals, st.lists(rationals, min_size=1, max_size=3))
def test_positive_and_negative_parts_make_the_square(b, a):
    mirrored = generating_moment(-b, [-slope for slope in a])
    mean = b + sum(a) * feature_moment(1)
    variance = sum(slope**2 for slope in a) * feature_variance()
    total = generating_moment(b, a) + mirrored
    assert sp.expand(total - mean**2 - variance) == 0


@pytest.mark.result("D01")
@given(rationals, st.lists(rationals, min_size=1, max_size=3), st.data())
def test_a_slope_of_zero_is_summed_out(b, a, data):
    where = data.draw(st.integers(0, len(a)))
    assert generating_moment(b, [*a[:where], 0, *a[where:]]) == generating_moment(b, a)


@pytest.mark.result("D02")
@given(rationals, st.lists(rationals, min_size=1, max_size=3), densities, st.data())
def test_cross_moment_is_half_the_derivative(b, a, density, data):
    """E[x_i z₊] = ½ ∂M/∂a_i, by central differences of the quadrature."""
    i = data.draw(st.integers(0, len(a) - 1))
    exact = ramp_moments(b, a).cross_moment(i, [sp.Rational(density)] * len(a))
    step, values = 1e-4, []
    for shift in (-step, step):
        moved = floats(a)
        moved[i] += shift
        values.append(quadrature(float(b), moved, float(density)))
    # M is C² piecewise cubic or better in a: the error of the difference is at most of the
    # order of step × |∂²M| ≤ 2 step, at a kink of the second derivative.
    assert abs(float(exact) - (values[1] - values[0]) / (4 * step)) <= 2 * step


@pytest.mark.result("D01")
@given(st.lists(rationals.filter(bool), min_size=1, max_size=3), rationals)
def test_printed_formula_is_the_dense_moment(a, b):
    formula = cube_moment_formula(len(a))
    names = {f"a_{i + 1}": value for i, value in enumerate(a)} | {"b": b}
    values = {symbol: sp.Rational(names[symbol.name]) for symbol in formula.free_symbols}
    assert formula.subs(values) == generating_moment(b, a, density=1)
    assert all(symbol.is_real for symbol in formula.free_symbols)


@pytest.mark.result("D01")
def test_moments_of_a_feature():
    assert feature_moment(0) == 1
    assert feature_variance(sp.Rational(1, 2)) == sp.Rational(5, 48)


@given(rationals)
def test_signs_of_rationals(number):
    assert arithmetic_of([sp.Rational(1, 3)]).sign_of(sp.Rational(number)) == np.sign(number)


@given(st.sampled_from([5, 7, 8, 9]), st.lists(st.integers(-6, 6), min_size=1, max_size=3))
def test_signs_in_a_number_field(k, coefficients):
    cosines = [sp.cos(2 * sp.pi * j / k) for j in range(1, len(coefficients) + 1)]
    arithmetic = arithmetic_of(cosines)
    total = sum(c * x for c, x in zip(coefficients, cosines, strict=True))
    approximate = float(sp.N(total, 30))
    assume(total == 0 or abs(approximate) > 1e-12)
    expected = 0 if abs(approximate) < 1e-12 else int(np.sign(approximate))
    assert arithmetic.sign_of(total) == expected


def test_a_near_zero_is_told_from_zero():
    """A convergent of √2 so good that double precision sees no difference."""
    close = sp.Rational(sp.S(3), 2)
    for _ in range(6):  # Newton: 48 correct digits and more
        close = (close + 2 / close) / 2
    arithmetic = arithmetic_of([sp.sqrt(2)])
    assert float(close) == float(sp.sqrt(2))
    assert arithmetic.sign_of(close - sp.sqrt(2)) == 1
    assert arithmetic.sign_of(sp.sqrt(2) ** 2 - 2) == 0


def test_quadratic_elements_lose_their_nested_radicals():
    sine = sp.sin(2 * sp.pi / 5)
    arithmetic = arithmetic_of([sine])
    assert plain(arithmetic, arithmetic.number(sine) ** 2) == sp.Rational(5, 8) + sp.sqrt(5) / 8


def test_signs_of_symbols_come_from_assumptions_or_a_point():
    w, c = sp.Symbol("w", positive=True), sp.Symbol("c", real=True)
    assert generating_moment(0, [w], density=p) == p * w**2 / 3
    assert generating_moment(0, [c], at={c: 1}) == p * c**2 / 3
    assert generating_moment(0, [c], at={c: -1}) == 0
    with pytest.raises(ValueError, match="the sign of c is open"):
        generating_moment(0, [c])
    with pytest.raises(ValueError, match="lies on the wall"):
        generating_moment(c, [1], at={c: -1})


@pytest.mark.parametrize(
    ("b", "a", "density", "message"),
    [
        (0.5, [1], 1, "b must be exact.*0.5.*loss_and_gradient"),
        (0, [0.25], 1, "a must be exact.*0.25"),
        (0, [1], 1.0, "density must be exact"),
        (0, [1], 2, "density must lie in"),
        (0, [1], -1, "density must lie in"),
        (0, [1], [1, 1], "density must have 1 entries, got 2"),
        (sp.pi, [1], 1, "rational or algebraic"),
        (sp.oo, [1], 1, "b must"),
        (sp.nan, [1], 1, "b must"),
        (sp.I, [1], 1, "b must hold exact real numbers"),
        ("1", [1], 1, "b must hold exact real numbers"),
        (None, [1], 1, "b must hold exact real numbers"),
    ],
)
def test_bad_input_is_named(b, a, density, message):
    with pytest.raises(ValueError, match=message):
        generating_moment(b, a, density=density)
