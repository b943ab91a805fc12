"""D03, D04, D10, D14–D18: the formulas the texts print are what the float code evaluates."""

from __future__ import annotations

from functools import cache

import numpy as np
import pytest
import sympy as sp
from hypothesis import given
from hypothesis import strategies as st
from scipy.integrate import quad
from scipy.optimize import minimize_scalar
from scipy.special import ndtr

from theory import loss_and_gradient, set_loss
from theory.adversary.best_of import best_attack_vulnerability
from theory.adversary.gain import vulnerability
from theory.adversary.mean_norm import mean_norm
from theory.conventions import p
from theory.data_law import feature_variance
from theory.derivations.D03_stable_evaluation import one_active_output
from theory.derivations.D04_fourier_evaluation import feature_transform
from theory.derivations.D10_certificates import price_of_a_steep_slope
from theory.derivations.D14_packing import (
    NORMAL_DENSITY,
    NORMAL_DISTRIBUTION,
    digon_benefit,
    gaussian_ramp,
)
from theory.derivations.D15_perturbed_pentagon import digons_slope
from theory.derivations.D16_correlated_sets import collapsed_pair_loss
from theory.derivations.D17_attacked_loss import digon_under_attack, digon_vulnerability
from theory.derivations.D18_best_of_attacks import digon_best, mean_norm_of_two
from theory.geometry.large_blocks import gaussian_loss
from theory.geometry.packing import best_block
from theory.geometry.perturbed import two_digons
from theory.loss.sets import Sets

densities = st.floats(0.01, 1.0)


def numbers(equation, **values):
    """The right-hand side at these values of its symbols."""
    known = {symbol: values[symbol.name] for symbol in equation.rhs.free_symbols}
    return float(equation.rhs.subs(known))


def alone(scale, bias):
    """Loss of one feature that is always active."""
    return float(loss_and_gradient([[np.sqrt(scale)]], [bias], density=1.0)[0])


@pytest.mark.result("D03")
@given(st.floats(0.01, 0.99), st.floats(0.1, 5.0))
def test_one_active_output_is_the_recursion(tau, a):
    printed = one_active_output()
    wanted = numbers(printed, tau=tau, u=1 - a * (1 - tau))
    # The bias −aτ is rounded, and where a is not τ moves by an ulp of 1.
    assert alone(a, -a * tau) == pytest.approx(wanted, rel=1e-12, abs=1e-15)


@pytest.mark.result("D04")
@given(st.floats(-3.0, 3.0).filter(lambda a: abs(a) > 1e-2), st.floats(0.1, 5.0))
def test_feature_transform_is_the_integral(a, s):
    printed = feature_transform()
    integral, error = quad(lambda x: np.exp(s * a * x), 0, 1)
    assert numbers(printed, a=a, s=s) == pytest.approx(integral, abs=10 * error)


@pytest.mark.result("D10")
@given(st.floats(1.01, 20.0))
def test_a_steep_slope_costs_at_least_its_price(a):
    price = numbers(price_of_a_steep_slope(), a=a)
    found = minimize_scalar(
        lambda bias: alone(a, bias), bounds=(-a, 1.0), method="bounded", options={"xatol": 1e-9}
    )
    assert price <= found.fun * (1 + 1e-12)
    assert found.fun == pytest.approx(price, rel=1e-6, abs=1e-12)


@cache
def moment_of_the_ramp(power):
    """The printed moment as a function of u and σ."""
    printed = gaussian_ramp(power)
    symbols = sorted(printed.free_symbols, key=lambda symbol: symbol.name, reverse=True)
    normal = {"Phi": ndtr, "varphi": lambda t: np.exp(-(t**2) / 2) / np.sqrt(2 * np.pi)}
    return sp.lambdify(symbols, printed, [normal, "numpy"])


