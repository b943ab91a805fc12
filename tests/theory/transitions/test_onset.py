"""Onsets of (2, 1): where ignoring a feature becomes unstable, and how it grows [D09]."""

from __future__ import annotations

import numpy as np
import pytest
import sympy as sp
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.optimize import minimize

from theory.loss.floats import loss_and_gradient
from theory.minima.certificate import certify
from theory.minima.optimum import optimum
from theory.transitions.onset import (
    ALIGNED,
    SUPERPOSED,
    cubic_coefficient,
    direction,
    onset,
    onset_importance,
    p,
    tricritical_densities,
)

sides = st.sampled_from([SUPERPOSED, ALIGNED])


def relaxed_loss(density, r, w):
    """Least loss at fixed w₂ = w near the ignored solution, less r (p/3 − p²/4)."""

    def value(rest):
        loss, dW, db = loss_and_gradient(
            [[rest[0], w]], rest[1:], density=density, importance=[1.0, r]
        )
        return float(loss) * 1e3, np.array([dW[0, 0], *db]) * 1e3

    shift, offset = (float(e.subs(p, density)) for e in direction(int(np.sign(w))))
    start = [1.0 + shift * abs(w), offset * abs(w), density / 2 * (1 - w)]
    end = minimize(value, start, jac=True, method="BFGS", options={"gtol": 1e-13})
    return end.fun * 1e-3 - r * (density / 3 - density**2 / 4)


@pytest.mark.result("D09")
def test_at_a_continuous_onset_nothing_else_is_as_good():
    """The expansion is local; a certificate over all W and b leaves the ignored solution alone."""
    density = 0.6
    r = float(onset_importance(density, SUPERPOSED))
    found = certify(density, (1.0, r))
    assert (found.status, found.structures) == ("proved", ("[1] (2)",))
    assert found.upper == pytest.approx(r * (density / 3 - density**2 / 4), rel=1e-9)


@pytest.mark.result("D09")
@settings(max_examples=8)
@given(st.floats(0.05, 0.95), sides)
def test_the_onset_is_where_the_relaxed_curvature_vanishes(density, side):
    """Just below it every small w₂ costs, just above it a small one pays; cubic as derived."""
    r = float(onset_importance(density, side))
    variance = density / 3 - density**2 / 4
    w = 0.003 * side
    for change in (-0.05, 0.05):
        curvature = relaxed_loss(density, r * (1 + change), w) / w**2
        wanted = -change * r * variance + float(cubic_coefficient(density, side)) * abs(w)
        assert curvature == pytest.approx(wanted, abs=1e-5)
    cubic = [relaxed_loss(density, r, s * w) / abs(s * w) ** 3 for s in (1, 2)]
    wanted = float(cubic_coefficient(density, side))
    assert 2 * cubic[0] - cubic[1] == pytest.approx(wanted, abs=2e-3 * density)


@pytest.mark.result("D09")
def test_onsets_in_closed_form():
    assert sp.simplify(onset(ALIGNED) - (5 + 8 * p - 9 * p**2) / (4 * (4 - 3 * p))) == 0
    assert sp.simplify(onset(SUPERPOSED).subs(p, 1)) == 1
    small = float(onset_importance(1e-4))
    assert small == pytest.approx(1e-4, rel=1e-3)  # r₋ → p when sparse
    low, high = tricritical_densities()
    middle = cubic_coefficient([low - 1e-3, low + 1e-3, high - 1e-3, high + 1e-3])
    assert list(np.sign(middle)) == [-1, 1, 1, -1]


@pytest.mark.result("D09")
def test_growth_is_continuous_and_cubic():
    """p = 0.7: w₂ ∝ r − onset, and the loss falls by its cube, with 4v³/27C² as derived."""
    density = 0.7
    start = float(onset_importance(density))
    variance = density / 3 - density**2 / 4
    cubic = float(cubic_coefficient(density))
    for excess in (1e-4, 2e-4):
        best = optimum(2, 1, density=density, importance=[1.0, start + excess], starts=8)
        gain = best.loss - (start + excess) * variance
        assert gain == pytest.approx(-4 * variance**3 * excess**3 / (27 * cubic**2), rel=0.2)
        assert best.W[0, 1] == pytest.approx(-2 * variance * excess / (3 * cubic), rel=0.1)


@pytest.mark.parametrize(
    ("call", "names"),
    [
        (lambda: onset_importance(0.5, 2), "side"),
        (lambda: onset_importance(1.5), "density"),
    ],
)
def test_bad_input_is_named(call, names):
    with pytest.raises(ValueError, match=names):
        call()
