"""Lines and points of the surface: against the closed form, and where orders change."""

from __future__ import annotations

import numpy as np
import pytest
import sympy as sp
from hypothesis import given, settings
from hypothesis import strategies as st

from theory.conventions import p as density_symbol
from theory.derivations.D35_interference_and_decay import breaking_share, k, sparse_cost
from theory.phases.antipodal import t
from theory.ways_out.interference import interference_threshold
from theory.ways_out.interference_lines import (
    even_pair_threshold,
    interference_lines,
    interference_points,
)
from theory.ways_out.interference_onset import (
    onset_interference,
    penalised_cubic,
    symmetric_tie,
    tricritical_density,
)
from theory.ways_out.interference_optimum import interference_optimum


@pytest.mark.result("D35")
@settings(max_examples=10)
@given(st.floats(0.01, 0.99))
def test_at_equal_importance_the_even_pair_is_a_bound_and_in_the_middle_the_surface(p):
    surface = float(interference_threshold([p], [1.0]).threshold.item())
    even = even_pair_threshold(p)
    assert even <= surface * (1 + 1e-12)
    uneven, faint = (point.density for point in interference_points()[:2])
    if uneven + 1e-6 < p < faint - 1e-6:
        assert even == pytest.approx(surface, rel=1e-11)
    else:
        assert even < surface


@pytest.mark.result("D35")
def test_the_even_tie_in_high_precision():
    tie, polynomial = symmetric_tie()
    at = sp.Rational(3, 10)
    roots = [
        sp.re(root)
        for root in sp.Poly(polynomial.subs(density_symbol, at), t).nroots(n=30)
        if abs(sp.im(root)) < 1e-20 and 0 < sp.re(root) <= 1
    ]
    best = max(tie.subs({density_symbol: at, t: root}) for root in roots)
    assert even_pair_threshold(0.3) == pytest.approx(float(best), rel=1e-13)


@pytest.mark.result("D35")
def test_the_order_changes_at_the_lines():
    lines = interference_lines([0.6, 0.95, 1.0])
    assert lines["jump_above"].isnull().values.tolist() == [True, False, False]
    for line in ("jump_below", "jump_above"):
        for ratio in lines["importance"].values:
            at = float(lines[line].sel(importance=ratio))
            if np.isnan(at):
                continue
            left, right = interference_threshold([at - 2e-3, at + 2e-3], [ratio])[
                "order"
            ].values.ravel()
            assert (left, right) == ((1, 3) if line == "jump_below" else (3, 1))


@pytest.mark.result("D35")
def test_points():
    uneven, faint, tricritical, top = interference_points()
    assert [round(point.density, 5) for point in (uneven, faint, tricritical, top)] == [
        0.23662, 0.49834, 0.86645, 0.2673,
    ]  # fmt: skip
    at = onset_interference(tricritical.density, 1.0)
    assert float(penalised_cubic(tricritical.density, at)) == pytest.approx(0, abs=1e-12)
    assert np.isnan(tricritical_density(0.8))
    highest = even_pair_threshold(top.density)
    assert highest == pytest.approx(0.0395522, abs=5e-8)
    surface = interference_threshold(np.linspace(0.02, 1, 40), [0.5, 0.9, 1.0, 1.1])
    assert float(surface["threshold"].max()) <= highest
    # The dying pair is uneven, then even.
    for away, even in ((-1e-3, False), (1e-3, True)):
        W = interference_threshold([uneven.density + away], [1.0])["W"].values.ravel()
        assert (abs(W[0] + W[1]) < 1e-9) == even


@pytest.mark.result("D35")
def test_the_even_pair_becomes_uneven_where_the_expansion_says():
    p = 1e-3
    at = p / 3 * (1 - 3 * float(breaking_share()) * p)
    assert breaking_share() == sp.Rational(25, 24)
    # The next order, p² of the whole, is left a fifth of the way to the surface as room.
    room = 0.2 * (float(interference_threshold([p], [1.0]).threshold.item()) - at)
    for strength, even in ((at - room, True), (at + room, False)):
        W = interference_optimum(density=p, interference=strength).W[0]
        assert (abs(W[0] + W[1]) < 1e-5) == even


@pytest.mark.result("D35")
def test_the_sparse_cost_of_equal_features_is_what_the_surface_minimises():
    y = k**2 / (1 + k**2)
    share = (sparse_cost() + sp.Rational(1, 4)) / (2 * y * (1 - y))
    assert sp.limit(share, k, 0) == sp.Rational(3, 4)
    values = sp.lambdify(k, share)(np.linspace(0.01, 1, 100))
    assert (values > 0.75).all()
