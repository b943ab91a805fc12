"""The optimum under penalties: against the optimum without, closed forms, and laws [D34]."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from theory.data_law import feature_variance
from theory.minima.optimum import optimum
from theory.ways_out.curvature import interference_hessian
from theory.ways_out.mean_absolute import half_jumps
from theory.ways_out.penalised_optimum import penalised_optimum
from theory.ways_out.penalty import interference_of, penalised_loss_and_gradient


@pytest.mark.result("D34")
@pytest.mark.parametrize(("n", "m", "p"), [(2, 1, 0.1), (3, 2, 0.2)])
def test_without_penalties_it_is_the_optimum(n, m, p):
    importance = np.linspace(1.0, 0.5, n)
    found = penalised_optimum(n, m, density=p, importance=importance, starts=8)
    assert found.loss == pytest.approx(
        optimum(n, m, density=p, importance=importance, starts=8).loss, rel=1e-12
    )
    # The other method: a penalty that is next to none, by descents within orthants.
    little = penalised_optimum(n, m, density=p, importance=importance, l1=1e-9, starts=8)
    assert little.loss == pytest.approx(found.loss, abs=1e-8)


@pytest.mark.result("D34")
@settings(max_examples=6)
@given(st.floats(0.02, 0.6), st.floats(0.2, 1.0), st.floats(0.01, 0.7), st.floats(0, 0.05))
def test_an_optimum_is_stationary_up_to_kinks(p, r, l1, decay):
    """Gradient zero where an entry is not, within the jump where it is; and no entry helps."""
    world = {"density": p, "importance": [1.0, r], "l1": l1, "decay": decay}
    found = penalised_optimum(2, 1, **world, starts=4)
    for minimum in found.minima:
        loss, dW, db = penalised_loss_and_gradient(minimum.W, minimum.b, **world)
        assert float(loss) == pytest.approx(minimum.loss, rel=1e-12)
        free = minimum.W != 0.0
        assert np.abs(dW[free]).max(initial=0.0) < 1e-7
        assert np.abs(db).max() < 1e-7
        jump = l1 * half_jumps(minimum.W, np.full(2, p), 0.0, 1.0)
        assert (np.abs(dW[~free]) <= jump[~free] + 1e-9).all()
    # More of a penalty costs more, and no faster than its own size grows: F is concave in λ.
    more = penalised_optimum(2, 1, **{**world, "l1": l1 + 0.05}, starts=4)
    size = (
        found.loss - penalised_loss_and_gradient(found.W, found.b, **{**world, "l1": 0.0})[0]
    ) / l1
    assert found.loss - 1e-12 <= more.loss <= found.loss + 0.05 * float(size) + 1e-12


@pytest.mark.result("D34")
def test_decay_kills_continuously_at_importance_times_density():
    """w² = 1 − d/2Iv, and zero from there on."""
    for p, importance in ((0.05, 1.0), (0.4, 2.0)):
        last = 2.0 * importance * feature_variance(p)
        for share in (0.5, 0.99, 1.01):
            best = penalised_optimum(
                1, 1, density=p, importance=importance, decay=share * last, starts=4
            )
            wanted = max(1.0 - share, 0.0)
            assert float(best.W[0, 0] ** 2) == pytest.approx(wanted, abs=1e-8)


@pytest.mark.result("D34")
def test_l1_knows_the_axes_and_decay_does_not():
    """A pentagon on an axis is the only one with L1, any of them with decay."""
    pinned = penalised_optimum(5, 2, density=0.05, l1=0.05, starts=2)
    assert len(str(pinned.structure)) == len("[1 2 3 4 5]")
    assert np.count_nonzero(pinned.W == 0.0) == 1
    digons = penalised_optimum(5, 2, density=0.05, l1=0.2, starts=2)
    assert str(digons.structure) == "[1 2] [3 4] (5)"


@pytest.mark.result("D34")
@settings(max_examples=10)
@given(st.integers(0, 2**32 - 1), st.integers(1, 3), st.integers(1, 4))
def test_curvature_of_interference(seed, m, n):
    """The Hessian is that of the gradient: exact for cubics by central differences at ±h, ±2h."""
    rng = np.random.default_rng(seed)
    W, U = rng.normal(size=(2, m, n))
    h = 0.1
    ends = [interference_of((W + k * h * U)[None])[1][0] for k in (-2, -1, 1, 2)]
    along = (ends[0] - 8 * ends[1] + 8 * ends[2] - ends[3]) / (12 * h)
    second = interference_hessian(W[None])[0] @ U.ravel()
    np.testing.assert_allclose(second, along.ravel(), atol=1e-10 * (1 + np.abs(along).max()))


@pytest.mark.parametrize("name", ["l1", "decay", "interference"])
def test_a_negative_penalty_is_named(name):
    with pytest.raises(ValueError, match=name):
        penalised_optimum(2, 1, density=0.1, **{name: -0.1})
