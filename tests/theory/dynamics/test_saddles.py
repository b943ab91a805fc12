"""D21: critical points, and their index where one Hessian does not know it."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from agreement.comparison.descents import count_descents, rotations
from theory.dynamics.flow import gradient_flow
from theory.dynamics.index import counts, indices
from theory.dynamics.landscape import landscape
from theory.dynamics.plateaus import dedicated_model
from theory.dynamics.saddles import form_at, saddle
from theory.loss.floats import hessian, loss_and_gradient
from theory.loss.second_order import SecondOrder
from theory.loss.sets import Sets
from theory.minima.optimum import optimum
from theory.one_hot.kgons import kgon
from theory.transitions.onset import ALIGNED, SUPERPOSED, onset_importance


def turned(W, seed):
    Q = np.linalg.qr(np.random.default_rng(seed).normal(size=(len(W), len(W))))[0]
    return Q @ W


@pytest.mark.result("D21")
@settings(max_examples=20)
@given(
    st.sampled_from([(3, 1, 1), (3, 2, 1), (3, 2, 2), (4, 2, 0), (4, 3, 2)]),
    st.floats(0.05, 0.95),
    st.integers(0, 2**32 - 1),
)
def test_the_form_is_the_loss_nearby(case, density, seed):
    """In any direction, on either side; what is left is of third order in the step."""
    n, m, k = case
    rng = np.random.default_rng(seed)
    world = {"density": density, "importance": rng.uniform(0.3, 1.0, n)}
    W, b = dedicated_model(m, k, **world)
    W = turned(W, seed)
    there = landscape(W, b, law=None, bias=True, **world)
    form = form_at(there, there.start)
    v = rng.normal(size=m * n + n)
    v /= np.linalg.norm(v)
    step = 1e-4
    for side in (v, -v):
        moved = there.start[0] + step * side
        loss = loss_and_gradient(moved[: m * n].reshape(m, n), moved[m * n :], **world)[0]
        rise = 2 * (loss - loss_and_gradient(W, b, **world)[0]) / step**2 / there.scale[0]
        # Third derivatives are at most some tens of the scale; rounding is 1e-16 / step².
        assert form(side)[0] == pytest.approx(rise, abs=100 * step)


@pytest.mark.result("D21")
@settings(max_examples=20)
@given(st.integers(0, 2**32 - 1))
def test_without_a_kink_the_form_is_the_hessian(seed):
    rng = np.random.default_rng(seed)
    W, b = rng.normal(size=(2, 3)), rng.uniform(0.1, 0.5, 3)
    there = landscape(W, b, density=0.4, importance=None, law=None, bias=True)
    form = form_at(there, there.start)
    assert not form.kinks
    np.testing.assert_allclose(
        form.shut * there.scale[0], hessian(W, b, density=0.4), rtol=1e-9, atol=1e-9
    )
    smooth = int((np.linalg.eigvalsh(form.shut) < -1e-6 * np.abs(form.shut).max()).sum())
    assert indices(form) == (smooth, smooth)


@pytest.mark.result("D21", "D09")
@pytest.mark.parametrize("density", [0.2, 0.5, 0.8])
def test_a_dedicated_feature_is_left_where_the_onsets_say(density):
    """(2, 1): below r₋ a minimum, between the onsets one-sided, above r₊ a saddle both ways."""
    onsets = [float(onset_importance([density], side=side)[0]) for side in (SUPERPOSED, ALIGNED)]
    middle = sum(onsets) / 2
    for ratio, wanted in (
        (onsets[0] * 0.99, (0, 0)),
        (onsets[0] * 1.01, (0, 1)),
        (middle, (0, 1)),
        (onsets[1] * 0.99, (0, 1)),
        (onsets[1] * 1.01, (1, 1)),
    ):
        found = saddle([[1.0, 0.0]], [0.0, density / 2], density=density, importance=[1.0, ratio])
        assert (found.index, found.one_sided) == wanted


@pytest.mark.result("D21")
@pytest.mark.parametrize(("n", "m", "k", "ratio"), [(3, 2, 1, 0.5), (3, 2, 1, 0.6), (4, 2, 1, 0.7)])
def test_the_loss_alone_counts_the_same(n, m, k, ratio):
    world = {"density": 0.5, "importance": ratio ** np.arange(n)}
    W, b = dedicated_model(m, k, **world)
    found = saddle(turned(W, 1), b, **world)

    def value(theta):
        loss, dW, db = loss_and_gradient(theta[: m * n].reshape(m, n), theta[m * n :], **world)
        return float(loss), np.concatenate([dW.ravel(), db])

    theta = np.concatenate([found.W.ravel(), found.b])
    scale = 0.5 * world["importance"].sum()
    counted = count_descents(value, theta, scale=scale, flat=rotations(found.W))
    assert counted == (found.index, found.one_sided)


@pytest.mark.result("D21")
@settings(max_examples=10)
@given(st.integers(0, 2**32 - 1), st.floats(0.3, 1.0), st.floats(0.1, 0.9))
def test_indices_lie_between_the_branches_whatever_the_rotation(seed, ratio, density):
    world = {"density": density, "importance": ratio ** np.arange(3)}
    W, b = dedicated_model(2, 1, **world)
    one, other = (
        saddle(V + 1e-4 * np.random.default_rng(seed).normal(size=V.shape), b, **world)
        for V in (W, turned(W, seed))
    )
    assert one.slope <= 1e-10
    assert (one.index, one.one_sided, one.branches) == (
        other.index,
        other.one_sided,
        other.branches,
    )
    assert one.branches[0] <= one.index <= one.one_sided <= one.branches[1]


@pytest.mark.result("D21")
def test_a_minimum_has_no_direction_down():
    best = optimum(3, 2, density=0.2, importance=[1.0, 0.9, 0.8])
    found = saddle(best.W + 1e-3, best.b, density=0.2, importance=[1.0, 0.9, 0.8])
    assert (found.index, found.one_sided, found.kind) == (0, 0, "minimum")
    assert found.loss == pytest.approx(best.loss, rel=1e-12)


@pytest.mark.result("D21")
def test_a_one_sided_saddle_attracts_an_open_set():
    """Between the onsets: a ball of starts on the side that leads up flows in and stays there."""
    world = {"density": 0.5, "importance": [1.0, 0.61]}
    found = saddle([[1.0, 0.0]], [0.0, 0.25], **world)
    assert found.kind == "one-sided"
    rng = np.random.default_rng(0)
    moves = 1e-3 * rng.uniform(-1, 1, size=(8, 4))
    W = np.array([1.0, 0.01]) + moves[:, None, :2]
    b = np.array([-0.005, 0.25]) + moves[:, 2:]
    times = np.geomspace(1, 600, 30)
    flow = gradient_flow(W, b, times=times, rtol=1e-11, **world)
    assert np.all(flow.W[:, :, 0, 1] > 0)
    assert np.all(np.diff(flow.W[3:, :, 0, 1], axis=0) < 0)
    assert np.all(np.abs(flow.loss[-1] - found.loss) < 1e-9)
    away = gradient_flow([[1.0, -0.02]], [0.0, 0.25], times=times, **world)
    assert away.loss[-1] < found.loss - 1e-6


@pytest.mark.result("D21", "D11", "D16")
def test_other_laws_have_saddles_too():
    empty = saddle(np.full((1, 2), 1e-3), [0.2, 0.1], law=Sets("correlated", (2,), 0.4))
    assert empty.slope <= 1e-10
    for k, n, kind in ((5, 5, "minimum"), (3, 4, "saddle")):
        level = kgon(k, n)
        at = saddle(level.W, level.b, law="one-hot")
        assert level.kind == kind
        assert (at.one_sided > 0) == (kind == "saddle")
        assert at.loss == pytest.approx(level.loss, abs=1e-12)


def test_counts_are_those_of_both_branches():
    form = SecondOrder(np.diag([-1.0, 2.0]), (), False)
    assert counts(form) == indices(form) == (1, 1)


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"W": [[0.0, 0.0]], "b": [0.0, 0.25], "bias": False}, "falls to first order"),
        ({"W": [[[1.0, 0.0]]]}, "W must be one model"),
        ({"steps": 0}, "steps must be"),
        ({"steps": 10**6}, "steps must be at most"),
        ({"W": [[0.5, 0.3]], "steps": 1}, "near a critical point"),
    ],
)
def test_bad_input_is_named(change, message):
    with pytest.raises(ValueError, match=message):
        saddle(**({"W": [[1.0, 0.0]], "b": [0.0, 0.25], "density": 0.5} | change))
