"""Slopes with which the lines of (2, 1) leave p = 0 [D48], against those on the exact loss."""

from __future__ import annotations

import numpy as np
import pytest
import sympy as sp

from theory.derivations.D48_lines_at_the_origin import (
    exchange_slope,
    loss_of_a_pair,
    spinodal_slope,
    v,
    weight_at,
    ρ,
)
from theory.loss.floats import loss_and_gradient
from theory.transitions.branches import spinodals
from theory.transitions.first_order import first_order_line

pytestmark = pytest.mark.result("D48")
DENSITIES = np.array([0.004, 0.002, 0.001])


def limit(values):
    """Richardson's, twice, for three densities each half the one before."""
    first = 2 * values[1:] - values[:-1]
    return (4 * first[1] - first[0]) / 3, abs(first[1] - first[0])


def test_the_slopes_are_algebraic_numbers_of_degree_two():
    x = sp.Symbol("x")
    exchange, spinodal = exchange_slope().rhs, spinodal_slope().rhs
    assert sp.minimal_polynomial(exchange, x) == 32 * x**2 - 16 * x + 1
    assert sp.minimal_polynomial(spinodal, x) == 256 * x**2 - 128 * x + 9
    assert sp.simplify(weight_at(exchange, sp.Rational(1, 4)) - (2 - sp.sqrt(2))) == 0
    assert sp.simplify(weight_at(spinodal, sp.Rational(3, 16)) - (4 - sp.sqrt(7)) / 3) == 0


def test_at_the_slopes_the_minimum_is_as_low_and_flat():
    f = loss_of_a_pair().rhs
    at = {ρ: exchange_slope().rhs, v: 2 - sp.sqrt(2)}
    assert sp.simplify((f - f.subs(v, 0)).subs(at)) == 0
    assert sp.simplify(sp.diff(f, v).subs(at)) == 0
    at = {ρ: spinodal_slope().rhs, v: (4 - sp.sqrt(7)) / 3}
    assert sp.simplify(sp.diff(f, v).subs(at)) == 0
    assert sp.simplify(sp.diff(f, v, 2).subs(at)) == 0


@pytest.mark.parametrize("share", [0.2, 0.5, 0.9])
def test_the_loss_of_a_pair_is_the_limit_of_the_exact_one(share):
    """Its error is of order p."""
    f = sp.lambdify((v, ρ), loss_of_a_pair().rhs)(share, 0.43)
    off = []
    for p in (1e-3, 1e-4):
        W, b = np.array([[1.0, -share]]), np.zeros(2)
        loss = loss_and_gradient(W, b, density=p, importance=[1.0, 0.43 * p])[0]
        off.append(float(loss) / p**2 - f)
    assert off[0] / off[1] == pytest.approx(10, rel=0.01)
    assert abs(off[0]) < 1e-3


def test_the_line_of_exchange_has_this_slope():
    line = first_order_line(DENSITIES)
    ratio, slope = line["importance"].values / DENSITIES, float(exchange_slope().rhs)
    found, error = limit(ratio)
    assert abs(found - slope) <= error < 1e-4
    assert limit((ratio - slope) / DENSITIES)[0] == pytest.approx(0.521, abs=1e-3)
    weight, error = limit(line["weight"].sel(side="S").values)
    assert abs(weight + 2 - np.sqrt(2)) <= max(error, 1e-5)


def test_the_spinodal_has_this_slope():
    line = spinodals(DENSITIES)
    ratio, slope = line["superposed"].values / DENSITIES, float(spinodal_slope().rhs)
    found, error = limit(ratio)
    assert abs(found - slope) <= error < 1e-4
    assert limit((ratio - slope) / DENSITIES)[0] == pytest.approx(0.511, abs=1e-3)
