"""The robust optimum of (2, 1): below what else is known, and the diagram made of it."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from theory.adversary.pair_families import best_member, random_digon, worst_dedicated, worst_digon
from theory.adversary.random_feature import random_feature_loss
from theory.adversary.robust_diagram import exchange_importance, robust_phase_diagram
from theory.adversary.robust_pair import robust_optimum, robust_pair_loss, starts
from theory.adversary.worst_case_loss import worst_case_loss
from theory.minima.optimum import optimum
from theory.transitions.first_order import first_order_line

FEW = settings(max_examples=3)
EDGE = 1e-4  # relative: what the search promises where the optimum is on an edge
SEARCH = 1e-7  # relative: where a descent along an edge ends


@pytest.mark.result("D20")
@FEW
@given(st.floats(0.03, 0.9), st.floats(0.2, 1.0))
def test_without_an_attack_it_is_the_clean_optimum(p, r):
    clean = optimum(2, 1, density=p, importance=[1, r], starts=16).loss
    for objective in ("worst", "random"):
        found = robust_optimum(density=p, size=0.0, importance=[1, r], objective=objective)
        assert found.loss == pytest.approx(clean, rel=SEARCH)


@pytest.mark.result("D20")
@pytest.mark.parametrize(("p", "size", "r"), [(0.05, 0.2, 0.5), (0.3, 0.1, 1.0)])
def test_nothing_known_is_below_it(p, size, r):
    weight = np.array([1.0, r])
    best = robust_optimum(density=p, size=size, importance=weight)
    own = worst_case_loss(best.W, best.b, size=size, density=p, importance=weight)
    assert best.loss == pytest.approx(own.loss, abs=own.error + 1e-9 * p)
    rng = np.random.default_rng(0)
    near = np.concatenate([best.W[0], best.b]) + 0.02 * rng.normal(size=(50, 4))
    others = np.concatenate([starts(p, size), near])
    losses = robust_pair_loss(others, p, size, weight, "worst")
    assert best.loss <= losses.min() * (1 + EDGE)
    swapped = robust_optimum(density=p, size=size, importance=weight[::-1])
    assert swapped.loss == pytest.approx(best.loss, rel=EDGE)


@pytest.mark.result("D20")
@given(st.floats(0.05, 0.9), st.floats(0.01, 0.6), st.integers(0, 2**32 - 1))
def test_the_random_objective_is_the_mean_over_features(p, size, seed):
    theta = np.random.default_rng(seed).uniform(-1.2, 1.2, 4)
    ours = robust_pair_loss(theta[None], p, size, np.ones(2), "random")[0]
    theirs = random_feature_loss(theta[None, :2], theta[2:], size=size, density=p)
    assert ours == pytest.approx(float(theirs), rel=1e-11)


@pytest.mark.result("D20")
def test_one_signed_weights_undo_their_only_attack():
    best = robust_optimum(density=0.3, size=0.7, objective="random")
    assert best.W.min() > 0
    clean = robust_optimum(density=0.3, size=0.0, objective="random")
    assert any(abs(best.loss - loss) < 1e-9 for loss, W, _ in clean.minima if W.min() >= 0)


@pytest.mark.result("D20")
@pytest.mark.parametrize("p", [0.05, 0.2, 0.35])
def test_digons_saturate_at_half_their_clean_loss(p):
    clean = best_member(random_digon(p, 0.0), p, 1e-9)
    attacked = best_member(random_digon(p, 1.0), p, np.sqrt(2.0))
    assert attacked.loss == pytest.approx(p / 3 + clean.loss / 2, rel=1e-9)


@pytest.mark.result("D20")
def test_the_diagram_is_the_optimum_of_each_cell():
    p, r, size = [0.5, 0.08], [0.3, 1 / 0.3], 0.1
    diagram = robust_phase_diagram(p, r, size=size)
    for i, density in enumerate(p):
        for j, ratio in enumerate(r):
            best = robust_optimum(density=density, size=size, importance=[1, ratio])
            cell = diagram.isel(density=i, importance=j)
            assert float(cell.loss) == pytest.approx(best.loss, rel=EDGE)
            assert str(best.structure) == str(cell.structure.values)
            own = worst_case_loss(cell.W, cell.b, size=size, density=density, importance=[1, ratio])
            assert float(cell.loss) == pytest.approx(own.loss, rel=1e-6)


@pytest.mark.result("D20")
def test_borders_begin_at_the_first_order_line_and_rise():
    p = [0.05, 0.3]
    clean = exchange_importance(p, size=0.0)
    np.testing.assert_allclose(clean, first_order_line(p).importance, rtol=1e-5)
    borders = np.array([clean, *(exchange_importance(p, size=size) for size in (0.05, 0.1))])
    assert (np.diff(borders, axis=0) > 0).all()
    dedicated = best_member(worst_dedicated(0.3, 0.1, 1e-9), 0.3, 0.1)
    even = best_member(worst_digon(0.3, 0.1, 1e-9), 0.3, 0.14)
    assert even.loss < dedicated.loss


@pytest.mark.parametrize(
    ("call", "name"),
    [({"size": -1}, "size"), ({"size": 11}, "size"), ({"density": 0}, "density"),
     ({"importance": [1, 0]}, "importance"), ({"objective": "best"}, "objective")],
)  # fmt: skip
def test_bad_input_is_named(call, name):
    with pytest.raises(ValueError, match=name):
        robust_optimum(**{"density": 0.1, "size": 0.1, **call})