@pytest.mark.result("D14")
@given(st.floats(0.3, 2.0), st.floats(-0.5, 0.2), st.floats(1.2, 6.0), st.floats(0.05, 1.0))
def test_gaussian_loss_is_the_integral_of_the_printed_moments(c, b, ratio, density):
    first, second = moment_of_the_ramp(1), moment_of_the_ramp(2)
    noise = c * np.sqrt((ratio - 1) * feature_variance(density))

    def cost(x):
        z = b + c * x
        return x**2 - 2 * x * first(z, noise) + second(z, noise)

    active, error = quad(cost, 0, 1, epsabs=1e-12, epsrel=1e-12)
    wanted = density * active + (1 - density) * cost(0.0)
    assert gaussian_loss(c, b, ratio, density)[0] == pytest.approx(wanted, abs=10 * error + 1e-12)


def test_the_normal_functions_are_those_of_u_over_sigma():
    used = gaussian_ramp(1).atoms(NORMAL_DENSITY, NORMAL_DISTRIBUTION)
    assert {str(each) for each in used} == {"Phi(u/sigma)", "varphi(u/sigma)"}
    with pytest.raises(ValueError, match="power must be 1 or 2, got 3"):
        gaussian_ramp(3)


@pytest.mark.result("D14")
@given(densities)
def test_a_digon_saves_what_is_printed_and_a_bias_saves_more(density):
    saved = numbers(digon_benefit(), p=density)
    scale = (8 - 5 * density) / (2 * (4 - 3 * density))
    W = np.sqrt(scale) * np.array([[1.0, -1.0]])
    loss = loss_and_gradient(W, [0, 0], density=density)[0]
    assert saved == pytest.approx(2 * feature_variance(density) - loss, rel=1e-12)
    assert saved <= best_block("digon", density).benefit * (1 + 1e-9)


@pytest.mark.result("D15")
@pytest.mark.parametrize(("density", "odd"), [(0.05, 0.01), (0.1, 0.05), (0.2, 0.3)])
def test_two_digons_have_the_printed_slope(density, odd):
    assert two_digons(density, odd).slope == pytest.approx(numbers(digons_slope(), q=odd), rel=1e-9)


@pytest.mark.result("D16")
@given(densities)
def test_a_collapsed_pair_costs_what_is_printed(density):
    law = Sets("correlated", (2,), density)
    loss = set_loss(np.full((1, 2), np.sqrt(0.5)), np.zeros(2), law=law)[0]
    assert collapsed_pair_loss().rhs == p / 12
    assert loss == pytest.approx(density / 12, rel=1e-12)


@pytest.mark.result("D17")
@given(densities, st.floats(0.01, 0.7))
def test_a_digon_under_attack_is_the_attacked_loss(q, size):
    printed = numbers(digon_under_attack(), p=q, h=2**0.5 * size)
    found = vulnerability([[1, -1]], [0, 0], size=size, density=q) * size**2
    # Of a difference of losses below 1, and where the attack reaches the corner of the cube.
    assert float(found) == pytest.approx(printed, rel=1e-11, abs=1e-14)


@pytest.mark.result("D17")
def test_a_weak_attack_on_a_digon_shows_in_sparse_data_only():
    found = [float(vulnerability([[1, -1]], [0, 0], size=1e-4, density=q)) for q in (0.05, 0.5, 1)]
    printed = [numbers(digon_vulnerability(), p=q) for q in (0.05, 0.5, 1)]
    # The next order is h³ p/3 over ε².
    np.testing.assert_allclose(found, printed, rtol=0, atol=2e-4)


@pytest.mark.result("D18")
@pytest.mark.parametrize(("q", "size"), [(0.05, 0.1), (0.5, 0.3), (1.0, 0.6)])
def test_the_best_attack_on_a_digon_is_what_is_sampled(q, size):
    found = best_attack_vulnerability([[1, -1]], [0, 0], size=size, density=q)
    printed = numbers(digon_best(), p=q, h=2**0.5 * size)
    # Student's t with 7 degrees of freedom exceeds 10 once in 10^5.
    assert abs(found.increase - printed) <= 10 * found.error * size**2
    assert found.error < 1e-3 * found.vulnerability


@pytest.mark.result("D18")
@given(densities)
def test_mean_length_of_two_features(q):
    assert mean_norm(2, q) == pytest.approx(numbers(mean_norm_of_two(), p=q), rel=1e-14)
